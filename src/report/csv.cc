#include "report/csv.h"

#include <iterator>

#include <fmt/format.h>
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

std::string workloads_csv(const RunRecord& record) {
  std::string csv =
      "workload,application,arrival_s,slo_s,input_bytes,strategy,accuracy,deployed_s,hosts,"
      "finish_s,response_s,slo_met,attempts\n";
  for (const WorkloadOutcome& outcome : record.workloads) {
    const Workload& workload = outcome.workload;
    const Application& application = record.catalogue.at(workload.application);
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{}\n", workload.id.value,
                   csv_field(application.name), seconds(workload.arrival), workload.slo.count(),
                   workload.input.value(), deployment_fields(outcome, application),
                   answer_fields(outcome), outcome.attempts);
  }
  return csv;
}

std::string hosts_csv(const RunRecord& record) {
  std::string csv =
      "start_s,end_s,host,type,state,utilisation,memory_mib,tasks,energy_j,cost_usd,cpu_core_s,"
      "powered_s\n";
  for (const HostBeat& beat : record.host_beats) {
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   seconds(beat.start), seconds(beat.end), beat.host.value,
                   csv_field(record.catalogue.at(record.hosts[beat.host.value]).name),
                   to_string(beat.state), beat.utilisation, beat.memory_used.value(), beat.tasks,
                   beat.energy.value(), beat.cost.value(), beat.cpu.count(), beat.powered.count());
  }
  return csv;
}

std::string intervals_csv(const RunRecord& record) {
  std::string csv =
      "start_s,end_s,arrived,finished,finished_late,overdue,unfinished,deployed,hosts_on,energy_j,"
      "energy_at_full_power_j,cost_usd,cost_of_all_on_usd,qos,qos_energy,qos_cost,qos_response,"
      "qos_violation,qos_inaccuracy\n";
  for (const Interval& interval : record.intervals) {
    const WindowTotals& totals = interval.totals;
    const QosTerms terms = qos_terms(totals);
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{},{},{},{},{},{},",
                   seconds(interval.start), seconds(interval.end), totals.arrived, totals.finished,
                   totals.finished_late, totals.overdue, interval.unfinished, totals.deployed,
                   interval.hosts_on, totals.energy.value(), totals.energy_at_full_power.value(),
                   totals.cost.value(), totals.cost_of_all_on.value());
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{}\n", qos_score(terms, record.weights),
                   terms.energy, terms.cost, terms.response, terms.violation, terms.inaccuracy);
  }
  return csv;
}

}  // namespace scinet
