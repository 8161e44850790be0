#include "serving/strategy_meter.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "serving/process_memory.h"

namespace scinet {

StrategyMeter::StrategyMeter(ApplicationSet& applications, std::string_view application,
                             const ServedStrategy& strategy, const CpuClock& clock)
    : applications_(applications),
      application_(application),
      strategy_(strategy),
      clock_(clock),
      fragments_(strategy.fragments.size()) {}

Result<std::string> StrategyMeter::answer(std::string_view input) {
  std::vector<std::string> outputs;
  for (std::size_t i = 0; i < fragments_.size(); ++i) {
    const std::vector<std::string_view> inputs = inputs_of(strategy_.fragments[i], input, outputs);
    if (fragments_[i].cpu_s.empty()) {
      if (Status loaded = load(i, inputs); !loaded) return loaded.error();
    }
    Result<std::string> output = measure(i, inputs);
    if (!output) return output;
    outputs.push_back(std::move(output).value());
  }
  return std::move(outputs.back());
}

std::vector<FragmentMeasurement> StrategyMeter::fragments() const {
  std::vector<FragmentMeasurement> measured = fragments_;
  for (FragmentMeasurement& fragment : measured) {
    const auto runs = static_cast<double>(std::max<std::size_t>(1, fragment.cpu_s.size()));
    fragment.output = fragment.output * (1.0 / runs);
  }
  return measured;
}

Result<std::string> StrategyMeter::run(std::size_t fragment,
                                       std::span<const std::string_view> inputs) {
  return applications_.run(application_, strategy_.name, fragment, inputs);
}

// The first run of a fragment loads its models; what it takes longer than the second is theirs.
Status StrategyMeter::load(std::size_t fragment, std::span<const std::string_view> inputs) {
  malloc_trim(0);  // what others freed would hide what this one takes
  const Bytes memory_before = resident_memory();
  const std::size_t loaded_before = applications_.resident_models().size();
  const std::chrono::nanoseconds start = clock_();
  if (Result<std::string> first = run(fragment, inputs); !first) return first.error();
  const std::chrono::nanoseconds middle = clock_();
  if (applications_.resident_models().size() == loaded_before) return ok_status();
  if (Result<std::string> second = run(fragment, inputs); !second) return second.error();
  const std::chrono::nanoseconds load = (middle - start) - (clock_() - middle);
  fragments_[fragment].load = to_seconds(std::max(load, std::chrono::nanoseconds{0}));
  fragments_[fragment].model_memory = std::max(Bytes(), resident_memory() - memory_before);
  return ok_status();
}

Result<std::string> StrategyMeter::measure(std::size_t fragment,
                                           std::span<const std::string_view> inputs) {
  FragmentMeasurement& measured = fragments_[fragment];
  reset_peak_memory();
  const Bytes memory_before = resident_memory();
  const std::chrono::nanoseconds start = clock_();
  Result<std::string> output = run(fragment, inputs);
  const std::chrono::nanoseconds used = clock_() - start;
  if (!output) return output;
  measured.memory = std::max(measured.memory, peak_memory() - memory_before);
  measured.cpu_s.push_back(to_seconds(used).count());
  measured.output += Bytes(static_cast<double>(output.value().size()));
  return output;
}

}  // namespace scinet
