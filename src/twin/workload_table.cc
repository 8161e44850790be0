#include "twin/workload_table.h"

#include <ranges>

#include "base/ensure.h"

namespace scinet {

Slot WorkloadTable::add(const Workload& workload, double size) {
  ensure(last_ == kNoSlot || workloads_[last_].workload.id < workload.id,
         "workloads arrive in order of their ids");
  const Slot slot =
      workloads_.take({.workload = workload, .size = size, .strategy = {}, .previous = last_});
  (last_ == kNoSlot ? first_ : workloads_[last_].next) = slot;
  last_ = slot;
  index_.insert(workload.id, slot);
  return slot;
}

void WorkloadTable::add_tasks(Slot slot, std::size_t count) {
  if (count >= free_tasks_.size()) free_tasks_.resize(count + 1, kNoSlot);
  Slot& free = free_tasks_[count];
  Slot first = free;
  if (first == kNoSlot) {
    first = static_cast<Slot>(tasks_.size());
    tasks_.resize(tasks_.size() + count);
  } else {
    free = tasks_[first].next;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    tasks_[first + i] = Task{.workload = slot, .id = FragmentId{i}};
  }
  workloads_[slot].first_task = first;
  workloads_[slot].task_count = static_cast<std::uint32_t>(count);
}

void WorkloadTable::remove(Slot slot) {
  const ActiveWorkload& entry = workloads_[slot];
  index_.erase(entry.workload.id);
  (entry.previous == kNoSlot ? first_ : workloads_[entry.previous].next) = entry.next;
  (entry.next == kNoSlot ? last_ : workloads_[entry.next].previous) = entry.previous;
  if (entry.task_count > 0) {
    Slot& free = free_tasks_[entry.task_count];
    tasks_[entry.first_task].next = free;
    free = entry.first_task;
  }
  workloads_.give_back(slot);
}

std::optional<SimTime> FinishedLog::finish_of(WorkloadId id) const {
  for (const FinishedWorkload& entry : std::views::reverse(entries_)) {
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
