// scinet compare: policies on scenarios over paired seeds, and which differences are more than
// chance.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "apps/scinet/comparison_job.h"
#include "apps/scinet/data_directory.h"
#include "apps/scinet/external_option.h"
#include "apps/scinet/horizon_option.h"
#include "apps/scinet/interrupts.h"
#include "apps/scinet/program_identity.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "control/control_loop.h"
#include "platform/comparison_plan.h"
#include "report/results.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsualReference = "cosim";

struct CompareOptions {
  std::vector<std::string> scenarios;
  std::vector<std::string> policies;
  ExternalOption external;
  std::size_t seeds = 30;
  std::string reference;  // empty: cosim if it takes part, else the first
  std::size_t jobs = std::max(1u, std::thread::hardware_concurrency());
  std::string horizon;
  std::string out;
  bool quiet = false;
  std::string data;
  std::string format = "text";
};

std::string command_of(const CompareOptions& options) {
  std::string command = fmt::format("scinet compare --scenario {} --policies '{}' --seeds {}",
                                    fmt::join(options.scenarios, ","),
                                    fmt::join(options.policies, ","), options.seeds);
  for (const std::string& given : options.external.policies) {
    command += fmt::format(" --external '{}'", given);
  }
  if (!options.reference.empty()) command += fmt::format(" --reference '{}'", options.reference);
  if (!options.horizon.empty()) command += fmt::format(" --horizon '{}'", options.horizon);
  return command + fmt::format(" --out {}", options.out);
}

Result<std::vector<Scenario>> load_scenarios(const CompareOptions& options) {
  std::vector<Scenario> scenarios;
  for (const std::string& name : options.scenarios) {
    Result<Scenario> loaded = load_scenario_named(name, options.data);
    if (!loaded) return loaded.error();
    Scenario& scenario = loaded.value();
    if (std::ranges::count(scenarios, scenario.name, &Scenario::name) > 0) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("--scenario has two of the name {}; give each once",
                               in_quotes(scenario.name))};
    }
    if (const Status set = use_horizon(scenario, options.horizon); !set) return set.error();
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

// Every name once, "all" as all that are listed.
std::vector<std::string> policy_names(const CompareOptions& options, const PolicyCatalog& catalog) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  };
  for (const std::string& name : options.policies) {
    if (name != "all") {
      add(name);
      continue;
    }
    for (const PolicyEntry& entry : catalog.entries()) add(entry.name);
  }
  return names;
}

// Before anything runs: a name that is unknown or a checkpoint that is missing ends it here.
Status check_policies(const std::vector<std::string>& names, const PolicyCatalog& catalog) {
  for (const std::string& name : names) {
    const Result<DecisionMakers> makers = make_decision_makers(catalog, name);
    if (!makers) return makers.error();
  }
  return ok_status();
}

Result<std::string> choose_reference(const CompareOptions& options,
                                     const std::vector<std::string>& policies) {
  const auto takes_part = [&](std::string_view name) {
    return std::ranges::find(policies, name) != policies.end();
  };
  if (options.reference.empty()) {
    return takes_part(kUsualReference) ? std::string(kUsualReference) : policies.front();
  }
  if (takes_part(options.reference)) return options.reference;
  return Error{ErrorCode::kInvalidInput,
               fmt::format("--reference {} is not compared; the policies are {}",
                           in_quotes(options.reference), joined(policies))};
}

Result<Comparison> compare_verb(const CompareOptions& options) {
  const Interrupts interrupts;
  const Result<PolicyCatalog> offered = policies_with(options.external);
  if (!offered) return offered.error();
  const PolicyCatalog& catalog = offered.value();
  Result<std::map<std::string, std::string>> identities = identities_of(options.external);
  if (!identities) return identities.error();
  const Result<fs::path> data = find_data_directory(options.data);
  if (!data) return data.error();
  Result<std::vector<Scenario>> scenarios = load_scenarios(options);
  if (!scenarios) return scenarios.error();
  const std::vector<std::string> policies = policy_names(options, catalog);
  if (const Status known = check_policies(policies, catalog); !known) return known.error();
  const Result<std::string> reference = choose_reference(options, policies);
  if (!reference) return reference.error();
  const Result<std::string> program = program_identity(data.value() / "catalog" / "checkpoints");
  if (!program) return program.error();
  if (const Status made = make_directory(options.out); !made) return made.error();

  ComparisonJob job{.plan = {.scenarios = std::move(scenarios).value(),
                             .policies = policies,
                             .seeds = options.seeds,
                             .program = program.value(),
                             .runs = fs::path(options.out) / "runs",
                             .identities = std::move(identities).value()},
                    .reference = reference.value(),
                    .command = command_of(options),
                    .threads = options.jobs,
                    .quiet = options.quiet};
  if (!options.horizon.empty()) job.horizon = job.plan.scenarios.front().horizon;
  return run_job(std::move(job), catalog, interrupts);
}

}  // namespace

void add_compare_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App& verb =
      *app.add_subcommand("compare", "Compare policies on scenarios over paired seeds");
  verb.add_option("--scenario", options->scenarios, "Names under scenarios/, or files")
      ->required()
      ->delimiter(',')
      ->type_name("NAME[,NAME]");
  verb.add_option("--policies", options->policies,
                  "Who takes part: names, rules as in 'all-on+gillis+gosh', or 'all'")
      ->required()
      ->delimiter(',')
      ->type_name("NAME[,NAME]|all");
  add_external_option(verb, options->external);
  verb.add_option("--seeds", options->seeds, "Every policy runs with the seeds 1 to N")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--reference", options->reference,
                  "Whom the others are compared with (default: cosim, or the first)")
      ->type_name("NAME");
  verb.add_option("--jobs", options->jobs, "Runs at a time (default: one a core)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  verb.add_option("--horizon", options->horizon, "Instead of the scenarios', e.g. '300 s'")
      ->type_name("TIME");
  verb.add_option("--out", options->out,
                  "Directory for the results; finished runs in it are not repeated")
      ->required()
      ->type_name("DIR");
  verb.add_flag("--quiet", options->quiet, "No progress on standard error");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    exit_code = write_and_print(compare_verb(*options), options->out, options->format);
  });
}

}  // namespace scinet
