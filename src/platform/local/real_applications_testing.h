// The real applications with all their strategies, for tests on real workers.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "platform/local/local_testing.h"
#include "serving/examples.h"
#include "serving/worker_trace.h"

namespace scinet {

inline const std::filesystem::path kInputs =
    std::filesystem::path(SCINET_SOURCE_DIR) / "data" / "inputs";

// The catalogue entry of a real application, by its real graphs.
inline Application catalogue_entry(const ServedApplication& served) {
  Application application{served.name, {}};
  for (const ServedStrategy& strategy : served.strategies) {
    Strategy& made = application.strategies.emplace_back();
    made.name = strategy.name;
    for (const ServedFragment& fragment : strategy.fragments) {
      Fragment& part = made.fragments.emplace_back();
      part.name = fragment.name;
      part.work.mean = Mi(30);
      for (const std::size_t before : fragment.inputs) {
        part.inputs.push_back(FragmentId{static_cast<std::uint32_t>(before)});
      }
    }
  }
  return application;
}

// Inputs of an application with the answers of a direct run by every strategy.
inline std::vector<LoadInput> inputs_of(ApplicationSet& direct,
                                        const ServedApplication& application, std::size_t most) {
  // The filters take any picture.
  const bool is_filter = application.name == "blur" || application.name == "emboss";
  auto examples = load_examples(is_filter ? "fashion" : application.name, kInputs);
  EXPECT_TRUE(examples.ok()) << examples.error().message;
  std::vector<LoadInput> inputs;
  for (const Example& example : examples.value()) {
    if (inputs.size() == most) break;
    LoadInput& input = inputs.emplace_back();
    input.name = example.name;
    input.bytes = example.bytes;
    for (const ServedStrategy& strategy : application.strategies) {
      const auto answer = direct.run_all(application.name, strategy.name, input.bytes);
      EXPECT_TRUE(answer.ok()) << application.name << "/" << strategy.name;
      input.expected[strategy.name] = answer.value();
    }
  }
  return inputs;
}

// All applications that have their models here, and their inputs.
struct RealApplications {
  std::vector<Application> catalogue;
  LoadSettings load;

  explicit RealApplications(std::size_t inputs_each) {
    ApplicationSet direct(kModels);
    for (const ServedApplication& application : direct.applications()) {
      if (!application.unavailable.empty()) continue;
      catalogue.push_back(catalogue_entry(application));
      load.names.push_back(application.name);
      load.inputs.push_back(inputs_of(direct, application, inputs_each));
    }
  }
};

inline StrategyId drawn_strategy(const std::vector<Application>& catalogue,
                                 const Workload& workload) {
  const std::size_t count = catalogue[workload.application.value].strategies.size();
  const auto drawn = RandomStreams(11).stream("strategy", workload.id.value).below(count);
  return StrategyId{static_cast<std::uint32_t>(drawn)};
}

// Requests of its fragments run together.
inline void let_run_together(Strategy& strategy, const Batching& batch) {
  for (Fragment& fragment : strategy.fragments) fragment.batch = batch;
}

// Of the fragments of an answered request, how many ran together with those of others.
inline std::int64_t ran_together(const LoadRecord& record) {
  const auto traces = parse_traces(record.trace);
  EXPECT_TRUE(traces.ok()) << record.trace;
  return std::ranges::count_if(traces.value(),
                               [](const FragmentTrace& trace) { return trace.batch > 1; });
}

inline Scenario scenario_of(const RealApplications& real, int hosts) {
  Scenario scenario = small_scenario(hosts);
  scenario.catalogue.applications = real.catalogue;
  scenario.mix.clear();
  return scenario;
}

}  // namespace scinet
