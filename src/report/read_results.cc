#include "report/read_results.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/csv_reader.h"
#include "base/text.h"
#include "model/json_domain.h"
#include "report/csv.h"

namespace scinet {
namespace {

template <class Named>
std::string names_of(const std::vector<Named>& list) {
  std::vector<std::string> names;
  for (const Named& entry : list) names.push_back(entry.name);
  return joined(names);
}

template <class Named>
std::optional<std::uint32_t> position_of(const std::vector<Named>& list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &Named::name);
  if (found == list.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - list.begin());
}

Seconds seconds_in(CsvReader& csv, std::string_view column) {
  return Seconds(csv.number<double>(column, 0.0));
}

std::optional<Seconds> seconds_if_any(CsvReader& csv, std::string_view column) {
  const auto seconds = csv.number_if_any<double>(column, 0.0);
  if (!seconds) return std::nullopt;
  return Seconds(*seconds);
}

HostId host_in(CsvReader& csv) { return HostId{csv.number<std::uint32_t>("host")}; }

HostState state_in(CsvReader& csv) {
  const std::string_view name = csv.text("state");
  std::vector<std::string> names;
  for (const HostState state : enum_values(HostState{})) {
    if (name == to_string(state)) return state;
    names.emplace_back(to_string(state));
  }
  csv.refuse("state", "one of " + joined(names));
  return HostState::kOff;
}

// "0;3", one host for each fragment of the strategy, or nothing at all.
std::vector<TaskOutcome> tasks_in(CsvReader& csv, std::size_t fragments) {
  std::vector<TaskOutcome> tasks;
  std::string_view rest = csv.text("hosts");
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    const auto host = parse_number<std::uint32_t>(rest.substr(0, end));
    if (!host) break;
    tasks.emplace_back().host = HostId{*host};
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  if (!rest.empty() || (!tasks.empty() && tasks.size() != fragments)) {
    csv.refuse("hosts", fmt::format("the numbers of {} hosts, separated by ';'", fragments));
  }
  return tasks;
}

void read_deployment(CsvReader& csv, const Application& application, WorkloadOutcome& outcome) {
  const auto strategy = position_of(application.strategies, csv.text("strategy"));
  if (!strategy) {
    return csv.refuse("strategy", "one of " + names_of(application.strategies));
  }
  outcome.strategy = StrategyId{*strategy};
  outcome.deployed_at = csv.time("deployed_s");
  outcome.tasks = tasks_in(csv, application.strategies[*strategy].fragments.size());
}

WorkloadOutcome workload_in(CsvReader& csv, const Catalogue& catalogue) {
  WorkloadOutcome outcome;
  const auto application = position_of(catalogue.applications, csv.text("application"));
  if (!application) {
    csv.refuse("application", "one of " + names_of(catalogue.applications));
    return outcome;
  }
  outcome.workload = {.id = WorkloadId{csv.number<std::uint64_t>("workload")},
                      .application = ApplicationId{*application},
                      .arrival = csv.time("arrival_s"),
                      .slo = seconds_in(csv, "slo_s"),
                      .input = Bytes(csv.number<double>("input_bytes", 0.0))};
  if (!csv.is_empty("strategy")) {
    read_deployment(csv, catalogue.at(outcome.workload.application), outcome);
  }
  outcome.finish = csv.time_if_any("finish_s");
  outcome.attempts = csv.number<int>("attempts", 0);
  return outcome;
}

HostBeat beat_in(CsvReader& csv) {
  return {.start = csv.time("start_s"),
          .end = csv.time("end_s"),
          .host = host_in(csv),
          .state = state_in(csv),
          .utilisation = csv.number<double>("utilisation", 0.0),
          .memory_used = Mebibytes(csv.number<double>("memory_mib", 0.0)),
          .tasks = csv.number<int>("tasks", 0),
          .energy = Joules(csv.number<double>("energy_j")),
          .cost = Dollars(csv.number<double>("cost_usd")),
          .cpu = seconds_in(csv, "cpu_core_s"),
          .powered = seconds_in(csv, "powered_s")};
}

HostChange change_in(CsvReader& csv) {
  HostChange change{.at = csv.time("time_s"), .host = host_in(csv), .state = {}, .fault = {}};
  if (csv.is_empty("state") == csv.is_empty("fault")) {
    csv.refuse("fault", "either a state or a fault, not both and not neither");
  } else if (csv.is_empty("fault")) {
    change.state = state_in(csv);
  } else {
    change.fault = {.kind = std::string(csv.text("fault")),
                    .length = seconds_in(csv, "length_s"),
                    .speed_factor = csv.number<double>("speed_factor", 0.0, 1.0)};
  }
  return change;
}

template <class Row, class ReadRow>
Result<std::vector<Row>> read_rows(const std::filesystem::path& file, std::string_view columns,
                                   const ReadRow& read_row) {
  std::vector<Row> rows;
  CsvReader csv(file, columns);
  while (csv.next()) rows.push_back(read_row(csv));
  if (const Status status = csv.status(); !status) return status.error();
  return rows;
}

}  // namespace

Result<std::vector<WorkloadOutcome>> read_workloads_csv(const std::filesystem::path& file,
                                                        const Catalogue& catalogue) {
  return read_rows<WorkloadOutcome>(file, kWorkloadColumns,
                                    [&](CsvReader& csv) { return workload_in(csv, catalogue); });
}

Result<std::vector<TaskRecord>> read_tasks_csv(const std::filesystem::path& file) {
  return read_rows<TaskRecord>(file, kTaskColumns, [](CsvReader& csv) {
    return TaskRecord{.workload = WorkloadId{csv.number<std::uint64_t>("workload")},
                      .fragment = FragmentId{csv.number<std::uint32_t>("fragment")},
                      .host = host_in(csv),
                      .queued = csv.time_if_any("queued_s"),
                      .start = csv.time_if_any("start_s"),
                      .finish = csv.time_if_any("finish_s"),
                      .cpu = seconds_if_any(csv, "cpu_core_s"),
                      .load = seconds_if_any(csv, "load_s")};
  });
}

Status add_tasks(std::vector<WorkloadOutcome>& outcomes, const std::vector<TaskRecord>& records,
                 const std::string& source) {
  std::vector<WorkloadOutcome*> by_id;
  for (WorkloadOutcome& outcome : outcomes) by_id.push_back(&outcome);
  const auto id_of = [](const WorkloadOutcome* outcome) { return outcome->workload.id; };
  std::ranges::sort(by_id, {}, id_of);
  for (const TaskRecord& record : records) {
    const auto found = std::ranges::lower_bound(by_id, record.workload, {}, id_of);
    const bool exists = found != by_id.end() && id_of(*found) == record.workload;
    if (!exists || record.fragment.value >= (*found)->tasks.size()) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("{}: found a task of workload {}, fragment {}, expected only those "
                               "that workloads.csv has a host for",
                               source, record.workload.value, record.fragment.value)};
    }
    (*found)->tasks[record.fragment.value] = {.host = record.host,
                                              .queued = record.queued.value_or(SimTime{0}),
                                              .start = record.start.value_or(SimTime{0}),
                                              .finish = record.finish.value_or(SimTime{0}),
                                              .cpu = record.cpu.value_or(Seconds(0)),
                                              .load = record.load.value_or(Seconds(0))};
  }
  return ok_status();
}

Result<std::vector<HostBeat>> read_host_beats_csv(const std::filesystem::path& file) {
  return read_rows<HostBeat>(file, kHostColumns, beat_in);
}

Result<std::vector<HostChange>> read_events_csv(const std::filesystem::path& file) {
  return read_rows<HostChange>(file, kEventColumns, change_in);
}

Result<std::vector<ProbeTime>> read_probes_csv(const std::filesystem::path& file) {
  return read_rows<ProbeTime>(file, kProbeColumns, [](CsvReader& csv) {
    ProbeTime probe{.at = csv.time("time_s"),
                    .probe = std::string(csv.text("probe")),
                    .cpu = seconds_in(csv, "cpu_s")};
    if (probe.cpu == Seconds(0)) csv.refuse("cpu_s", "more than 0");
    return probe;
  });
}

Result<std::vector<ClientInput>> read_client_inputs_csv(const std::filesystem::path& file) {
  std::vector<ClientInput> inputs;
  CsvReader csv(file, "workload,input");
  while (csv.next()) {
    if (csv.is_empty("workload")) continue;
    inputs.push_back({.workload = WorkloadId{csv.number<std::uint64_t>("workload")},
                      .input = std::string(csv.text("input"))});
  }
  if (const Status status = csv.status(); !status) return status.error();
  return inputs;
}

}  // namespace scinet
