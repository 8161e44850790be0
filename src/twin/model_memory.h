// Memory of the hosts: models that are resident, tasks that use them, and who may come in.
//
// A model needs its memory once on a host, from the start of its load until it is evicted; a
// task needs its own from admission until it is done. What does not fit evicts models that no
// admitted task uses: first those that no queued task wants, then the least recently used (of
// equal ones the smaller id). If that is not enough, nothing is evicted and the task waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/id.h"
#include "base/units.h"
#include "model/application.h"
#include "twin/pool.h"

namespace scinet {

class ModelMemory {
 public:
  enum class State { kAbsent, kFetching, kPreparing, kResident };  // in between: the load

  // A model on a host; absent ones are kept only while a queued task wants them. A cache line is
  // for every task, another one for those that wait for the load.
  struct alignas(64) Entry {
    ModelId model;
    State state = State::kAbsent;
    Mebibytes model_memory;
    Mebibytes task_memory;
    std::uint64_t used = 0;    // when it was last used, as a count
    std::uint32_t queued = 0;  // tasks that wait for admission
    std::uint32_t users = 0;   // admitted tasks, running or waiting for the load
    Slot next = kNoSlot;

    Slot first_waiting = kNoSlot;  // tasks that wait for the load, in order: a list of the caller
    Slot last_waiting = kNoSlot;
    SimTime fetched_at{0};  // while it is fetched: the end of the load time
    Mi load_work = {};      // then that of the load

    Slot first_collected = kNoSlot;  // of the batch that collects: likewise
    Slot last_collected = kNoSlot;
    int collected = 0;
    SimTime closes_at{0};
  };

  explicit ModelMemory(std::size_t hosts) : hosts_(hosts) {}

  void set_size(HostId host, Mebibytes size) { hosts_[host.value].size = size; }

  // A task of this model, which is `fragment`, joins the queue of the host.
  Slot enqueue(HostId host, const ModelId& model, const Fragment& fragment) {
    const Slot slot = find_or_add(hosts_[host.value], model, fragment);
    ++entries_[slot].queued;
    return slot;
  }
  // The first of the queue comes in if it fits. The caller starts a load if the model is absent.
  bool admit(HostId host, Slot entry);
  // Takes a queued task in, fits or not: it was running before the twin began.
  void force(HostId host, Slot entry);
  void release(HostId host, Slot entry);

  void start_load(Slot entry, SimTime fetched_at, Mi load_work);
  void finish_load(Slot entry) { entries_[entry].state = State::kResident; }
  // Of a model that nobody asked for here: it was there before the twin began.
  Slot restore(HostId host, const ModelId& model, const Fragment& fragment, State state);
  void clear(HostId host);  // models and tasks

  // Whether this task runs the work of the load of its model.
  bool is_prepared_by(Slot entry, Slot task) const {
    return entries_[entry].state == State::kPreparing && entries_[entry].first_waiting == task;
  }
  Mebibytes used(HostId host) const { return hosts_[host.value].used; }
  Slot first(HostId host) const { return hosts_[host.value].first; }
  Entry& operator[](Slot entry) { return entries_[entry]; }
  const Entry& operator[](Slot entry) const { return entries_[entry]; }

 private:
  struct alignas(32) Host {  // half a cache line
    Mebibytes size;
    Mebibytes used;
    Slot first = kNoSlot;  // of a list of entries
  };

  Slot find_or_add(Host& host, const ModelId& model, const Fragment& fragment) {
    for (Slot slot = host.first; slot != kNoSlot; slot = entries_[slot].next) {
      if (entries_[slot].model == model) return slot;
    }
    return add(host, model, fragment);
  }
  Slot add(Host& host, const ModelId& model, const Fragment& fragment);
  void recount(Host& host);
  bool make_room(Host& host, Mebibytes needed, Slot wanted);
  void evict(Host& host, Slot entry);

  std::vector<Host> hosts_;
  Pool<Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace scinet
