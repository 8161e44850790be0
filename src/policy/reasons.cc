#include "policy/reasons.h"

#include <algorithm>

#include <fmt/format.h>

namespace scinet {
namespace {

Mebibytes memory_of(const Fragment& fragment) { return fragment.memory + fragment.model_memory; }

// Memory of the largest fragment that still needs a host: who can hold it can hold the others.
Mebibytes largest_unplaced(const Strategy& strategy, const WorkloadView& entry) {
  Mebibytes largest;
  for (std::size_t i = 0; i < strategy.fragments.size(); ++i) {
    const bool is_unplaced = !entry.strategy || entry.tasks[i].state == TaskState::kUnplaced;
    if (is_unplaced) largest = std::max(largest, memory_of(strategy.fragments[i]));
  }
  return largest;
}

Mebibytes memory_needed(const WorkloadView& entry, const Application& application) {
  if (entry.strategy) return largest_unplaced(application.strategies[entry.strategy->value], entry);
  Mebibytes least = largest_unplaced(application.strategies.front(), entry);
  for (const Strategy& strategy : application.strategies) {
    least = std::min(least, largest_unplaced(strategy, entry));
  }
  return least;
}

struct Holders {  // hosts with enough memory in all
  int accepting = 0;
  int asleep = 0;  // off or draining
  int failed = 0;
  int unlinked = 0;  // on, and out of reach
};

Holders count_holders(const ClusterLoad& load, Mebibytes memory) {
  Holders count;
  for (const HostLoad& host : load.hosts()) {
    if (host.type->memory < memory) continue;
    if (host.can_get_work()) {
      ++count.accepting;
    } else if (accepts_work(host.state)) {
      ++count.unlinked;
    } else if (host.state == HostState::kFailed) {
      ++count.failed;
    } else {
      ++count.asleep;
    }
  }
  return count;
}

Mebibytes largest_host(const ClusterLoad& load) {
  Mebibytes largest;
  for (const HostLoad& host : load.hosts()) largest = std::max(largest, host.type->memory);
  return largest;
}

}  // namespace

std::string reason_to_wait(const ClusterLoad& load, const WorkloadView& entry, bool may_deploy) {
  const Application& application = load.view().catalogue->at(entry.workload.application);
  if (application.strategies.empty()) return "its application has no strategy: add one";
  if (!entry.strategy && !may_deploy) {
    return "it has no strategy: ask for deployment together with placement";
  }
  const Mebibytes memory = memory_needed(entry, application);
  const double need = memory.value();
  if (load.hosts().empty()) {
    return fmt::format("the cluster has no hosts: add one with at least {:.0f} MiB", need);
  }
  const auto [accepting, asleep, failed, unlinked] = count_holders(load, memory);
  if (accepting > 0) {
    return fmt::format(
        "none of the {} hosts that are on and large enough has {:.0f} MiB free: wait for a task "
        "to finish{}",
        accepting, need,
        asleep > 0 ? fmt::format(" or power on one of {} more", asleep) : std::string());
  }
  if (unlinked > 0) {
    return fmt::format(
        "all {} hosts that are on and could hold {:.0f} MiB have lost their link: wait until it is "
        "back{}",
        unlinked, need,
        asleep > 0 ? fmt::format(" or power on one of {} more", asleep) : std::string());
  }
  if (asleep > 0) {
    return fmt::format("no host that is on can hold {:.0f} MiB: power on one of the {} that could",
                       need, asleep);
  }
  if (failed > 0) {
    return fmt::format("all {} hosts that could hold {:.0f} MiB have failed: repair or add one",
                       failed, need);
  }
  return fmt::format(
      "a fragment needs {:.0f} MiB and the largest host has {:.0f} MiB: add a larger host or a "
      "strategy of smaller fragments",
      need, largest_host(load).value());
}

}  // namespace scinet
