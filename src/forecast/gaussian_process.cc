#include "forecast/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <Eigen/Cholesky>

#include "base/ensure.h"
#include "forecast/two_parameters.h"

namespace scinet {
namespace {

constexpr double kLeastNoise = 1e-6;      // keeps the matrix positive definite
constexpr std::size_t kFewestValues = 4;  // of a series that a kernel is fitted to

Eigen::MatrixXd squared_distances(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd distances(a.rows(), b.rows());
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    distances.row(i) = (b.rowwise() - a.row(i)).rowwise().squaredNorm().transpose();
  }
  return distances;
}

Eigen::MatrixXd correlations(const Eigen::MatrixXd& squared, double length) {
  return (squared.array() * (-0.5 / (length * length))).exp().matrix();
}

// What a kernel makes of the outputs, whose means are taken off.
struct Solution {
  Eigen::MatrixXd factor;
  Eigen::MatrixXd weights;
  Eigen::RowVectorXd variances;
  double log_likelihood = 0.0;
};

Solution solve(const Eigen::MatrixXd& squared, const Eigen::MatrixXd& centered,
               const GaussianKernel& kernel) {
  const auto n = static_cast<double>(squared.rows());
  Eigen::MatrixXd a = correlations(squared, kernel.length);
  a.diagonal().array() += std::max(kernel.noise, kLeastNoise);
  const Eigen::LLT<Eigen::MatrixXd> cholesky(a);
  Solution solution{.factor = cholesky.matrixL(),
                    .weights = cholesky.solve(centered),
                    .variances = {},
                    .log_likelihood = 0.0};
  solution.variances = (centered.array() * solution.weights.array()).colwise().sum() / n;
  const double log_determinant = 2.0 * solution.factor.diagonal().array().log().sum();
  for (const double variance : solution.variances) {
    if (variance <= 0.0) continue;  // a constant output says nothing of the kernel
    solution.log_likelihood -=
        0.5 * (n * (std::log(2.0 * std::numbers::pi * variance) + 1.0) + log_determinant);
  }
  return solution;
}

class OverTime final : public Predictor {
 public:
  explicit OverTime(std::size_t window) : window_(window) {}

  std::vector<Forecast> predict(std::span<const double> series, int steps) override {
    return predict_together({{series.begin(), series.end()}}, steps, window_).front();
  }

 private:
  std::size_t window_;
};

}  // namespace

GaussianProcess::GaussianProcess(Eigen::MatrixXd points, const Eigen::MatrixXd& outputs,
                                 const GaussianKernel& kernel)
    : kernel_(kernel), points_(std::move(points)), means_(outputs.colwise().mean()) {
  ensure(points_.rows() > 0 && points_.rows() == outputs.rows(), "every point has its outputs");
  Solution solution =
      solve(squared_distances(points_, points_), outputs.rowwise() - means_, kernel);
  factor_ = std::move(solution.factor);
  weights_ = std::move(solution.weights);
  variances_ = std::move(solution.variances);
  log_likelihood_ = solution.log_likelihood;
}

GaussianProcess GaussianProcess::fit(const Eigen::MatrixXd& points,
                                     const Eigen::MatrixXd& outputs) {
  const Eigen::MatrixXd squared = squared_distances(points, points);
  const Eigen::RowVectorXd means = outputs.colwise().mean();
  const Eigen::MatrixXd centered = outputs.rowwise() - means;
  const double span = std::sqrt(std::max(squared.maxCoeff(), 1e-12));
  const auto likelihood = [&](const TwoParameters& at) {
    return solve(squared, centered, {.length = at.first, .noise = at.second}).log_likelihood;
  };
  const double lengths[] = {0.03 * span, 0.1 * span, 0.3 * span, span};
  const double noises[] = {1e-4, 1e-2, 0.1, 1.0, 10.0};
  const TwoParameters best = find_best(lengths, noises, likelihood);
  return GaussianProcess(points, outputs, {.length = best.first, .noise = best.second});
}

std::vector<Forecast> GaussianProcess::at(const Eigen::VectorXd& point) const {
  return predict(point, 0.0);
}

std::vector<Forecast> GaussianProcess::observed_at(const Eigen::VectorXd& point) const {
  return predict(point, std::max(kernel_.noise, kLeastNoise));
}

std::vector<Forecast> GaussianProcess::predict(const Eigen::VectorXd& point, double noise) const {
  const Eigen::VectorXd k =
      correlations(squared_distances(points_, point.transpose()), kernel_.length);
  const Eigen::VectorXd half = factor_.triangularView<Eigen::Lower>().solve(k);
  const double variance = std::max(1.0 + noise - half.squaredNorm(), 0.0);
  const Eigen::RowVectorXd means = means_ + k.transpose() * weights_;
  std::vector<Forecast> predictions;
  for (Eigen::Index i = 0; i < means.size(); ++i) {
    predictions.push_back({means[i], std::sqrt(variance * std::max(variances_[i], 0.0))});
  }
  return predictions;
}

std::unique_ptr<Predictor> predict_by_gaussian_process(std::size_t window) {
  return std::make_unique<OverTime>(window);
}

std::vector<std::vector<Forecast>> predict_together(const std::vector<std::vector<double>>& series,
                                                    int steps, std::size_t window) {
  if (series.empty()) return {};
  const std::size_t length = std::min(series.front().size(), window);
  std::vector<std::vector<Forecast>> predictions(series.size());
  if (length < kFewestValues) {
    for (std::size_t i = 0; i < series.size(); ++i) {
      predictions[i] = predict_mean()->predict(series[i], steps);
    }
    return predictions;
  }
  Eigen::MatrixXd times(length, 1);
  Eigen::MatrixXd values(length, series.size());
  for (Eigen::Index t = 0; t < times.rows(); ++t) {
    times(t, 0) = static_cast<double>(t);
    for (std::size_t i = 0; i < series.size(); ++i) {
      values(t, static_cast<Eigen::Index>(i)) =
          series[i][series[i].size() - length + static_cast<std::size_t>(t)];
    }
  }
  const GaussianProcess process = GaussianProcess::fit(times, values);
  for (int step = 1; step <= steps; ++step) {
    Eigen::VectorXd time(1);
    time[0] = static_cast<double>(length) - 1.0 + step;
    const auto there = process.observed_at(time);
    for (std::size_t i = 0; i < series.size(); ++i) predictions[i].push_back(there[i]);
  }
  return predictions;
}

}  // namespace scinet
