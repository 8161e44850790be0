#include "report/run_figures.h"

#include <cmath>

#include "model/json_fields.h"
#include "report/metrics.h"
#include "report/statistics.h"

namespace scinet {

void describe(auto& field, Of<DecisionTimeFigures> auto& times) {
  field("mean", times.mean);
  field("p50", times.p50);
  field("p95", times.p95);
}

void describe(auto& field, Of<BeatSeries> auto& series) {
  field("time_s", series.time);
  field("hosts_on", series.hosts_on);
  field("utilisation", series.utilisation);
  field("in_progress", series.in_progress);
  field("arrived", series.arrived);
}

void describe(auto& field, Of<ApplicationFigures> auto& application) {
  field("name", application.name);
  field("strategies", application.strategies);
  field("deployed", application.deployed);
  field("answered", application.answered);
  field("response_mean_s", application.response_mean);
  field("response_p95_s", application.response_p95);
  field("late", application.late);
}

void describe(auto& field, Of<KeptRun> auto& run) {
  field("key", run.key);
  for (std::size_t i = 0; i < compared_metrics().size(); ++i) {
    field(compared_metrics()[i].name, run.figures.metrics[i]);
  }
  field("decision_us", run.figures.decision_us);
  field("series", run.figures.series);
  field("applications", run.figures.applications);
}

namespace {

std::optional<double> existing(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

double core_seconds_with_power(const RunRecord& record, const HostBeat& beat) {
  const HostType& type = record.catalogue.at(record.hosts[beat.host.value]);
  return type.cores * beat.powered.count();
}

BeatSeries series_of(const RunRecord& record) {
  BeatSeries series;
  std::size_t next = 0;  // host beats are in the order of the intervals
  for (const Interval& interval : record.intervals) {
    double powered = 0.0;
    double busy = 0.0;
    double available = 0.0;
    for (; next < record.host_beats.size() && record.host_beats[next].end == interval.end; ++next) {
      const HostBeat& beat = record.host_beats[next];
      powered += beat.powered.count();
      busy += beat.cpu.count();
      available += core_seconds_with_power(record, beat);
    }
    series.time.push_back(to_seconds(interval.end).count());
    series.hosts_on.push_back(powered / to_seconds(interval.end - interval.start).count());
    series.utilisation.push_back(available > 0.0 ? busy / available : 0.0);
    series.in_progress.push_back(interval.unfinished);
    series.arrived.push_back(static_cast<double>(interval.totals.arrived));
  }
  return series;
}

std::vector<ApplicationFigures> applications_of(const RunRecord& record) {
  std::vector<ApplicationFigures> all;
  for (const Application& application : record.catalogue.applications) {
    ApplicationFigures& figures = all.emplace_back();
    figures.name = application.name;
    for (const Strategy& strategy : application.strategies) {
      figures.strategies.push_back(strategy.name);
    }
    figures.deployed.assign(application.strategies.size(), 0);
  }
  std::vector<std::vector<double>> responses(all.size());
  std::vector<std::int64_t> arrived(all.size(), 0);
  std::vector<std::int64_t> late(all.size(), 0);
  for (const WorkloadOutcome& outcome : record.workloads) {
    const Workload& workload = outcome.workload;
    const std::uint32_t application = workload.application.value;
    ++arrived[application];
    ++late[application];  // until it is known to be in time
    if (outcome.strategy) ++all[application].deployed[outcome.strategy->value];
    if (!outcome.finish) continue;
    const Seconds response = to_seconds(*outcome.finish - workload.arrival);
    responses[application].push_back(response.count());
    if (response <= workload.slo) --late[application];
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Distribution distribution = distribution_of(responses[i]);
    all[i].answered = std::ssize(responses[i]);
    all[i].response_mean = existing(distribution.mean);
    all[i].response_p95 = existing(distribution.p95);
    if (arrived[i] > 0) {
      all[i].late = static_cast<double>(late[i]) / static_cast<double>(arrived[i]);
    }
  }
  return all;
}

// What the types cannot say; empty where all is well.
std::string problem_with(const RunFigures& figures) {
  const BeatSeries& series = figures.series;
  for (const std::vector<double>* values :
       {&series.hosts_on, &series.utilisation, &series.in_progress, &series.arrived}) {
    if (values->size() != series.time.size()) return "series differ in length";
  }
  for (const ApplicationFigures& application : figures.applications) {
    if (application.deployed.size() != application.strategies.size()) {
      return fmt::format("application {} has {} strategies and {} counts of them",
                         in_quotes(application.name), application.strategies.size(),
                         application.deployed.size());
    }
  }
  return {};
}

}  // namespace

RunFigures figures_of(const RunRecord& record, const Summary& summary) {
  RunFigures figures;
  for (std::size_t i = 0; i < figures.metrics.size(); ++i) {
    figures.metrics[i] = existing(compared_metrics()[i].value(summary));
  }
  figures.decision_us = {.mean = summary.decision_us.mean,
                         .p50 = summary.decision_us.p50,
                         .p95 = summary.decision_us.p95};
  figures.series = series_of(record);
  figures.applications = applications_of(record);
  return figures;
}

std::string text_of(const KeptRun& run) { return to_json_value(run).dump() + "\n"; }

Result<KeptRun> read_kept_run(std::string_view text, const std::string& source) {
  const Result<Json> json = parse_json(text, source);
  if (!json) return json.error();
  Result<KeptRun> run = from_json<KeptRun>(json.value(), source);
  if (!run) return run.error();
  if (const std::string problem = problem_with(run.value().figures); !problem.empty()) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: {}", source, problem)};
  }
  return run;
}

}  // namespace scinet
