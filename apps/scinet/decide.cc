// scinet decide: what one policy does in one situation, and what the twin says of it.
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/scinet/external_option.h"
#include "apps/scinet/plan_in_words.h"
#include "apps/scinet/policy_option.h"
#include "apps/scinet/situation_option.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "policy/baselines.h"
#include "policy/estimate.h"
#include "policy/expected_demand.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

struct DecideOptions {
  PolicyOption policy;
  ExternalOption external;
  SituationOption situation;
  std::string format = "text";
};

struct Decision {
  Plan plan;
  std::chrono::nanoseconds time{0};
  std::vector<std::string> violations;
};

// What its plan leads to, beside two others. An unsound plan leads to nothing.
struct Judgement {
  Outlook plan;
  Outlook unchanged;
  Outlook cosim;
};

Result<Decision> decide(Policy& policy, const ClusterView& view, const RandomStreams& streams) {
  DecisionContext context{.random = streams.stream("policy")};
  Decision decision;
  try {
    const auto start = thread_cpu_time();
    decision.plan = policy.decide(view, context);
    decision.time = thread_cpu_time() - start + context.waited;
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kInternal, fmt::format("the policy made no plan: {}", problem.what())};
  }
  decision.violations = find_violations(decision.plan, view);
  return decision;
}

Plan nothing_changed(const ClusterView& view) {
  Plan plan;
  if (!view.asked.placement) return plan;
  for (const WorkloadView& entry : view.workloads) {
    if (is_waiting(entry)) plan.deferrals.push_back({entry.workload.id, "nothing changes"});
  }
  return plan;
}

Judgement judge(const Plan& plan, const ClusterView& given, const SituationOption& situation) {
  const ClusterView view = with_expected_demand(given);
  const RandomStreams streams(situation.seed);
  const RolloutSettings settings =
      window_for(view, {.beats = kOracleRollout.beats, .futures = situation.futures});
  const Rollout rollout(view, settings, streams);
  DecisionContext context{.random = streams.stream("policy")};
  return {rollout.of(plan), rollout.of(nothing_changed(view)),
          rollout.of(make_cosim()->decide(view, context))};
}

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

void print_json(const std::string& policy, const Decision& decision,
                const std::optional<Judgement>& judgement, const QosWeights& weights) {
  Json result = {{"policy", policy}, {"plan", json_of(decision.plan)}};
  result["terms"] = nullptr;
  result["qos"] = nullptr;
  result["why"] = nullptr;
  if (judgement) {
    const auto& [plan, unchanged, cosim] = *judgement;
    result["terms"] = json_of(plan.terms);
    result["qos"] = plan.qos;
    result["why"] = {{"beside_unchanged", difference_in_words(plan, unchanged, weights)},
                     {"beside_cosim", difference_in_words(plan, cosim, weights)},
                     {"unchanged", json_of(unchanged)},
                     {"cosim", json_of(cosim)}};
  }
  result["cpu_us"] = microseconds(decision.time);
  result["violations"] = decision.violations;
  fmt::print("{}\n", result.dump(2));
}

void print_text(const std::string& policy, const Decision& decision,
                const std::optional<Judgement>& judgement, const ClusterView& view) {
  fmt::print("{} decides, in {:.0f} us of CPU time:\n", policy, microseconds(decision.time));
  if (!judgement) {
    fmt::print("\nThe plan is unsound, and would not be applied:\n");
    for (const std::string& violation : decision.violations) fmt::print("  {}\n", violation);
    return;
  }
  const auto& [plan, unchanged, cosim] = *judgement;
  fmt::print("{}\n", in_words(decision.plan, view));
  const NamedOutlook rows[] = {{policy, plan}, {"unchanged", unchanged}, {"cosim", cosim}};
  fmt::print("{}\n", outlook_table(policy == "cosim" ? std::span(rows).first(2) : rows));
  fmt::print("Beside nothing changed: {}\n", difference_in_words(plan, unchanged, view.weights));
  if (policy == "cosim") return;
  fmt::print("Beside cosim:           {}\n", difference_in_words(plan, cosim, view.weights));
}

int decide_verb(const DecideOptions& options) {
  const Result<StoredView> stored = load_view(options.situation.view);
  if (!stored) return report_error(stored.error());
  const ClusterView& view = stored.value().view;
  const Result<PolicyCatalog> catalog = policies_with(options.external);
  if (!catalog) return report_error(catalog.error());
  const std::string name = options.policy.name();
  const Result<std::unique_ptr<Policy>> policy = catalog.value().make(name);
  if (!policy) return report_error(policy.error());
  const Result<Decision> decision =
      decide(*policy.value(), view, RandomStreams(options.situation.seed));
  if (!decision) return report_error(decision.error());

  std::optional<Judgement> judgement;
  const bool is_sound = decision.value().violations.empty();
  if (is_sound) judgement = judge(decision.value().plan, view, options.situation);
  options.format == "json" ? print_json(name, decision.value(), judgement, view.weights)
                           : print_text(name, decision.value(), judgement, view);
  return is_sound ? 0 : 1;
}

}  // namespace

void add_decide_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DecideOptions>();
  CLI::App& verb =
      *app.add_subcommand("decide", "What a policy does in one situation, and why that is good");
  add_policy_option(verb, options->policy);
  add_external_option(verb, options->external);
  add_situation_option(verb, options->situation);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = decide_verb(*options); });
}

}  // namespace scinet
