#include "twin/workload_table.h"

#include <ranges>

namespace scinet {

// The later ones are looked for more: back from the end in steps that double, then by halves.
Slot WorkloadTable::find_among_all(WorkloadId id) const {
  std::size_t latest = 1;
  while (latest < arrivals_.size() && arrivals_[arrivals_.size() - latest].id > id) latest *= 2;
  const auto some = std::span(arrivals_).last(std::min(latest, arrivals_.size()));
  const auto found = std::ranges::lower_bound(some, id, {}, &Arrival::id);
  return found != some.end() && found->id == id ? found->slot : kNoSlot;
}

std::span<Task> WorkloadTable::add_tasks(Slot slot, std::size_t count) {
  if (count >= free_tasks_.size()) free_tasks_.resize(count + 1, kNoSlot);
  Slot& free = free_tasks_[count];
  Slot first = free;
  if (first == kNoSlot) {
    first = static_cast<Slot>(tasks_.size());
    tasks_.resize(tasks_.size() + count);
  } else {
    free = tasks_[first].next;
  }
  ActiveWorkload& entry = workloads_[slot];
  entry.first_task = first;
  entry.task_count = static_cast<std::uint32_t>(count);
  return std::span(tasks_).subspan(first, count);
}

void WorkloadTable::remove(Slot slot) {
  const ActiveWorkload& entry = workloads_[slot];
  arrivals_[entry.position].slot = kNoSlot;
  if (entry.task_count > 0) {
    Slot& free = free_tasks_[entry.task_count];
    tasks_[entry.first_task].next = free;
    free = entry.first_task;
  }
  workloads_.give_back(slot);
  if (2 * ++finished_ > arrivals_.size()) forget_finished();
}

void WorkloadTable::forget_finished() {
  std::erase_if(arrivals_, [](const Arrival& arrival) { return arrival.slot == kNoSlot; });
  for (std::uint32_t i = 0; i < arrivals_.size(); ++i) workloads_[arrivals_[i].slot].position = i;
  finished_ = 0;
}

std::optional<SimTime> FinishedLog::finish_of(WorkloadId id) const {
  for (const FinishedWorkload& entry : std::views::reverse(entries())) {
    if (entry.workload.id == id) return entry.finish;
  }
  return std::nullopt;
}

FinishedLog FinishedLog::copy_since(SimTime start) const {
  FinishedLog log;
  for (const FinishedWorkload& entry : since(start)) {
    for (const TaskOutcome& task : tasks(entry)) log.add_task(task);
    log.add(entry);
  }
  return log;
}

}  // namespace scinet
