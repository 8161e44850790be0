// A random sound decision: the floor of every comparison.
#include <utility>

#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr double kToggleProbability = 0.1;

// Each host without work toggles now and then; composition keeps one on.
class RandomToggle final : public ProvisioningRule {
 public:
  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext& context) override {
    std::vector<PowerChange> power;
    for (const HostLoad& host : load.hosts()) {
      const bool can_stop = accepts_work(host.state) && host.is_idle();
      if (!can_stop && host.state != HostState::kOff) continue;
      if (context.random.uniform() < kToggleProbability) power.push_back({host.id(), !can_stop});
    }
    return power;
  }
};

class RandomStrategy final : public DeploymentRule {
 public:
  void rank(std::vector<StrategyOption>& options, const DeploymentCase&,
            DecisionContext& context) override {
    for (std::size_t left = options.size(); left > 1; --left) {
      std::swap(options[left - 1], options[context.random.below(left)]);
    }
  }
};

class RandomHost final : public PlacementRule {
 public:
  std::optional<HostId> choose(const Route&, FragmentId,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext& context) override {
    return candidates[context.random.below(candidates.size())]->id();
  }
};

}  // namespace

std::unique_ptr<ProvisioningRule> random_provisioning() { return std::make_unique<RandomToggle>(); }

std::unique_ptr<DeploymentRule> random_deployment() { return std::make_unique<RandomStrategy>(); }

std::unique_ptr<PlacementRule> random_placement() { return std::make_unique<RandomHost>(); }

std::unique_ptr<Policy> make_random() {
  return in_canonical_order(
      compose(random_provisioning(), random_deployment(), random_placement()));
}

}  // namespace scinet
