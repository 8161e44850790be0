// scinet simulate: a whole scenario on the twin, in simulated time.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "platform/simulation.h"
#include "policy/catalog.h"
#include "report/table.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

struct SimulateOptions {
  std::string scenario;
  std::string policy = "cosim";
  std::uint64_t seed = 1;
  std::string out;
  std::string horizon;
  std::vector<std::string> kills;
  std::string data;
  std::string format = "text";
};

// "90" or "90 s" or "15 min".
Result<Seconds> parse_horizon(const std::string& text) {
  std::optional<Seconds> horizon = parse_quantity<Seconds>(text);
  if (const auto number = parse_number<double>(text)) horizon = Seconds(*number);
  constexpr Seconds kLongest{1e9};
  if (horizon && *horizon > Seconds{0} && *horizon <= kLongest) return *horizon;
  return Error{ErrorCode::kInvalidInput,
               fmt::format("--horizon {} is not a length of time; write for example 300 s",
                           in_quotes(text))};
}

Result<SimulationOptions> simulation_options(const SimulateOptions& options) {
  SimulationOptions simulation;
  simulation.decision_clock = thread_cpu_time;
  if (!options.out.empty()) simulation.out = options.out;
  if (!options.horizon.empty()) {
    const Result<Seconds> horizon = parse_horizon(options.horizon);
    if (!horizon) return horizon.error();
    simulation.horizon = horizon.value();
  }
  for (const std::string& text : options.kills) {
    const Result<HostFailure> failure = parse_host_failure(text);
    if (!failure) {
      return Error{failure.error().code, "--kill " + failure.error().message};
    }
    simulation.failures.push_back(failure.value());
  }
  return simulation;
}

Result<SimulationResult> simulate_verb(const SimulateOptions& options) {
  const Result<SimulationOptions> simulation = simulation_options(options);
  if (!simulation) return simulation.error();
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return data.error();
  const Result<std::filesystem::path> file = find_scenario(options.scenario, data.value());
  if (!file) return file.error();
  Result<Scenario> scenario = load_scenario(file.value(), data.value() / "catalog");
  if (!scenario) return scenario.error();
  Result<DecisionMakers> makers = make_decision_makers(builtin_policies(), options.policy);
  if (!makers) return makers.error();
  return simulate(std::move(scenario).value(), std::move(makers).value(), options.seed,
                  simulation.value());
}

void print(const Summary& summary, const SimulateOptions& options) {
  if (options.format == "json") {
    fmt::print("{}\n", json_of(summary).dump(2));
    return;
  }
  fmt::print("{} under {}, seed {}, {:g} s simulated\n\n", summary.label.scenario,
             summary.label.policy, summary.label.seed, summary.horizon.count());
  const SummaryColumn columns[] = {{"predicted", summary}};
  fmt::print("{}", summary_table(columns));
  if (!options.out.empty()) fmt::print("\nResults are in {}\n", options.out);
}

}  // namespace

void add_simulate_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App& verb = *app.add_subcommand("simulate", "Run a scenario on the digital twin");
  verb.add_option("--scenario", options->scenario, "A name under scenarios/, or a file")
      ->required()
      ->type_name("NAME|FILE");
  verb.add_option("--policy", options->policy, "Who decides; 'scinet policies' lists them")
      ->type_name("NAME")
      ->capture_default_str();
  verb.add_option("--seed", options->seed, "The same seed gives the same run")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--out", options->out, "Directory for the result files (default: none)")
      ->type_name("DIR");
  verb.add_option("--horizon", options->horizon, "Instead of the scenario's, e.g. '300 s'")
      ->type_name("TIME");
  verb.add_option("--kill", options->kills, "A host fails at this moment; may be repeated")
      ->type_name("HOST@SECONDS");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    const Result<SimulationResult> result = simulate_verb(*options);
    if (!result) {
      exit_code = report_error(result.error());
      return;
    }
    print(result.value().summary, *options);
  });
}

}  // namespace scinet
