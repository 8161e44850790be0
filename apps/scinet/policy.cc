// scinet policy: policies as processes of their own. `serve` makes one of a policy of this program,
// `serve-external` tries one that somebody else wrote.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/every_policy.h"
#include "apps/scinet/external_option.h"
#include "apps/scinet/horizon_option.h"
#include "apps/scinet/policy_option.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "platform/external/policy_check.h"
#include "platform/external/serve_policy.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

struct CheckOptions {
  std::vector<std::string> command;
  std::vector<std::string> scenarios{"scinet-2023", "failures"};
  std::string horizon = "200 s";
  std::uint64_t seed = 1;
  std::string answer_within = "1 s";
  std::string data;
  std::string format = "text";
};

Result<PolicyCheck> check(const CheckOptions& options) {
  const Result<Seconds> within = parse_answer_within(options.answer_within);
  if (!within) return within.error();
  std::vector<Scenario> scenarios;
  for (const std::string& name : options.scenarios) {
    Result<Scenario> scenario = load_scenario_named(name, options.data);
    if (!scenario) return scenario.error();
    const Status set = use_horizon(scenario.value(), options.horizon);
    if (!set) return set.error();
    scenarios.push_back(std::move(scenario).value());
  }
  const ExternalSettings settings{.name = fmt::format("{}", fmt::join(options.command, " ")),
                                  .command = options.command,
                                  .answer_within = within.value(),
                                  .lines = {}};
  return check_policy([&settings] { return ExternalPolicy::start(settings); }, scenarios,
                      options.seed, thread_cpu_time);
}

void print_json(const PolicyCheck& result) {
  const nlohmann::ordered_json json{
      {"decisions", result.decisions},
      {"faulty", result.faulty},
      {"faults", result.faults},
      {"repeats", result.repeats},
      {"decision_us", {{"p50", result.decision_us.p50}, {"p95", result.decision_us.p95}}}};
  fmt::print("{}\n", json.dump(2));
}

void print_text(const PolicyCheck& result, const CheckOptions& options) {
  fmt::print("{}, on {} and awkward views of them\n\n", fmt::join(options.command, " "),
             fmt::join(options.scenarios, ", "));
  fmt::print("decisions         {}\n", result.decisions);
  fmt::print("no sound plan     {}\n", result.faulty);
  fmt::print("repeats itself    {}\n",
             result.repeats ? "yes" : "no: the same run gave other plans");
  fmt::print("decision time     p50 {:.2f} ms, p95 {:.2f} ms\n", result.decision_us.p50 / 1e3,
             result.decision_us.p95 / 1e3);
  if (!result.faults.empty()) fmt::print("\nThe first faults:\n");
  for (const std::string& fault : result.faults) fmt::print("  {}\n", fault);
}

void add_serve_external(CLI::App& policy, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& verb = *policy.add_subcommand(
      "serve-external",
      "Try a policy that is a process: whole scenarios, awkward views, its soundness and time");
  verb.add_option("command", options->command, "Behind '--': the program and its arguments")
      ->required()
      ->type_name("-- COMMAND...");
  verb.add_option("--scenario", options->scenarios, "Names under scenarios/, or files")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME[,NAME]")
      ->capture_default_str();
  verb.add_option("--horizon", options->horizon, "How much of each scenario")
      ->type_name("TIME")
      ->capture_default_str();
  verb.add_option("--seed", options->seed, "The same seed asks the same")
      ->type_name("N")
      ->capture_default_str();
  add_answer_within_option(verb, options->answer_within);
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] {
    const Result<PolicyCheck> result = check(*options);
    if (!result) {
      exit_code = report_error(result.error());
      return;
    }
    options->format == "json" ? print_json(result.value()) : print_text(result.value(), *options);
    exit_code = result.value().passed() ? 0 : 1;
  });
}

void add_serve(CLI::App& policy, int& exit_code) {
  auto option = std::make_shared<PolicyOption>();
  CLI::App& verb = *policy.add_subcommand(
      "serve", "Answer views on standard input with plans on standard output, a line each");
  add_policy_option(verb, *option);
  verb.callback([option, &exit_code] {
    const Result<std::unique_ptr<Policy>> made = every_policy().make(option->name());
    if (!made) {
      exit_code = report_error(made.error());
      return;
    }
    const Status served = serve_policy(*made.value(), std::cin, std::cout);
    if (!served) exit_code = report_error(served.error());
  });
}

}  // namespace

void add_policy_verb(CLI::App& app, int& exit_code) {
  CLI::App& verb = *app.add_subcommand("policy", "Policies as processes, in any language");
  verb.require_subcommand(1);
  add_serve(verb, exit_code);
  add_serve_external(verb, exit_code);
}

}  // namespace scinet
