// The twin's workloads: those in progress with the state of their tasks, and a log of the
// finished ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include "base/ensure.h"
#include "model/accounts.h"
#include "model/cluster_view.h"
#include "twin/pool.h"
#include "twin/record_list.h"

namespace scinet {

struct alignas(64) Task {              // two cache lines
  const Fragment* fragment = nullptr;  // of the borrowed catalogue
  Mi work = {};
  std::uint64_t delivered = 0;  // a bit per input; one bit for the client's input
  Slot workload = kNoSlot;
  FragmentId id = {};
  TaskState state = TaskState::kUnplaced;
  bool output_lost = false;  // done, but its host has lost power since
  SimTime since{0};          // when it came into this state
  SimTime admitted{0};       // to memory, where it had to wait for its model
  TaskOutcome outcome = {};  // as far as it has come; its host while placed
  Slot model = kNoSlot;      // its entry in the host's memory, while queued or running
  Slot next = kNoSlot;       // in the queue of its host, those that wait for a load, or its batch
  Slot batch = kNoSlot;      // while running: the first of its batch, in whose name it does

  bool batches() const { return fragment->batch.is_on(); }

  std::uint64_t all_inputs() const {
    const std::size_t count = fragment->inputs.size();
    return count <= 1 ? 1u : ~std::uint64_t{0} >> (64 - count);
  }
  void enter(TaskState next_state, SimTime now) {
    state = next_state;
    since = now;
  }
};

struct alignas(64) ActiveWorkload {  // two cache lines
  Workload workload;
  double size = 1.0;  // factor of the drawn work
  std::optional<StrategyId> strategy;
  SimTime deployed_at{0};
  Slot first_task = kNoSlot;  // its tasks are neighbours
  std::uint32_t task_count = 0;
  int attempts = 0;
  std::uint64_t placed_by = 0;  // the number of the last plan that placed a task of it
  std::uint32_t position = 0;   // in the table's order of arrival
};

class WorkloadTable {
 public:
  // Ids only grow.
  Slot add(const Workload& workload, double size) {
    ensure(arrivals_.empty() || arrivals_.back().id < workload.id,
           "workloads arrive in order of their ids");
    const Slot slot = workloads_.take_as_it_was();
    // In its place, as copying two cache lines costs more than filling them.
    ::new (&workloads_[slot])
        ActiveWorkload{.workload = workload,
                       .size = size,
                       .strategy = {},
                       .position = static_cast<std::uint32_t>(arrivals_.size())};
    arrivals_.push_back({workload.id, slot});
    return slot;
  }
  // kNoSlot if not in progress. Most are looked for right after their arrival.
  Slot find(WorkloadId id) const {
    const bool is_latest = !arrivals_.empty() && arrivals_.back().id == id;
    return is_latest ? arrivals_.back().slot : find_among_all(id);
  }
  // Places for the tasks of a workload, for the caller to fill.
  std::span<Task> add_tasks(Slot workload, std::size_t count);
  void remove(Slot workload);

  ActiveWorkload& operator[](Slot slot) { return workloads_[slot]; }
  const ActiveWorkload& operator[](Slot slot) const { return workloads_[slot]; }
  Task& task(Slot slot) { return tasks_[slot]; }
  const Task& task(Slot slot) const { return tasks_[slot]; }

  // In order of id, until kNoSlot.
  Slot first() const { return at_or_after(0); }
  Slot next(Slot slot) const { return at_or_after(workloads_[slot].position + 1); }
  std::size_t size() const { return workloads_.in_use(); }

 private:
  struct Arrival {
    WorkloadId id;
    Slot slot = kNoSlot;  // none when it has finished
  };

  Slot at_or_after(std::size_t position) const {
    while (position < arrivals_.size() && arrivals_[position].slot == kNoSlot) ++position;
    return position < arrivals_.size() ? arrivals_[position].slot : kNoSlot;
  }
  Slot find_among_all(WorkloadId id) const;
  void forget_finished();

  Pool<ActiveWorkload> workloads_;
  std::vector<Task> tasks_;
  std::vector<Slot> free_tasks_;   // by count: first of a list of free neighbours, linked by `next`
  std::vector<Arrival> arrivals_;  // in order of id
  std::size_t finished_ = 0;       // of these
};

struct FinishedWorkload {
  Workload workload;
  StrategyId strategy;
  int attempts = 0;
  SimTime deployed_at{0};
  SimTime finish{0};
  std::uint32_t task_count = 0;
  std::uint32_t first_task = 0;
};

class FinishedLog {
 public:
  void add(const FinishedWorkload& entry) {
    FinishedWorkload& added = entries_.push_back(entry);
    added.first_task = static_cast<std::uint32_t>(tasks_.size()) - entry.task_count;
  }
  void add_task(const TaskOutcome& task) { tasks_.push_back(task); }  // of the next entry

  std::size_t size() const { return entries_.size(); }
  // In order of finish.
  auto entries() const { return entries_.range(0, entries_.size()); }
  const FinishedWorkload& operator[](std::size_t i) const { return entries_[i]; }
  auto since(SimTime start) const {  // that finished then or later
    const auto all = entries();
    const auto first = std::ranges::lower_bound(all, start, {}, &FinishedWorkload::finish);
    return entries_.range(static_cast<std::size_t>(first - all.begin()), entries_.size());
  }
  auto tasks(const FinishedWorkload& entry) const {
    return tasks_.range(entry.first_task, entry.first_task + entry.task_count);
  }
  // None when it is not in the log. Searches from the latest on.
  std::optional<SimTime> finish_of(WorkloadId id) const;
  FinishedLog copy_since(SimTime start) const;

 private:
  RecordList<FinishedWorkload> entries_;
  RecordList<TaskOutcome> tasks_;
};

}  // namespace scinet
