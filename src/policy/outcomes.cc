#include "policy/outcomes.h"

#include <algorithm>

namespace scinet {

void OutcomeTracker::forget_other_clusters(const ClusterView& view) {
  const bool is_the_same =
      view.now >= now_ && view.hosts.size() == hosts_ && view.catalogue == catalogue_;
  if (!is_the_same) open_.clear();
  hosts_ = view.hosts.size();
  catalogue_ = view.catalogue;
}

bool OutcomeTracker::is_known(const Open& open, const Catalogue& catalogue) {
  const std::size_t application = open.workload.application.value;
  if (application >= catalogue.applications.size()) return false;
  const auto& strategies = catalogue.applications[application].strategies;
  return open.strategy->value < strategies.size() &&
         strategies[open.strategy->value].fragments.size() == open.hosts.size();
}

std::vector<Outcome> OutcomeTracker::update(const ClusterView& view) {
  forget_other_clusters(view);
  std::vector<Outcome> outcomes;
  for (const auto& [id, open] : open_) {
    if (view.find(id) || !open.strategy || !is_known(open, *view.catalogue)) continue;
    if (!std::ranges::all_of(open.hosts, [](const auto& host) { return host.has_value(); })) {
      continue;
    }
    Outcome outcome{.workload = open.workload,
                    .strategy = *open.strategy,
                    .hosts = {},
                    .after = to_seconds(now_ - open.workload.arrival),
                    .by = to_seconds(view.now - open.workload.arrival)};
    for (const auto& host : open.hosts) outcome.hosts.push_back(*host);
    outcomes.push_back(std::move(outcome));
  }
  open_.clear();
  for (const WorkloadView& entry : view.workloads) {
    Open& open = open_[entry.workload.id];
    open.workload = entry.workload;
    open.strategy = entry.strategy;
    for (const TaskView& task : entry.tasks) open.hosts.push_back(task.host);
  }
  now_ = view.now;
  return outcomes;
}

void OutcomeTracker::note(const Plan& plan) {
  for (const auto& [workload, strategy] : plan.deployments) {
    const auto found = open_.find(workload);
    if (found == open_.end()) continue;
    found->second.strategy = strategy;
    const ApplicationId application = found->second.workload.application;
    found->second.hosts.resize(catalogue_->at(application, strategy).fragments.size());
  }
  for (const auto& [workload, fragment, host] : plan.placements) {
    const auto found = open_.find(workload);
    if (found != open_.end()) found->second.hosts[fragment.value] = host;
  }
}

}  // namespace scinet
