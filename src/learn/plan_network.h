// A surrogate of the twin: what QoS terms a plan leads to, learned from rollouts. It is smooth in
// the placement, so that the plan can be improved along its gradient.
//
// For every host h and every pair of a task t and a host with share p_th (1 where t is placed):
//
//   a_h = sum_t p_th load_th                        what the plan puts on the host
//   z_h = tanh(W2 tanh(W1 [host_h, a_h]))           the host with it
//   v_t = sum_h p_th tanh(W3 [task_t, pair_th, z_h])   the task there
//   terms = W5 tanh(W4 [mean_h z_h, mean_t v_t, plan])
//
// Sums and means over sets (Zaheer et al., "Deep sets", NeurIPS 2017): neither order nor number of
// hosts and tasks is built in. Each term has a mean and the logarithm of a standard deviation.
#pragma once

#include <span>

#include "learn/plan_picture.h"
#include "learn/weights.h"
#include "model/qos.h"

namespace scinet {

inline constexpr Eigen::Index kQosTerms = 5;

std::vector<WeightShape> plan_network_shapes();

struct PredictedTerms {
  Tape::Variable mean;  // [plans, kQosTerms]: energy, cost, response, violation, inaccuracy
  Tape::Variable log_deviation;  // [plans, kQosTerms], between -5 and -1
};

// `share`: one number for each pair, [pairs, 1].
PredictedTerms predict_terms(const WeightsOnTape& network, const PlanPictures& pictures,
                             Tape::Variable share);

// What is lost of QoS by these terms, and its standard deviation if the errors of the terms go
// together, which is the most it can be. [plans, 1] both.
Tape::Variable predicted_loss(Tape& tape, const PredictedTerms& terms, const QosWeights& weights);
Tape::Variable predicted_deviation(Tape& tape, const PredictedTerms& terms,
                                   const QosWeights& weights);

Matrix row_of(const QosTerms& terms);      // 1 x kQosTerms
Matrix row_of(const QosWeights& weights);  // the same

}  // namespace scinet
