// scinet simulate: a whole scenario on the twin, in simulated time.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/external_option.h"
#include "apps/scinet/horizon_option.h"
#include "apps/scinet/policy_option.h"
#include "apps/scinet/replay.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "apps/scinet/view_saver.h"
#include "base/text.h"
#include "platform/simulation.h"
#include "report/table.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

struct SimulateOptions {
  std::string scenario;
  std::string replay;
  int replays = 100;
  std::vector<std::string> catalogue;
  PolicyOption policy;
  ExternalOption external;
  std::uint64_t seed = 1;
  std::string out;
  std::string horizon;
  std::vector<std::string> crashes;
  std::vector<std::string> slow_hosts;
  std::vector<std::string> lost_links;
  std::vector<std::string> view_at;  // seconds, file; empty: none
  bool views = false;
  std::string data;
  std::string format = "text";
};

Status add_faults(std::vector<Fault>& faults, std::string_view option, FaultKind kind,
                  const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const Result<Fault> fault = parse_fault(kind, text);
    if (!fault) {
      return Error{fault.error().code, fmt::format("{} {}", option, fault.error().message)};
    }
    faults.push_back(fault.value());
  }
  return ok_status();
}

Result<std::vector<Fault>> faults_of(const SimulateOptions& options) {
  std::vector<Fault> faults;
  for (const auto& [option, kind, texts] :
       {std::tuple("--kill", FaultKind::kCrash, &options.crashes),
        std::tuple("--slow", FaultKind::kSlow, &options.slow_hosts),
        std::tuple("--unlink", FaultKind::kUnlinked, &options.lost_links)}) {
    const Status added = add_faults(faults, option, kind, *texts);
    if (!added) return added.error();
  }
  return faults;
}

Result<SimulationOptions> simulation_options(const SimulateOptions& options) {
  SimulationOptions simulation;
  simulation.decision_clock = thread_cpu_time;
  if (!options.out.empty()) simulation.out = options.out;
  Result<std::vector<Fault>> faults = faults_of(options);
  if (!faults) return faults.error();
  simulation.faults = std::move(faults).value();
  return simulation;
}

// What becomes of the view to save: done where none is.
Result<std::shared_ptr<Status>> save_view(NamedPolicy& maker,
                                          const std::vector<std::string>& view_at) {
  auto saved = std::make_shared<Status>(ok_status());
  if (view_at.empty()) return saved;
  const auto at = parse_number<double>(view_at[0]);
  if (!at || *at < 0.0) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--view-at {} is not a number of seconds; write for example "
                             "--view-at 300 view.json",
                             in_quotes(view_at[0]))};
  }
  const ViewMoment moment{.at = Seconds(*at), .file = view_at[1]};
  maker.policy = saving_view(std::move(maker.policy), moment, saved);
  return saved;
}

Result<SimulationResult> simulate_verb(const SimulateOptions& options) {
  const Result<SimulationOptions> simulation = simulation_options(options);
  if (!simulation) return simulation.error();
  if (options.scenario.empty()) {
    return Error{ErrorCode::kInvalidInput, "simulate needs --scenario NAME, or --replay DIR"};
  }
  Result<Scenario> scenario = load_scenario_named(options.scenario, options.data);
  if (!scenario) return scenario.error();
  if (const Status set = use_horizon(scenario.value(), options.horizon); !set) return set.error();
  const Result<Catalogue> entries = load_entries(options.catalogue, options.data);
  if (!entries) return entries.error();
  replace_entries(scenario.value().catalogue, entries.value());
  const Result<PolicyCatalog> policies = policies_with(options.external);
  if (!policies) return policies.error();
  Result<DecisionMakers> makers = make_decision_makers(policies.value(), options.policy.name());
  if (!makers) return makers.error();
  const Result<std::shared_ptr<Status>> saved = save_view(makers.value().policy, options.view_at);
  if (!saved) return saved.error();
  const auto recorded = std::make_shared<Status>(ok_status());
  if (options.views) {
    std::unique_ptr<Policy>& policy = makers.value().policy.policy;
    policy = recording_views(std::move(policy), options.out, recorded);
  }
  Result<SimulationResult> result = simulate(std::move(scenario).value(), std::move(makers).value(),
                                             options.seed, simulation.value());
  if (result && !*saved.value()) return saved.value()->error();
  if (result && !*recorded) return recorded->error();
  return result;
}

int replay_verb(const SimulateOptions& options, bool under_policy) {
  ReplayOptions replay{.run = options.replay,
                       .scenario = options.scenario,
                       .catalogue = options.catalogue,
                       .replays = options.replays,
                       .out = options.out,
                       .data = options.data,
                       .format = options.format};
  if (under_policy) {
    Result<PolicyCatalog> policies = policies_with(options.external);
    if (!policies) return report_error(policies.error());
    replay.makers = [policies = std::move(policies).value(), name = options.policy.name()] {
      return make_decision_makers(policies, name);
    };
  }
  return replay_recorded_run(replay);
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
      ->type_name("NAME|FILE");
  verb.add_option("--replay", options->replay,
                  "Replays a recorded run, under its decisions or the policy that is named, and "
                  "compares")
      ->type_name("DIR");
  verb.add_option("--replays", options->replays, "How often, with different draws of work")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--catalogue", options->catalogue,
                  "Catalogue files whose entries replace those of the same name")
      ->type_name("FILE");
  add_policy_option(verb, options->policy);
  add_external_option(verb, options->external);
  verb.add_option("--seed", options->seed, "The same seed gives the same run")
      ->type_name("N")
      ->capture_default_str();
  CLI::Option* out =
      verb.add_option("--out", options->out, "Directory for the result files (default: none)")
          ->type_name("DIR");
  verb.add_flag("--views", options->views,
                "Keeps every view in --out, for 'scinet train scinet --continue'")
      ->needs(out);
  verb.add_option("--horizon", options->horizon, "Instead of the scenario's, e.g. '300 s'")
      ->type_name("TIME");
  verb.add_option("--kill", options->crashes,
                  "A host crashes, for 60 s or so long; may be repeated")
      ->type_name("HOST@SECONDS[+LENGTH]");
  verb.add_option("--slow", options->slow_hosts, "A host runs at a share of its speed for so long")
      ->type_name("HOST@SECONDS+LENGTHxSPEED");
  verb.add_option("--unlink", options->lost_links,
                  "Nothing reaches a host or leaves it for so long")
      ->type_name("HOST@SECONDS+LENGTH");
  verb.add_option("--view-at", options->view_at,
                  "Writes the view of the first decision then or later, for 'scinet oracle'")
      ->expected(2)
      ->type_name("SECONDS FILE");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &verb, &exit_code] {
    if (!options->replay.empty()) {
      const bool under_policy = verb.count("--policy") > 0 || options->policy.is_combination;
      exit_code = replay_verb(*options, under_policy);
      return;
    }
    const Result<SimulationResult> result = simulate_verb(*options);
    if (!result) {
      exit_code = report_error(result.error());
      return;
    }
    print(result.value().summary, *options);
  });
}

}  // namespace scinet
