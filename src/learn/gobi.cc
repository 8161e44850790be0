// GOBI: gradient-based optimisation of placements through a trained surrogate (S. Tuli, S. R.
// Poojara, S. N. Srirama, G. Casale, N. R. Jennings, "COSCO: Container orchestration using
// co-simulation and gradient based optimization for fog computing environments", IEEE TPDS 33(1),
// 2022).
//
//   D <- AdamW(D, d O(f(state, D)) / dD),  rate 0.8, at most 200 steps, until D stands
//
// f is the plan network, trained on rollouts of the twin, O the loss of QoS by the weights of the
// view. D holds the logits of each task over its hosts; all tasks of a decision move together. It
// starts from the placement by expected finish, as the original starts from the one in force.
#include <utility>

#include "learn/fitting.h"
#include "learn/neural_rivals.h"
#include "learn/placement_search.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr AdamW::Settings kSettings{.rate = 0.8};

class Gobi final : public PlacementRule {
 public:
  explicit Gobi(Weights weights) : weights_(std::move(weights)) {}

  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext& context) override {
    return first_->choose(route, fragment, candidates, context);
  }
  bool takes_first_to_finish() const override { return true; }

  void rearrange(Plan& plan, const ClusterView& view, DecisionContext& context) override {
    const Plan start = plan;
    RelaxedPlacement placement(view, start, weights_, predicted_loss);
    AdamW optimiser(kSettings);
    descend(placement, plan, context.search_steps,
            [&](Matrix& logits, const Matrix& gradient) { optimiser.step(logits, gradient); });
  }

 private:
  Weights weights_;
  std::unique_ptr<PlacementRule> first_ = earliest_finish();
};

}  // namespace

std::unique_ptr<PlacementRule> make_gobi(Weights weights) {
  return std::make_unique<Gobi>(std::move(weights));
}

}  // namespace scinet
