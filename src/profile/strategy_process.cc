#include "profile/strategy_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "profile/batch_times.h"

namespace scinet {
namespace {

using Json = nlohmann::json;

Error refused(const Measured& what, const Example& example, const Error& error) {
  return Error{error.code, fmt::format("{} cannot answer {} by '{}': {}", what.application.name,
                                       example.name, what.strategy.name, error.message)};
}

// Brings in what all models share, the engine above all, so that it counts for none of them.
Status warm_up(const Measured& what, const Example& example, const ProfilingOptions& options) {
  ApplicationSet applications(options.models);
  const Result<std::string> answer =
      applications.run_all(what.application.name, what.strategy.name, example.bytes);
  return answer ? ok_status() : refused(what, example, answer.error());
}

}  // namespace

Result<std::string> measured_passes(const Measured& what, const std::vector<Example>& examples,
                                    const ProfilingOptions& options, const CpuClock& clock) {
  if (Status warm = warm_up(what, examples.front(), options); !warm) return warm.error();
  ApplicationSet applications(options.models);
  StrategyMeter meter(applications, what.application.name, what.strategy, clock);
  const auto start = std::chrono::steady_clock::now();
  const std::size_t count = std::min(examples.size(), options.most_inputs);
  for (int pass = 0; pass < options.passes; ++pass) {
    if (pass > 0 && std::chrono::steady_clock::now() - start > options.patience) break;
    for (std::size_t i = 0; i < count; ++i) {
      const Result<std::string> answer = meter.answer(examples[i].bytes);
      if (!answer) return refused(what, examples[i], answer.error());
    }
  }
  Json fragments = Json::array();
  for (const FragmentMeasurement& fragment : meter.fragments()) {
    fragments.push_back({{"cpu_s", fragment.cpu_s},
                         {"output", fragment.output.value()},
                         {"load", fragment.load.count()},
                         {"model_memory", fragment.model_memory.value()},
                         {"memory", fragment.memory.value()}});
  }
  return fragments.dump();
}

Result<std::string> measured_batches(const Measured& what, const std::vector<Example>& examples,
                                     const ProfilingOptions& options, const CpuClock& clock) {
  ApplicationSet applications(options.models);
  std::vector<std::string_view> inputs;
  for (const Example& example : examples) {
    if (inputs.size() < kLargestBatchMeasured) inputs.push_back(example.bytes);
  }
  const Result<std::vector<BatchTimes>> measured =
      time_batches(applications, what.application.name, what.strategy, inputs,
                   {options.passes, options.patience}, clock);
  if (!measured) return refused(what, examples.front(), measured.error());
  Json fragments = Json::array();
  for (const BatchTimes& times : measured.value()) {
    fragments.push_back({{"relative", times.relative}, {"unmeasured", times.unmeasured}});
  }
  return fragments.dump();
}

Result<std::string> measured_accuracy(const Measured& what, const std::vector<Example>& examples,
                                      const ProfilingOptions& options) {
  ApplicationSet applications(options.models);
  Accuracy accuracy;
  for (const Example& example : examples) {
    const Result<std::string> answer =
        applications.run_all(what.application.name, what.strategy.name, example.bytes);
    if (!answer) return refused(what, example, answer.error());
    const std::optional<bool> right =
        is_right(what.application.name, example.label, answer.value());
    if (!right) continue;
    accuracy.correct += *right ? 1 : 0;
    ++accuracy.samples;
  }
  return Json{accuracy.correct, accuracy.samples}.dump();
}

}  // namespace scinet
