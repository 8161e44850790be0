#include "twin/obvious_twin.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>

#include "twin/work.h"

namespace scinet {

void ObviousTwin::run(const std::vector<PlacedRequest>& requests,
                      const std::vector<HostChange>& changes, double end) {
  std::size_t next = 0;
  std::size_t next_change = 0;
  while (true) {
    double step = end - now_;
    if (next < requests.size()) step = std::min(step, until(requests[next].workload.arrival));
    if (next_change < changes.size()) step = std::min(step, until(changes[next_change].at));
    step = std::max(std::min(step, until_next()), 0.0);
    advance(step);
    settle();
    while (next_change < changes.size() && until(changes[next_change].at) <= 1e-12) {
      change(changes[next_change++]);
    }
    while (next < requests.size() && until(requests[next].workload.arrival) <= 1e-12) {
      begin(requests[next++]);
    }
    if (now_ >= end - 1e-12) return;
  }
}

void ObviousTwin::change(const HostChange& change) {
  hosts_[change.host.value].speed_factor = change.speed_factor;
  hosts_[change.host.value].linked = change.linked;
}

void ObviousTwin::begin(const PlacedRequest& request) {
  const auto& fragments = catalogue_.at(request.workload.application, StrategyId{0}).fragments;
  for (std::uint32_t i = 0; i < fragments.size(); ++i) {
    tasks_.push_back({.request = request, .fragment = i, .inputs = {}});
    tasks_.back().work =
        draw_work(fragments[i].work, streams_, request.workload.id, FragmentId{i}).value();
    if (!fragments[i].inputs.empty()) continue;
    send(-1, static_cast<int>(tasks_.back().host()), tasks_.size() - 1, 0,
         request.workload.input.value());
  }
  settle();
}

void ObviousTwin::send(int from, int to, std::size_t task, std::uint32_t input, double bytes) {
  double latency = 0.0;
  if (from != to) {
    for (const int end : {from, to}) {
      if (end >= 0) latency = std::max(latency, type(end).latency.count());
    }
  }
  flows_.push_back({from, to, task, input, latency, from == to ? 0.0 : bytes, 0.0});
}

void ObviousTwin::share_cores(std::size_t h) {
  ObviousHost& host = hosts_[h];
  const HostType& type_of = type(static_cast<int>(h));
  std::vector<Sharer> sharers;
  for (ObviousBatch& batch : batches_) {
    if (!batch.running || batch.host != h) continue;
    sharers.push_back({catalogue_.at(batch.model).cores, &batch.cores});
  }
  for (auto& [model, load] : host.models) {
    if (load.at_work()) sharers.push_back({1.0, &load.cores});
  }
  std::ranges::sort(sharers, {}, &Sharer::cap);
  double cores_left = type_of.cores - type_of.background;
  for (std::size_t i = 0; i < sharers.size(); ++i) {
    const double share = cores_left / static_cast<double>(sharers.size() - i);
    *sharers[i].cores = std::min(sharers[i].cap, share);
    cores_left -= *sharers[i].cores;
  }
  const double together = std::max(static_cast<double>(sharers.size()), 1.0);
  const double slowdown = 1.0 + type_of.contention * (together - 1.0) / together;
  host.pace = type_of.speed.value() * host.speed_factor / slowdown;
  host.busy = type_of.cores - cores_left;
  host.power = type_of.power.at(host.busy / type_of.cores).value();
}

bool ObviousTwin::stands_still(const ObviousFlow& flow) const {
  const auto cut_off = [&](int end) {
    return end >= 0 && !hosts_[static_cast<std::size_t>(end)].linked;
  };
  return flow.from != flow.to && (cut_off(flow.from) || cut_off(flow.to));
}

void ObviousTwin::share_links(ObviousFlow& flow) {
  flow.rate = std::numeric_limits<double>::infinity();
  for (const bool out : {true, false}) {
    const int end = out ? flow.from : flow.to;
    if (end < 0 || type(end).bandwidth.value() == 0.0 || flow.left == 0.0) continue;
    int sharing = 0;
    for (const ObviousFlow& other : flows_) {
      if (stands_still(other) || other.latency > 0.0 || other.left <= 0.0) continue;
      if ((out ? other.from : other.to) == end) ++sharing;
    }
    flow.rate = std::min(flow.rate, type(end).bandwidth.value() / sharing);
  }
  if (stands_still(flow)) flow.rate = 0.0;
}

void ObviousTwin::set_rates() {
  for (std::size_t h = 0; h < hosts_.size(); ++h) share_cores(h);
  for (ObviousFlow& flow : flows_) share_links(flow);
}

double ObviousTwin::until_next() {
  set_rates();
  double least = std::numeric_limits<double>::infinity();
  for (const ObviousBatch& batch : batches_) {
    const double time = batch.running ? batch.left / (batch.cores * hosts_[batch.host].pace)
                                      : batch.closes_at - now_;
    least = std::min(least, time);
  }
  for (const ObviousFlow& flow : flows_) {
    if (stands_still(flow)) continue;
    least = std::min(least, flow.latency > 0.0 ? flow.latency : flow.left / flow.rate);
  }
  for (const ObviousHost& host : hosts_) {
    for (const auto& [model, load] : host.models) {
      if (load.over()) continue;
      const double time = load.at_work() ? load.left / (load.cores * host.pace) : load.time;
      least = std::min(least, time);
    }
  }
  return least;
}

void ObviousTwin::advance(double step) {
  set_rates();
  now_ += step;
  for (ObviousBatch& batch : batches_) {
    if (!batch.running) continue;
    for (const std::size_t index : batch.tasks) {
      outcome(tasks_[index]).cpu += batch.cores * step / static_cast<double>(batch.tasks.size());
    }
    batch.left = less(batch.left, batch.cores * hosts_[batch.host].pace * step);
  }
  for (ObviousFlow& flow : flows_) {
    if (stands_still(flow)) continue;
    if (flow.latency > 0.0) {
      flow.latency = less(flow.latency, step);
    } else if (flow.left > 0.0) {
      flow.left = std::isinf(flow.rate) ? 0.0 : less(flow.left, flow.rate * step);
    }
  }
  for (ObviousHost& host : hosts_) {
    host.energy += host.power * step;
    host.cpu += host.busy * step;
    for (auto& [model, load] : host.models) {
      if (load.at_work()) {
        outcome(tasks_[load.carrier]).cpu += load.cores * step;
        load.left = less(load.left, load.cores * host.pace * step);
      } else if (load.time > 0.0) {
        load.time = less(load.time, step);
      }
    }
  }
}

// Whatever is due has its consequences, until nothing is.
void ObviousTwin::settle() {
  bool again = true;
  while (again) {
    again = complete_batches();
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      set_rates();
      const ObviousFlow flow = flows_[i];
      if (stands_still(flow) || flow.latency > 0.0) continue;
      if (flow.left > 0.0 && !std::isinf(flow.rate)) continue;
      flows_.erase(flows_.begin() + static_cast<std::ptrdiff_t>(i));
      arrive(flow);
      again = true;
      break;
    }
    for (std::size_t h = 0; h < hosts_.size(); ++h) again = admit(h) || again;
    again = join_loaded() || again;
    if (!again) again = start_due_batches();  // all that could join has done so
  }
}

// Tasks whose model is there, in the order in which they were admitted.
bool ObviousTwin::join_loaded() {
  std::vector<std::size_t> loaded;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].stage != Stage::kLoading) continue;
    if (hosts_[tasks_[i].host()].models.at(tasks_[i].model()).over()) loaded.push_back(i);
  }
  std::ranges::sort(loaded, {}, [&](std::size_t i) { return tasks_[i].admission; });
  for (const std::size_t i : loaded) {
    outcome(tasks_[i]).load = now_ - tasks_[i].admitted;
    join(i);
  }
  return !loaded.empty();
}

void ObviousTwin::join(std::size_t index) {
  ObviousTask& task = tasks_[index];
  const Batching& rule = fragment_of(task).batch;
  const auto open = std::ranges::find_if(batches_, [&](const ObviousBatch& batch) {
    return !batch.running && batch.host == task.host() && batch.model == task.model();
  });
  task.stage = Stage::kCollecting;
  const bool opens = open == batches_.end();
  if (opens) {
    const double closes_at = now_ + rule.delay.count();
    batches_.push_back({.host = task.host(), .model = task.model(), .closes_at = closes_at});
  }
  ObviousBatch& batch = opens ? batches_.back() : *open;
  batch.tasks.push_back(index);
  if (batch.tasks.size() == static_cast<std::size_t>(rule.limit)) start(batch);
}

void ObviousTwin::start(ObviousBatch& batch) {
  batch.running = true;
  further_members += batch.tasks.size() - 1;
  for (std::size_t k = 0; k < batch.tasks.size(); ++k) {
    ObviousTask& task = tasks_[batch.tasks[k]];
    batch.left += k == 0 ? task.work : fragment_of(task).batch.further_work * task.work;
    task.stage = Stage::kRunning;
    outcome(task).start = now_;
  }
}

bool ObviousTwin::start_due_batches() {
  bool any = false;
  for (ObviousBatch& batch : batches_) {
    if (batch.running || batch.closes_at > now_ + 1e-12) continue;
    start(batch);
    any = true;
  }
  return any;
}

bool ObviousTwin::complete_batches() {
  const auto is_over = [](const ObviousBatch& batch) { return batch.running && batch.left <= 0.0; };
  std::vector<ObviousBatch> over;
  std::ranges::copy_if(batches_, std::back_inserter(over), is_over);
  std::erase_if(batches_, is_over);
  for (const ObviousBatch& batch : over) {
    for (const std::size_t index : batch.tasks) complete(index);
  }
  return !over.empty();
}

void ObviousTwin::complete(std::size_t index) {
  tasks_[index].stage = Stage::kDone;
  outcome(tasks_[index]).finish = now_;
  const ObviousTask done = tasks_[index];
  hosts_[done.host()].used[done.model()] = ++uses_;
  const int from = static_cast<int>(done.host());
  const double bytes = fragment_of(done).output.value();
  bool last = true;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].request.workload.id != done.request.workload.id) continue;
    const auto& inputs = fragment_of(tasks_[i]).inputs;
    for (std::uint32_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k].value != done.fragment) continue;
      last = false;
      send(from, static_cast<int>(tasks_[i].host()), i, k, bytes);
    }
  }
  if (last) send(from, -1, index, 0, bytes);
}

void ObviousTwin::arrive(const ObviousFlow& flow) {
  ObviousTask& task = tasks_[flow.task];
  if (flow.to < 0) {
    finish[task.request.workload.id.value] = now_;
    return;
  }
  task.inputs.insert(flow.input);
  if (task.inputs.size() == std::max<std::size_t>(fragment_of(task).inputs.size(), 1)) {
    task.stage = Stage::kQueued;
    outcome(task).queued = now_;
    hosts_[task.host()].queue.push_back(flow.task);
  }
}

bool ObviousTwin::uses(const ObviousTask& task, std::size_t host, const ModelId& model,
                       bool queued) const {
  const bool in = queued ? task.stage == Stage::kQueued
                         : task.stage == Stage::kRunning || task.stage == Stage::kLoading ||
                               task.stage == Stage::kCollecting;
  return in && task.host() == host && task.model() == model;
}

int ObviousTwin::count(std::size_t host, const ModelId& model, bool queued) const {
  return static_cast<int>(std::ranges::count_if(
      tasks_, [&](const ObviousTask& task) { return uses(task, host, model, queued); }));
}

double ObviousTwin::memory_used(std::size_t h) const {
  double used = 0.0;
  for (const auto& [model, load] : hosts_[h].models) {
    used += catalogue_.at(model).model_memory.value();
  }
  for (const ObviousTask& task : tasks_) {
    if (uses(task, h, task.model(), false)) used += fragment_of(task).memory.value();
  }
  return used;
}

// One task from the queue, if it fits.
bool ObviousTwin::admit(std::size_t h) {
  ObviousHost& host = hosts_[h];
  if (host.queue.empty()) return false;
  const std::size_t index = host.queue.front();
  ObviousTask& task = tasks_[index];
  const Fragment& fragment = fragment_of(task);
  const bool absent = !host.models.contains(task.model());
  const double needed = fragment.memory.value() + (absent ? fragment.model_memory.value() : 0.0);
  const double size = type(static_cast<int>(h)).memory.value();
  std::vector<std::tuple<bool, std::uint64_t, ModelId>> idle;
  double reachable = size - memory_used(h);
  for (const auto& [model, load] : host.models) {
    if (model == task.model() || !load.over() || count(h, model, false) > 0) continue;
    idle.emplace_back(count(h, model, true) > 0, host.used[model], model);
    reachable += catalogue_.at(model).model_memory.value();
  }
  if (needed > reachable + 1e-9) return false;
  std::ranges::sort(idle);
  for (const auto& [wanted, used, model] : idle) {
    if (memory_used(h) + needed <= size + 1e-9) break;
    host.models.erase(model);
  }
  host.queue.pop_front();
  if (absent) {
    host.models[task.model()] = {
        .time = fragment.load_time.count(), .left = fragment.load_work.value(), .carrier = index};
  }
  task.admitted = now_;
  task.admission = ++admissions_;
  host.used[task.model()] = ++uses_;
  task.stage = Stage::kLoading;
  return true;
}

}  // namespace scinet
