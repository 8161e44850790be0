// A run small enough to check by hand, shared by the tests of this module.
//
// Two hosts of one type: 100 W at full power, 3.6 dollars an hour (0.001 dollars a second). Two
// beats of 5 s. Host 0 is on throughout, host 1 for 3 s of the second beat.
//   beat 1 ends at  5 s: host 0 used 300 J and 0.005 dollars
//   beat 2 ends at 10 s: host 0 used 700 J and 0.010 dollars, host 1 150 J and 0.003 dollars
// Workloads, SLO 4 s each: 0 arrives at 1 s, answered at 3 s (in time); 1 arrives at 2 s,
// answered at 8 s (late); 2 arrives at 9 s, answered in the drain at 12 s (in time); 3 arrives
// at 6 s and is never answered. Workloads 0 and 1 are deployed with accuracy 0.9, 2 with 0.6.
#pragma once

#include "report/run_record.h"

namespace scinet {

inline constexpr SimTime at_second(int seconds) { return std::chrono::seconds(seconds); }

inline Catalogue small_catalogue() {
  HostType type;
  type.name = "small";
  type.cores = 2;
  type.speed = Mips(1000);
  type.memory = Mebibytes(1024);
  type.price = DollarsPerHour(3.6);
  type.power.points = {Watts(50), Watts(100)};
  Fragment fragment;
  fragment.name = "all";
  Strategy whole{.name = "whole", .accuracy = 0.9, .accuracy_source = "", .fragments = {fragment}};
  Strategy small{
      .name = "compression", .accuracy = 0.6, .accuracy_source = "", .fragments = {fragment}};
  return {.host_types = {type},
          .applications = {{.name = "blur, soft", .strategies = {whole, small}}}};
}

inline WorkloadOutcome small_outcome(std::uint64_t id, int arrival) {
  WorkloadOutcome outcome;
  outcome.workload = {.id = WorkloadId{id},
                      .application = ApplicationId{0},
                      .arrival = at_second(arrival),
                      .slo = Seconds(4),
                      .input = Bytes(2000)};
  return outcome;
}

inline WorkloadOutcome deployed(WorkloadOutcome outcome, std::uint32_t strategy) {
  outcome.strategy = StrategyId{strategy};
  outcome.deployed_at = outcome.workload.arrival;
  TaskOutcome task;
  task.host = HostId{0};
  outcome.tasks = {task};
  outcome.attempts = 1;
  return outcome;
}

inline WorkloadOutcome answered(WorkloadOutcome outcome, int finish) {
  outcome.finish = at_second(finish);
  return outcome;
}

inline Accounts small_accounts(int second) {
  const HostAccount host0_at_5{Joules(300), Dollars(0.005), Seconds(2), Seconds(5)};
  const HostAccount host0_at_10{Joules(700), Dollars(0.010), Seconds(6), Seconds(10)};
  const HostAccount host1_at_10{Joules(150), Dollars(0.003), Seconds(1), Seconds(3)};
  const WorkloadOutcome w0 = answered(deployed(small_outcome(0, 1), 0), 3);
  const WorkloadOutcome w1 = deployed(small_outcome(1, 2), 0);
  const WorkloadOutcome w2 = deployed(small_outcome(2, 9), 1);
  const WorkloadOutcome w3 = small_outcome(3, 6);
  Accounts accounts;
  accounts.now = at_second(second);
  if (second == 5) {
    accounts.hosts = {host0_at_5, {}};
    accounts.workloads = {w0, w1};
  } else {
    accounts.hosts = {host0_at_10, host1_at_10};
    accounts.workloads = {w0, answered(w1, 8), second > 10 ? answered(w2, 12) : w2, w3};
    if (second > 10) {
      accounts.hosts[0].energy += Joules(100);
      accounts.workloads[2].attempts = 2;
    }
  }
  return accounts;
}

inline ClusterView small_view(const Catalogue& catalogue, int second) {
  ClusterView view;
  view.now = at_second(second);
  view.catalogue = &catalogue;
  view.hosts.resize(2);
  view.hosts[0].state = HostState::kOn;
  view.hosts[0].utilisation = 0.5;
  view.hosts[0].memory_used = Mebibytes(256);
  view.hosts[1].id = HostId{1};
  view.hosts[1].state = second < 10 ? HostState::kOff : HostState::kBooting;
  WorkloadView open;
  open.strategy = StrategyId{0};
  open.tasks = {{.fragment = FragmentId{0}, .state = TaskState::kRunning, .host = HostId{0}}};
  view.workloads = {open};
  return view;
}

inline RunRecord small_run() {
  const Catalogue catalogue = small_catalogue();
  RunRecorder recorder(catalogue, {HostTypeId{0}, HostTypeId{0}}, QosWeights{});
  recorder.beat(small_view(catalogue, 5), small_accounts(5));
  recorder.beat(small_view(catalogue, 10), small_accounts(10));
  return std::move(recorder).finish(small_accounts(20).workloads, {});
}

}  // namespace scinet
