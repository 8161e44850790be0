#include "apps/scinet/comparison_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "apps/scinet/compare_progress.h"
#include "apps/scinet/verb_result.h"
#include "control/control_loop.h"
#include "platform/comparison_runs.h"
#include "report/comparison_document.h"
#include "report/comparison_table.h"
#include "report/gains.h"
#include "report/html_report.h"
#include "report/results.h"
#include "serving/cpu_time.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

std::string summary_of(const std::string& policy, const PolicyCatalog& catalog) {
  const auto& entries = catalog.entries();
  const std::string name = policy.substr(0, policy.find('@'));  // without the steps of a search
  const auto entry = std::ranges::find(entries, name, &PolicyEntry::name);
  return entry == entries.end() ? "" : std::string(entry->summary);
}

Status run_all(const ComparisonJob& job, const PolicyCatalog& catalog,
               const Interrupts& interrupts) {
  CompareProgress progress(job.quiet);
  std::size_t done = 0;
  ComparisonOptions comparison;
  comparison.threads = job.threads;
  comparison.make = [&](const std::string& policy) {
    return make_decision_makers(catalog, policy);
  };
  comparison.decision_clock = thread_cpu_time;
  comparison.stop = interrupts.stop_token();
  comparison.on_progress = [&](const ComparisonProgress& now) {
    done = now.done;
    progress.report(now);
  };
  const Status status = run_comparison(job.plan, comparison);
  progress.end();
  if (!status && interrupts.stop_token().stop_requested()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("interrupted; {} runs are kept in {}, and the same command goes on "
                             "from there",
                             done, job.plan.runs.string())};
  }
  return status;
}

// Scenario by scenario, so that only the runs of one are in memory.
Result<std::vector<ScenarioComparison>> statistics_of(const ComparisonPlan& plan,
                                                      const std::string& reference,
                                                      const PolicyCatalog& catalog) {
  std::vector<ScenarioComparison> all;
  for (const Scenario& scenario : plan.scenarios) {
    Result<std::vector<PolicyRuns>> policies = read_runs(plan, scenario);
    if (!policies) return policies.error();
    for (PolicyRuns& policy : policies.value()) policy.summary = summary_of(policy.name, catalog);
    all.push_back(
        {.scenario = description_of(scenario), .policies = compare(policies.value(), reference)});
  }
  return all;
}

Status write_documents(const fs::path& out, const Comparison& comparison, const Json& document) {
  const Status json = write_whole(out / "comparison.json", document.dump(1) + "\n");
  if (!json) return json;
  const Status csv = write_whole(out / "comparison.csv", comparison_csv(comparison));
  if (!csv) return csv;
  return write_comparison_html(out / "report.html", document);
}

}  // namespace

Result<Comparison> run_job(ComparisonJob job, const PolicyCatalog& catalog,
                           const Interrupts& interrupts) {
  if (const Status run = run_all(job, catalog, interrupts); !run) return run.error();
  Result<std::vector<ScenarioComparison>> compared =
      statistics_of(job.plan, job.reference, catalog);
  if (!compared) return compared.error();
  return Comparison{.version = SCINET_VERSION,
                    .command = std::move(job.command),
                    .seeds = job.plan.seeds,
                    .horizon = job.horizon,
                    .reference = std::move(job.reference),
                    .scenarios = std::move(compared).value()};
}

int write_and_print(const Result<Comparison>& result, const fs::path& out,
                    const std::string& format) {
  if (!result) return report_error(result.error());
  const Comparison& comparison = result.value();
  const Json document = json_of(comparison);
  const Status written = write_documents(out, comparison, document);
  if (!written) return report_error(written.error());
  if (format == "json") {
    fmt::print("{}\n", document.dump(1));
    return 0;
  }
  for (const ScenarioComparison& compared : comparison.scenarios) {
    fmt::print("{}\n", comparison_table(compared, comparison.reference));
  }
  if (const std::string gains = gains_table(comparison); !gains.empty()) {
    fmt::print("{}\n", gains);
  }
  fmt::print("{}/report.html shows it; the numbers are in comparison.json and .csv beside it\n",
             out.string());
  return 0;
}

}  // namespace scinet
