#include "platform/local/direct_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "report/statistics.h"

namespace scinet {
namespace {

// The graph that is served must be the one that the catalogue speaks of.
Result<const ServedStrategy*> served_strategy(const ApplicationSet& applications,
                                              const Application& application,
                                              const Strategy& strategy) {
  const auto problem = [&](std::string_view sentence) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}/{} {}", application.name, strategy.name, sentence)};
  };
  const ServedApplication* served = applications.find(application.name);
  if (!served) return problem("is in the catalogue, but nothing here serves it");
  const auto found = std::ranges::find(served->strategies, strategy.name, &ServedStrategy::name);
  if (found == served->strategies.end()) {
    return problem("is in the catalogue, but nothing here serves it");
  }
  bool is_same = found->fragments.size() == strategy.fragments.size();
  for (std::size_t i = 0; is_same && i < strategy.fragments.size(); ++i) {
    is_same = found->fragments[i].name == strategy.fragments[i].name &&
              std::ranges::equal(found->fragments[i].inputs, strategy.fragments[i].inputs, {}, {},
                                 &FragmentId::value);
  }
  if (!is_same) {
    return problem(
        "has other fragments in the catalogue than what is served; scinet profile "
        "writes the catalogue entry of what is served");
  }
  return &*found;
}

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
      const Result<const ServedStrategy*> served =
          served_strategy(applications, application, strategy);
      if (!served) return served.error();
      StrategyMeter meter(applications, application.name, *served.value(), clock);
      for (LoadInput& input : inputs[a]) {
        Result<std::string> answer = meter.answer(input.bytes);
        if (!answer) {
          return Error{
              answer.error().code,
              fmt::format("{} cannot answer its own input {} by '{}': {}", application.name,
                          input.name, strategy.name, answer.error().message)};
        }
        input.expected[strategy.name] = std::move(answer).value();
        on_answer();
      }
      std::vector<FragmentMeasurement> measured = meter.fragments();
      for (std::uint32_t f = 0; f < measured.size(); ++f) {
        result.fragments[{ApplicationId{a}, StrategyId{s}, FragmentId{f}}] = std::move(measured[f]);
      }
    }
  }
  return result;
}

Catalogue with_measured_work(Catalogue catalogue, const DirectRun& run, Mips core) {
  for (const auto& [model, measured] : run.fragments) {
    Fragment& fragment = catalogue.applications[model.application.value]
                             .strategies[model.strategy.value]
                             .fragments[model.fragment.value];
    fragment.work = {.shape = WorkShape::kLognormal,
                     .mean = core * Seconds(distribution_of(measured.cpu_s).mean),
                     .variation = variation_of(measured.cpu_s)};
    fragment.output = measured.output;
    fragment.load_time = Seconds(0);
    fragment.load_work = core * measured.load;
  }
  return catalogue;
}

}  // namespace scinet
