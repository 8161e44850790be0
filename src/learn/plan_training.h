// Trains the plan network on what rollouts said, for one of three uses.
#pragma once

#include <vector>

#include "learn/checkpoint.h"
#include "learn/fitting.h"
#include "learn/plan_examples.h"

namespace scinet {

enum class PlanGoal {
  kTerms,          // squared error of the terms, and of their differences between plans of a view
  kTermsAndDoubt,  // Gaussian likelihood: what is hard to foresee gets a large deviation
  kOrder,          // the likelihood, and above all the order in which QoS ranks the plans of a view
};

struct TrainedNetwork {
  Weights weights;
  std::vector<HeldOutError> held_out;
};

// Learns from the first four fifths of the examples and measures on the rest. `examples` are at
// least ten.
TrainedNetwork train_plan_network(PlanGoal goal, const std::vector<PlanExample>& examples,
                                  const FitSettings& settings, const RandomStreams& streams);

// The loss of one example; the deviations say what counts as a large error of each term.
struct TermScales {
  Matrix between;  // standard deviation of each term over all plans, 1 x kQosTerms
  Matrix within;   // of its differences to the mean of its view
};
TermScales scales_of(const std::vector<PlanExample>& examples);
Tape::Variable plan_loss(const WeightsOnTape& network, PlanGoal goal, const PlanExample& example,
                         const TermScales& scales);

}  // namespace scinet
