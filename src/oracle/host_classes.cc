#include "oracle/host_classes.h"

#include <algorithm>

namespace scinet {
namespace {

std::vector<bool> hosts_with_tasks(const ClusterView& view) {
  std::vector<bool> with_tasks(view.hosts.size(), false);
  for (const WorkloadView& entry : view.workloads) {
    for (const TaskView& task : entry.tasks) {
      if (task.host) with_tasks[task.host->value] = true;
    }
  }
  return with_tasks;
}

}  // namespace

std::vector<std::vector<HostId>> host_classes(const ClusterView& view) {
  const std::vector<bool> with_tasks = hosts_with_tasks(view);
  std::vector<HostView> looks = view.hosts;
  for (HostView& host : looks) host.id = HostId{};

  std::vector<std::vector<HostId>> classes;
  for (const HostView& host : view.hosts) {
    const auto looks_the_same = [&](const std::vector<HostId>& others) {
      const HostId other = others.front();
      return !with_tasks[host.id.value] && !with_tasks[other.value] &&
             looks[host.id.value] == looks[other.value];
    };
    const auto same = std::ranges::find_if(classes, looks_the_same);
    if (same == classes.end()) {
      classes.push_back({host.id});
    } else {
      same->push_back(host.id);
    }
  }
  return classes;
}

}  // namespace scinet
