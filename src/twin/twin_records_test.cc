// What the twin tells of each task, and what slows tasks down besides other tasks: the load of
// their model, the host's own services, contention.
#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

TaskOutcome record_of(const Twin& twin, std::uint64_t id, std::size_t fragment = 0) {
  return twin.accounts().workloads.at(id).tasks.at(fragment);
}

void expect_record(const TaskOutcome& task, SimTime queued, SimTime start, SimTime finish,
                   double cpu, double load) {
  EXPECT_EQ(task.queued, queued);
  EXPECT_EQ(task.start, start);
  EXPECT_EQ(task.finish, finish);
  EXPECT_NEAR(task.cpu.count(), cpu, 1e-9);
  EXPECT_NEAR(task.load.count(), load, 1e-9);
}

TEST(TwinRecords, TellWhenATaskWaitedAndRan) {
  SmallWorld world{
      .fragments = {plain_fragment(), plain_fragment(Mi(3000))}, .hosts = 2, .hosts_on = 2};
  world.host.latency = Seconds(0.5);
  world.fragments[0].memory = Mebibytes(600);  // one at a time
  world.fragments[1].inputs = {FragmentId{0}};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  serve_at(twin, 0s, 1, {0, 1});
  twin.run_until(4s);
  // Request 0: its input needs 0.5 s, it runs for 1 s; half a second later its output is at host 1.
  // Request 1 waits on host 0 until then and runs until 2.5 s; at 3 s it joins the other on host 1,
  // which has had one second for itself.
  expect_record(record_of(twin, 0, 0), 500ms, 500ms, 1500ms, 1.0, 0.0);
  expect_record(record_of(twin, 1, 0), 500ms, 1500ms, 2500ms, 1.0, 0.0);
  expect_record(record_of(twin, 0, 1), 2s, 2s, 0s, 1.5, 0.0);  // half a core since 3 s
  twin.run_until(20s);
  // Request 0 has 2000 Mi left at 3 s, at half a core until 7 s; request 1 then 1000 Mi: 8 s.
  expect_record(record_of(twin, 0, 1), 2s, 2s, 7s, 3.0, 0.0);
  expect_record(record_of(twin, 1, 1), 3s, 3s, 8s, 3.0, 0.0);
  EXPECT_EQ(finish_of(twin, 1), 8500ms);
}

TEST(TwinRecords, TheWorkOfALoadSharesTheCores) {
  SmallWorld world{.host = plain_host(1)};
  world.fragments[0].load_time = Seconds(1);
  world.fragments[0].load_work = Mi(1000);
  world.more_applications = {plain_application({plain_fragment(Mi(4000))})};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 1);
  serve_at(twin, 1s, 1, {0});
  serve_at(twin, 2500ms, 2, {0});
  twin.run_until(3s);
  EXPECT_EQ(task_of(twin, 1).state, TaskState::kQueued);
  EXPECT_EQ(host_of(twin, 0).loading.at(0).ready_at, 3500ms);  // had it the core for itself
  expect_record(record_of(twin, 1), 1s, 0s, 0s, 0.5, 0.0);
  twin.run_until(20s);
  // Request 0 has the core until 2 s. Then request 1 carries the work of the load beside it, half a
  // core each, until 4 s, when 1000 Mi of request 0 are left. From 4 s on three tasks have a third
  // of a core each: all end at 7 s.
  expect_record(record_of(twin, 0), 0s, 0s, 7s, 4.0, 0.0);
  expect_record(record_of(twin, 1), 1s, 4s, 7s, 2.0, 3.0);
  expect_record(record_of(twin, 2), 2500ms, 4s, 7s, 1.0, 1.5);
  // 7 core-seconds: 7 s * 200 W + 13 s * 100 W.
  EXPECT_NEAR(twin.accounts().hosts[0].cpu.count(), 7.0, 1e-9);
  EXPECT_NEAR(twin.accounts().hosts[0].energy.value(), 2700.0, 1e-6);
}

TEST(TwinRecords, ALoadUsesNoMoreThanOneCore) {
  SmallWorld world{.host = plain_host(4)};
  world.fragments[0].cores = 4.0;
  world.fragments[0].load_work = Mi(1000);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(20s);
  // 1 s on one core, then 1000 Mi on four: 0.25 s.
  expect_record(record_of(twin, 0), 0s, 1s, 1250ms, 2.0, 1.0);
}

TEST(TwinRecords, AHostsOwnServicesTakeTheirCores) {
  SmallWorld world{.host = plain_host(1)};
  world.host.background = 0.2;
  Twin twin = world.twin();
  serve_at(twin, 10s, 0, {0});
  twin.run_until(20s);
  // 1000 Mi on 0.8 cores: 1.25 s, in which all is busy; 120 W for the other 18.75 s.
  EXPECT_EQ(finish_of(twin, 0), 11250ms);
  const HostAccount account = twin.accounts().hosts[0];
  EXPECT_NEAR(account.energy.value(), 1.25 * 200.0 + 18.75 * 120.0, 1e-9);
  EXPECT_NEAR(account.cpu.count(), 1.25 + 18.75 * 0.2, 1e-9);
  EXPECT_NEAR(record_of(twin, 0).cpu.count(), 1.0, 1e-9);
  EXPECT_NEAR(host_of(twin, 0).recent_utilisation.at(0), 0.2, 1e-12);
}

TEST(TwinRecords, ContentionCostsCoreSeconds) {
  SmallWorld world{.host = plain_host(4)};
  world.host.contention = 0.5;
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 0s, 1, {0});
  serve_at(twin, 875ms, 2, {0});
  twin.run_until(20s);
  // Two tasks do 1000 / 1.25 = 800 Mi a second each: 300 Mi are left at 0.875 s. Three do 750: both
  // end after 0.4 s more. Request 2 has 700 Mi left then, alone.
  EXPECT_EQ(finish_of(twin, 0), 1275ms);
  EXPECT_EQ(finish_of(twin, 1), 1275ms);
  EXPECT_EQ(finish_of(twin, 2), 1975ms);
  // A core each all the while, whatever it does: 2 * 1.275 + 1.1 core-seconds.
  EXPECT_NEAR(record_of(twin, 0).cpu.count(), 1.275, 1e-9);
  EXPECT_NEAR(record_of(twin, 2).cpu.count(), 1.1, 1e-9);
  EXPECT_NEAR(twin.accounts().hosts[0].cpu.count(), 3.65, 1e-9);
}

TEST(TwinRecords, BeginAgainAfterAFailure) {
  SmallWorld world{.hosts = 2, .hosts_on = 2};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(500ms);
  twin.fail(HostId{0});
  EXPECT_EQ(record_of(twin, 0), TaskOutcome{.host = HostId{0}});
  twin.run_until(2s);
  twin.apply(place_again(0, 0, 1));
  twin.run_until(20s);
  EXPECT_EQ(record_of(twin, 0).host, HostId{1});
  expect_record(record_of(twin, 0), 2s, 2s, 3s, 1.0, 0.0);
}

}  // namespace
}  // namespace scinet
