// The scenarios and catalogues that the project ships.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
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
      if (entry.path().filename() == "application.yaml") continue;  // of models: the serving tests
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

TEST(Drift, IsReadAndIsWrongOnlyFromHalfWayOn) {
  const Scenario scenario = shipped("drift");
  ASSERT_EQ(scenario.drifts.size(), 3u);
  EXPECT_EQ(scenario.catalogue.at(scenario.drifts[1].application).name, "sentences");
  EXPECT_EQ(scenario.drifts[1].at, std::chrono::seconds(450));
  EXPECT_EQ(scenario.drifts[1].weight, 0.5);
  EXPECT_EQ(scenario.drifts[1].work, 1.5);
  EXPECT_FALSE(scenario.drifts[2].weight.has_value());
}

TEST(Drift, WhatCannotDriftIsRefused) {
  const auto message_with = [](const std::string& drift) {
    std::ifstream in(kRoot / "scenarios/drift.yaml");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    text.erase(text.find("drift:\n"));
    const std::filesystem::path file = testing::TempDir() + "/drift_refused.yaml";
    std::ofstream(file) << text << "drift:\n  - " << drift << "\n";
    const Result<Scenario> scenario = load_scenario(file, kRoot / "catalog");
    std::filesystem::remove(file);
    return scenario ? "it was read" : scenario.error().message;
  };
  const auto expect = [&](const std::string& drift, const std::string& words) {
    const std::string message = message_with(drift);
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  expect("{at: 950 s, application: pages, work: 2}",
         "found 950 s, expected less than the horizon of 900 s");
  expect("{at: 10 s, application: blur, work: 2}",
         "'blur' is not in the mix, which has images, sentences, pages");
  expect("{at: 10 s, application: pages}", "give a weight, a work or both");
  expect("{at: 10 s, application: pages, work: 0}", "found '0'");
}

// Requests a beat of the published arrivals, mean and variance over many runs.
std::pair<double, double> requests_a_beat(const std::string& name) {
  Scenario scenario = shipped(name);
  scenario.horizon = Seconds(50'000);
  std::vector<double> counts(10'000, 0.0);
  for (const Workload& workload : generate_arrivals(scenario, RandomStreams(1))) {
    ++counts[static_cast<std::size_t>(workload.arrival / to_sim_time(scenario.beat))];
  }
  const double n = static_cast<double>(counts.size());
  const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / n;
  double squares = 0.0;
  for (const double count : counts) squares += (count - mean) * (count - mean);
  return {mean, squares / n};
}

TEST(Scinet2023, AtTimesTheLoadIsAsManyIndependentCopies) {
  const auto [mean, variance] = requests_a_beat("scinet-2023");
  for (const auto& [name, times] :
       {std::pair("scinet-2023-3x", 3), std::pair("scinet-2023-10x", 10)}) {
    const auto [high_mean, high_variance] = requests_a_beat(name);
    EXPECT_NEAR(high_mean, times * mean, 0.02 * times);
    EXPECT_NEAR(high_variance, times * variance, 0.05 * times * variance + 0.02);
  }
}

// Mean share of the speed of all hosts that requests ask for, at their most accurate.
double load_of(const Scenario& scenario, Seconds from, Seconds to) {
  Mi work;
  for (const auto& [workload, size] : generate_requests(scenario, RandomStreams(1))) {
    if (workload.arrival < to_sim_time(from) || workload.arrival >= to_sim_time(to)) continue;
    const auto& strategies = scenario.catalogue.at(workload.application).strategies;
    for (const Fragment& fragment : strategies.front().fragments) work += fragment.work.mean * size;
  }
  Mips speed;
  for (const HostTypeId type : scenario.hosts) speed += scenario.catalogue.at(type).total_speed();
  return work.value() / ((to - from).count() * speed.value());
}

TEST(Scenarios, LoadTheirClusterAsTheySay) {
  const auto expect_load = [](const char* name, double from, double to, double load) {
    EXPECT_NEAR(load_of(shipped(name), Seconds(from), Seconds(to)), load, 0.15 * load) << name;
  };
  expect_load("hetero-16", 0, 900, 0.28);
  expect_load("burst", 0, 300, 0.14);
  expect_load("burst", 300, 420, 0.70);
  expect_load("daily", 0, 1440, 0.24);
  expect_load("drift", 0, 450, 0.24);
  expect_load("drift", 450, 900, 0.37);
  expect_load("scale-4", 0, 600, 0.24);
  expect_load("scale-64", 0, 600, 0.24);
  expect_load("scale-256", 0, 300, 0.24);
}

}  // namespace
}  // namespace scinet
