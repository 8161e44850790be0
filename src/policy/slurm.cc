// What a Slurm cluster with power saving does (slurm.conf: select/cons_tres with CR_Core_Memory,
// node weights, SuspendTime, SuspendRate, ResumeRate). A task is a job step, a host a node.
//
// Placement: cores and memory are allocated to each job. It gets the first node that has them free,
// nodes in order of weight, here the price per speed; of the same weight the fullest first. A node
// that is powered comes before one that has yet to boot. Without any the job stays in the queue.
// Provisioning: nodes that jobs in the queue need are resumed, in order of weight, at most 300 a
// minute. A node that has been idle for SuspendTime, here a minute, is suspended, the largest
// weight first, at most 60 a minute.
// Deployment is no concern of Slurm: the default rule.
#include <algorithm>

#include "policy/baselines.h"
#include "policy/core_requests.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr Seconds kSuspendTime{60};
constexpr double kSuspendRate = 60.0 / 60.0;  // nodes a second
constexpr double kResumeRate = 300.0 / 60.0;

// The first node comes first.
auto order(const HostLoad& node) {
  const double weight = node.type->price.value() / node.type->total_speed().value();
  return std::tuple(node.ready, weight, node.cores() - node.cores_wanted, tie_break(node));
}

std::size_t at_most(double rate, Seconds beat) {
  return static_cast<std::size_t>(std::max(rate * beat.count(), 1.0));
}

class PowerSaving final : public ProvisioningRule {
 public:
  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    std::vector<bool> idle;
    for (const HostLoad& node : load.hosts()) {
      idle.push_back(node.can_get_work() && node.is_idle());
    }
    idle_.update(load.view().now, idle);
    std::vector<bool> is_used(load.hosts().size(), false);
    std::vector<PowerChange> power = resume(load, is_used);
    suspend(load, is_used, power);
    return power;
  }

 private:
  // Gives every job in the queue a node, in turn, powered ones first. Notes which nodes get one.
  static std::vector<PowerChange> resume(const ClusterLoad& load, std::vector<bool>& is_used) {
    ClusterLoad planned = load;
    std::vector<PowerChange> power;
    const std::size_t most = at_most(kResumeRate, load.view().beat);
    for (const ModelId& model : models_awaited(load.view())) {
      const HostLoad* first = nullptr;
      for (const HostLoad& node : planned.hosts()) {
        const bool is_resumed = !node.can_get_work() && is_used[node.id().value];
        const bool can_resume = can_be_resumed(node) && (is_resumed || power.size() < most);
        if (!node.can_get_work() && !can_resume) continue;
        if (!admits(node, model, load.at(model))) continue;
        if (!first || order(node) < order(*first)) first = &node;
      }
      if (!first) continue;
      const std::size_t position = first->id().value;
      if (!first->can_get_work() && !is_used[position]) power.push_back({first->id(), true});
      is_used[position] = true;
      planned.place(first->id(), model);
    }
    return power;
  }

  static bool can_be_resumed(const HostLoad& node) {
    return node.view->linked &&
           (node.state == HostState::kOff || node.state == HostState::kDraining);
  }

  void suspend(const ClusterLoad& load, const std::vector<bool>& is_used,
               std::vector<PowerChange>& power) const {
    std::vector<const HostLoad*> nodes;
    for (const HostLoad& node : load.hosts()) {
      const bool is_wanted = is_used[node.id().value];
      if (!is_wanted && idle_.held(node.id()) >= kSuspendTime) nodes.push_back(&node);
    }
    std::ranges::sort(nodes,
                      [](const HostLoad* a, const HostLoad* b) { return order(*b) < order(*a); });
    const std::size_t most = at_most(kSuspendRate, load.view().beat);
    if (nodes.size() > most) nodes.resize(most);
    for (const HostLoad* node : nodes) power.push_back({node->id(), false});
  }

  HeldTimes idle_;
};

class FirstByWeight final : public PlacementRule {
 public:
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const ModelId model = route.model(fragment);
    const Fragment& job = route.strategy().fragments[fragment.value];
    const HostLoad* first = nullptr;
    for (const HostLoad* node : candidates) {
      if (!admits(*node, model, job)) continue;
      if (!first || order(*node) < order(*first)) first = node;
    }
    return first ? std::optional(first->id()) : std::nullopt;
  }
};

}  // namespace

std::unique_ptr<ProvisioningRule> slurm_provisioning() { return std::make_unique<PowerSaving>(); }

std::unique_ptr<PlacementRule> slurm_placement() { return std::make_unique<FirstByWeight>(); }

std::unique_ptr<Policy> make_slurm() {
  return compose(slurm_provisioning(), most_accurate_in_time(), slurm_placement());
}

}  // namespace scinet
