// scinet exact: the best plan of all for one situation, by the score that the oracle searches by.
#include "oracle/exact.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>

#include "apps/scinet/plan_in_words.h"
#include "apps/scinet/situation_option.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "oracle/bound.h"
#include "oracle/oracle_policies.h"

namespace scinet {
namespace {

struct ExactOptions {
  SituationOption situation;
  std::int64_t limit = ExactSettings{}.most_rollouts;
  int beats = kOracleRollout.beats;
  std::string format = "text";
};

void print_json(const ExactPlan& best, const Bound& bound) {
  Json result = json_of(best.outlook);
  result["plan"] = json_of(best.plan);
  result["plans_log10"] = best.plans_log10;
  result["rollouts"] = best.rollouts;
  result["bound"] = bound.qos;
  result["gap"] = bound.qos - best.outlook.qos;
  fmt::print("{}\n", result.dump(2));
}

void print_text(const ExactPlan& best, const Bound& bound, const ClusterView& view) {
  const NamedOutlook rows[] = {{"the best plan", best.outlook}};
  fmt::print("{}\n{}", outlook_table(rows), in_words(best.plan, view));
  fmt::print("\nThe best of about 10^{:.1f} plans, of which {} had to be rolled out. ",
             best.plans_log10, best.rollouts);
  fmt::print("The bound is {:.4f}.\n", bound.qos);
}

int exact(const ExactOptions& options) {
  const Result<StoredView> stored = load_view(options.situation.view);
  if (!stored) return report_error(stored.error());
  const ClusterView& view = stored.value().view;
  const Rollout rollout(view, {.beats = options.beats, .futures = options.situation.futures},
                        RandomStreams(options.situation.seed));
  const Result<ExactPlan> best = find_best_plan(view, rollout, {.most_rollouts = options.limit});
  if (!best) {
    return report_error(
        {best.error().code, fmt::format("{}: {}: see --limit and 'scinet oracle'",
                                        options.situation.view, best.error().message)});
  }
  const Bound bound = bound_of(view, rollout);
  options.format == "json" ? print_json(best.value(), bound)
                           : print_text(best.value(), bound, view);
  return 0;
}

}  // namespace

void add_exact_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExactOptions>();
  CLI::App& verb =
      *app.add_subcommand("exact", "The best plan of all for a small situation, by trying all");
  add_situation_option(verb, options->situation);
  verb.add_option("--limit", options->limit, "The most plans to roll out")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N")
      ->capture_default_str();
  add_beats_option(verb, options->beats, "How far a plan is looked after")->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = exact(*options); });
}

}  // namespace scinet
