// SemiDirect: the predictor is trained knowing how the optimiser ranks (E. Demirovic, P. J.
// Stuckey, J. Bailey, J. Chan, C. Leckie, K. Ramamohanarao, T. Guns, "An investigation into
// prediction + optimisation for the knapsack problem", CPAIOR 2019: between "indirect" methods,
// which minimise the error of the prediction, and "direct" ones, which optimise through the
// optimiser).
//
//   score(plan) = -(loss(plan) - k deviation(plan)),   k = 0.25
//
// Mean and deviation come from the plan network, trained on pairs: of two plans for one view, the
// one that the twin found better must score higher, a mistake counting by how much better
// (plan_training.h, kOrder). The optimiser is a local search with first improvement over hosts on,
// strategies and placements, on the upper confidence bound of QoS: what the network doubts is worth
// a try.
#include <algorithm>
#include <utility>

#include "learn/neural_rivals.h"
#include "learn/plan_network.h"
#include "policy/canonical_order.h"
#include "policy/joint_encoding.h"
#include "search/local_search.h"

namespace scinet {
namespace {

constexpr double kOptimism = 0.25;
// Plans that one decision may score. One costs time in proportion to hosts and requests.
constexpr std::int64_t kMostPlans = 240;
constexpr std::int64_t kHostsTimesPlans = 6'000;

std::int64_t plans_to_score(const ClusterView& view, const DecisionContext& context) {
  const auto things = static_cast<std::int64_t>(view.hosts.size() + 2 * view.workloads.size() + 1);
  return std::min({kMostPlans, kHostsTimesPlans / things + 1, context.search_steps});
}

class SemiDirect final : public Policy {
 public:
  explicit SemiDirect(Weights weights)
      : weights_(std::move(weights)),
        network_(tape_, weights_, WeightsOnTape::Use::kDecide),
        start_(tape_.size()) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    const DecisionSpace space(view);
    const JointEncoding encoding(space, space.nothing_changed().on, view.asked.provisioning);
    const OptionProblem problem{.options = encoding.options(), .score = [&](const Choice& choice) {
                                  return score(view, encoding.plan_of(choice));
                                }};
    const LocalSearchSettings settings{.most_steps = plans_to_score(view, context)};
    const Found found = search_locally(problem, encoding.start(), settings, context.random);
    return encoding.plan_of(found.choice);
  }

 private:
  double score(const ClusterView& view, const Plan& plan) {
    const PlanPictures picture = picture_of(view, plan);
    tape_.rewind(start_);
    const Tape::Variable placed = tape_.constant(Matrix::Ones(picture.pairs.rows(), 1));
    const PredictedTerms terms = predict_terms(network_, picture, placed);
    const double loss = tape_.number(predicted_loss(tape_, terms, view.weights));
    return kOptimism * tape_.number(predicted_deviation(tape_, terms, view.weights)) - loss;
  }

  Weights weights_;
  Tape tape_;
  WeightsOnTape network_;
  std::size_t start_;
};

}  // namespace

std::unique_ptr<Policy> make_semidirect(Weights weights) {
  return in_canonical_order(std::make_unique<SemiDirect>(std::move(weights)));
}

}  // namespace scinet
