#include "report/run_record.h"

#include <algorithm>

#include "base/ensure.h"

namespace scinet {

RunRecorder::RunRecorder(Catalogue catalogue, std::vector<HostTypeId> hosts, QosWeights weights)
    : hosts_at_last_beat_(hosts.size()) {
  record_.catalogue = std::move(catalogue);
  record_.weights = weights;
  record_.hosts = std::move(hosts);
}

void RunRecorder::beat(const ClusterView& view, const Accounts& accounts) {
  ensure(accounts.hosts.size() == record_.hosts.size() && view.hosts.size() == record_.hosts.size(),
         "a run keeps its hosts");
  if (accounts.now <= last_beat_) return;

  record_.intervals.push_back({
      .start = last_beat_,
      .end = accounts.now,
      .totals = window_totals(last_beat_, hosts_at_last_beat_, accounts, record_.catalogue,
                              record_.hosts),
      .hosts_on =
          static_cast<int>(std::ranges::count(view.hosts, HostState::kOn, &HostView::state)),
      .unfinished = static_cast<int>(view.workloads.size()),
  });
  record_hosts(view, accounts);

  last_beat_ = accounts.now;
  hosts_at_last_beat_ = accounts.hosts;
}

void RunRecorder::record_hosts(const ClusterView& view, const Accounts& accounts) {
  const std::vector<int> tasks = tasks_per_host(view);
  for (std::size_t i = 0; i < accounts.hosts.size(); ++i) {
    const HostAccount& before = hosts_at_last_beat_[i];
    const HostAccount& after = accounts.hosts[i];
    record_.host_beats.push_back({
        .start = last_beat_,
        .end = accounts.now,
        .host = HostId{static_cast<std::uint32_t>(i)},
        .state = view.hosts[i].state,
        .utilisation = view.hosts[i].utilisation,
        .memory_used = view.hosts[i].memory_used,
        .tasks = tasks[i],
        .energy = after.energy - before.energy,
        .cost = after.cost - before.cost,
        .cpu = after.cpu - before.cpu,
        .powered = after.powered - before.powered,
    });
  }
}

RunRecord RunRecorder::finish(std::vector<WorkloadOutcome> workloads,
                              PredictionLedger predictions) && {
  record_.predictions = std::move(predictions).finish(workloads);
  Accounts at_horizon{
      .now = last_beat_, .hosts = hosts_at_last_beat_, .workloads = std::move(workloads)};
  record_.horizon = last_beat_;
  record_.window = window_totals(SimTime{0}, std::vector<HostAccount>(record_.hosts.size()),
                                 at_horizon, record_.catalogue, record_.hosts);
  record_.hosts_in_window = std::move(hosts_at_last_beat_);
  record_.workloads = std::move(at_horizon.workloads);
  return std::move(record_);
}

}  // namespace scinet
