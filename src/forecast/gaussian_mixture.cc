#include "forecast/gaussian_mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr int kMostSteps = 40;
constexpr double kLeastGain = 1e-4;  // of the objective in one step, per row
constexpr std::size_t kFewestValues = 8;
constexpr int kMostComponents = 3;
constexpr double kLeastVariance = 1e-9;  // of a variable that never changes

double log_determinant(const Eigen::LLT<Eigen::MatrixXd>& factor) {
  return 2.0 * factor.matrixLLT().diagonal().array().log().sum();
}

Eigen::VectorXd variances(const Eigen::MatrixXd& rows) {
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  return (rows.rowwise() - mean).array().square().colwise().mean().max(kLeastVariance).transpose();
}

// Shares of the rows in components: all or nothing, by position along the main direction.
Eigen::MatrixXd cut_along_main_direction(const Eigen::MatrixXd& rows, int parts) {
  const Eigen::MatrixXd centered = rows.rowwise() - rows.colwise().mean();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centered.transpose() * centered);
  const Eigen::VectorXd position = centered * solver.eigenvectors().rightCols(1);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::ranges::stable_sort(order, {}, [&](Eigen::Index row) { return position[row]; });
  Eigen::MatrixXd shares = Eigen::MatrixXd::Zero(rows.rows(), parts);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    shares(order[static_cast<std::size_t>(i)], i * parts / rows.rows()) = 1.0;
  }
  return shares;
}

// log(sum of exp) of each row.
Eigen::VectorXd log_sums(const Eigen::MatrixXd& logs) {
  const Eigen::VectorXd largest = logs.rowwise().maxCoeff();
  return largest.array() + (logs.colwise() - largest).array().exp().rowwise().sum().log();
}

double information_criterion(const GaussianMixture& mixture, const Eigen::MatrixXd& rows) {
  const auto dimensions = static_cast<double>(rows.cols());
  const double of_one = 1.0 + dimensions + dimensions * (dimensions + 1.0) / 2.0;
  const double parameters = static_cast<double>(mixture.components().size()) * of_one - 1.0;
  return parameters * std::log(static_cast<double>(rows.rows())) -
         2.0 * mixture.log_likelihood(rows);
}

}  // namespace

GaussianMixture::GaussianMixture(std::vector<Component> components, Eigen::VectorXd prior_variances)
    : components_(std::move(components)), prior_variances_(std::move(prior_variances)) {}

GaussianMixture GaussianMixture::fit(const Eigen::MatrixXd& rows, int components) {
  ensure(components >= 1 && rows.rows() >= components, "every component has a row to begin with");
  const GaussianMixture nothing({}, variances(rows));
  GaussianMixture best = nothing.maximised(rows, cut_along_main_direction(rows, components));
  const auto objective = [&](const GaussianMixture& mixture) {
    return mixture.log_likelihood(rows) + mixture.log_prior();
  };
  double reached = objective(best);
  for (int step = 0; components > 1 && step < kMostSteps; ++step) {
    best = best.em_step(rows);
    const double now = objective(best);
    const bool is_done = now - reached < kLeastGain * static_cast<double>(rows.rows());
    reached = now;
    if (is_done) break;
  }
  return best;
}

GaussianMixture GaussianMixture::fit_best(const Eigen::MatrixXd& rows, int most) {
  GaussianMixture best = fit(rows, 1);
  double least = information_criterion(best, rows);
  for (int components = 2; components <= most && rows.rows() >= 4 * components; ++components) {
    GaussianMixture mixture = fit(rows, components);
    const double criterion = information_criterion(mixture, rows);
    if (criterion >= least) break;
    least = criterion;
    best = std::move(mixture);
  }
  return best;
}

Eigen::MatrixXd GaussianMixture::log_densities(const Eigen::MatrixXd& rows) const {
  Eigen::MatrixXd logs(rows.rows(), static_cast<Eigen::Index>(components_.size()));
  const double constant = static_cast<double>(rows.cols()) * std::log(2.0 * std::numbers::pi);
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const auto& [weight, mean, covariance] = components_[k];
    const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
    const Eigen::MatrixXd centered = (rows.rowwise() - mean.transpose()).transpose();
    const Eigen::MatrixXd whitened = factor.matrixL().solve(centered);
    logs.col(static_cast<Eigen::Index>(k)) =
        std::log(weight) - 0.5 * (whitened.colwise().squaredNorm().transpose().array() + constant +
                                  log_determinant(factor));
  }
  return logs;
}

double GaussianMixture::log_likelihood(const Eigen::MatrixXd& rows) const {
  return log_sums(log_densities(rows)).sum();
}

double GaussianMixture::log_prior() const {
  double sum = 0.0;
  for (const Component& component : components_) {
    const Eigen::LLT<Eigen::MatrixXd> factor(component.covariance);
    const Eigen::MatrixXd prior = prior_variances_.asDiagonal();
    sum -= 0.5 * static_cast<double>(prior_variances_.size()) *
           (log_determinant(factor) + factor.solve(prior).trace());
  }
  return sum;
}

GaussianMixture GaussianMixture::em_step(const Eigen::MatrixXd& rows) const {
  const Eigen::MatrixXd logs = log_densities(rows);
  return maximised(rows, (logs.colwise() - log_sums(logs)).array().exp().matrix());
}

GaussianMixture GaussianMixture::maximised(const Eigen::MatrixXd& rows,
                                           const Eigen::MatrixXd& shares) const {
  const auto prior_rows = static_cast<double>(rows.cols());
  std::vector<Component> next;
  for (Eigen::Index k = 0; k < shares.cols(); ++k) {
    const double count = std::max(shares.col(k).sum(), 1e-12);
    Component component{.weight = count / static_cast<double>(rows.rows()),
                        .mean = rows.transpose() * shares.col(k) / count,
                        .covariance = {}};
    const Eigen::MatrixXd centered = rows.rowwise() - component.mean.transpose();
    component.covariance = centered.transpose() * shares.col(k).asDiagonal() * centered;
    component.covariance.diagonal() += prior_rows * prior_variances_;
    component.covariance /= count + prior_rows;
    next.push_back(std::move(component));
  }
  return GaussianMixture(std::move(next), prior_variances_);
}

JointPrediction GaussianMixture::given(const Eigen::VectorXd& first) const {
  const Eigen::Index known = first.size();
  const Eigen::Index asked = prior_variances_.size() - known;
  std::vector<Component> front;
  for (const auto& [weight, mean, covariance] : components_) {
    front.push_back({weight, mean.head(known), covariance.topLeftCorner(known, known)});
  }
  const Eigen::MatrixXd logs = GaussianMixture(std::move(front), prior_variances_.head(known))
                                   .log_densities(first.transpose());
  const Eigen::RowVectorXd shares = (logs.array() - log_sums(logs)[0]).exp().matrix();

  JointPrediction total{.mean = Eigen::VectorXd::Zero(asked),
                        .covariance = Eigen::MatrixXd::Zero(asked, asked)};
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const auto& [weight, mean, covariance] = components_[k];
    const double share = shares[static_cast<Eigen::Index>(k)];
    const Eigen::LLT<Eigen::MatrixXd> factor(covariance.topLeftCorner(known, known));
    const Eigen::MatrixXd cross = covariance.topRightCorner(known, asked);
    const Eigen::VectorXd there =
        mean.tail(asked) + cross.transpose() * factor.solve(first - mean.head(known));
    const Eigen::MatrixXd spread =
        covariance.bottomRightCorner(asked, asked) - cross.transpose() * factor.solve(cross);
    total.mean += share * there;
    total.covariance += share * (spread + there * there.transpose());
  }
  total.covariance -= total.mean * total.mean.transpose();
  return total;
}

JointPrediction predict_jointly(const std::vector<std::vector<double>>& series, int steps,
                                std::size_t window) {
  const auto count = static_cast<Eigen::Index>(series.size());
  const std::size_t length = series.empty() ? 0 : std::min(series.front().size(), window);
  Eigen::MatrixXd values(static_cast<Eigen::Index>(length), count);  // a row each step
  for (Eigen::Index i = 0; i < count; ++i) {
    const std::vector<double>& all = series[static_cast<std::size_t>(i)];
    for (std::size_t t = 0; t < length; ++t) {
      values(static_cast<Eigen::Index>(t), i) = all[all.size() - length + t];
    }
  }
  if (length < kFewestValues + static_cast<std::size_t>(steps)) {
    if (length == 0) {
      return {.mean = Eigen::VectorXd::Zero(count),
              .covariance = Eigen::MatrixXd::Zero(count, count)};
    }
    return {.mean = values.colwise().mean().transpose(),
            .covariance = Eigen::MatrixXd(variances(values).asDiagonal())};
  }
  const Eigen::Index pairs = values.rows() - steps;
  Eigen::MatrixXd rows(pairs, 2 * count);
  rows.leftCols(count) = values.topRows(pairs);
  rows.rightCols(count) = values.bottomRows(pairs);
  return GaussianMixture::fit_best(rows, kMostComponents).given(values.bottomRows(1).transpose());
}

}  // namespace scinet
