// scinet oracle: the joint search for one situation, and how far its plan can be from the best.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/scinet/plan_in_words.h"
#include "apps/scinet/situation_option.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "oracle/bound.h"
#include "oracle/oracle_policies.h"
#include "oracle/plan_search.h"
#include "policy/baselines.h"
#include "policy/expected_demand.h"

namespace scinet {
namespace {

struct OracleOptions {
  SituationOption situation;
  std::int64_t steps = 1000;
  int beats = 0;  // 0: as the policy does
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

OracleAnswer ask(const ClusterView& given, const OracleOptions& options) {
  const ClusterView view = with_expected_demand(given);
  const RandomStreams streams(options.situation.seed);
  RolloutSettings settings =
      window_for(view, {.beats = kOracleRollout.beats, .futures = options.situation.futures});
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
  Json json = json_of(judged.outlook);
  json["plan"] = json_of(judged.plan);
  return json;
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

void print_text(const OracleAnswer& answer, const ClusterView& view) {
  fmt::print("The best plan of {} tried, for the next {} beats:\n{}\n", answer.found.steps,
             answer.beats, in_words(answer.found.best.plan, view));
  std::vector<NamedOutlook> rows{{"oracle", answer.found.best.outlook}};
  if (answer.found.runner_up) rows.push_back({"runner-up", answer.found.runner_up->outlook});
  rows.push_back({"cosim", answer.cosim.outlook});
  fmt::print("{}\nNo plan scores more than {:.4f}: this one is at most {:.4f} from the best.\n",
             outlook_table(rows), answer.bound.qos,
             answer.bound.qos - answer.found.best.outlook.qos);
  if (!answer.found.runner_up) return;
  fmt::print("\nThe runner-up:\n{}", in_words(answer.found.runner_up->plan, view));
}

int oracle(const OracleOptions& options) {
  const Result<StoredView> stored = load_view(options.situation.view);
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
  add_situation_option(verb, options->situation);
  verb.add_option("--steps", options->steps, "Plans to roll out; more are never worse")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N")
      ->capture_default_str();
  add_beats_option(verb, options->beats,
                   "How far a plan is looked after (default: 2 and the longest boot)");
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = oracle(*options); });
}

}  // namespace scinet
