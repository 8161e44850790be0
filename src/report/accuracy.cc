#include "report/accuracy.h"

#include <algorithm>
#include <cmath>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // 97.5 %

// (p + z^2/2n +- z sqrt(p (1-p) / n + z^2/4n^2)) / (1 + z^2/n)
double wilson_end(const Accuracy& accuracy, double z) {
  ensure(accuracy.samples > 0, "an accuracy was measured on at least one sample");
  const double n = static_cast<double>(accuracy.samples);
  const double p = accuracy.value();
  const double centre = p + z * z / (2.0 * n);
  const double spread = z * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
  return std::clamp((centre + spread) / (1.0 + z * z / n), 0.0, 1.0);
}

}  // namespace

double Accuracy::ci_low() const { return wilson_end(*this, -kNormalQuantile); }
double Accuracy::ci_high() const { return wilson_end(*this, kNormalQuantile); }

}  // namespace scinet
