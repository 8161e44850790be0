// One run as it was recorded: what came, what was decided, what broke, and what was measured. A
// twin can be driven through it again (replay.h) and fitted to it (calibrate.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calibration/machine_speed.h"
#include "control/journal.h"
#include "model/accounts.h"
#include "report/cluster_file.h"
#include "report/host_change.h"
#include "report/run_record.h"
#include "workload/faults.h"
#include "workload/scenario.h"

namespace scinet {

struct TimedPlan {
  SimTime at{0};
  Plan plan;
  DecisionsAsked asked = DecisionsAsked::all();
};

struct RecordedRun {
  std::string source;                 // where it was read, for messages and provenance
  std::string policy;                 // that decided; empty where the record does not say
  std::optional<std::uint64_t> seed;  // of a simulation: the same draws give the same run
  ClusterDescription cluster;
  std::vector<TimedPlan> plans;            // in order of time
  std::vector<Fault> faults;               // in order of time
  std::vector<WorkloadOutcome> workloads;  // in order of id, which is that of arrival
  std::vector<HostBeat> host_beats;        // in order of time, then host
  std::vector<HostChange> changes;         // in order of time; empty where they were not recorded

  bool on_workers = false;  // real ones, not the twin's
  // Of such a run, else empty.
  std::vector<std::string> inputs;  // of each of `workloads`: which input it was, or ""
  std::vector<ProbeTime> probes;    // in order of time
  MachineSpeed machine_speed;       // beside its mean in this run, or in those that are fitted to

  // Where time was recorded in whole steps, their length; 0 where it is exact. A start then lies at
  // the begin of its step, and a finish at the end of the step in which it fell.
  SimTime step{0};

  // Of the i-th of `workloads`; empty where it is not known.
  std::string_view input_of(std::size_t i) const {
    return i < inputs.size() ? inputs[i] : std::string_view();
  }
};

// A part of a run: the requests that arrive in [from, to), and the beats that begin there.
struct Part {
  SimTime from{0};
  SimTime to = SimTime::max();

  bool contains(SimTime time) const { return from <= time && time < to; }
};

// How long a task ran, start to finish. With steps: the whole steps that it outlasted, which is how
// the testbed counts, and what an exact start and finish look like to such a record.
Seconds execution_of(const TaskOutcome& task, SimTime step);
// From arrival to answer; with steps, to the end of the step in which the answer came.
Seconds response_of(const WorkloadOutcome& outcome, SimTime step);

// Whether ids of one mean the same in the other: the same names in the same places.
bool same_shape(const Catalogue& one, const Catalogue& other);

// A directory that `scinet run` or `scinet simulate` wrote (it has a cluster.json), or one with the
// CSV files of the published testbed (it has a workflows.csv), which needs `scenario` for what they
// do not say: catalogue, hosts and weights. kNotFound when the directory is neither; kInvalidInput,
// with file, line and field, when a file is not as it should be.
Result<RecordedRun> read_recorded_run(const std::filesystem::path& directory,
                                      const std::optional<Scenario>& scenario);

Result<RecordedRun> read_run_directory(const std::filesystem::path& directory);
Result<RecordedRun> read_testbed(const std::filesystem::path& directory, const Scenario& scenario);

}  // namespace scinet
