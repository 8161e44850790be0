#include "report/csv.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "report/small_run.h"

namespace scinet {
namespace {

std::string text_of(void (*write)(std::ostream&, const RunRecord&), const RunRecord& record) {
  std::ostringstream out;
  write(out, record);
  return std::move(out).str();
}

TEST(Csv, QuotesOnlyWhatWouldBreakALine) {
  EXPECT_EQ(csv_field("blur"), "blur");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
}

TEST(Csv, WorkloadsHaveOneLineEach) {
  EXPECT_EQ(text_of(write_workloads_csv, small_run()),
            "workload,application,arrival_s,slo_s,input_bytes,strategy,accuracy,deployed_s,hosts,"
            "finish_s,response_s,slo_met,attempts\n"
            "0,\"blur, soft\",1,4,2000,whole,0.9,1,0,3,2,1,1\n"
            "1,\"blur, soft\",2,4,2000,whole,0.9,2,0,8,6,0,1\n"
            "2,\"blur, soft\",9,4,2000,compression,0.6,9,0,12,3,1,2\n"
            "3,\"blur, soft\",6,4,2000,,,,,,,0,0\n");
}

TEST(Csv, PlacedTasksHaveOneLineEach) {
  RunRecord record = small_run();
  record.workloads[0].tasks[0] = {.host = HostId{0},
                                  .queued = SimTime{0},
                                  .start = at_second(2),
                                  .finish = at_second(3),
                                  .cpu = Seconds(0.75),
                                  .load = Seconds(0.5)};
  record.workloads[1].tasks[0].queued = at_second(2);
  EXPECT_EQ(text_of(write_tasks_csv, record),
            "workload,fragment,host,queued_s,start_s,finish_s,cpu_core_s,load_s\n"
            "0,0,0,0,2,3,0.75,0.5\n"
            "1,0,0,2,,,,\n"
            "2,0,0,,,,,\n");
}

TEST(Csv, EventsHaveOneLineEach) {
  const std::vector<HostChange> changes{
      {.at = at_second(1), .host = HostId{3}, .state = HostState::kOn, .fault = {}},
      {.at = at_second(2), .host = HostId{3}, .state = {}, .fault = HostFault{.kind = "crash"}}};
  std::ostringstream out;
  write_events_csv(out, changes);
  EXPECT_EQ(out.str(),
            "time_s,host,state,fault,length_s,speed_factor\n"
            "1,3,on,,,\n"
            "2,3,,crash,0,1\n");
}

TEST(Csv, HostsHaveOneLineForEachBeat) {
  EXPECT_EQ(text_of(write_hosts_csv, small_run()),
            "start_s,end_s,host,type,state,utilisation,memory_mib,tasks,energy_j,cost_usd,"
            "cpu_core_s,powered_s\n"
            "0,5,0,small,on,0.5,256,1,300,0.005,2,5\n"
            "0,5,1,small,off,0,0,0,0,0,0,0\n"
            "5,10,0,small,on,0.5,256,1,400,0.005,4,5\n"
            "5,10,1,small,booting,0,0,0,150,0.003,1,3\n");
}

TEST(Csv, IntervalsHaveAsManyValuesAsColumns) {
  const std::string csv = text_of(write_intervals_csv, small_run());
  const auto commas = [](std::string_view line) { return std::ranges::count(line, ','); };
  const std::size_t header_end = csv.find('\n');
  const std::size_t first_end = csv.find('\n', header_end + 1);
  const std::string_view header = std::string_view(csv).substr(0, header_end);
  const std::string_view first =
      std::string_view(csv).substr(header_end + 1, first_end - header_end - 1);
  EXPECT_EQ(commas(first), commas(header));
  EXPECT_TRUE(first.starts_with("0,5,2,1,0,0,1,2,1,300,1000,0.005,0.01,")) << first;
}

}  // namespace
}  // namespace scinet
