// Policies and rules that decide by a trained network, one source each. Every maker takes the
// weights, of the shapes that its network has; with random_weights() in their place the predictor
// is noise and the rest as it was, which is how the value of the prediction is measured.
#pragma once

#include <memory>
#include <utility>

#include "learn/weights.h"
#include "policy/compose.h"

namespace scinet {

std::unique_ptr<Policy> make_acolstm(Weights weights);      // of the LSTM
std::unique_ptr<Policy> make_decisionnn(Weights weights);   // of the demand network
std::unique_ptr<Policy> make_graf(Weights weights);         // of the latency network
std::unique_ptr<Policy> make_semidirect(Weights weights);   // of the plan network
std::unique_ptr<PlacementRule> make_gobi(Weights weights);  // of the plan network
std::unique_ptr<PlacementRule> make_gosh(Weights weights);  // of the plan network

// Provisions by the usual autoscaler and deploys by the usual strategy, so that only the placement
// differs.
std::unique_ptr<Policy> placing_by(std::unique_ptr<PlacementRule> rule);
template <std::unique_ptr<PlacementRule> (*make)(Weights)>
std::unique_ptr<Policy> placing_by(Weights weights) {
  return placing_by(make(std::move(weights)));
}

}  // namespace scinet
