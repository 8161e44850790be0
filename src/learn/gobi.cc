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

namespace scinet {
namespace {

constexpr AdamW::Settings kSettings{.rate = 0.8};

class Gobi final : public SurrogatePlacement {
 public:
  using SurrogatePlacement::SurrogatePlacement;

  void rearrange(Plan& plan, const ClusterView& view, DecisionContext& context) override {
    const Plan start = plan;
    RelaxedPlacement placement(view, start, weights(), predicted_loss);
    AdamW optimiser(kSettings);
    descend(placement, plan, context.search_steps,
            [&](Matrix& logits, const Matrix& gradient) { optimiser.step(logits, gradient); });
  }
};

}  // namespace

std::unique_ptr<PlacementRule> make_gobi(Weights weights) {
  return std::make_unique<Gobi>(std::move(weights));
}

}  // namespace scinet
