#include "forecast/arima.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <Eigen/Dense>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kKpssAt5Percent = 0.463;
constexpr std::size_t kFewestValues = 12;  // of z, before anything but a mean is fitted
constexpr std::size_t kLongLags = 8;       // of the autoregression that gives the first residuals

std::vector<double> differences(std::span<const double> series) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < series.size(); ++i) steps.push_back(series[i] - series[i - 1]);
  return steps;
}

// Least squares of y(t) on lags of y and of e, for t from `start`; nothing where they do not
// determine it.
std::optional<Eigen::VectorXd> regression(std::span<const double> y, std::span<const double> e,
                                          std::size_t p, std::size_t q, std::size_t start) {
  const std::size_t lags = p + q;
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(lags, lags);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(lags);
  Eigen::VectorXd row(lags);
  for (std::size_t t = start; t < y.size(); ++t) {
    for (std::size_t i = 0; i < p; ++i) row[static_cast<Eigen::Index>(i)] = y[t - 1 - i];
    for (std::size_t j = 0; j < q; ++j) row[static_cast<Eigen::Index>(p + j)] = e[t - 1 - j];
    normal.noalias() += row * row.transpose();
    right += row * y[t];
  }
  const Eigen::LDLT<Eigen::MatrixXd> factor(normal);
  const auto diagonal = factor.vectorD().array();
  if (factor.info() != Eigen::Success || diagonal.minCoeff() <= 1e-12 * diagonal.maxCoeff()) {
    return std::nullopt;
  }
  return factor.solve(right);
}

std::vector<double> long_autoregression_residuals(std::span<const double> z) {
  const std::size_t lags = std::min(kLongLags, z.size() / 4);
  std::vector<double> e(z.size(), 0.0);
  const auto ar = regression(z, z, lags, 0, lags);
  for (std::size_t t = lags; t < z.size(); ++t) {
    e[t] = z[t];
    for (std::size_t i = 0; ar && i < lags; ++i) {
      e[t] -= (*ar)[static_cast<Eigen::Index>(i)] * z[t - 1 - i];
    }
  }
  return e;
}

std::vector<double> negated(std::span<const double> values) {
  std::vector<double> result;
  for (const double value : values) result.push_back(-value);
  return result;
}

double sum_of_squares(std::span<const double> values) {
  return mean_square_around(values, 0.0) * static_cast<double>(values.size());
}

class ArimaPredictor final : public Predictor {
 public:
  explicit ArimaPredictor(std::size_t window) : window_(window) {}

  std::vector<Forecast> predict(std::span<const double> series, int steps) override {
    if (series.empty()) return std::vector<Forecast>(static_cast<std::size_t>(steps));
    return Arima::fit(series.last(std::min(series.size(), window_))).predict(steps);
  }

 private:
  std::size_t window_;
};

}  // namespace

bool is_stable(std::span<const double> ar) {
  // Durbin-Levinson backwards: it is, exactly when all partial autocorrelations lie in (-1, 1).
  std::vector<double> now(ar.begin(), ar.end());
  while (!now.empty()) {
    const double last = now.back();
    if (!(std::abs(last) < 1.0)) return false;
    std::vector<double> shorter;
    for (std::size_t i = 0; i + 1 < now.size(); ++i) {
      shorter.push_back((now[i] + last * now[now.size() - 2 - i]) / (1.0 - last * last));
    }
    now = std::move(shorter);
  }
  return true;
}

double kpss_statistic(std::span<const double> series) {
  const auto n = static_cast<double>(series.size());
  const double mean = mean_of(series);
  const auto lags = static_cast<std::size_t>(4.0 * std::pow(n / 100.0, 0.25));
  double long_run = mean_square_around(series, mean);
  for (std::size_t lag = 1; lag <= lags && lag < series.size(); ++lag) {
    double covariance = 0.0;
    for (std::size_t t = lag; t < series.size(); ++t) {
      covariance += (series[t] - mean) * (series[t - lag] - mean) / n;
    }
    const double weight = 1.0 - static_cast<double>(lag) / (static_cast<double>(lags) + 1.0);
    long_run += 2.0 * weight * covariance;
  }
  if (long_run <= 0.0) return 0.0;
  double partial = 0.0;
  double sum = 0.0;
  for (const double value : series) {
    partial += value - mean;
    sum += partial * partial;
  }
  return sum / (n * n * long_run);
}

Arima::Arima(std::span<const double> series, int d) : order_{0, d, 0} {
  ensure(!series.empty(), "a series has values");
  z_.assign(series.begin(), series.end());
  for (int i = 0; i < d; ++i) {
    lasts_.push_back(z_.back());
    z_ = differences(z_);
  }
  if (d == 0) mean_ = mean_of(z_);
  for (double& value : z_) value -= mean_;
  judge();
}

Arima Arima::fit(std::span<const double> series, const ArimaOrder& order) {
  const int d = std::min(order.d, static_cast<int>(series.size()) - 1);
  Arima model(series, d);
  if (model.z_.size() < kFewestValues || !model.regress(order.p, order.q)) return model;
  model.refine();
  return model;
}

Arima Arima::fit(std::span<const double> series) {
  std::vector<double> z(series.begin(), series.end());
  int d = 0;
  while (d < kMostDifferences && z.size() > kFewestValues && kpss_statistic(z) > kKpssAt5Percent) {
    z = differences(z);
    ++d;
  }
  Arima best(series, d);
  if (z.size() < kFewestValues || best.variance_ <= 0.0) return best;
  const Arima none = best;
  for (int p = 0; p <= kMostLags; ++p) {
    for (int q = 0; q <= kMostLags; ++q) {
      Arima model = none;
      if (p + q > 0 && model.regress(p, q) && model.aic_ < best.aic_) best = std::move(model);
    }
  }
  best.refine();
  return best;
}

bool Arima::regress(int p, int q) {
  ensure(p >= 0 && p <= kMostLags && q >= 0 && q <= kMostLags, "the order is within its limits");
  if (p + q == 0) return true;
  const auto lags = static_cast<std::size_t>(std::max(p, q));
  const std::vector<double> e =
      q > 0 ? long_autoregression_residuals(z_) : std::vector<double>(z_.size(), 0.0);
  const std::size_t start = q > 0 ? std::min(kLongLags, z_.size() / 4) + lags : lags;
  const auto found =
      regression(z_, e, static_cast<std::size_t>(p), static_cast<std::size_t>(q), start);
  if (!found) return false;
  const std::vector<double> ar(found->data(), found->data() + p);
  const std::vector<double> ma(found->data() + p, found->data() + p + q);
  if (!is_stable(ar) || !is_stable(negated(ma))) return false;
  order_.p = p;
  order_.q = q;
  ar_ = ar;
  ma_ = ma;
  judge();
  return true;
}

std::vector<double> Arima::residuals() const {
  std::vector<double> e(z_.size(), 0.0);
  for (std::size_t t = kMostLags; t < z_.size(); ++t) {
    e[t] = z_[t];
    for (std::size_t i = 0; i < ar_.size(); ++i) e[t] -= ar_[i] * z_[t - 1 - i];
    for (std::size_t j = 0; j < ma_.size(); ++j) e[t] -= ma_[j] * e[t - 1 - j];
  }
  return e;
}

void Arima::judge() {
  const double n = std::max(static_cast<double>(z_.size()) - kMostLags, 1.0);
  variance_ = sum_of_squares(residuals()) / n;
  const double parameters = 1.0 + static_cast<double>(ar_.size() + ma_.size());
  aic_ = n * std::log(std::max(variance_, 1e-300)) + 2.0 * parameters;
}

// Gauss-Newton on the sum of squared residuals. Their derivatives follow the recursion of e itself.
void Arima::refine() {
  const std::size_t p = ar_.size();
  const std::size_t count = p + ma_.size();
  if (count == 0) return;
  for (int round = 0; round < 5; ++round) {
    const std::vector<double> e = residuals();
    Eigen::MatrixXd slopes = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(z_.size()),
                                                   static_cast<Eigen::Index>(count));
    for (std::size_t t = kMostLags; t < z_.size(); ++t) {
      const auto row = static_cast<Eigen::Index>(t);
      for (std::size_t k = 0; k < count; ++k) {
        slopes(row, static_cast<Eigen::Index>(k)) = k < p ? -z_[t - 1 - k] : -e[t - 1 - (k - p)];
      }
      for (std::size_t j = 0; j < ma_.size(); ++j) {
        slopes.row(row) -= ma_[j] * slopes.row(row - 1 - static_cast<Eigen::Index>(j));
      }
    }
    const Eigen::Map<const Eigen::VectorXd> errors(e.data(), static_cast<Eigen::Index>(e.size()));
    const Eigen::VectorXd step =
        -(slopes.transpose() * slopes).ldlt().solve(slopes.transpose() * errors);
    Arima moved = *this;
    for (std::size_t k = 0; k < count; ++k) {
      (k < p ? moved.ar_[k] : moved.ma_[k - p]) += step[static_cast<Eigen::Index>(k)];
    }
    moved.judge();
    const bool is_better = is_stable(moved.ar_) && is_stable(negated(moved.ma_)) &&
                           moved.variance_ < variance_ * (1.0 - 1e-9);
    if (!is_better) return;
    *this = std::move(moved);
  }
}

std::vector<Forecast> Arima::predict(int steps) const {
  std::vector<double> z = z_;
  std::vector<double> e = residuals();
  std::vector<double> psi{1.0};  // weight of an error after 0, 1, ... steps
  std::vector<double> lasts = lasts_;
  std::vector<Forecast> next;
  double variance = 0.0;
  for (int step = 0; step < steps; ++step) {
    double value = 0.0;
    for (std::size_t i = 0; i < ar_.size() && i < z.size(); ++i) {
      value += ar_[i] * z[z.size() - 1 - i];
    }
    for (std::size_t j = 0; j < ma_.size() && j < e.size(); ++j) {
      value += ma_[j] * e[e.size() - 1 - j];
    }
    z.push_back(value);
    e.push_back(0.0);
    double level = value + mean_;
    for (auto last = lasts.rbegin(); last != lasts.rend(); ++last) level = (*last += level);
    std::vector<double> summed = psi;  // of the differences undone
    for (int i = 0; i < order_.d; ++i) {
      for (std::size_t k = 1; k < summed.size(); ++k) summed[k] += summed[k - 1];
    }
    variance += variance_ * summed.back() * summed.back();
    next.push_back({level, std::sqrt(variance)});
    double weight = psi.size() <= ma_.size() ? ma_[psi.size() - 1] : 0.0;
    for (std::size_t i = 0; i < ar_.size() && i < psi.size(); ++i) {
      weight += ar_[i] * psi[psi.size() - 1 - i];
    }
    psi.push_back(weight);
  }
  return next;
}

std::unique_ptr<Predictor> predict_by_arima(std::size_t window) {
  return std::make_unique<ArimaPredictor>(window);
}

}  // namespace scinet
