#include "policy/estimate.h"

#include <algorithm>

#include "base/ensure.h"

namespace scinet {
namespace {

bool contains(const std::vector<ModelId>& sorted, const ModelId& model) {
  return std::ranges::binary_search(sorted, model);
}

double usable_cores(const HostLoad& host, const Fragment& fragment) {
  return std::min(fragment.cores, host.cores());
}

Seconds alone(const HostLoad& host, const Fragment& fragment, Mi work) {
  return work / (host.speed() * usable_cores(host, fragment));
}

Seconds load_time(const HostLoad& host, const Fragment& fragment) {
  return fragment.load_time + fragment.load_work / host.speed();
}

// Work done on a host until a task with `work` left is done, its own not included.
Mi shared_work(const HostLoad& host, Mi work) {
  Mi sum;
  for (const Mi left : host.backlog) sum += std::min(left, work);
  return sum;
}

// Memory in use that neither a resident model nor a running task explains.
Mebibytes overhead(const HostView& host, const ClusterView& view, Mebibytes running) {
  Mebibytes explained = running;
  for (const ModelId& model : host.resident) explained += view.catalogue->at(model).model_memory;
  return std::max(host.memory_used - explained, Mebibytes(0));
}

Seconds boot_left(const HostView& host, HostState state, const HostType& type, SimTime now) {
  if (state == HostState::kOn || state == HostState::kDraining) return Seconds(0);
  if (host.state != HostState::kBooting) return type.boot_time;
  return std::max(to_seconds(host.ready_at - now), Seconds(0));
}

}  // namespace

bool HostLoad::is_warm(const ModelId& model) const {
  return contains(view->resident, model) || contains(needed, model);
}

Mebibytes HostLoad::committed_with(const ModelId& model, const Fragment& fragment) const {
  const Mebibytes with_task = committed + fragment.memory;
  return contains(needed, model) ? with_task : with_task + fragment.model_memory;
}

TieBreak tie_break(const HostLoad& host) {
  return {host.ready,
          host.outstanding,
          host.committed,
          host.view->memory_used,
          host.view->utilisation,
          -host.view->speed_factor,
          host.id()};
}

ClusterLoad::ClusterLoad(const ClusterView& view) : view_(&view) {
  hosts_.reserve(view.hosts.size());
  for (const HostView& host : view.hosts) {
    highest_peak_ = std::max(highest_peak_, view.type_of(host).power.peak());
    hosts_.push_back({.view = &host,
                      .type = &view.type_of(host),
                      .state = host.state,
                      .ready = boot_left(host, host.state, view.type_of(host), view.now),
                      .backlog = {},
                      .outstanding = Mi(0),
                      .cores_wanted = 0.0,
                      .committed = Mebibytes(0),
                      .needed = {}});
  }
  std::vector<Mebibytes> running(view.hosts.size());
  for (const WorkloadView& entry : view.workloads) {
    for (const TaskView& task : entry.tasks) {
      if (!task.host || task.state == TaskState::kDone) continue;
      const ModelId model{entry.workload.application, *entry.strategy, task.fragment};
      const Fragment& fragment = at(model);
      add_task(hosts_[task.host->value], model, fragment.work.mean * (1.0 - task.progress));
      if (task.state == TaskState::kRunning) running[task.host->value] += fragment.memory;
    }
  }
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    hosts_[i].committed += overhead(view.hosts[i], view, running[i]);
  }
}

void ClusterLoad::set_states(const std::vector<HostState>& states) {
  ensure(states.size() == hosts_.size(), "there is one state per host");
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    HostLoad& host = hosts_[i];
    host.state = states[i];
    host.ready = boot_left(*host.view, host.state, *host.type, view_->now);
  }
}

void ClusterLoad::place(HostId host, const ModelId& model) {
  add_task(hosts_[host.value], model, at(model).work.mean);
}

void ClusterLoad::restore(HostLoad host) {
  const std::size_t position = host.id().value;
  hosts_[position] = std::move(host);
}

void ClusterLoad::add_task(HostLoad& host, const ModelId& model, Mi left) {
  const Fragment& fragment = at(model);
  host.committed = host.committed_with(model, fragment);
  if (!contains(host.needed, model)) {
    host.needed.insert(std::ranges::lower_bound(host.needed, model), model);
  }
  host.backlog.push_back(left);
  host.outstanding += left;
  host.cores_wanted += usable_cores(host, fragment);
}

Seconds ClusterLoad::finish(const HostLoad& host, const ModelId& model, Seconds inputs_at) const {
  const Fragment& fragment = at(model);
  const Mi work = fragment.work.mean;
  const Seconds start = std::max(host.ready, inputs_at) +
                        (host.is_warm(model) ? Seconds(0) : load_time(host, fragment)) +
                        fragment.batch.longest_wait();
  const Seconds own = alone(host, fragment, work);
  if (!host.has_room_for(model, fragment)) {
    return start + host.outstanding / host.total_speed() + own;
  }
  const Mi in_all = work + shared_work(host, work);
  return start + std::max(own, in_all / host.total_speed());
}

Seconds ClusterLoad::finish_of_placed(const HostLoad& host, const Fragment& fragment, Mi left,
                                      Seconds inputs_at) const {
  const Seconds start = std::max(host.ready, inputs_at);
  return start +
         std::max(alone(host, fragment, left), shared_work(host, left) / host.total_speed());
}

Seconds ClusterLoad::delay_by_sharing(const HostLoad& host, const Fragment& fragment) const {
  const Mi work = fragment.work.mean;
  const Seconds shared = (work + shared_work(host, work)) / host.total_speed();
  return std::max(shared - alone(host, fragment, work), Seconds(0));
}

Joules ClusterLoad::added_energy(const HostLoad& host, const Fragment& fragment) const {
  const HostType& type = *host.type;
  const double cores = static_cast<double>(type.cores);
  const double busy = (host.cores_wanted + type.background) / cores;
  const double share = usable_cores(host, fragment) / cores;
  // A host with cores to spare burns more for a while; a saturated one burns at its peak for
  // longer.
  if (busy + share <= 1.0) {
    return (type.power.at(busy + share) - type.power.at(busy)) *
           alone(host, fragment, fragment.work.mean);
  }
  return (type.power.peak() - type.power.idle()) * (fragment.work.mean / host.total_speed());
}

bool is_waiting(const WorkloadView& entry) {
  return !entry.strategy || std::ranges::any_of(entry.tasks, [](const TaskView& task) {
    return task.state == TaskState::kUnplaced;
  });
}

Mi work_left(const WorkloadView& entry, const Catalogue& catalogue) {
  const Application& application = catalogue.at(entry.workload.application);
  if (!entry.strategy) return mean_work(application);
  const Strategy& strategy = application.strategies[entry.strategy->value];
  Mi sum;
  for (const TaskView& task : entry.tasks) {
    if (task.state == TaskState::kDone) continue;
    sum += strategy.fragments[task.fragment.value].work.mean * (1.0 - task.progress);
  }
  return sum;
}

}  // namespace scinet
