#include "report/read_results.h"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "report/csv.h"
#include "report/results.h"
#include "report/small_run.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

// small_run(), in which the task of workload 0 is known to the nanosecond and that of workload 1
// has begun and not ended.
RunRecord run_with_tasks() {
  RunRecord record = small_run();
  record.workloads[0].tasks[0] = {.host = HostId{0},
                                  .queued = SimTime(1'000'000'001),
                                  .start = SimTime(1'100'000'000),
                                  .finish = SimTime(2'999'999'999),
                                  .cpu = Seconds(1.25),
                                  .load = Seconds(0.1)};
  record.workloads[1].tasks[0].queued = at_second(2);
  return record;
}

class ReadResults : public testing::Test {
 protected:
  ReadResults() {
    fs::remove_all(directory_);
    EXPECT_TRUE(prepare_results(directory_).ok());
  }
  ~ReadResults() override { fs::remove_all(directory_); }

  fs::path written(const std::string& name, std::string_view text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return directory_ / name;
  }
  template <class T>
  static std::string problem_of(const Result<T>& result) {
    return result ? "nothing" : result.error().message;
  }

  fs::path directory_ =
      fs::path(testing::TempDir()) /
      ("read_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(ReadResults, WorkloadsAndTasksComeBackAsTheyWere) {
  const RunRecord record = run_with_tasks();
  ASSERT_TRUE(write_results(directory_, record, summarise(record, {}, {})).ok());

  Result<std::vector<WorkloadOutcome>> workloads =
      read_workloads_csv(directory_ / "workloads.csv", record.catalogue);
  ASSERT_TRUE(workloads.ok()) << problem_of(workloads);
  const Result<std::vector<TaskRecord>> tasks = read_tasks_csv(directory_ / "tasks.csv");
  ASSERT_TRUE(tasks.ok()) << problem_of(tasks);
  ASSERT_TRUE(add_tasks(workloads.value(), tasks.value(), "tasks.csv").ok());
  EXPECT_EQ(workloads.value(), record.workloads);
}

TEST_F(ReadResults, WhatATaskDidNotComeToIsNone) {
  const RunRecord record = run_with_tasks();
  ASSERT_TRUE(write_results(directory_, record, summarise(record, {}, {})).ok());
  const Result<std::vector<TaskRecord>> tasks = read_tasks_csv(directory_ / "tasks.csv");
  ASSERT_TRUE(tasks.ok()) << problem_of(tasks);

  ASSERT_EQ(tasks.value().size(), 3u);  // workload 3 was never placed
  EXPECT_EQ(tasks.value()[0], (TaskRecord{.workload = WorkloadId{0},
                                          .fragment = FragmentId{0},
                                          .host = HostId{0},
                                          .queued = SimTime(1'000'000'001),
                                          .start = SimTime(1'100'000'000),
                                          .finish = SimTime(2'999'999'999),
                                          .cpu = Seconds(1.25),
                                          .load = Seconds(0.1)}));
  EXPECT_EQ(tasks.value()[1].queued, at_second(2));
  EXPECT_EQ(tasks.value()[1].start, std::nullopt);
  EXPECT_EQ(tasks.value()[1].finish, std::nullopt);
  EXPECT_EQ(tasks.value()[1].cpu, std::nullopt);
  EXPECT_EQ(tasks.value()[2].queued, std::nullopt);
}

TEST_F(ReadResults, HostBeatsComeBackAsTheyWere) {
  const RunRecord record = small_run();
  ASSERT_TRUE(write_results(directory_, record, summarise(record, {}, {})).ok());
  const Result<std::vector<HostBeat>> beats = read_host_beats_csv(directory_ / "hosts.csv");
  ASSERT_TRUE(beats.ok()) << problem_of(beats);
  EXPECT_EQ(beats.value(), record.host_beats);
}

TEST_F(ReadResults, EventsComeBackAsTheyWere) {
  const std::vector<HostChange> changes{
      {.at = at_second(1), .host = HostId{0}, .state = HostState::kBooting, .fault = {}},
      {.at = SimTime(2'500'000'001),
       .host = HostId{1},
       .state = {},
       .fault = HostFault{.kind = "slow", .length = Seconds(7.5), .speed_factor = 0.25}},
      {.at = at_second(3), .host = HostId{1}, .state = HostState::kFailed, .fault = {}}};
  const fs::path file = directory_ / "events.csv";
  ASSERT_TRUE(write_whole(file, [&](std::ostream& out) { write_events_csv(out, changes); }).ok());
  const Result<std::vector<HostChange>> read = read_events_csv(file);
  ASSERT_TRUE(read.ok()) << problem_of(read);
  EXPECT_EQ(read.value(), changes);
}

TEST_F(ReadResults, ProbesComeBackAsTheyWere) {
  const std::vector<ProbeTime> probes{
      {.at = SimTime(2'500'000'001), .probe = "ocr/whole/sign, old.png", .cpu = Seconds(0.0525)},
      {.at = at_second(4), .probe = "vad/whole/english.wav", .cpu = Seconds(0.013)}};
  const fs::path file = directory_ / "machine.csv";
  ASSERT_TRUE(write_whole(file, [&](std::ostream& out) { write_probes_csv(out, probes); }).ok());
  const Result<std::vector<ProbeTime>> read = read_probes_csv(file);
  ASSERT_TRUE(read.ok()) << problem_of(read);
  EXPECT_EQ(read.value(), probes);
}

TEST_F(ReadResults, KnowsTheInputsOfRequestsThatWereAnswered) {
  const fs::path file = written("clients.csv",
                                "request,workload,application,input\n"
                                "0,1,ocr,page.png\n1,,ocr,lost.png\n2,0,ocr,sign.png\n");
  const Result<std::vector<ClientInput>> read = read_client_inputs_csv(file);
  ASSERT_TRUE(read.ok()) << problem_of(read);
  EXPECT_EQ(read.value(),
            (std::vector<ClientInput>{{WorkloadId{1}, "page.png"}, {WorkloadId{0}, "sign.png"}}));
}

TEST_F(ReadResults, MalformedWorkloadsAreNamed) {
  const auto problem = [&](std::string_view line) {
    const fs::path file = written("workloads.csv", fmt::format("{}\n{}\n", kWorkloadColumns, line));
    const std::string whole = problem_of(read_workloads_csv(file, small_catalogue()));
    const std::string place = file.string() + ":2: ";
    return whole.starts_with(place) ? whole.substr(place.size()) : whole;
  };
  const std::string blur = "0,\"blur, soft\",1,4,2000";
  EXPECT_EQ(problem(blur + ",whole,0.9,1,0,3,2,1,1"), "nothing");
  EXPECT_EQ(problem("0,sharpen,1,4,2000,,,,,,,0,0"),
            "application: found 'sharpen', expected one of blur, soft");
  EXPECT_EQ(problem(blur + ",half,0.9,1,0,3,2,1,1"),
            "strategy: found 'half', expected one of whole, compression");
  EXPECT_EQ(problem(blur + ",whole,0.9,1,0;1,3,2,1,1"),
            "hosts: found '0;1', expected the numbers of 1 hosts, separated by ';'");
  EXPECT_EQ(problem(blur + ",whole,0.9,1,x,3,2,1,1"),
            "hosts: found 'x', expected the numbers of 1 hosts, separated by ';'");
  EXPECT_EQ(problem(blur + ",whole,0.9,1,0,soon,2,1,1"),
            "finish_s: found 'soon', expected seconds, at most 4e6");
  EXPECT_EQ(problem(blur + ",whole,0.9,1,0,3,2,1,-1"),
            "attempts: found '-1', expected a whole number of at least 0");
}

TEST_F(ReadResults, MalformedTasksAreNamed) {
  const auto problem = [&](std::string_view text) {
    return problem_of(read_tasks_csv(written("tasks.csv", text)));
  };
  const std::string place = (directory_ / "tasks.csv").string();
  const std::string header(kTaskColumns);
  EXPECT_EQ(problem(header + "\n0,0,0,1,2,3,0.5,0\n"), "nothing");
  EXPECT_EQ(problem(header + "\n0,0,0,1,2,3,0.5,0\n0,1,here,,,,,\n"),
            place + ":3: host: found 'here', expected a whole number");
  EXPECT_EQ(problem(header + "\n0,0,0,1,2,3,-0.5,0\n"),
            place + ":2: cpu_core_s: found '-0.5', expected a number of at least 0");
  EXPECT_EQ(
      problem("workload,host\n"),
      place + ":1: found 'workload,host', which has no column 'fragment'; expected " + header);
}

TEST_F(ReadResults, TasksOfNoWorkloadAreNamed) {
  std::vector<WorkloadOutcome> outcomes = small_run().workloads;
  for (const auto& [workload, fragment] : {std::pair(9u, 0u), std::pair(0u, 1u)}) {
    TaskRecord record;
    record.workload = WorkloadId{workload};
    record.fragment = FragmentId{fragment};
    EXPECT_EQ(problem_of(add_tasks(outcomes, {record}, "tasks.csv")),
              fmt::format("tasks.csv: found a task of workload {}, fragment {}, expected only "
                          "those that workloads.csv has a host for",
                          workload, fragment));
  }
}

TEST_F(ReadResults, MalformedHostBeatsAreNamed) {
  const fs::path file =
      written("hosts.csv", fmt::format("{}\n0,5,0,small,asleep,0,0,0,0,0,0,0\n", kHostColumns));
  EXPECT_EQ(problem_of(read_host_beats_csv(file)),
            file.string() +
                ":2: state: found 'asleep', expected one of off, booting, on, "
                "draining, failed");
}

TEST_F(ReadResults, MalformedEventsAreNamed) {
  const auto problem = [&](std::string_view line) {
    return problem_of(
        read_events_csv(written("events.csv", fmt::format("{}\n{}\n", kEventColumns, line))));
  };
  const std::string place = (directory_ / "events.csv").string() + ":2: ";
  EXPECT_EQ(problem("1,0,on,,,"), "nothing");
  EXPECT_EQ(problem("1,0,on,crash,0,1"),
            place +
                "fault: found 'crash', expected either a state or a fault, not both and not "
                "neither");
  EXPECT_EQ(problem("1,0,,slow,5,2"),
            place + "speed_factor: found '2', expected a number from 0 to 1");
}

TEST_F(ReadResults, MalformedProbesAreNamed) {
  const fs::path file = written("machine.csv", fmt::format("{}\n1,ocr,0\n", kProbeColumns));
  EXPECT_EQ(problem_of(read_probes_csv(file)),
            file.string() + ":2: cpu_s: found '0', expected more than 0");
}

TEST_F(ReadResults, AMissingFileIsNamed) {
  const Result<std::vector<TaskRecord>> tasks = read_tasks_csv(directory_ / "tasks.csv");
  ASSERT_FALSE(tasks.ok());
  EXPECT_EQ(tasks.error().code, ErrorCode::kNotFound);
  EXPECT_NE(tasks.error().message.find("tasks.csv"), std::string::npos);
}

}  // namespace
}  // namespace scinet
