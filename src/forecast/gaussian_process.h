// Gaussian process regression with a squared exponential kernel (Rasmussen and Williams, Gaussian
// Processes for Machine Learning, 2006, chapters 2 and 5). Several outputs over the same points
// share the shape of the kernel and have each their own mean and scale:
//
//   cov(y(a), y(b)) = scale^2 (exp(-|a - b|^2 / (2 length^2)) + noise [a is b])
//
// The scale that maximises the likelihood is known in closed form, so only `length` and `noise`
// are searched for.
#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include "forecast/predictor.h"

namespace scinet {

struct GaussianKernel {
  double length = 1.0;
  double noise = 0.01;  // variance of the noise / variance of the function

  friend bool operator==(const GaussianKernel&, const GaussianKernel&) = default;
};

class GaussianProcess {
 public:
  // points: one row each, at least one. outputs: a column each, one value per point.
  GaussianProcess(Eigen::MatrixXd points, const Eigen::MatrixXd& outputs,
                  const GaussianKernel& kernel);

  // With the kernel of the largest marginal likelihood: first on a grid, then step by step.
  static GaussianProcess fit(const Eigen::MatrixXd& points, const Eigen::MatrixXd& outputs);

  const GaussianKernel& kernel() const { return kernel_; }
  // Of all outputs together, each at its best scale.
  double log_likelihood() const { return log_likelihood_; }

  // One prediction per output: of the function, without the noise of an observation.
  std::vector<Forecast> at(const Eigen::VectorXd& point) const;
  // The same for what would be observed.
  std::vector<Forecast> observed_at(const Eigen::VectorXd& point) const;

 private:
  std::vector<Forecast> predict(const Eigen::VectorXd& point, double noise) const;

  GaussianKernel kernel_;
  Eigen::MatrixXd points_;
  Eigen::MatrixXd factor_;   // Cholesky, lower
  Eigen::MatrixXd weights_;  // A^-1 (outputs - means)
  Eigen::RowVectorXd means_;
  Eigen::RowVectorXd variances_;  // scale^2 of each output
  double log_likelihood_ = 0.0;
};

// Of a series over time, its last `window` values.
std::unique_ptr<Predictor> predict_by_gaussian_process(std::size_t window = 40);

// The same for several series of one length that share a kernel; one list of predictions each.
std::vector<std::vector<Forecast>> predict_together(const std::vector<std::vector<double>>& series,
                                                    int steps, std::size_t window = 40);

}  // namespace scinet
