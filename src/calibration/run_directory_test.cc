#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "calibration/recorded_twin.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

// A run of one request, as its files say it.
class RunDirectoryTest : public testing::Test {
 protected:
  RunDirectoryTest()
      : directory_(fs::path(testing::TempDir()) /
                   (std::string("run_directory_") +
                    testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(directory_);
    EXPECT_TRUE(write_cluster(directory_ / "cluster.json", known_cluster(Seconds(10))).ok());
    write("summary.json", R"({"seed": 42, "policy": "cosim"})");
    write("workloads.csv", kWorkloads + "0,one,0,10,0,whole,1,0,0,3,3,1,1\n");
    write("tasks.csv", kTasks + "0,0,0,0.5,1,2.5,1.2,0.25\n");
    write("hosts.csv", kHosts + "0,5,0,fast,on,0.5,10,0,100,0.1,2,5\n");
    write("events.csv", kEvents + "4,1,,crash,30,1\n");
    std::ofstream(directory_ / "decisions.jsonl")
        << R"({"step":0,"time_s":0.0,"asked":{"provisioning":false,"deployment":true,"placement":true},)"
        << R"("hosts":["on"],"utilisation":[0.0],"tasks":[0],"unfinished":1,"waiting":1,"policy":"x",)"
        << R"("plan":{"power":[],"deployments":[{"workload":0,"strategy":0}],)"
        << R"("placements":[{"workload":0,"fragment":0,"host":0}],"deferrals":[]},"refused":[]})"
        << "\n";
  }
  ~RunDirectoryTest() override { fs::remove_all(directory_); }

  void write(const char* name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
  }
  Result<RecordedRun> read() const { return read_recorded_run(directory_, std::nullopt); }

  const std::string kWorkloads =
      "workload,application,arrival_s,slo_s,input_bytes,strategy,accuracy,deployed_s,hosts,finish_"
      "s,"
      "response_s,slo_met,attempts\n";
  const std::string kTasks = "workload,fragment,host,queued_s,start_s,finish_s,cpu_core_s,load_s\n";
  const std::string kHosts =
      "start_s,end_s,host,type,state,utilisation,memory_mib,tasks,energy_j,cost_usd,cpu_core_s,"
      "powered_s\n";
  const std::string kEvents = "time_s,host,state,fault,length_s,speed_factor\n";
  fs::path directory_;
};

TEST_F(RunDirectoryTest, HoldsTheRun) {
  const Result<RecordedRun> result = read();
  ASSERT_TRUE(result.ok()) << result.error().message;
  const RecordedRun& run = result.value();
  EXPECT_EQ(run.seed, 42u);
  EXPECT_EQ(run.policy, "cosim");
  EXPECT_EQ(run.cluster, known_cluster(Seconds(10)));
  ASSERT_EQ(run.workloads.size(), 1u);
  ASSERT_EQ(run.workloads[0].tasks.size(), 1u);
  EXPECT_EQ(run.workloads[0].tasks[0].cpu, Seconds(1.2));
  EXPECT_EQ(run.workloads[0].tasks[0].load, Seconds(0.25));
  ASSERT_EQ(run.plans.size(), 1u);
  EXPECT_EQ(run.plans[0].plan.placements.size(), 1u);
  EXPECT_EQ(run.plans[0].asked, (DecisionsAsked{.deployment = true, .placement = true}));
  ASSERT_EQ(run.faults.size(), 1u);
  EXPECT_EQ(run.faults[0].host, HostId{1});
  EXPECT_EQ(run.faults[0].length, Seconds(30));
  EXPECT_EQ(run.step, SimTime(0));
}

TEST_F(RunDirectoryTest, AHostFailedWhenItCameIntoThatStateWhereStatesAreRecorded) {
  write("events.csv", kEvents + "4,1,,crash,0,1\n4.5,1,failed,,,\n9,1,off,,,\n");
  const Result<RecordedRun> result = read();
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result.value().faults.size(), 1u);
  EXPECT_EQ(result.value().faults[0].at, std::chrono::milliseconds(4500));
  EXPECT_EQ(result.value().faults[0].length, Seconds(60));  // the repair time of the cluster
}

TEST_F(RunDirectoryTest, KnowsTheCircumstancesOfARunOnRealWorkers) {
  write("clients.csv", "workload,input\n0,page.png\n");
  write("machine.csv", "time_s,probe,cpu_s\n1,ocr,0.05\n2,ocr,0.05\n");
  const Result<RecordedRun> result = read();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().inputs, std::vector<std::string>{"page.png"});
  EXPECT_EQ(result.value().probes.size(), 2u);
  EXPECT_EQ(result.value().machine_speed.steps().size(), 1u);

  write("clients.csv", "workload,picture\n0,page.png\n");
  EXPECT_NE(read().error().message.find("clients.csv"), std::string::npos);
  write("machine.csv", "time_s,probe,cpu_s\n1,ocr,soon\n");
  EXPECT_NE(read().error().message.find("machine.csv:2: cpu_s"), std::string::npos);
}

TEST_F(RunDirectoryTest, IsRefusedWhereItContradictsItself) {
  struct Case {
    const char* file;
    std::string text;
  };
  const Case cases[] = {
      {"tasks.csv", kTasks + "0,0,5,0.5,1,2.5,1.2,0\n"},
      {"workloads.csv", kWorkloads + "1,one,2,10,0,whole,1,0,0,3,1,1,1\n"
                                     "0,one,0,10,0,whole,1,0,0,3,3,1,1\n"},
      {"tasks.csv", kTasks + "3,0,0,0.5,1,2.5,1.2,0\n"},
      {"tasks.csv", kTasks + "0,0,0,x,1,2.5,1.2,0\n"},
      {"hosts.csv", kHosts + "0,5,5,fast,on,0.5,10,0,100,0.1,2,5\n"},
      {"events.csv", kEvents + "4,5,,crash,30,1\n"},
      {"decisions.jsonl", "nonsense\n{}\n"},
      {"cluster.json", "{}"},
  };
  for (const Case& wrong : cases) {
    const fs::path file = directory_ / wrong.file;
    const fs::path kept = directory_ / "kept";
    fs::rename(file, kept);
    write(wrong.file, wrong.text);
    const Result<RecordedRun> result = read();
    ASSERT_FALSE(result.ok()) << wrong.file << ": " << wrong.text;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput) << result.error().message;
    EXPECT_NE(result.error().message.find(wrong.file), std::string::npos) << result.error().message;
    fs::rename(kept, file);
  }
}

}  // namespace
}  // namespace scinet
