// One kind of strategy for every request, whatever its SLO: the fixed deployments that SciNet is
// compared with. Names are not read, so a kind is a shape (policy/strategy_kind.h):
//   layer-only        a chain of fragments; of several the most accurate
//   semantic-only     branches; of several the most accurate
//   compression-only  a single fragment; of several the one with the least work, which tells the
//                     compressed model from the whole one
// Where an application has no strategy of the kind, or hosts cannot hold it, the default rule
// chooses among the others.
#include <algorithm>
#include <tuple>

#include "policy/baselines.h"
#include "policy/rules.h"
#include "policy/strategy_kind.h"

namespace scinet {
namespace {

class FixedDeployment final : public DeploymentRule {
 public:
  explicit FixedDeployment(StrategyKind kind) : kind_(kind) {}

  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext& context) override {
    otherwise_->rank(options, request, context);
    const Application& application =
        request.load.view().catalogue->at(request.entry.workload.application);
    const auto order = [&](const StrategyOption& option) {
      const Strategy& strategy = application.strategies[option.strategy.value];
      const bool is_other = kind_of(strategy) != kind_;
      const double work = total_work(strategy).value();
      const double first = kind_ == StrategyKind::kSingle ? work : -option.accuracy;
      return is_other ? std::tuple(true, 0.0, 0.0) : std::tuple(false, first, work);
    };
    std::ranges::stable_sort(options, {}, order);
  }

 private:
  StrategyKind kind_;
  std::unique_ptr<DeploymentRule> otherwise_ = most_accurate_in_time();
};

}  // namespace

std::unique_ptr<DeploymentRule> layer_only() {
  return std::make_unique<FixedDeployment>(StrategyKind::kChain);
}

std::unique_ptr<DeploymentRule> semantic_only() {
  return std::make_unique<FixedDeployment>(StrategyKind::kBranches);
}

std::unique_ptr<DeploymentRule> compression_only() {
  return std::make_unique<FixedDeployment>(StrategyKind::kSingle);
}

std::unique_ptr<Policy> make_layer_only() {
  return compose(threshold_provisioning(), layer_only(), earliest_finish());
}

std::unique_ptr<Policy> make_semantic_only() {
  return compose(threshold_provisioning(), semantic_only(), earliest_finish());
}

std::unique_ptr<Policy> make_compression_only() {
  return compose(threshold_provisioning(), compression_only(), earliest_finish());
}

}  // namespace scinet
