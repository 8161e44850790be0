#include "workload/random_scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <string>

#include <fmt/format.h>

#include "model/catalogue_writer.h"
#include "model/plan.h"
#include "workload/random_catalogue.h"
#include "workload/validate.h"

namespace scinet {
namespace {

constexpr std::uint64_t kSeeds = 300;

Scenario made(std::uint64_t seed, const RandomScenarioSettings& settings = {}) {
  return random_scenario(settings, RandomStreams(seed).stream("scenario"));
}

const PoissonArrivals& arrivals_of(const Scenario& scenario) {
  return std::get<PoissonArrivals>(scenario.arrivals);
}

// As users write scenarios.
std::string yaml_of(const Scenario& scenario) {
  std::string text =
      fmt::format("name: {}\nsummary: {}\ncatalogue: [hosts.yaml, applications.yaml]\nhosts:\n",
                  scenario.name, scenario.summary);
  for (const HostTypeId host : scenario.hosts) {
    text += fmt::format("  - {{type: {}, count: 1}}\n", scenario.catalogue.at(host).name);
  }
  const QosWeights& w = scenario.weights;
  text += fmt::format(
      "hosts_on_at_start: {}\ncadence: {}\nbeat: {} s\nhorizon: {} s\nweights: {{energy: {}, "
      "cost: {}, response: {}, violation: {}, inaccuracy: {}}}\nmix:\n",
      scenario.hosts_on_at_start, to_string(scenario.cadence), scenario.beat.count(),
      scenario.horizon.count(), w.energy, w.cost, w.response, w.violation, w.inaccuracy);
  for (const ApplicationMix& mix : scenario.mix) {
    text += fmt::format(
        "  - {{application: {}, weight: {}, slo: {{min: {} s, max: {} s}}, input: {} B}}\n",
        scenario.catalogue.at(mix.application).name, mix.weight, mix.slo_min.count(),
        mix.slo_max.count(), mix.input.value());
  }
  const PoissonArrivals& poisson = arrivals_of(scenario);
  text += fmt::format(
      "arrivals: {{kind: poisson, rate: {} /s, swing: {}, swing_period: {} s, burst_start: {} s, "
      "burst_length: {} s, burst_factor: {}}}\n",
      poisson.rate, poisson.swing, poisson.swing_period.count(), poisson.burst_start.count(),
      poisson.burst_length.count(), poisson.burst_factor);
  if (!scenario.random_faults.empty()) text += "random_faults:\n";
  for (const RandomFaults& faults : scenario.random_faults) {
    text +=
        fmt::format("  - {{kind: {}, mean_between: {} s, mean_length: {} s", to_string(faults.kind),
                    faults.mean_between.count(), faults.mean_length.count());
    if (faults.kind == FaultKind::kSlow) text += fmt::format(", speed: {}", faults.speed_factor);
    text += "}\n";
  }
  return text;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

TEST(RandomScenario, PassesTheChecksOfAFile) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "random_scenario_test";
  std::filesystem::create_directories(folder);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Scenario scenario =
        made(seed, {.hosts = {1, 30}, .cadence = Cadence(seed % 2), .share_faulty = 0.5});
    write(folder / "hosts.yaml", host_types_yaml(scenario.catalogue.host_types, ""));
    write(folder / "applications.yaml", applications_yaml(scenario.catalogue.applications, ""));
    write(folder / "scenario.yaml", yaml_of(scenario));
    const Result<std::string> valid = validate_file(folder / "scenario.yaml", folder);
    EXPECT_TRUE(valid) << "seed " << seed << ": " << valid.error().message;
  }
  std::filesystem::remove_all(folder);
}

TEST(RandomScenario, IsTheSameForTheSameStreamOnly) {
  const auto catalogue = [](std::uint64_t seed) { return made(seed).catalogue; };
  EXPECT_EQ(catalogue(1), catalogue(1));
  EXPECT_EQ(generate_arrivals(made(1), RandomStreams(1)),
            generate_arrivals(made(1), RandomStreams(1)));
  EXPECT_NE(catalogue(1), catalogue(2));
}

TEST(RandomScenario, KeepsToItsSettings) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = made(
        seed, {.hosts = {5, 7}, .host_types = {2, 3}, .applications = {3, 4}, .share_faulty = 0});
    const auto within = [](std::size_t count, std::size_t least, std::size_t most) {
      return least <= count && count <= most;
    };
    EXPECT_TRUE(within(scenario.hosts.size(), 5, 7)) << "seed " << seed;
    EXPECT_TRUE(within(scenario.catalogue.host_types.size(), 2, 3)) << "seed " << seed;
    EXPECT_TRUE(within(scenario.catalogue.applications.size(), 3, 4)) << "seed " << seed;
    EXPECT_TRUE(scenario.random_faults.empty()) << "seed " << seed;
    EXPECT_LE(arrivals_of(scenario).rate * scenario.beat.count(), 20 * (1 + 1e-9));
    // No host type is listed in vain.
    std::set<HostTypeId> used(scenario.hosts.begin(), scenario.hosts.end());
    EXPECT_EQ(used.size(), scenario.catalogue.host_types.size()) << "seed " << seed;
  }
  EXPECT_EQ(made(1, {.hosts = {10'000, 10'000}}).hosts.size(), 10'000u);
  EXPECT_EQ(made(1, {.hosts = {1, 1}}).catalogue.host_types.size(), 1u);
}

// Work that arrives on average / what all hosts can do.
double load_of(const Scenario& scenario) {
  double capacity = 0.0;
  for (const HostTypeId host : scenario.hosts) {
    const HostType& type = scenario.catalogue.at(host);
    capacity += type.speed.value() * (type.cores - type.background);
  }
  double work = 0.0;
  double weights = 0.0;
  for (const ApplicationMix& mix : scenario.mix) {
    const auto& strategies = scenario.catalogue.at(mix.application).strategies;
    double sum = 0.0;
    for (const Strategy& strategy : strategies) {
      for (const Fragment& fragment : strategy.fragments) sum += fragment.work.mean.value();
    }
    work += mix.weight * sum / static_cast<double>(strategies.size());
    weights += mix.weight;
  }
  return arrivals_of(scenario).rate * work / weights / capacity;
}

TEST(RandomScenario, HasLightLoadsMoreOftenThanHeavyOnes) {
  std::vector<double> loads;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    loads.push_back(load_of(made(seed)));
    EXPECT_LE(loads.back(), 0.9) << "seed " << seed;
  }
  std::ranges::sort(loads);
  EXPECT_GT(loads[kSeeds / 10], 0.03);
  EXPECT_LT(loads[kSeeds / 2], 0.3);
  EXPECT_GT(loads[kSeeds * 9 / 10], 0.35);
}

// What can be told apart occurs: none of the situations that are meant is missing.
TEST(RandomScenario, HasEveryKindOfHostAndApplication) {
  std::set<std::string> strategies;
  std::set<WorkShape> shapes;
  std::set<std::size_t> chain_lengths, branches;
  std::set<double> increments;
  int boards = 0, bursting = 0, booting_at_once = 0, equal_weights = 0, with_faults = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Scenario scenario = made(seed);
    equal_weights += scenario.weights == QosWeights();
    with_faults += !scenario.random_faults.empty();
    for (const HostType& type : scenario.catalogue.host_types) {
      boards += type.power.peak() < Watts(15);
      bursting += type.burst.has_value();
      booting_at_once += type.boot_time == Seconds(0);
      increments.insert(type.billing_increment.count());
    }
    for (const Application& application : scenario.catalogue.applications) {
      for (const Strategy& strategy : application.strategies) {
        strategies.insert(strategy.name);
        for (const Fragment& fragment : strategy.fragments) shapes.insert(fragment.work.shape);
        if (strategy.name == "layer") chain_lengths.insert(strategy.fragments.size());
        if (strategy.name == "semantic") branches.insert(strategy.fragments.size() - 1);
      }
    }
  }
  EXPECT_EQ(strategies, (std::set<std::string>{"compression", "layer", "semantic", "whole"}));
  EXPECT_EQ(shapes.size(), 4u);
  EXPECT_EQ(chain_lengths, (std::set<std::size_t>{2, 3, 4}));
  EXPECT_EQ(branches, (std::set<std::size_t>{2, 3, 4}));
  EXPECT_EQ(increments, (std::set<double>{1, 60, 3600}));
  EXPECT_GT(boards, 50);
  EXPECT_GT(bursting, 50);
  EXPECT_GT(booting_at_once, 100);
  EXPECT_NEAR(equal_weights, kSeeds / 3, 40);  // five standard errors
  EXPECT_NEAR(with_faults, kSeeds / 5, 40);
}

TEST(RandomScenario, HasAsManyScenariosWhoseHostsAllBootAtOnceAsAreAskedFor) {
  int at_once = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    at_once +=
        std::ranges::all_of(made(seed, {.share_at_once = 0.5}).catalogue.host_types,
                            [](const HostType& type) { return type.boot_time == Seconds(0); });
  }
  EXPECT_GT(at_once, kSeeds * 0.4);
  EXPECT_LT(at_once, kSeeds * 0.65);
}

// A layer split answers like the whole model and does no less; a compressed one is less of both.
TEST(RandomScenario, HasStrategiesThatTradeAccuracyForWork) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const Application& application : made(seed).catalogue.applications) {
      const auto find = [&](std::string_view name) -> const Strategy* {
        const auto found = std::ranges::find(application.strategies, name, &Strategy::name);
        return found == application.strategies.end() ? nullptr : &*found;
      };
      const auto work_of = [](const Strategy& strategy) {
        double sum = 0.0;
        for (const Fragment& fragment : strategy.fragments) sum += fragment.work.mean.value();
        return sum;
      };
      const Strategy* whole = find("whole");
      if (!whole) continue;
      if (const Strategy* layer = find("layer")) {
        EXPECT_EQ(layer->accuracy, whole->accuracy);
        EXPECT_GE(work_of(*layer), work_of(*whole) * (1 - 1e-9));
        ++compared;
      }
      if (const Strategy* compressed = find("compression")) {
        EXPECT_LT(compressed->accuracy, whole->accuracy);
        EXPECT_LT(work_of(*compressed), work_of(*whole));
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 500);
}

// 200 and 300 MI side by side, then 100, on cores of 100 MIPS of which each uses half; the larger
// output takes 4 s: 6 + 4 + 2 s.
TEST(TimeAlone, IsTheLongestWayThroughTheFragments) {
  const TypicalHost host{Mips(100), 2.0, BytesPerSecond(10), Mebibytes(1)};
  Strategy strategy;
  strategy.fragments.resize(3);
  for (Fragment& fragment : strategy.fragments) fragment.cores = 0.5;
  Fragment& one = strategy.fragments[0];
  Fragment& other = strategy.fragments[1];
  Fragment& merge = strategy.fragments[2];
  one.work.mean = Mi(200);
  one.output = Bytes(10);
  other.work.mean = Mi(300);
  other.output = Bytes(40);
  merge.work.mean = Mi(100);
  merge.inputs = {FragmentId{0}, FragmentId{1}};
  EXPECT_EQ(time_alone(strategy, host), Seconds(12));
}

}  // namespace
}  // namespace scinet
