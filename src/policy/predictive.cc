#include "policy/predictive.h"

#include <utility>

namespace scinet {

SeriesPredictor one_by_one(std::shared_ptr<Predictor> predictor) {
  return [predictor = std::move(predictor)](const auto& series, int steps) {
    std::vector<std::vector<Forecast>> all;
    for (const std::vector<double>& values : series)
      all.push_back(predictor->predict(values, steps));
    return all;
  };
}

JointPredictor independent(SeriesPredictor predictor) {
  return [predictor = std::move(predictor)](const auto& series, int steps) {
    const auto count = static_cast<Eigen::Index>(series.size());
    JointPrediction joint{.mean = Eigen::VectorXd::Zero(count),
                          .covariance = Eigen::MatrixXd::Zero(count, count)};
    Eigen::Index i = 0;
    for (const auto& predictions : predictor(series, steps)) {
      joint.mean[i] = predictions.back().mean;
      joint.covariance(i, i) = predictions.back().deviation * predictions.back().deviation;
      ++i;
    }
    return joint;
  };
}

}  // namespace scinet
