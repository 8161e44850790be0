// scinet oracle: the joint search for one situation, and how far its plan can be from the best.
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "model/json.h"
#include "oracle/bound.h"
#include "oracle/oracle_policies.h"
#include "oracle/plan_search.h"
#include "policy/baselines.h"

namespace scinet {
namespace {

struct OracleOptions {
  std::string view;
  std::int64_t steps = 1000;
  int beats = 0;  // 0: as the policy does
  int futures = OracleSettings{}.rollout.futures;
  std::uint64_t seed = 1;
  std::string format = "text";
};

struct OracleAnswer {
  SearchResult found;
  JudgedPlan cosim;
  Bound bound;
  int beats = 0;
};

Plan decide_by(Policy& policy, const ClusterView& view, const RandomStreams& streams) {
  DecisionContext context{.random = streams.stream("starts")};
  return policy.decide(view, context);
}

OracleAnswer ask(const ClusterView& view, const OracleOptions& options) {
  const RandomStreams streams(options.seed);
  RolloutSettings settings =
      window_for(view, {.beats = OracleSettings{}.rollout.beats, .futures = options.futures});
  if (options.beats > 0) settings.beats = options.beats;
  const Rollout rollout(view, settings, streams);
  std::vector<Plan> starts;
  for (const auto& policy : oracle_starts()) starts.push_back(decide_by(*policy, view, streams));
  OracleAnswer answer;
  answer.found = search_plans(view, rollout, starts, options.steps, streams.stream("search"));
  answer.cosim.plan = decide_by(*make_cosim(), view, streams);
  answer.cosim.outlook = rollout.of(answer.cosim.plan);
  answer.bound = bound_of(view, rollout);
  answer.beats = settings.beats;
  return answer;
}

Json json_of(const JudgedPlan& judged) {
  return {{"qos", judged.outlook.qos},
          {"terms", json_of(judged.outlook.terms)},
          {"plan", json_of(judged.plan)}};
}

void print_json(const OracleAnswer& answer) {
  Json result = json_of(answer.found.best);
  result["steps"] = answer.found.steps;
  result["beats"] = answer.beats;
  result["bound"] = answer.bound.qos;
  result["gap"] = answer.bound.qos - answer.found.best.outlook.qos;
  result["cosim"] = json_of(answer.cosim);
  result["runner_up"] = nullptr;
  if (answer.found.runner_up) result["runner_up"] = json_of(*answer.found.runner_up);
  fmt::print("{}\n", result.dump(2));
}

std::string in_words(const Plan& plan, const ClusterView& view) {
  std::string text;
  auto out = std::back_inserter(text);
  for (const auto& [host, on] : plan.power) {
    fmt::format_to(out, "  host {} ({}) {}\n", host.value, view.type_of(view.host(host)).name,
                   on ? "on" : "off");
  }
  for (const auto& [id, strategy] : plan.deployments) {
    const Application& application = view.catalogue->at(view.find(id)->workload.application);
    fmt::format_to(out, "  workload {} ({}) by {}\n", id.value, application.name,
                   application.strategies[strategy.value].name);
  }
  for (const auto& [id, fragment, host] : plan.placements) {
    fmt::format_to(out, "  workload {}: fragment {} on host {}\n", id.value, fragment.value,
                   host.value);
  }
  for (const auto& [id, reason] : plan.deferrals) {
    fmt::format_to(out, "  workload {} waits: {}\n", id.value, reason);
  }
  return text.empty() ? "  nothing changes\n" : text;
}

void print_row(std::string_view name, const Outlook& outlook) {
  const QosTerms& terms = outlook.terms;
  fmt::print("{:<11}{:>8.4f}{:>9.4f}{:>9.4f}{:>10.4f}{:>11.4f}{:>12.4f}\n", name, outlook.qos,
             terms.energy, terms.cost, terms.response, terms.violation, terms.inaccuracy);
}

void print_text(const OracleAnswer& answer, const ClusterView& view) {
  fmt::print("The best plan of {} tried, for the next {} beats:\n{}\n", answer.found.steps,
             answer.beats, in_words(answer.found.best.plan, view));
  fmt::print("{:<11}{:>8}{:>9}{:>9}{:>10}{:>11}{:>12}\n", "", "QoS", "energy", "cost", "response",
             "violation", "inaccuracy");
  print_row("oracle", answer.found.best.outlook);
  if (answer.found.runner_up) print_row("runner-up", answer.found.runner_up->outlook);
  print_row("cosim", answer.cosim.outlook);
  fmt::print("\nNo plan scores more than {:.4f}: this one is at most {:.4f} from the best.\n",
             answer.bound.qos, answer.bound.qos - answer.found.best.outlook.qos);
  if (!answer.found.runner_up) return;
  fmt::print("\nThe runner-up:\n{}", in_words(answer.found.runner_up->plan, view));
}

int oracle(const OracleOptions& options) {
  const Result<StoredView> stored = load_view(options.view);
  if (!stored) return report_error(stored.error());
  const ClusterView& view = stored.value().view;
  const OracleAnswer answer = ask(view, options);
  options.format == "json" ? print_json(answer) : print_text(answer, view);
  return 0;
}

}  // namespace

void add_oracle_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<OracleOptions>();
  CLI::App& verb = *app.add_subcommand("oracle", "The joint search for one situation");
  verb.add_option("--view", options->view, "The situation: a view document")
      ->required()
      ->type_name("FILE");
  verb.add_option("--steps", options->steps, "Plans to roll out; more are never worse")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--beats", options->beats,
                  "How far a plan is looked after (default: 2 and the longest boot)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  verb.add_option("--futures", options->futures, "How many draws of what comes a plan is judged by")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--seed", options->seed, "Of these draws and of the search")
      ->type_name("N")
      ->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = oracle(*options); });
}

}  // namespace scinet
