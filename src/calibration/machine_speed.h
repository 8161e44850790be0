// How fast the machine was while a run on real workers was recorded, by the probes that were made
// meanwhile.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/probe_time.h"

namespace scinet {

// What each probe takes on average, which is where the speed counts as 1.
class ProbeReference {
 public:
  void add(std::span<const ProbeTime> probes);

  // ln(mean time / this time); none where it was never seen.
  std::optional<double> log_speed(const ProbeTime& probe) const;

 private:
  struct Sum {
    double log_time = 0.0;
    double count = 0.0;
  };
  std::map<std::string, Sum> sums_;
};

class MachineSpeed {
 public:
  struct Step {
    SimTime from{0};
    double factor = 1.0;
  };
  // So many probes make a step: a single one says little.
  static constexpr std::size_t kProbesAStep = 30;

  MachineSpeed() = default;  // 1 throughout
  // `probes` are in order of time. Without any that the reference knows it is 1 throughout.
  MachineSpeed(std::span<const ProbeTime> probes, const ProbeReference& reference);

  double at(SimTime time) const;
  std::span<const Step> steps() const { return steps_; }  // in order of time, the first at 0

 private:
  std::vector<Step> steps_;
};

}  // namespace scinet
