#include "platform/comparison_runs.h"

#include <atomic>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "policy/catalog.h"
#include "report/results.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

class ComparisonRuns : public testing::Test {
 protected:
  ComparisonRuns() {
    fs::remove_all(directory_);
    const fs::path root = SCINET_SOURCE_DIR;
    Result<Scenario> scenario =
        load_scenario(root / "scenarios/scinet-2023.yaml", root / "catalog");
    plan_ = {.scenarios = {std::move(scenario).value()},
             .policies = {"random", "least-loaded", "cosim"},
             .seeds = 3,
             .program = "this one",
             .runs = directory_};
    plan_.scenarios[0].horizon = Seconds(50);
    options_.make = [this](const std::string& policy) {
      ++made_;
      return make_decision_makers(builtin_policies(), policy);
    };
  }
  ~ComparisonRuns() override { fs::remove_all(directory_); }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    if (!fs::exists(directory_)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files[fs::relative(entry.path(), directory_)] = {std::istreambuf_iterator<char>(in), {}};
    }
    return files;
  }

  // How many runs it took.
  int runs_of_comparison() {
    made_ = 0;
    const Status status = run_comparison(plan_, options_);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return made_;
  }

  fs::path directory_ =
      fs::path(testing::TempDir()) /
      ("comparison_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  std::atomic<int> made_ = 0;
  ComparisonPlan plan_;
  ComparisonOptions options_;
};

TEST_F(ComparisonRuns, EveryRunHasItsFileAndIsReadBack) {
  EXPECT_EQ(runs_of_comparison(), 9);
  EXPECT_EQ(files().size(), 9u);
  EXPECT_TRUE(files().contains("scinet-2023/cosim/2.json"));
  const auto policies = read_runs(plan_, plan_.scenarios[0]);
  ASSERT_TRUE(policies.ok()) << policies.error().message;
  ASSERT_EQ(policies.value().size(), 3u);
  EXPECT_EQ(policies.value()[2].name, "cosim");
  ASSERT_EQ(policies.value()[2].runs.size(), 3u);
  // 50 s are ten beats; all policies meet the same requests.
  EXPECT_EQ(policies.value()[0].runs[1].series.time.size(), 10u);
  EXPECT_EQ(policies.value()[0].runs[1].series.arrived, policies.value()[2].runs[1].series.arrived);
}

TEST_F(ComparisonRuns, ThreadsChangeNoByte) {
  runs_of_comparison();
  const auto by_one = files();
  fs::remove_all(directory_);
  options_.threads = 4;
  runs_of_comparison();
  EXPECT_EQ(files(), by_one);
}

TEST_F(ComparisonRuns, WhatIsOverIsNotRepeated) {
  runs_of_comparison();
  const auto before = files();
  EXPECT_EQ(runs_of_comparison(), 0);
  // One that is missing and one that is torn are done again, to the same bytes.
  fs::remove(run_file(plan_, plan_.scenarios[0], "cosim", 2));
  fs::resize_file(run_file(plan_, plan_.scenarios[0], "random", 1), 100);
  ComparisonProgress last;
  options_.on_progress = [&](const ComparisonProgress& now) { last = now; };
  EXPECT_EQ(runs_of_comparison(), 2);
  EXPECT_EQ(files(), before);
  EXPECT_EQ(last.total, 9u);
  EXPECT_EQ(last.done, 9u);
  EXPECT_EQ(last.reused, 7u);
  // More seeds and policies add to what is there.
  plan_.seeds = 4;
  plan_.policies.emplace_back("threshold");
  EXPECT_EQ(runs_of_comparison(), 3 + 4);
}

TEST_F(ComparisonRuns, WhatWasMadeFromSomethingElseIsNotUsed) {
  runs_of_comparison();
  const auto expect_all_anew = [&](const char* changed) {
    EXPECT_FALSE(read_runs(plan_, plan_.scenarios[0]).ok()) << changed;
    EXPECT_EQ(runs_of_comparison(), 9) << changed;
  };
  plan_.program = "another";
  expect_all_anew("program");
  plan_.scenarios[0].weights = {
      .energy = 1, .cost = 0, .response = 0, .violation = 0, .inaccuracy = 0};
  expect_all_anew("weights");
  plan_.scenarios[0].catalogue.applications[3].strategies[1].fragments[0].memory = Mebibytes(200);
  expect_all_anew("catalogue");
  plan_.scenarios[0].mix[0].slo_max = Seconds(40);
  expect_all_anew("requests");
  plan_.scenarios[0].faults = {{.host = HostId{3}, .at = std::chrono::seconds(20)}};
  expect_all_anew("faults");
  plan_.scenarios[0].cadence = Cadence::kArrival;
  expect_all_anew("cadence");
}

TEST_F(ComparisonRuns, StoppedKeepsWhatIsOverAndGoesOnLater) {
  std::stop_source stop;
  options_.stop = stop.get_token();
  options_.make = [&](const std::string& policy) {
    if (++made_ == 5) stop.request_stop();
    return make_decision_makers(builtin_policies(), policy);
  };
  const Status stopped = run_comparison(plan_, options_);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(files().size(), 4u);  // the fifth was not finished
  options_.stop = {};
  EXPECT_EQ(runs_of_comparison(), 5);
  EXPECT_EQ(files().size(), 9u);
}

TEST_F(ComparisonRuns, AFailureEndsItAndSaysWhichRun) {
  options_.make = [](const std::string& policy) -> Result<DecisionMakers> {
    if (policy == "least-loaded") return Error{ErrorCode::kNotFound, "it has no checkpoint"};
    return make_decision_makers(builtin_policies(), policy);
  };
  const Status failed = run_comparison(plan_, options_);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "it has no checkpoint");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ComparisonRuns, NamesOfAnyKindAreFilesOfTheirOwn) {
  const Scenario& scenario = plan_.scenarios[0];
  const fs::path one = run_file(plan_, scenario, "external:python3 a/../b.py", 1);
  const fs::path other = run_file(plan_, scenario, "external:python3 a/../b,py", 1);
  EXPECT_NE(one, other);
  EXPECT_EQ(one.parent_path().parent_path(), directory_ / "scinet-2023");
  EXPECT_NE(run_file(plan_, scenario, "..", 1), directory_ / "scinet-2023" / ".." / "1.json");
  EXPECT_EQ(run_file(plan_, scenario, "uahs+gillis+gosh", 7),
            directory_ / "scinet-2023" / "uahs+gillis+gosh" / "7.json");
}

}  // namespace
}  // namespace scinet
