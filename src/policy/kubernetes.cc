// What a Kubernetes cluster does by default, with its cluster autoscaler: both go by the requests
// of pods, never by what they use. A task is a pod, a host a node.
//
// Placement (kube-scheduler, plugins NodeResourcesFit and NodeResourcesBalancedAllocation): of the
// nodes whose free cores and memory cover the requests the one with the highest
//     least allocated = 100 mean(1 - cores requested / cores, 1 - memory requested / memory)
//     balanced        = 100 (1 - |cores requested / cores - memory requested / memory| / 2)
// in sum, the pod's own requests included. Nodes that are ready come first; without any the pod is
// pending.
// Provisioning (cluster autoscaler, expander `price`): for pods that would be pending nodes are
// added, cheapest per core first. A node is unneeded while less than half of its cores and of its
// memory is requested and the rest of the cluster has free cores for its pods; one that has been
// unneeded for a minute goes, unless a node was added in the last minute. Of those with pods one
// goes at a time; pods are not moved, they finish (drain).
//
// Ours: a minute instead of the default of ten, for both delays, since hosts boot in seconds here
// and a run lasts minutes. Deployment is no concern of Kubernetes: the default rule.
#include <algorithm>
#include <cmath>

#include "policy/baselines.h"
#include "policy/core_requests.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr double kUnneededBelow = 0.5;
constexpr Seconds kUnneededTime{60};
constexpr Seconds kDelayAfterAdd{60};

double share_of_cores(const HostLoad& node, double more = 0.0) {
  return std::min((node.cores_wanted + more) / node.cores(), 1.0);
}

class ClusterAutoscaler final : public ProvisioningRule {
 public:
  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    const SimTime now = load.view().now;
    if (last_added_ && now < *last_added_) last_added_.reset();  // another run
    std::vector<PowerChange> power = nodes_for_pending(load);
    if (!power.empty()) last_added_ = now;
    note_unneeded(load);
    const bool may_remove = !last_added_ || to_seconds(now - *last_added_) >= kDelayAfterAdd;
    if (may_remove) remove_unneeded(load, power);
    return power;
  }

 private:
  static std::vector<PowerChange> nodes_for_pending(const ClusterLoad& load) {
    ClusterLoad planned = load;
    std::vector<bool> added(load.hosts().size(), false);
    std::vector<PowerChange> power;
    for (const ModelId& model : models_awaited(load.view())) {
      const Fragment& pod = load.at(model);
      const HostLoad* node = fullest_that_admits(planned, added, model);
      if (!node) {
        node = cheapest_asleep(planned, added, pod);
        if (!node) continue;
        added[node->id().value] = true;
        power.push_back({node->id(), true});
      }
      planned.place(node->id(), model);
    }
    return power;
  }

  // As the autoscaler packs pods when it estimates how many nodes they need.
  static const HostLoad* fullest_that_admits(const ClusterLoad& load,
                                             const std::vector<bool>& added, const ModelId& model) {
    const auto key = [](const HostLoad& node) {
      return std::tuple(node.cores() - node.cores_wanted, tie_break(node));
    };
    const HostLoad* fullest = nullptr;
    for (const HostLoad& node : load.hosts()) {
      if (!node.can_get_work() && !added[node.id().value]) continue;
      if (!admits(node, model, load.at(model))) continue;
      if (!fullest || key(node) < key(*fullest)) fullest = &node;
    }
    return fullest;
  }

  static const HostLoad* cheapest_asleep(const ClusterLoad& load, const std::vector<bool>& added,
                                         const Fragment& pod) {
    const auto key = [](const HostLoad& node) {
      return std::tuple(node.type->price.value() / node.cores(), tie_break(node));
    };
    const HostLoad* cheapest = nullptr;
    for (const HostLoad& node : load.hosts()) {
      const bool is_asleep = node.state == HostState::kOff || node.state == HostState::kDraining;
      if (!is_asleep || added[node.id().value] || !node.view->linked) continue;
      if (!can_ever_hold(*node.type, pod)) continue;
      if (!cheapest || key(node) < key(*cheapest)) cheapest = &node;
    }
    return cheapest;
  }

  void note_unneeded(const ClusterLoad& load) {
    double free_cores = 0.0;
    for (const HostLoad& node : load.hosts()) {
      if (node.can_get_work()) free_cores += std::max(node.cores() - node.cores_wanted, 0.0);
    }
    std::vector<bool> unneeded;
    for (const HostLoad& node : load.hosts()) {
      const double elsewhere = free_cores - std::max(node.cores() - node.cores_wanted, 0.0);
      const bool is_low = share_of_cores(node) < kUnneededBelow &&
                          node.committed / node.type->memory < kUnneededBelow;
      unneeded.push_back(node.can_get_work() && is_low && node.cores_wanted <= elsewhere);
    }
    unneeded_.update(load.view().now, unneeded);
  }

  // All empty ones, or else the emptiest with pods; as long as those that stay cover what waits.
  void remove_unneeded(const ClusterLoad& load, std::vector<PowerChange>& power) const {
    std::vector<const HostLoad*> nodes;
    for (const HostLoad& node : load.hosts()) {
      if (unneeded_.held(node.id()) >= kUnneededTime) nodes.push_back(&node);
    }
    std::ranges::sort(nodes, {}, [](const HostLoad* node) {
      return std::tuple(!node->is_idle(), share_of_cores(*node), -node->type->price.value(),
                        tie_break(*node));
    });
    double wanted = 0.0;
    for (const ModelId& model : models_awaited(load.view())) wanted += load.at(model).cores;
    double free_cores = 0.0;
    for (const HostLoad& node : load.hosts()) {
      if (node.can_get_work()) free_cores += std::max(node.cores() - node.cores_wanted, 0.0);
    }
    for (const HostLoad* node : nodes) {
      free_cores -= std::max(node->cores() - node->cores_wanted, 0.0);
      if (free_cores < wanted + node->cores_wanted) return;
      power.push_back({node->id(), false});
      if (!node->is_idle()) return;
    }
  }

  HeldTimes unneeded_;
  std::optional<SimTime> last_added_;
};

class LeastAllocatedBalanced final : public PlacementRule {
 public:
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const ModelId model = route.model(fragment);
    const Fragment& pod = route.strategy().fragments[fragment.value];
    const HostLoad* best = nullptr;
    for (const HostLoad* node : candidates) {
      if (!admits(*node, model, pod)) continue;
      if (!best || rank(*node, model, pod) < rank(*best, model, pod)) best = node;
    }
    return best ? std::optional(best->id()) : std::nullopt;
  }

 private:
  using Rank = std::tuple<bool, double, TieBreak>;

  static Rank rank(const HostLoad& node, const ModelId& model, const Fragment& pod) {
    const double cores = share_of_cores(node, cores_requested(node, pod));
    const double memory = std::min(node.committed_with(model, pod) / node.type->memory, 1.0);
    const double least_allocated = 100.0 * (1.0 - (cores + memory) / 2.0);
    const double balanced = 100.0 * (1.0 - std::abs(cores - memory) / 2.0);
    return {node.ready > Seconds(0), -(least_allocated + balanced), tie_break(node)};
  }
};

}  // namespace

std::unique_ptr<ProvisioningRule> kubernetes_provisioning() {
  return std::make_unique<ClusterAutoscaler>();
}

std::unique_ptr<PlacementRule> kubernetes_placement() {
  return std::make_unique<LeastAllocatedBalanced>();
}

std::unique_ptr<Policy> make_kubernetes() {
  return compose(kubernetes_provisioning(), most_accurate_in_time(), kubernetes_placement());
}

}  // namespace scinet
