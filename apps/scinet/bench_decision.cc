// scinet bench decision: how long a policy takes to decide, on situations that it has never seen.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/scinet/bench.h"
#include "apps/scinet/every_policy.h"
#include "apps/scinet/generated_view.h"
#include "apps/scinet/policy_option.h"
#include "apps/scinet/verb_result.h"
#include "report/statistics.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

constexpr std::size_t kDecisionsPerView = 10;

struct DecisionOptions {
  PolicyOption policy;
  GeneratedViewSettings settings;
  std::optional<int> tasks;
  std::uint64_t seed = 1;
  int samples = 200;
  std::string format = "text";
};

// Decides one view once to warm up, since that touches memory for the first time, and then for the
// times. Microseconds of CPU time.
std::vector<double> times_of(Policy& policy, const ClusterView& view, std::size_t count,
                             const RandomStreams& streams) {
  std::vector<double> times;
  for (std::uint64_t i = 0; i <= count; ++i) {
    DecisionContext context{.random = streams.stream("policy", i)};
    const auto start = thread_cpu_time();
    const Plan plan = policy.decide(view, context);
    const Microseconds time = thread_cpu_time() - start;
    if (i > 0) times.push_back(time.count());
  }
  return times;
}

// Every view has a policy of its own, which knows nothing of other clusters.
Result<std::vector<double>> time_decisions(const std::string& name,
                                           const GeneratedViewSettings& settings,
                                           const DecisionOptions& options) {
  const PolicyCatalog catalog = every_policy();
  std::vector<double> times;
  const auto wanted = static_cast<std::size_t>(options.samples);
  for (std::uint64_t number = 0; times.size() < wanted; ++number) {
    const RandomStreams streams(RandomStreams(options.seed).stream("view", number).next());
    const StoredView stored = generate_view(settings, streams.stream("view").next());
    const Result<std::unique_ptr<Policy>> policy = catalog.make(name);
    if (!policy) return policy.error();
    const std::size_t count = std::min(kDecisionsPerView, wanted - times.size());
    try {
      const auto more = times_of(*policy.value(), stored.view, count, streams);
      times.insert(times.end(), more.begin(), more.end());
    } catch (const std::exception& problem) {
      return Error{ErrorCode::kInternal,
                   fmt::format("'{}' made no plan: {}", name, problem.what())};
    }
  }
  return times;
}

Result<BenchFigures> measure(const DecisionOptions& options) {
  GeneratedViewSettings settings = options.settings;
  settings.tasks = options.tasks.value_or(settings.hosts);
  if (const Status possible = check(settings); !possible) return possible.error();
  const std::string name = options.policy.name();
  const Result<std::vector<double>> times = time_decisions(name, settings, options);
  if (!times) return times.error();
  return BenchFigures{{"policy", name},
                      {"hosts", settings.hosts},
                      {"new", settings.workloads},
                      {"tasks", settings.tasks},
                      {"samples", options.samples},
                      {"cpu_us_p50", percentile(times.value(), 50)},
                      {"cpu_us_p95", percentile(times.value(), 95)}};
}

}  // namespace

void add_decision_verb(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<DecisionOptions>();
  CLI::App& verb = *bench.add_subcommand(
      "decision", "Time single decisions of a policy, on situations as of 'scinet random-view'");
  add_policy_option(verb, options->policy);
  verb.add_option("--hosts", options->settings.hosts, "1 to 10000")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--new", options->settings.workloads, "Workloads that wait for an answer")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--tasks", options->tasks, "On hosts already (default: as many as hosts)")
      ->type_name("N");
  verb.add_option("--seed", options->seed, "The same seed gives the same situations")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--samples", options->samples, "Decisions to time, 10 a situation")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    const Result<BenchFigures> figures = measure(*options);
    if (!figures) {
      exit_code = report_error(figures.error());
      return;
    }
    print(figures.value(), options->format);
  });
}

}  // namespace scinet
