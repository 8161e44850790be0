// Runs a strategy fragment by fragment in this process and measures each: time, memory, output.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "serving/application_set.h"

namespace scinet {

// Of one fragment, on one whole core of this machine where the clock is CPU time.
struct FragmentMeasurement {
  std::vector<double> cpu_s;  // per input, by the clock of the meter
  Bytes output{};             // mean
  Seconds load{0};            // time to load its models, 0 where they were loaded before
  Bytes model_memory{};       // resident memory that loading and a first run left behind
  Bytes memory{};             // the most that a run needed besides
};

// A clock of which only differences mean something, e.g. the CPU time of the thread that asks.
using CpuClock = std::function<std::chrono::nanoseconds()>;

class StrategyMeter {
 public:
  // All are borrowed. Memory is that of the process: alone in a fresh one it is the strategy's.
  StrategyMeter(ApplicationSet& applications, std::string_view application,
                const ServedStrategy& strategy, const CpuClock& clock);

  // The answer to one input, which is measured. Fails as ApplicationSet::run does.
  Result<std::string> answer(std::string_view input);

  // In the order of the strategy.
  std::vector<FragmentMeasurement> fragments() const;

 private:
  Result<std::string> run(std::size_t fragment, std::span<const std::string_view> inputs);
  Status load(std::size_t fragment, std::span<const std::string_view> inputs);
  Result<std::string> measure(std::size_t fragment, std::span<const std::string_view> inputs);

  ApplicationSet& applications_;
  std::string application_;
  const ServedStrategy& strategy_;
  const CpuClock& clock_;
  std::vector<FragmentMeasurement> fragments_;  // outputs are sums
};

}  // namespace scinet
