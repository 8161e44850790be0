#include "calibration/machine_speed.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace scinet {

void ProbeReference::add(std::span<const ProbeTime> probes) {
  for (const ProbeTime& probe : probes) {
    Sum& sum = sums_[probe.probe];
    sum.log_time += std::log(probe.cpu.count());
    sum.count += 1.0;
  }
}

std::optional<double> ProbeReference::log_speed(const ProbeTime& probe) const {
  const auto found = sums_.find(probe.probe);
  if (found == sums_.end()) return std::nullopt;
  return found->second.log_time / found->second.count - std::log(probe.cpu.count());
}

MachineSpeed::MachineSpeed(std::span<const ProbeTime> probes, const ProbeReference& reference) {
  struct Seen {
    SimTime at{0};
    double log_speed = 0.0;
  };
  std::vector<Seen> seen;
  for (const ProbeTime& probe : probes) {
    if (const auto speed = reference.log_speed(probe)) seen.push_back({probe.at, *speed});
  }
  // The last step takes what is too little for another.
  const std::size_t count = std::max<std::size_t>(seen.size() / kProbesAStep, 1);
  for (std::size_t i = 0; i < count && !seen.empty(); ++i) {
    const std::size_t first = i * kProbesAStep;
    const std::size_t end = i + 1 == count ? seen.size() : first + kProbesAStep;
    double sum = 0.0;
    for (std::size_t k = first; k < end; ++k) sum += seen[k].log_speed;
    steps_.push_back({.from = i == 0 ? SimTime(0) : seen[first].at,
                      .factor = std::exp(sum / static_cast<double>(end - first))});
  }
}

double MachineSpeed::at(SimTime time) const {
  if (steps_.empty()) return 1.0;
  const auto after = std::ranges::upper_bound(steps_, time, {}, &Step::from);
  return after == steps_.begin() ? steps_.front().factor : std::prev(after)->factor;
}

}  // namespace scinet
