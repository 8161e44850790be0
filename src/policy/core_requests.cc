#include "policy/core_requests.h"

#include <algorithm>

#include "model/plan.h"

namespace scinet {

double cores_requested(const HostLoad& host, const Fragment& fragment) {
  return std::min(fragment.cores, host.cores());
}

bool admits(const HostLoad& host, const ModelId& model, const Fragment& fragment) {
  if (host.is_idle()) return can_ever_hold(*host.type, fragment);
  constexpr double kRounding = 1e-9;
  return host.cores_wanted + cores_requested(host, fragment) <= host.cores() + kRounding &&
         host.has_room_for(model, fragment);
}

std::vector<ModelId> models_awaited(const ClusterView& view) {
  std::vector<ModelId> models;
  for (const WorkloadView& entry : view.workloads) {
    const ApplicationId application = entry.workload.application;
    const auto& strategies = view.catalogue->at(application).strategies;
    if (strategies.empty() || !is_waiting(entry)) continue;
    std::size_t chosen = 0;
    if (entry.strategy) {
      chosen = entry.strategy->value;
    } else {
      const auto best = std::ranges::max_element(strategies, {}, &Strategy::accuracy);
      chosen = static_cast<std::size_t>(best - strategies.begin());
    }
    for (std::uint32_t i = 0; i < strategies[chosen].fragments.size(); ++i) {
      if (entry.strategy && entry.tasks[i].state != TaskState::kUnplaced) continue;
      models.push_back({application, {static_cast<std::uint32_t>(chosen)}, {i}});
    }
  }
  return models;
}

void HeldTimes::update(SimTime now, const std::vector<bool>& holds) {
  if (now < now_ || holds.size() != since_.size()) since_.assign(holds.size(), std::nullopt);
  now_ = now;
  for (std::size_t i = 0; i < holds.size(); ++i) {
    if (!holds[i]) {
      since_[i].reset();
    } else if (!since_[i]) {
      since_[i] = now;
    }
  }
}

Seconds HeldTimes::held(HostId host) const {
  const std::optional<SimTime>& since = since_[host.value];
  return since ? to_seconds(now_ - *since) : Seconds(0);
}

}  // namespace scinet
