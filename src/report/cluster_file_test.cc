#include "report/cluster_file.h"

#include <fstream>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/json.h"
#include "report/small_run.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

class ClusterFile : public testing::Test {
 protected:
  ~ClusterFile() override { fs::remove(file_); }

  static ClusterDescription cluster() {
    return {.scenario = "small",
            .cadence = "arrival",
            .beat = Seconds(5),
            .horizon = Seconds(10),
            .hosts = {HostTypeId{0}, HostTypeId{0}},
            .hosts_on_at_start = 1,
            .weights = {.energy = 0.4, .cost = 0.0},
            .repair_time = Seconds(60),
            .catalogue = small_catalogue()};
  }

  // What is wrong with the file of cluster() once `change` was made to it.
  std::string problem_after(const std::function<void(Json&)>& change) {
    EXPECT_TRUE(write_cluster(file_, cluster()).ok());
    std::ifstream in(file_);
    Json json = Json::parse(in);
    change(json);
    std::ofstream(file_) << json.dump();
    const Result<ClusterDescription> read = read_cluster(file_);
    return read ? "nothing" : read.error().message;
  }
  std::string in_file(std::string_view sentence) const {
    return file_.string() + ": " + std::string(sentence);
  }

  fs::path file_ =
      fs::path(testing::TempDir()) /
      ("cluster_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(ClusterFile, ReadsBackAsItWasWritten) {
  ASSERT_TRUE(write_cluster(file_, cluster()).ok());
  const Result<ClusterDescription> read = read_cluster(file_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value(), cluster());
}

TEST_F(ClusterFile, NamesWhatIsWrong) {
  EXPECT_EQ(problem_after([](Json&) {}), "nothing");
  EXPECT_EQ(problem_after([](Json& json) { json["hosts"][1] = 7; }),
            in_file("hosts[1] is 7, but the catalogue has 1 host types"));
  EXPECT_EQ(problem_after([](Json& json) { json["hosts_on_at_start"] = 3; }),
            in_file("hosts_on_at_start is 3, expected 0 to the number of hosts, 2"));
  EXPECT_EQ(problem_after([](Json& json) { json["cadence"] = "daily"; }),
            in_file("cadence is 'daily', expected interval or arrival"));
  EXPECT_EQ(problem_after([](Json& json) { json["beat_s"] = 0; }),
            in_file("beat_s is 0, expected more than 0"));
  EXPECT_EQ(problem_after([](Json& json) { json["horizon_s"] = -1; }),
            in_file("horizon_s is -1, expected at least 0"));
  EXPECT_EQ(problem_after([](Json& json) { json["repair_time_s"] = -1; }),
            in_file("repair_time_s is -1, expected at least 0"));
  EXPECT_EQ(problem_after([](Json& json) { json.erase("weights"); }), in_file("has no 'weights'"));
  EXPECT_EQ(problem_after([](Json& json) { json["catalogue"]["host_types"][0]["cores"] = 0; }),
            in_file("host type 'small' has 0 cores, expected at least 1"));
}

TEST_F(ClusterFile, NamesAFileThatIsNotThereOrNotJson) {
  const Result<ClusterDescription> absent = read_cluster(file_);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_NE(absent.error().message.find(file_.string()), std::string::npos);

  std::ofstream(file_) << "{\n\"scenario\": \"x\",\n";
  const Result<ClusterDescription> torn = read_cluster(file_);
  ASSERT_FALSE(torn.ok());
  EXPECT_EQ(torn.error().code, ErrorCode::kInvalidInput);
  EXPECT_TRUE(torn.error().message.starts_with(file_.string() + ":3: ")) << torn.error().message;
}

}  // namespace
}  // namespace scinet
