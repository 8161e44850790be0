// The recent past as views tell it: utilisation per host and beat, arrivals per application.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "model/cluster_view.h"

namespace scinet {

// The latest samples of each host, oldest first.
class UtilisationHistory {
 public:
  UtilisationHistory(std::size_t hosts, std::size_t length)
      : length_(length), counts_(hosts, 0), samples_(hosts * length, 0.0) {}

  void add(HostId host, double sample) {
    double* const begin = samples_.data() + host.value * length_;
    std::size_t& count = counts_[host.value];
    if (count == length_) {
      std::copy(begin + 1, begin + length_, begin);
      --count;
    }
    begin[count++] = sample;
  }

  std::span<const double> of(HostId host) const {
    return std::span(samples_).subspan(host.value * length_, counts_[host.value]);
  }

 private:
  std::size_t length_;
  std::vector<std::size_t> counts_;
  std::vector<double> samples_;
};

// Arrivals a second over the last kRatesCover, or what there is of it. Counts are kept by the
// second: the window begins on a whole second and is up to a second longer than that.
class ArrivalRates {
 public:
  explicit ArrivalRates(std::size_t applications) : counts_(applications) {}

  void count(ApplicationId application, SimTime now) {
    const std::int64_t second = second_of(now);
    forget(second);
    counts_[application.value][place(second)] += 1.0;
  }

  // As if arrivals had come evenly at this rate: for a twin that begins in mid-run.
  void assume(ApplicationId application, double rate, SimTime now) {
    forget(second_of(now));
    for (std::int64_t second = begin(now); second <= second_of(now); ++second) {
      const Seconds end = std::min(to_seconds(now), Seconds(static_cast<double>(second + 1)));
      counts_[application.value][place(second)] =
          rate * (end - Seconds(static_cast<double>(second))).count();
    }
  }

  double rate(ApplicationId application, SimTime now) const {
    const double length = to_seconds(now).count() - static_cast<double>(begin(now));
    if (length <= 0.0) return 0.0;
    double sum = 0.0;
    for (std::int64_t second = begin(now); second <= std::min(second_of(now), latest_); ++second) {
      sum += counts_[application.value][place(second)];
    }
    return sum / length;
  }

 private:
  static constexpr auto kSeconds = static_cast<std::int64_t>(kRatesCover.count()) + 1;
  using Counts = std::array<double, kSeconds>;

  static std::int64_t second_of(SimTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();  // never negative
  }
  static std::int64_t begin(SimTime now) {
    return std::max<std::int64_t>(second_of(now) - (kSeconds - 1), 0);
  }
  static std::size_t place(std::int64_t second) {
    return static_cast<std::size_t>(second % kSeconds);
  }

  // Clears the places of the seconds that have begun since the last call.
  void forget(std::int64_t second) {
    if (second <= latest_) return;
    for (std::int64_t s = std::max(latest_ + 1, second - kSeconds + 1); s <= second; ++s) {
      for (Counts& counts : counts_) counts[place(s)] = 0.0;
    }
    latest_ = second;
  }

  std::vector<Counts> counts_;
  std::int64_t latest_ = -1;  // the second that has been counted last
};

}  // namespace scinet
