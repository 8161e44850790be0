// What a policy expects of the cluster: how busy each host is, and when it would finish one more
// fragment. Closed forms over the view, cheap enough to ask for every host and every strategy;
// the exact answer is the twin's.
//
// A host has C cores for its tasks, of present speed s (a slow host has a smaller one); its
// unfinished tasks have work w_i left. A fragment of mean work w that can use c cores is expected
// to finish there at
//
//   start + max(w / (s min(c, C)), (w + sum_i min(w_i, w)) / (s C))      if its memory fits
//   start + sum_i w_i / (s C) + w / (s min(c, C))                        if it waits for memory
//
// where start = max(boot time left, arrival of the inputs) + load time of a model that is not
// resident + the delay of a fragment that runs in batches: who comes with it is not known, so it
// is expected to wait for others in vain. The first line is processor sharing: alone up to its own
// cap, else every neighbour gets as far as the newcomer does. Against exact fair sharing it is
// never less than half, and never more when all tasks can use the same number of cores.
#pragma once

#include <tuple>
#include <vector>

#include "model/cluster_view.h"
#include "model/mean_work.h"

namespace scinet {

// One host and what is on its way to it. Tasks count from placement until done.
struct HostLoad {
  const HostView* view = nullptr;     // as observed; borrowed
  const HostType* type = nullptr;     // borrowed from the catalogue
  HostState state = HostState::kOff;  // once the plan so far is applied
  Seconds ready{0};                   // from now until it can run a task; 0 when it is on
  std::vector<Mi> backlog;            // work left, a task each
  Mi outstanding;                     // its sum
  double cores_wanted = 0.0;          // by all its tasks at once
  Mebibytes committed;                // memory when all its tasks run, their models included
  std::vector<ModelId> needed;        // by its tasks, in order of id

  HostId id() const { return view->id; }
  bool is_idle() const { return backlog.empty(); }
  // Whether work can be sent to it: it is on, or will be, and has its link.
  bool can_get_work() const { return accepts_work(state) && view->linked; }
  double cores() const { return static_cast<double>(type->cores) - type->background; }
  Mips speed() const { return type->speed * view->speed_factor; }  // of one core, now
  Mips total_speed() const { return speed() * cores(); }
  bool is_warm(const ModelId& model) const;  // no cold start: resident, or about to be
  // Memory committed with one more task. Models that no task needs can be evicted and count as 0.
  Mebibytes committed_with(const ModelId& model, const Fragment& fragment) const;
  bool has_room_for(const ModelId& model, const Fragment& fragment) const {
    return committed_with(model, fragment) <= type->memory;
  }
};

// Equal scores go to the host that is ready sooner, has less to do, less in memory, is less
// utilised, less slowed down, and last to the lower id: order decides only between hosts that look
// the same.
using TieBreak = std::tuple<Seconds, Mi, Mebibytes, Mebibytes, double, double, HostId>;
TieBreak tie_break(const HostLoad& host);

class ClusterLoad {
 public:
  explicit ClusterLoad(const ClusterView& view);  // borrowed

  const ClusterView& view() const { return *view_; }
  const std::vector<HostLoad>& hosts() const { return hosts_; }
  const HostLoad& at(HostId id) const { return hosts_[id.value]; }
  const Fragment& at(const ModelId& model) const { return view_->catalogue->at(model); }

  void set_states(const std::vector<HostState>& states);  // in order of HostId
  void place(HostId host, const ModelId& model);
  void restore(HostLoad host);  // as it was before a trial

  // Seconds from now until the host has run the fragment, if its inputs arrive at `inputs_at`.
  Seconds finish(const HostLoad& host, const ModelId& model, Seconds inputs_at) const;
  // The same for a task that is part of the host's backlog already, with this much work left.
  Seconds finish_of_placed(const HostLoad& host, const Fragment& fragment, Mi left,
                           Seconds inputs_at) const;
  // How much later the fragment is done for what else runs on the host. Sharing is mutual: it
  // delays the others by as much, all together.
  Seconds delay_by_sharing(const HostLoad& host, const Fragment& fragment) const;
  // Energy that the fragment adds to a host that is on anyway.
  Joules added_energy(const HostLoad& host, const Fragment& fragment) const;
  Watts highest_peak() const { return highest_peak_; }  // of all hosts at full power

 private:
  void add_task(HostLoad& host, const ModelId& model, Mi left);

  const ClusterView* view_;
  std::vector<HostLoad> hosts_;
  Watts highest_peak_;
};

// Whether a placement decision has to answer the workload: some fragment has no host yet.
bool is_waiting(const WorkloadView& entry);

// Whether this fragment of it has none.
inline bool needs_host(const WorkloadView& entry, std::size_t fragment) {
  return !entry.strategy || entry.tasks[fragment].state == TaskState::kUnplaced;
}

// How long the workload has been in the system.
inline Seconds age(const Workload& workload, SimTime now) {
  return to_seconds(now - workload.arrival);
}
// Until the SLO is missed; below 0 once it is.
inline Seconds time_left(const Workload& workload, SimTime now) {
  return workload.slo - age(workload, now);
}

// Mean work of the fragments that are not done; of a workload without a strategy, the mean over
// the strategies of its application (model/mean_work.h).
Mi work_left(const WorkloadView& entry, const Catalogue& catalogue);

}  // namespace scinet
