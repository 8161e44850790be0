// A mixture of Gaussians fitted by expectation and maximisation (Dempster, Laird, Rubin 1977), and
// the joint prediction of series that move together: the distribution of their next values given
// the present ones under a mixture over (now, later) - Gaussian mixture regression.
//
// Each covariance has an inverse Wishart prior around the variances of all rows, worth as many rows
// as there are dimensions: with few rows, variables count as independent until the rows say
// otherwise. EM then never lowers log likelihood + log prior.
#pragma once

#include <vector>

#include <Eigen/Core>

namespace scinet {

// Of several values at once.
struct JointPrediction {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

class GaussianMixture {
 public:
  struct Component {
    double weight = 1.0;
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
  };

  // rows: an observation each; at least as many as components. Begins with the rows cut into equal
  // parts along the direction in which they vary most, then takes steps until they gain little.
  static GaussianMixture fit(const Eigen::MatrixXd& rows, int components);
  // Of 1 to `most` components, those of the best Bayesian information criterion.
  static GaussianMixture fit_best(const Eigen::MatrixXd& rows, int most);

  GaussianMixture(std::vector<Component> components, Eigen::VectorXd prior_variances);

  const std::vector<Component>& components() const { return components_; }
  double log_likelihood(const Eigen::MatrixXd& rows) const;
  double log_prior() const;  // up to a constant

  GaussianMixture em_step(const Eigen::MatrixXd& rows) const;

  // Mean and covariance of the other variables when the first ones have these values.
  JointPrediction given(const Eigen::VectorXd& first) const;

 private:
  Eigen::MatrixXd log_densities(const Eigen::MatrixXd& rows) const;  // weighted; a column each
  GaussianMixture maximised(const Eigen::MatrixXd& rows, const Eigen::MatrixXd& shares) const;

  std::vector<Component> components_;
  Eigen::VectorXd prior_variances_;
};

// What the series, all of one length, are expected to be `steps` from their last values on. From
// the last `window` values; of fewer than 8, their means and no correlation.
JointPrediction predict_jointly(const std::vector<std::vector<double>>& series, int steps,
                                std::size_t window = 60);

}  // namespace scinet
