#include "model/cluster_view.h"

#include <algorithm>
#include <numeric>

namespace scinet {

std::string_view to_string(Cadence cadence) {
  switch (cadence) {
    case Cadence::kInterval:
      return "interval";
    case Cadence::kArrival:
      return "arrival";
  }
  return "unknown";
}

std::string_view to_string(HostState state) {
  switch (state) {
    case HostState::kOff:
      return "off";
    case HostState::kBooting:
      return "booting";
    case HostState::kOn:
      return "on";
    case HostState::kDraining:
      return "draining";
    case HostState::kFailed:
      return "failed";
  }
  return "unknown";
}

std::string_view to_string(TaskState state) {
  switch (state) {
    case TaskState::kUnplaced:
      return "unplaced";
    case TaskState::kBlocked:
      return "blocked";
    case TaskState::kQueued:
      return "queued";
    case TaskState::kRunning:
      return "running";
    case TaskState::kDone:
      return "done";
  }
  return "unknown";
}

const WorkloadView* ClusterView::find(WorkloadId id) const {
  const auto found = std::ranges::lower_bound(
      workloads, id, {}, [](const WorkloadView& entry) { return entry.workload.id; });
  return found != workloads.end() && found->workload.id == id ? &*found : nullptr;
}

double total_arrival_rate(const ClusterView& view) {
  return std::accumulate(view.arrival_rates.begin(), view.arrival_rates.end(), 0.0);
}

std::vector<int> tasks_per_host(const ClusterView& view) {
  std::vector<int> counts(view.hosts.size(), 0);
  for (const WorkloadView& entry : view.workloads) {
    for (const TaskView& task : entry.tasks) {
      if (task.host && task.state != TaskState::kDone) ++counts[task.host->value];
    }
  }
  return counts;
}

}  // namespace scinet
