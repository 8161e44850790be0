#include "calibration/contention_fit.h"

#include <cmath>
#include <map>
#include <vector>

namespace scinet {
namespace {

class Instrument {
 public:
  struct Moment {
    double sum = 0.0;
    double deviation = 0.0;  // of the sum, by chance
  };

  explicit Instrument(std::span<const ContentionSample> samples) : samples_(samples) {
    for (const ContentionSample& sample : samples) ++count_of_kind_[sample.kind];
    for (const ContentionSample& sample : samples) {
      instrument_.push_back(1.0 - 1.0 / static_cast<double>(sample.task->company_at_start));
    }
    centre(instrument_);
  }

  Moment at(double contention) const {
    std::vector<double> rest;
    for (const auto& [task, kind] : samples_) {
      rest.push_back(std::log(task->core_seconds.high / task->inflation(contention)));
    }
    centre(rest);
    Moment moment;
    double variance = 0.0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const double count = count_of_kind_.at(samples_[i].kind);
      if (count < 2.0) continue;
      const double product = instrument_[i] * rest[i];
      moment.sum += product;
      variance += product * product * count / (count - 1.0);  // a mean was taken off
    }
    moment.deviation = std::sqrt(variance);
    return moment;
  }

 private:
  // Less the mean over those of its kind.
  void centre(std::vector<double>& values) const {
    std::map<std::size_t, double> sums;
    for (std::size_t i = 0; i < values.size(); ++i) sums[samples_[i].kind] += values[i];
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t kind = samples_[i].kind;
      values[i] -= sums.at(kind) / count_of_kind_.at(kind);
    }
  }

  std::span<const ContentionSample> samples_;
  std::map<std::size_t, double> count_of_kind_;
  std::vector<double> instrument_;
};

}  // namespace

std::optional<double> fit_contention(std::span<const ContentionSample> samples, double before,
                                     double most) {
  const Instrument instrument(samples);
  const auto [sum, deviation] = instrument.at(before);
  const bool is_by_chance = std::abs(sum) <= 1.96 * deviation;
  if (is_by_chance || instrument.at(most).sum > 0.0) return std::nullopt;
  double low = 0.0;
  double high = most;
  while (high - low > 1e-5) {
    const double middle = (low + high) / 2.0;
    (instrument.at(middle).sum > 0.0 ? low : high) = middle;
  }
  return high < 1e-4 ? 0.0 : (low + high) / 2.0;
}

}  // namespace scinet
