// The scenarios and catalogues that the project ships.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "model/catalogue_file.h"
#include "workload/azure_traces.h"
#include "workload/scenario.h"
#include "workload/validate.h"

namespace scinet {
namespace {

const std::filesystem::path kRoot = SCINET_SOURCE_DIR;

Scenario shipped(const std::string& name) {
  const auto file = kRoot / "scenarios" / (name + ".yaml");
  Result<Scenario> scenario = load_scenario(file, kRoot / "catalog");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? std::move(scenario).value() : Scenario{};
}

const Strategy& strategy_of(const Catalogue& catalogue, std::string_view application,
                            std::string_view strategy) {
  const auto& all = catalogue.at(*catalogue.find_application(application)).strategies;
  return *std::find_if(all.begin(), all.end(),
                       [&](const Strategy& entry) { return entry.name == strategy; });
}

TEST(ShippedFiles, AreAllValid) {
  int count = 0;
  for (const char* folder : {"catalog", "scenarios"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".yaml" && extension != ".csv") continue;
      const Result<std::string> answer = validate_file(entry.path(), kRoot / "catalog");
      EXPECT_TRUE(answer) << answer.error().message;
      ++count;
    }
  }
  EXPECT_GE(count, 10);
}

TEST(ShippedFiles, AScenarioIsNamedLikeItsFile) {
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "scenarios")) {
    EXPECT_EQ(shipped(entry.path().stem()).name, entry.path().stem());
  }
}

TEST(AzureHosts, HaveThePublishedFigures) {
  const std::vector<std::filesystem::path> files{kRoot / "catalog/hosts/azure.yaml"};
  const auto contents = load_catalogue(files, kRoot / "catalog");
  ASSERT_TRUE(contents) << contents.error().message;
  struct Published {
    std::string_view name;
    int cores;
    double mips, gibibytes, price, idle, peak, baseline, credits;
  };
  constexpr Published kPublished[] = {{"B2s", 2, 4028, 4, 0.08, 75.2, 117, 0.4, 24},
                                      {"B2ms", 2, 4028, 8, 0.12, 75.2, 117, 0.6, 36},
                                      {"B4ms", 4, 8058, 16, 0.17, 71, 126, 0.9, 54},
                                      {"B8ms", 8, 16111, 32, 0.33, 68.7, 137, 1.35, 81}};
  for (const Published& published : kPublished) {
    const Catalogue& catalogue = contents.value().catalogue;
    const auto id = catalogue.find_host_type(published.name);
    ASSERT_TRUE(id) << published.name;
    const HostType& type = catalogue.at(*id);
    EXPECT_EQ(type.cores, published.cores);
    EXPECT_NEAR(type.total_speed().value(), published.mips, 0.5);
    EXPECT_EQ(type.memory, Mebibytes(1024 * published.gibibytes));
    EXPECT_EQ(type.price, DollarsPerHour(published.price));
    EXPECT_EQ(type.power.idle(), Watts(published.idle));
    EXPECT_EQ(type.power.peak(), Watts(published.peak));
    EXPECT_EQ(type.power.points.size(), 11u);
    ASSERT_TRUE(type.burst);
    EXPECT_EQ(type.burst->baseline, published.baseline);
    // One credit is one core for a minute, so the baseline spends just what is earned.
    EXPECT_NEAR(type.burst->baseline * 60, published.credits, 1e-9);
    EXPECT_EQ(type.burst->credits_per_hour, published.credits);
  }
}

TEST(Scinet2023, IsThePublishedEvaluation) {
  const Scenario scenario = shipped("scinet-2023");
  ASSERT_EQ(scenario.hosts.size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(scenario.catalogue.at(scenario.hosts[i]).name, i < 8 ? "B2s" : "B2ms");
  }
  EXPECT_EQ(scenario.cadence, Cadence::kInterval);
  EXPECT_EQ(scenario.horizon / scenario.beat, 200);
  const auto* arrivals = std::get_if<IntervalArrivals>(&scenario.arrivals);
  ASSERT_TRUE(arrivals);
  EXPECT_EQ(arrivals->mean, 0.0);
  EXPECT_EQ(arrivals->deviation, 1.5);

  const std::pair<std::string_view, double> accuracies[] = {
      {"blur", .70}, {"emboss", .80}, {"muse", .85}, {"night", .92},
      {"onnx", .97}, {"vii", .89},    {"wave", .76}};
  ASSERT_EQ(scenario.catalogue.applications.size(), 7u);
  for (const auto& [name, accuracy] : accuracies) {
    const auto strategy = [&, &application = name](std::string_view which) -> const Strategy& {
      return strategy_of(scenario.catalogue, application, which);
    };
    EXPECT_NEAR(strategy("layer").accuracy, accuracy, 1e-9) << name;
    EXPECT_NEAR(strategy("semantic").accuracy, 0.8 * accuracy, 1e-9) << name;
    EXPECT_NEAR(strategy("compression").accuracy, 0.6 * accuracy, 1e-9) << name;
    EXPECT_EQ(strategy("layer").fragments.size(), 2u);
    EXPECT_EQ(strategy("semantic").fragments.size(), 5u);  // 4 branches and the merge
    EXPECT_EQ(strategy("semantic").fragments.back().inputs.size(), 4u);
    EXPECT_EQ(strategy("compression").fragments.size(), 1u);
  }
}

// The mean execution of a task alone on a B2s, in intervals of 5 s, is that of the testbed.
TEST(Scinet2023, TasksTakeTheirMeasuredTime) {
  struct Measured {
    std::string_view application;
    double layer, semantic, compression;
  };
  constexpr Measured kMeasured[] = {{"blur", 1.21, 1.54, 1.39}, {"emboss", .54, .94, .74},
                                    {"muse", 1.33, 1.48, 1.33}, {"night", 2.27, 2.56, 2.33},
                                    {"onnx", .93, 1.23, 1.12},  {"vii", 1.94, 2.33, 2.37},
                                    {"wave", 1.53, 1.79, 1.66}};
  const Scenario scenario = shipped("scinet-2023");
  const Mips speed = scenario.catalogue.at(scenario.hosts[0]).speed;
  const auto intervals = [&](const Fragment& fragment) {
    return fragment.work.mean / (speed * fragment.cores) / Seconds(5);
  };
  for (const Measured& measured : kMeasured) {
    const auto fragments = [&](std::string_view strategy) -> const std::vector<Fragment>& {
      return strategy_of(scenario.catalogue, measured.application, strategy).fragments;
    };
    const auto& layer = fragments("layer");
    EXPECT_NEAR((intervals(layer[0]) + intervals(layer[1])) / 2, measured.layer, 0.01)
        << measured.application;
    EXPECT_NEAR(intervals(fragments("semantic")[0]), measured.semantic, 0.01);
    EXPECT_NEAR(intervals(fragments("compression")[0]), measured.compression, 0.01);
  }
}

TEST(Local6, FitsOnAMachineWithTwoCores) {
  for (const char* name : {"local-6", "local-6-llm"}) {
    const Scenario scenario = shipped(name);
    ASSERT_EQ(scenario.hosts.size(), 6u);
    EXPECT_EQ(scenario.catalogue.host_types.size(), 3u);
    double cores = 0.0;  // one whole core is 10000 MIPS
    for (const HostTypeId host : scenario.hosts) {
      cores += scenario.catalogue.at(host).total_speed().value() / 10'000;
    }
    EXPECT_NEAR(cores, 1.6, 1e-9);
    EXPECT_EQ(scenario.cadence, Cadence::kArrival);
  }
}

TEST(Local6, BringsFiveRequestsASecond) {
  for (const char* name : {"local-6", "local-6-llm"}) {
    const Scenario scenario = shipped(name);
    constexpr int kSeeds = 100;
    double count = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      count += static_cast<double>(generate_arrivals(scenario, RandomStreams(seed)).size());
    }
    const double seconds = kSeeds * scenario.horizon.count();
    EXPECT_NEAR(count / seconds, 5.0, 0.04 + 5 * std::sqrt(5.0 / seconds)) << name;
  }
}

// The recorded arrivals are no part of the project; where they are at hand, the series of the
// scenario is what they say.
TEST(Local6, FollowsTheRecordedArrivals) {
  const auto folder = kRoot.parent_path() / "shared/data/azure-llm-2023";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no recorded arrivals at hand";
  std::vector<SimTime> arrivals;
  for (const char* service : {"code.csv", "conv.csv"}) {
    const auto read = read_azure_llm_arrivals(folder / service);
    ASSERT_TRUE(read) << read.error().message;
    arrivals.insert(arrivals.end(), read.value().begin(), read.value().end());
  }
  std::sort(arrivals.begin(), arrivals.end());
  const Scenario scenario = shipped("local-6-llm");
  const auto* series = std::get_if<SeriesArrivals>(&scenario.arrivals);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->rates, arrivals_per_step(arrivals, to_sim_time(Seconds(3500.0 / 180)), 180));
}

}  // namespace
}  // namespace scinet
