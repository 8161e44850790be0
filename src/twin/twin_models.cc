// What the models of a host wait for: the end of a load time, or others for a batch.
#include <algorithm>
#include <utility>

#include "twin/twin.h"

namespace scinet {

// For the first of them.
void Twin::set_model_timer(HostId id) {
  SimTime first = SimTime::max();
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    const ModelMemory::Entry& model = memory_[slot];
    if (model.state == ModelMemory::State::kFetching) first = std::min(first, model.fetched_at);
    if (model.collected > 0) first = std::min(first, model.closes_at);
  }
  set_or_cancel(timer(Timer::kModels, id), first);
}

void Twin::on_models(HostId id) {
  timers_.cancel(timer(Timer::kModels, id));
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    const ModelMemory::Entry& model = memory_[slot];
    if (model.collected > 0 && model.closes_at <= now_) close_batch(id, slot);
    if (model.state == ModelMemory::State::kFetching && model.fetched_at <= now_) prepare(id, slot);
  }
  set_model_timer(id);
  refresh(id);
}

// An admitted task whose model is there joins the batch that collects, or opens one. True if it
// runs.
bool Twin::collect(HostId id, Slot slot) {
  const Task& task = workloads_.task(slot);
  ModelMemory::Entry& model = memory_[task.model];
  const Batching& batching = task.fragment->batch;
  if (model.collected++ == 0) {
    model.first_collected = slot;
    model.closes_at = now_ + to_sim_time(batching.delay);
    set_model_timer(id);
  } else {
    workloads_.task(model.last_collected).next = slot;
  }
  model.last_collected = slot;
  if (model.collected < batching.limit) return false;
  close_batch(id, task.model);
  set_model_timer(id);
  return true;
}

// What has been collected runs, in the name of the first of it.
void Twin::close_batch(HostId id, Slot slot) {
  ModelMemory::Entry& model = memory_[slot];
  model.collected = 0;
  const Mi work = work_of_batch(model.first_collected);
  begin_period(id, work);
  begin_run(id, model.first_collected, work);
}

// All members of a batch but the first. Returns the share of each in the core-seconds.
Seconds Twin::leave_others(Slot first, Seconds used) {
  Host& host = host_at(workloads_.task(first).outcome.host);
  const Seconds share = used / static_cast<double>(size_of_batch(first));
  for (Slot slot = workloads_.task(first).next; slot != kNoSlot;
       slot = workloads_.task(slot).next) {
    leave(host, workloads_.task(slot), share);
  }
  return share;
}

int Twin::size_of_batch(Slot first) const {
  int size = 0;
  for (Slot slot = first; slot != kNoSlot; slot = workloads_.task(slot).next) ++size;
  return size;
}

Mi Twin::work_of_batch(Slot first) const {
  const Task& task = workloads_.task(first);
  Mi others;
  for (Slot slot = task.next; slot != kNoSlot; slot = workloads_.task(slot).next) {
    others += workloads_.task(slot).work;
  }
  return task.work + others * task.fragment->batch.further_work;
}

}  // namespace scinet
