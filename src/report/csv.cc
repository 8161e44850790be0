#include "report/csv.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

namespace scinet {
namespace {

double seconds(SimTime time) { return to_seconds(time).count(); }

// "0;3": the host of every fragment.
std::string host_list(const std::vector<TaskOutcome>& tasks) {
  std::vector<std::uint32_t> numbers;
  for (const TaskOutcome& task : tasks) numbers.push_back(task.host.value);
  return fmt::format("{}", fmt::join(numbers, ";"));
}

// strategy, accuracy, deployed_s, hosts
std::string deployment_fields(const WorkloadOutcome& outcome, const Application& application) {
  if (!outcome.strategy) return ",,,";
  const Strategy& strategy = application.strategies[outcome.strategy->value];
  return fmt::format("{},{},{},{}", csv_field(strategy.name), strategy.accuracy,
                     seconds(outcome.deployed_at), host_list(outcome.tasks));
}

// finish_s, response_s, slo_met
std::string answer_fields(const WorkloadOutcome& outcome) {
  if (!outcome.finish) return ",,0";
  const Seconds response = to_seconds(*outcome.finish - outcome.workload.arrival);
  return fmt::format("{},{},{}", seconds(*outcome.finish), response.count(),
                     response <= outcome.workload.slo ? 1 : 0);
}

// queued_s, start_s, finish_s, cpu_core_s, load_s. Of a task that is not done a moment of 0 is one
// that it has not come to.
std::string task_fields(const TaskOutcome& task) {
  const bool is_done = task.finish != SimTime{0};
  const auto moment = [&](SimTime time) {
    return is_done || time != SimTime{0} ? fmt::to_string(seconds(time)) : std::string();
  };
  if (!is_done) return fmt::format("{},{},,,", moment(task.queued), moment(task.start));
  return fmt::format("{},{},{},{},{}", moment(task.queued), moment(task.start), moment(task.finish),
                     task.cpu.count(), task.load.count());
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void write_workloads_csv(std::ostream& out, const RunRecord& record) {
  out << kWorkloadColumns << '\n';
  for (const WorkloadOutcome& outcome : record.workloads) {
    const Workload& workload = outcome.workload;
    const Application& application = record.catalogue.at(workload.application);
    fmt::print(out, "{},{},{},{},{},{},{},{}\n", workload.id.value, csv_field(application.name),
               seconds(workload.arrival), workload.slo.count(), workload.input.value(),
               deployment_fields(outcome, application), answer_fields(outcome), outcome.attempts);
  }
}

void write_tasks_csv(std::ostream& out, const RunRecord& record) {
  out << kTaskColumns << '\n';
  for (const WorkloadOutcome& outcome : record.workloads) {
    for (std::size_t i = 0; i < outcome.tasks.size(); ++i) {
      fmt::print(out, "{},{},{},{}\n", outcome.workload.id.value, i, outcome.tasks[i].host.value,
                 task_fields(outcome.tasks[i]));
    }
  }
}

void write_hosts_csv(std::ostream& out, const RunRecord& record) {
  out << kHostColumns << '\n';
  for (const HostBeat& beat : record.host_beats) {
    fmt::print(out, "{},{},{},{},{},{},{},{},{},{},{},{}\n", seconds(beat.start), seconds(beat.end),
               beat.host.value, csv_field(record.catalogue.at(record.hosts[beat.host.value]).name),
               to_string(beat.state), beat.utilisation, beat.memory_used.value(), beat.tasks,
               beat.energy.value(), beat.cost.value(), beat.cpu.count(), beat.powered.count());
  }
}

void write_intervals_csv(std::ostream& out, const RunRecord& record) {
  out << "start_s,end_s,arrived,finished,finished_late,overdue,unfinished,deployed,hosts_on,"
         "energy_j,energy_at_full_power_j,cost_usd,cost_of_all_on_usd,qos,qos_energy,qos_cost,"
         "qos_response,qos_violation,qos_inaccuracy\n";
  for (const Interval& interval : record.intervals) {
    const WindowTotals& totals = interval.totals;
    const QosTerms terms = qos_terms(totals);
    fmt::print(out, "{},{},{},{},{},{},{},{},{},{},{},{},{},", seconds(interval.start),
               seconds(interval.end), totals.arrived, totals.finished, totals.finished_late,
               totals.overdue, interval.unfinished, totals.deployed, interval.hosts_on,
               totals.energy.value(), totals.energy_at_full_power.value(), totals.cost.value(),
               totals.cost_of_all_on.value());
    fmt::print(out, "{},{},{},{},{},{}\n", qos_score(terms, record.weights), terms.energy,
               terms.cost, terms.response, terms.violation, terms.inaccuracy);
  }
}

void write_predictions_csv(std::ostream& out, const RunRecord& record) {
  out << "step,time_s,quantity,subject,predicted,observed\n";
  for (const PredictionRecord& entry : record.predictions) {
    fmt::print(out, "{},{},{},", entry.step, seconds(entry.time), to_string(entry.quantity));
    if (entry.has_subject()) fmt::print(out, "{}", entry.subject);
    fmt::print(out, ",{},", entry.predicted);
    if (entry.is_observed()) fmt::print(out, "{}", entry.observed);
    out << '\n';
  }
}

void write_events_csv(std::ostream& out, std::span<const HostChange> changes) {
  out << kEventColumns << '\n';
  for (const HostChange& change : changes) {
    fmt::print(out, "{},{},", seconds(change.at), change.host.value);
    if (change.state) fmt::print(out, "{},,,\n", to_string(*change.state));
    if (!change.fault) continue;
    const auto& [kind, length, speed_factor] = *change.fault;
    fmt::print(out, ",{},{},{}\n", csv_field(kind), length.count(), speed_factor);
  }
}

void write_probes_csv(std::ostream& out, std::span<const ProbeTime> probes) {
  out << kProbeColumns << '\n';
  for (const auto& [at, probe, cpu] : probes) {
    fmt::print(out, "{},{},{}\n", seconds(at), csv_field(probe), cpu.count());
  }
}

}  // namespace scinet
