// All three decisions of one moment as one value that a search can change: which hosts are on, and
// for each waiting workload a strategy and a host for every fragment. Any value makes a sound plan,
// so a search need not know the rules.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/plan.h"

namespace scinet {

struct WorkloadChoice {
  StrategyId strategy;
  // Of the fragments, in order. One that is placed already stays where it is; one that the list
  // does not reach goes where it is expected to finish first.
  std::vector<HostId> hosts = {};

  friend bool operator==(const WorkloadChoice&, const WorkloadChoice&) = default;
};

struct JointDecision {
  std::vector<bool> on;  // in order of HostId: whether it accepts work afterwards
  // In order of DecisionSpace::waiting(); none: it waits.
  std::vector<std::optional<WorkloadChoice>> choices;

  friend bool operator==(const JointDecision&, const JointDecision&) = default;
};

// What can be decided about a view.
class DecisionSpace {
 public:
  explicit DecisionSpace(const ClusterView& view);  // borrowed

  const ClusterView& view() const { return *view_; }
  // Hosts whose power can be switched, in order of id; none unless provisioning is asked.
  const std::vector<HostId>& switchable() const { return switchable_; }
  // Workloads that the decision has to answer, in order of id: asked for placement, those with a
  // fragment that has no host; asked for deployment alone, those without a strategy.
  const std::vector<const WorkloadView*>& waiting() const { return waiting_; }
  // The strategies that waiting()[i] can get, those of which every fragment without a host has one
  // to go to: of its own, or if deployment is asked and it has none, of all.
  const std::vector<StrategyId>& strategies(std::size_t i) const { return strategies_[i]; }
  // Hosts that can hold the fragment when empty and neither failed nor lost their link, whether
  // they accept work or not (those that do not count only if provisioning is asked); in order of
  // id. Where no placement is asked, all that can hold it and have not failed.
  std::span<const HostId> hosts_for(const Fragment& fragment) const;
  std::span<const HostId> hosts_for(const ModelId& model) const {
    return hosts_for(view_->catalogue->at(model));
  }

  JointDecision nothing_changed() const;              // power as it is, every workload waits
  JointDecision decision_of(const Plan& plan) const;  // the plan is sound

  // A sound plan, as close to the decision as the rules allow: work is kept served (policy/wake.h);
  // a fragment whose host does not accept work or cannot hold it goes where it is expected to
  // finish first; a strategy that has no host for one of its fragments gives way to the first of
  // the others to finish; a workload that is to wait, or has no host at all, is deferred with a
  // reason. A plan that keeps work served is plan_of(decision_of(plan)), but for its reasons.
  Plan plan_of(const JointDecision& decision) const;

 private:
  std::vector<StrategyId> possible_strategies(const WorkloadView& entry) const;

  const ClusterView* view_;
  std::vector<HostId> switchable_;
  std::vector<const WorkloadView*> waiting_;
  std::vector<std::vector<StrategyId>> strategies_;
  // Least memory first: hosts that have at least so much.
  std::vector<std::pair<Mebibytes, std::vector<HostId>>> hosts_by_memory_;
};

}  // namespace scinet
