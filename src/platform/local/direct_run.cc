#include "platform/local/direct_run.h"

#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace scinet {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Standard deviation / mean.
double variation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return mean > 0.0 ? std::sqrt(squares / static_cast<double>(values.size())) / mean : 0.0;
}

// Runs and measures the fragments of one strategy.
class StrategyRun {
 public:
  StrategyRun(ApplicationSet& applications, const Application& application,
              const Strategy& strategy, const CpuClock& clock)
      : applications_(applications),
        application_(application),
        strategy_(strategy),
        clock_(clock),
        fragments_(strategy.fragments.size()) {}

  // The answer to one input.
  Result<std::string> answer(const LoadInput& input) {
    std::vector<std::string> outputs;
    for (std::size_t i = 0; i < fragments_.size(); ++i) {
      const std::vector<std::string_view> bytes = inputs_of(i, input.bytes, outputs);
      if (fragments_[i].cpu_s.empty()) {
        if (Result<Seconds> load = load_models(i, bytes); load) {
          fragments_[i].load = load.value();
        } else {
          return load.error();
        }
      }
      const std::chrono::nanoseconds start = clock_();
      Result<std::string> output = run(i, bytes);
      const std::chrono::nanoseconds used = clock_() - start;
      if (!output) return output;
      outputs.push_back(std::move(output).value());
      fragments_[i].cpu_s.push_back(to_seconds(used).count());
      fragments_[i].output += Bytes(static_cast<double>(outputs.back().size()));
    }
    return std::move(outputs.back());
  }

  const std::vector<FragmentMeasurement>& fragments() const { return fragments_; }

 private:
  std::vector<std::string_view> inputs_of(std::size_t fragment, std::string_view client,
                                          const std::vector<std::string>& outputs) const {
    std::vector<std::string_view> inputs;
    for (const FragmentId before : strategy_.fragments[fragment].inputs) {
      inputs.push_back(outputs[before.value]);
    }
    if (inputs.empty()) inputs.push_back(client);
    return inputs;
  }

  Result<std::string> run(std::size_t fragment, std::span<const std::string_view> bytes) {
    return applications_.run(application_.name, strategy_.name, fragment, bytes);
  }

  // The first run of a fragment loads its models; what it takes longer than the second is theirs.
  Result<Seconds> load_models(std::size_t fragment, std::span<const std::string_view> bytes) {
    const std::size_t loaded_before = applications_.resident_models().size();
    const std::chrono::nanoseconds start = clock_();
    if (Result<std::string> first = run(fragment, bytes); !first) return first.error();
    const std::chrono::nanoseconds middle = clock_();
    if (applications_.resident_models().size() == loaded_before) return Seconds{0};
    if (Result<std::string> second = run(fragment, bytes); !second) return second.error();
    const std::chrono::nanoseconds load = (middle - start) - (clock_() - middle);
    return to_seconds(std::max(load, std::chrono::nanoseconds{0}));
  }

  ApplicationSet& applications_;
  const Application& application_;
  const Strategy& strategy_;
  const CpuClock& clock_;
  std::vector<FragmentMeasurement> fragments_;
};

}  // namespace

Result<DirectRun> run_directly(const Catalogue& catalogue, ApplicationSet& applications,
                               std::vector<std::vector<LoadInput>>& inputs, const CpuClock& clock,
                               const std::function<void()>& on_answer) {
  DirectRun result;
  for (std::uint32_t a = 0; a < catalogue.applications.size(); ++a) {
    if (inputs[a].empty()) continue;
    const Application& application = catalogue.applications[a];
    for (std::uint32_t s = 0; s < application.strategies.size(); ++s) {
      const Strategy& strategy = application.strategies[s];
      StrategyRun run(applications, application, strategy, clock);
      for (LoadInput& input : inputs[a]) {
        Result<std::string> answer = run.answer(input);
        if (!answer) {
          return Error{
              answer.error().code,
              fmt::format("{} cannot answer its own input {} by '{}': {}", application.name,
                          input.name, strategy.name, answer.error().message)};
        }
        input.expected[strategy.name] = std::move(answer).value();
        on_answer();
      }
      for (std::uint32_t f = 0; f < run.fragments().size(); ++f) {
        FragmentMeasurement measured = run.fragments()[f];
        measured.output = measured.output * (1.0 / static_cast<double>(inputs[a].size()));
        result.fragments[{ApplicationId{a}, StrategyId{s}, FragmentId{f}}] = std::move(measured);
      }
    }
  }
  return result;
}

Catalogue with_measured_work(Catalogue catalogue, const DirectRun& run, Mips core,
                             Mips typical_host) {
  for (const auto& [model, measured] : run.fragments) {
    Fragment& fragment = catalogue.applications[model.application.value]
                             .strategies[model.strategy.value]
                             .fragments[model.fragment.value];
    fragment.work = {.shape = WorkShape::kLognormal,
                     .mean = core * Seconds(mean_of(measured.cpu_s)),
                     .variation = variation_of(measured.cpu_s)};
    fragment.output = measured.output;
    fragment.load_time = (core * measured.load) / typical_host;
  }
  return catalogue;
}

}  // namespace scinet
