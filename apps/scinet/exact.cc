// scinet exact: the best plan of all for one situation, by the score that the oracle searches by.
#include "oracle/exact.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "model/json.h"
#include "oracle/bound.h"
#include "oracle/oracle_policies.h"

namespace scinet {
namespace {

struct ExactOptions {
  std::string view;
  std::int64_t limit = ExactSettings{}.most_rollouts;
  int beats = OracleSettings{}.rollout.beats;
  int futures = OracleSettings{}.rollout.futures;
  std::uint64_t seed = 1;
  std::string format = "text";
};

void print_json(const ExactPlan& best, const Bound& bound) {
  const Json result = {{"qos", best.outlook.qos},
                       {"terms", json_of(best.outlook.terms)},
                       {"plan", json_of(best.plan)},
                       {"plans_log10", best.plans_log10},
                       {"rollouts", best.rollouts},
                       {"bound", bound.qos},
                       {"gap", bound.qos - best.outlook.qos}};
  fmt::print("{}\n", result.dump(2));
}

void print_text(const ExactPlan& best, const Bound& bound) {
  const QosTerms& terms = best.outlook.terms;
  fmt::print("QoS {:.4f}: energy {:.4f}, cost {:.4f}, response {:.4f}, violation {:.4f}, ",
             best.outlook.qos, terms.energy, terms.cost, terms.response, terms.violation);
  fmt::print("inaccuracy {:.4f}\n\n", terms.inaccuracy);
  for (const auto& [host, on] : best.plan.power) {
    fmt::print("host {}: {}\n", host.value, on ? "on" : "off");
  }
  for (const auto& [workload, strategy] : best.plan.deployments) {
    fmt::print("workload {}: strategy {}\n", workload.value, strategy.value);
  }
  for (const auto& [workload, fragment, host] : best.plan.placements) {
    fmt::print("workload {}: fragment {} on host {}\n", workload.value, fragment.value, host.value);
  }
  for (const auto& [workload, reason] : best.plan.deferrals) {
    fmt::print("workload {} waits: {}\n", workload.value, reason);
  }
  if (best.plan == Plan()) fmt::print("nothing changes\n");
  fmt::print("\nThe best of about 10^{:.1f} plans, of which {} had to be rolled out. ",
             best.plans_log10, best.rollouts);
  fmt::print("The bound is {:.4f}.\n", bound.qos);
}

int exact(const ExactOptions& options) {
  const Result<StoredView> stored = load_view(options.view);
  if (!stored) return report_error(stored.error());
  const ClusterView& view = stored.value().view;
  const Rollout rollout(view, {.beats = options.beats, .futures = options.futures},
                        RandomStreams(options.seed));
  const Result<ExactPlan> best = find_best_plan(view, rollout, {.most_rollouts = options.limit});
  if (!best) {
    return report_error({best.error().code, fmt::format("{}: {}: see --limit and 'scinet oracle'",
                                                        options.view, best.error().message)});
  }
  const Bound bound = bound_of(view, rollout);
  options.format == "json" ? print_json(best.value(), bound) : print_text(best.value(), bound);
  return 0;
}

}  // namespace

void add_exact_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExactOptions>();
  CLI::App& verb =
      *app.add_subcommand("exact", "The best plan of all for a small situation, by trying all");
  verb.add_option("--view", options->view, "The situation: a view document")
      ->required()
      ->type_name("FILE");
  verb.add_option("--limit", options->limit, "The most plans to roll out")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--beats", options->beats, "How far a plan is looked after")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--futures", options->futures, "How many draws of what comes a plan is judged by")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--seed", options->seed, "Of these draws")->type_name("N")->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = exact(*options); });
}

}  // namespace scinet
