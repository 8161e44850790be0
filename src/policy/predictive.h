// The parts of predict-then-optimise policies that can be exchanged: which predictor they use. With
// another one it shows what the prediction is worth.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/random.h"
#include "forecast/gaussian_mixture.h"
#include "forecast/predictor.h"
#include "policy/compose.h"

namespace scinet {

// One prediction for each series and each of the next `steps` beats.
using SeriesPredictor = std::function<std::vector<std::vector<Forecast>>(
    const std::vector<std::vector<double>>& series, int steps)>;

// Of all series together, `steps` beats from now.
using JointPredictor =
    std::function<JointPrediction(const std::vector<std::vector<double>>& series, int steps)>;

// Each series by itself. The predictor is shared by copies of the function.
SeriesPredictor one_by_one(std::shared_ptr<Predictor> predictor);
// Without correlation, from predictions of each series by itself.
JointPredictor independent(SeriesPredictor predictor);

std::unique_ptr<Policy> make_acoarima_with(SeriesPredictor predictor);
std::unique_ptr<Policy> make_ces_with(SeriesPredictor predictor);
std::unique_ptr<ProvisioningRule> uahs_provisioning_with(SeriesPredictor predictor);
std::unique_ptr<ProvisioningRule> cahs_provisioning_with(JointPredictor predictor);
// Narya with risks in [0, 1) that mean nothing.
std::unique_ptr<ProvisioningRule> narya_by_noise(RandomStream noise);

}  // namespace scinet
