#include "report/results.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/csv.h"
#include "report/small_run.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

class Results : public testing::Test {
 protected:
  Results() { fs::remove_all(directory_); }
  ~Results() override { fs::remove_all(directory_); }

  static std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      found.insert(entry.path().filename());
    }
    return found;
  }

  Summary summary_ = summarise(small_run(), {}, {"small", "cosim", 7});
  fs::path directory_ =
      fs::path(testing::TempDir()) /
      ("results_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(Results, AreWholeAndNothingElseIsLeft) {
  ASSERT_TRUE(prepare_results(directory_ / "").ok());
  ASSERT_TRUE(write_results(directory_, small_run(), summary_).ok());

  EXPECT_EQ(names(), (std::set<std::string>{"hosts.csv", "intervals.csv", "predictions.csv",
                                            "summary.json", "tasks.csv", "workloads.csv"}));
  std::ostringstream workloads;
  write_workloads_csv(workloads, small_run());
  EXPECT_EQ(content(directory_ / "workloads.csv"), workloads.str());
  EXPECT_EQ(Json::parse(content(directory_ / "summary.json")), json_of(summary_));
}

TEST_F(Results, HoldWhatThePolicyForesaw) {
  RunRecord record = small_run();
  record.utilisation = {{.host = {}, .predicted = 0.5f, .last_value = 1.0f, .observed = 0.25f}};
  ASSERT_TRUE(prepare_results(directory_).ok());
  ASSERT_TRUE(
      write_results(directory_, record, summarise(record, {}, {"small", "scinet", 7})).ok());

  EXPECT_EQ(content(directory_ / "predicted_utilisation.csv"),
            "step,time_s,host,predicted,last_value,mean_of_3,observed\n0,0,0,0.5,1,0,0.25\n");
  const Json summary = Json::parse(content(directory_ / "summary.json"));
  EXPECT_EQ(summary["next_utilisation_rmse"]["policy"], 0.25);
  EXPECT_EQ(summary["next_utilisation_rmse"]["last_value"], 0.75);
  EXPECT_FALSE(json_of(summary_).contains("next_utilisation_rmse"));
  ASSERT_TRUE(prepare_results(directory_).ok());
  EXPECT_TRUE(names().empty());
}

TEST_F(Results, PreparingRemovesAnEarlierRunAndNothingElse) {
  ASSERT_TRUE(prepare_results(directory_).ok());
  std::ofstream(directory_ / "summary.json") << "{}";
  std::ofstream(directory_ / "cluster.json") << "{}";
  std::ofstream(directory_ / "tasks.csv") << "";
  std::ofstream(directory_ / "events.csv") << "";
  std::ofstream(directory_ / "decisions.jsonl") << "{}\n";
  std::ofstream(directory_ / "notes.txt") << "mine";

  ASSERT_TRUE(prepare_results(directory_).ok());
  EXPECT_EQ(names(), std::set<std::string>{"notes.txt"});
}

TEST_F(Results, APlaceThatIsNoDirectoryIsNamed) {
  fs::create_directories(directory_);
  const fs::path file = directory_ / "file";
  std::ofstream(file) << "x";

  for (const fs::path& place : {file, file / "below"}) {
    const Status status = prepare_results(place);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(status.error().message.find(place.string()), std::string::npos)
        << status.error().message;
  }
}

TEST_F(Results, AFileThatCannotBeWrittenLeavesNothingBehind) {
  fs::create_directories(directory_ / "workloads.csv.partial");  // in the way
  const Status status = write_results(directory_, small_run(), summary_);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("workloads.csv"), std::string::npos);
  EXPECT_FALSE(fs::exists(directory_ / "workloads.csv"));
  EXPECT_FALSE(fs::exists(directory_ / "summary.json"));
}

}  // namespace
}  // namespace scinet
