// ACOLSTM: predict, then optimise. A recurrent network (lstm.h), trained on runs of the twin,
// foresees how busy each host will be; then an ant colony with pheromone searches hosts on,
// strategies and placements together.
//
// As compared with in Tuli, Casale, Jennings (SciNet), IEEE TC 72(12), 2023. The colony, its looks
// and its score are those of ACOARIMA (policy/acoarima.cc): what differs is who predicts.
#include <utility>

#include "learn/lstm.h"
#include "learn/neural_rivals.h"
#include "policy/predictive.h"

namespace scinet {

std::unique_ptr<Policy> make_acolstm(Weights weights) {
  return make_acoarima_with(predict_by_lstm(std::move(weights)));
}

}  // namespace scinet
