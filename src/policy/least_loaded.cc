// What an operator does without a manager: everything on, work to whoever is done first.
#include "policy/baselines.h"
#include "policy/rules.h"

namespace scinet {
namespace {

class AllOn final : public ProvisioningRule {
 public:
  std::vector<PowerChange> choose(const ClusterLoad& load, DecisionContext&) override {
    std::vector<PowerChange> power;
    for (const HostLoad& host : load.hosts()) {
      const bool can_start = host.state == HostState::kOff || host.state == HostState::kDraining;
      if (can_start) power.push_back({host.id(), true});
    }
    return power;
  }
};

}  // namespace

std::unique_ptr<ProvisioningRule> all_on() { return std::make_unique<AllOn>(); }

std::unique_ptr<Policy> make_least_loaded() {
  return compose(all_on(), most_accurate_in_time(), earliest_finish());
}

}  // namespace scinet
