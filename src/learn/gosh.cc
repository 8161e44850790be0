// GOSH: second-order optimisation of placements through a surrogate that knows its doubt (S. Tuli,
// G. Casale, N. R. Jennings, "GOSH: Task scheduling using deep surrogate models in fog computing
// environments", IEEE TPDS 33(11), 2022).
//
//   D <- AdaHessian(D, d L / dD, diag(d2 L / dD2)),   L = loss of QoS + k * deviation,  k = 0.5
//
// L is the lower confidence bound of QoS, turned round: the mean and deviation that the network was
// trained to by likelihood. The diagonal of the Hessian is Hutchinson's estimate z * (H z) with z
// drawn from {-1, 1} (Yao et al., "AdaHessian", AAAI 2021), H z from the gradients on both sides of
// D. Where the slope bends much the step is short, where it is straight it is long.
#include <utility>

#include "learn/fitting.h"
#include "learn/neural_rivals.h"
#include "learn/placement_search.h"

namespace scinet {
namespace {

constexpr AdamW::Settings kSettings{.rate = 0.8};
constexpr double kDoubt = 0.5;

Tape::Variable upper_bound(Tape& tape, const PredictedTerms& terms, const QosWeights& weights) {
  return tape.sum(predicted_loss(tape, terms, weights),
                  tape.scaled(predicted_deviation(tape, terms, weights), kDoubt));
}

// z * (H z), element by element.
Matrix curvature_at(RelaxedPlacement& placement, const Matrix& logits, RandomStream& random) {
  constexpr double kStep = 1e-3;
  Matrix signs(logits.rows(), 1);
  for (Eigen::Index i = 0; i < signs.size(); ++i) signs(i, 0) = random.uniform() < 0.5 ? -1.0 : 1.0;
  const Matrix above = placement.slope(logits + kStep * signs).gradient;
  const Matrix below = placement.slope(logits - kStep * signs).gradient;
  return signs.cwiseProduct(above - below) / (2.0 * kStep);
}

class Gosh final : public SurrogatePlacement {
 public:
  using SurrogatePlacement::SurrogatePlacement;

  void rearrange(Plan& plan, const ClusterView& view, DecisionContext& context) override {
    const Plan start = plan;
    RelaxedPlacement placement(view, start, weights(), upper_bound);
    AdamW optimiser(kSettings);
    const auto step = [&](Matrix& logits, const Matrix& gradient) {
      const Matrix curvature = curvature_at(placement, logits, context.random);
      optimiser.step(logits, gradient, curvature, kSettings.rate);
    };
    descend(placement, plan, context.search_steps / 3, step);  // three slopes a step
  }
};

}  // namespace

std::unique_ptr<PlacementRule> make_gosh(Weights weights) {
  return std::make_unique<Gosh>(std::move(weights));
}

}  // namespace scinet
