// The result files of a run, read back. Errors name file, line and field, what was found and what
// would have worked; they are kNotFound where there is no such file, else kInvalidInput. Columns
// that are not known are passed over, so files may have more than these readers ask for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/accounts.h"
#include "model/catalogue.h"
#include "report/cluster_file.h"
#include "report/host_change.h"
#include "report/probe_time.h"
#include "report/run_record.h"

namespace scinet {

// In the order of the file. Applications and strategies are looked up by name in `catalogue`
// (that of cluster.json). Each task has its host and nothing else: tasks.csv tells the rest.
Result<std::vector<WorkloadOutcome>> read_workloads_csv(const std::filesystem::path& file,
                                                        const Catalogue& catalogue);

// One task, as it last ran. What it did not come to is none.
struct TaskRecord {
  WorkloadId workload;
  FragmentId fragment;
  HostId host;
  std::optional<SimTime> queued;  // as in TaskOutcome
  std::optional<SimTime> start;
  std::optional<SimTime> finish;
  std::optional<Seconds> cpu;  // core-seconds of its host, as HostAccount.cpu
  std::optional<Seconds> load;

  friend bool operator==(const TaskRecord&, const TaskRecord&) = default;
};

Result<std::vector<TaskRecord>> read_tasks_csv(const std::filesystem::path& file);

// Fills in the tasks of the outcomes from `records`. kInvalidInput where a record belongs to no
// task of them; `source` is what messages call the records, usually the path of their file.
Status add_tasks(std::vector<WorkloadOutcome>& outcomes, const std::vector<TaskRecord>& records,
                 const std::string& source);

Result<std::vector<HostBeat>> read_host_beats_csv(const std::filesystem::path& file);

Result<std::vector<HostChange>> read_events_csv(const std::filesystem::path& file);

Result<std::vector<ProbeTime>> read_probes_csv(const std::filesystem::path& file);

// Of clients.csv: which input a request had. Requests that got no answer are left out, as nobody
// knows which workload they were.
struct ClientInput {
  WorkloadId workload;
  std::string input;

  friend bool operator==(const ClientInput&, const ClientInput&) = default;
};
Result<std::vector<ClientInput>> read_client_inputs_csv(const std::filesystem::path& file);

}  // namespace scinet
