// Reads the directory of a run, as `scinet run` and `scinet simulate` leave it.
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "calibration/recorded_run.h"
#include "report/read_results.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

// A run that did not come to its end has no summary. Its seed is of use for a simulation only:
// that can be drawn again.
void read_label(RecordedRun& run, const fs::path& summary_file) {
  constexpr std::size_t kLargest = 16 * 1024 * 1024;
  const Result<std::string> text = read_text_file(summary_file, kLargest);
  if (!text) return;
  const auto summary = nlohmann::json::parse(text.value(), nullptr, false);
  if (!summary.is_object()) return;
  const auto seed = summary.find("seed");
  if (seed != summary.end() && seed->is_number_unsigned()) run.seed = seed->get<std::uint64_t>();
  const auto policy = summary.find("policy");
  if (policy != summary.end() && policy->is_string()) run.policy = policy->get<std::string>();
}

std::optional<FaultKind> kind_of(const HostFault& fault) {
  if (fault.kind == "crash") return FaultKind::kCrash;
  if (fault.kind == "slow") return FaultKind::kSlow;
  if (fault.kind == "unlinked") return FaultKind::kUnlinked;
  return std::nullopt;
}

// Where the states of hosts were recorded, a host failed when it came into that state, whatever the
// reason; a simulation records no states, only what was done to its hosts.
std::vector<Fault> faults_of(const std::vector<HostChange>& changes, Seconds repair_time) {
  const bool has_states = std::ranges::any_of(
      changes, [](const HostChange& change) { return change.state.has_value(); });
  std::vector<Fault> faults;
  for (const HostChange& change : changes) {
    if (change.state == HostState::kFailed) {
      faults.push_back({.host = change.host, .at = change.at, .length = repair_time});
    }
    const auto kind = change.fault ? kind_of(*change.fault) : std::nullopt;
    if (!kind || (has_states && *kind == FaultKind::kCrash)) continue;
    faults.push_back({.kind = *kind,
                      .host = change.host,
                      .at = change.at,
                      .length = change.fault->length,
                      .speed_factor = change.fault->speed_factor});
  }
  return faults;
}

// Of a run on real workers; a simulation has neither.
Status read_circumstances(RecordedRun& run, const fs::path& directory) {
  Result<std::vector<ProbeTime>> probes = read_probes_csv(directory / "machine.csv");
  if (!probes && probes.error().code != ErrorCode::kNotFound) return probes.error();
  if (probes) run.probes = std::move(probes).value();
  std::ranges::stable_sort(run.probes, {}, &ProbeTime::at);
  ProbeReference mean;
  mean.add(run.probes);
  run.machine_speed = MachineSpeed(run.probes, mean);

  const auto inputs = read_client_inputs_csv(directory / "clients.csv");
  if (!inputs && inputs.error().code != ErrorCode::kNotFound) return inputs.error();
  run.on_workers = inputs.ok();
  if (!inputs) return ok_status();
  std::map<WorkloadId, std::string> input_of;
  for (const ClientInput& client : inputs.value()) input_of[client.workload] = client.input;
  for (const WorkloadOutcome& outcome : run.workloads) {
    run.inputs.push_back(input_of[outcome.workload.id]);
  }
  return ok_status();
}

Status check(const RecordedRun& run, const fs::path& directory) {
  const auto wrong = [&](const char* file, std::string sentence) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: {}", (directory / file).string(), sentence)};
  };
  const std::size_t hosts = run.cluster.hosts.size();
  for (std::size_t i = 0; i < run.workloads.size(); ++i) {
    const WorkloadOutcome& outcome = run.workloads[i];
    if (i > 0 && (outcome.workload.id <= run.workloads[i - 1].workload.id ||
                  outcome.workload.arrival < run.workloads[i - 1].workload.arrival)) {
      return wrong("workloads.csv",
                   fmt::format("workload {} stands after a later one, expected them in order of "
                               "arrival",
                               outcome.workload.id.value));
    }
    for (const TaskOutcome& task : outcome.tasks) {
      if (task.host.value < hosts) continue;
      return wrong("tasks.csv", fmt::format("workload {} ran on host {}, expected one of the {} "
                                            "hosts of cluster.json",
                                            outcome.workload.id.value, task.host.value, hosts));
    }
  }
  const auto is_unknown = [&](const auto& entry) { return entry.host.value >= hosts; };
  if (std::ranges::any_of(run.host_beats, is_unknown)) {
    return wrong("hosts.csv", fmt::format("names a host beyond the {} of cluster.json", hosts));
  }
  if (std::ranges::any_of(run.changes, is_unknown)) {
    return wrong("events.csv", fmt::format("names a host beyond the {} of cluster.json", hosts));
  }
  for (const TimedPlan& timed : run.plans) {
    if (std::ranges::any_of(timed.plan.power, is_unknown) ||
        std::ranges::any_of(timed.plan.placements, is_unknown)) {
      return wrong("decisions.jsonl",
                   fmt::format("the plan at {} s names a host beyond the {} of cluster.json",
                               to_seconds(timed.at).count(), hosts));
    }
  }
  return ok_status();
}

}  // namespace

Result<RecordedRun> read_run_directory(const fs::path& directory) {
  RecordedRun run;
  run.source = directory.string();
  Result<ClusterDescription> cluster = read_cluster(directory / "cluster.json");
  if (!cluster) return cluster.error();
  run.cluster = std::move(cluster).value();
  read_label(run, directory / "summary.json");

  Result<std::vector<WorkloadOutcome>> workloads =
      read_workloads_csv(directory / "workloads.csv", run.cluster.catalogue);
  if (!workloads) return workloads.error();
  run.workloads = std::move(workloads).value();
  const fs::path tasks_file = directory / "tasks.csv";
  const Result<std::vector<TaskRecord>> tasks = read_tasks_csv(tasks_file);
  if (!tasks) return tasks.error();
  const Status added = add_tasks(run.workloads, tasks.value(), tasks_file.string());
  if (!added) return added.error();

  Result<std::vector<HostBeat>> beats = read_host_beats_csv(directory / "hosts.csv");
  if (!beats) return beats.error();
  run.host_beats = std::move(beats).value();

  Result<JournalContents> journal = read_journal(directory / "decisions.jsonl");
  if (!journal) return journal.error();
  for (JournalEntry& entry : journal.value().entries) {
    if (!entry.error) run.plans.push_back({entry.time, std::move(entry.plan), entry.asked});
  }

  std::ranges::stable_sort(run.plans, {}, &TimedPlan::at);

  Result<std::vector<HostChange>> changes = read_events_csv(directory / "events.csv");
  if (!changes && changes.error().code != ErrorCode::kNotFound) return changes.error();
  if (changes) run.changes = std::move(changes).value();
  std::ranges::stable_sort(run.changes, {}, &HostChange::at);
  run.faults = faults_of(run.changes, run.cluster.repair_time);
  if (const Status status = read_circumstances(run, directory); !status) return status.error();
  if (const Status status = check(run, directory); !status) return status.error();
  return run;
}

Result<RecordedRun> read_recorded_run(const fs::path& directory,
                                      const std::optional<Scenario>& scenario) {
  std::error_code problem;
  if (fs::exists(directory / "cluster.json", problem)) return read_run_directory(directory);
  if (!fs::exists(directory / "workflows.csv", problem)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: is no recorded run: it has neither the cluster.json of a run or "
                             "simulation nor the workflows.csv of the testbed",
                             directory.string())};
  }
  if (!scenario) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: does not say on which hosts the testbed ran; name the scenario, "
                             "e.g. --scenario scinet-2023",
                             directory.string())};
  }
  return read_testbed(directory, *scenario);
}

}  // namespace scinet
