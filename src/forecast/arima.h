// Autoregressive integrated moving average models (Box and Jenkins 1970):
//
//   z = the series differenced d times, less its mean where d = 0
//   z(t) = sum_i ar_i z(t-i) + e(t) + sum_j ma_j e(t-j),   e ~ N(0, variance)
//
// Coefficients by Hannan and Rissanen (Biometrika 69, 1982: regression on lags and on the residuals
// of a long autoregression), then conditional least squares by Gauss-Newton. d by the KPSS test at
// 5 % (Kwiatkowski et al., Journal of Econometrics 54, 1992), p and q by AIC, as Hyndman and
// Khandakar (Journal of Statistical Software 27, 2008) do.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "forecast/predictor.h"

namespace scinet {

struct ArimaOrder {
  int p = 0;
  int d = 0;
  int q = 0;

  friend bool operator==(const ArimaOrder&, const ArimaOrder&) = default;
};

class Arima {
 public:
  static constexpr int kMostLags = 3;  // of p and of q
  static constexpr int kMostDifferences = 2;

  // Only p, d, q within these limits. A series too short for the order gives one without lags.
  static Arima fit(std::span<const double> series, const ArimaOrder& order);
  static Arima fit(std::span<const double> series);  // of the best order

  const ArimaOrder& order() const { return order_; }
  const std::vector<double>& ar() const { return ar_; }
  const std::vector<double>& ma() const { return ma_; }
  double mean() const { return mean_; }
  double variance() const { return variance_; }
  // Comparable between models of one series with the same d.
  double aic() const { return aic_; }

  std::vector<Forecast> predict(int steps) const;

 private:
  Arima(std::span<const double> series, int d);

  bool regress(int p, int q);  // Hannan-Rissanen; false where that has no stable solution
  void refine();
  std::vector<double> residuals() const;  // of z; the first kMostLags count as 0
  void judge();

  ArimaOrder order_;
  std::vector<double>
      lasts_;  // of the series, of its differences, ...: what integration starts from
  std::vector<double> z_;
  double mean_ = 0.0;
  std::vector<double> ar_;
  std::vector<double> ma_;
  double variance_ = 0.0;
  double aic_ = 0.0;
};

// Whether x(t) = sum_i ar_i x(t-i) + e dies away.
bool is_stable(std::span<const double> ar);

// The KPSS statistic for a constant level; above 0.463 it is rejected at 5 %.
double kpss_statistic(std::span<const double> series);

// Fitted to the last `window` values.
std::unique_ptr<Predictor> predict_by_arima(std::size_t window = 60);

}  // namespace scinet
