#include "twin/model_memory.h"

#include <tuple>

namespace scinet {
namespace {

Mebibytes held_by(const ModelMemory::Entry& entry) {
  const Mebibytes tasks = entry.task_memory * static_cast<double>(entry.users);
  return entry.state == ModelMemory::State::kAbsent ? tasks : tasks + entry.model_memory;
}

}  // namespace

bool ModelMemory::admit(HostId id, Slot slot) {
  Host& host = hosts_[id.value];
  const Entry& entry = entries_[slot];
  const bool absent = entry.state == State::kAbsent;
  const Mebibytes needed = absent ? entry.task_memory + entry.model_memory : entry.task_memory;
  if (host.used + needed > host.size && !make_room(host, needed, slot)) return false;
  force(id, slot);
  return true;
}

void ModelMemory::force(HostId id, Slot slot) {
  Entry& entry = entries_[slot];
  Mebibytes& used = hosts_[id.value].used;
  if (entry.state == State::kAbsent) used += entry.model_memory;
  used += entry.task_memory;
  --entry.queued;
  ++entry.users;
  entry.used = ++uses_;
}

void ModelMemory::release(HostId id, Slot slot) {
  Entry& entry = entries_[slot];
  hosts_[id.value].used -= entry.task_memory;
  --entry.users;
  entry.used = ++uses_;
}

void ModelMemory::start_load(Slot slot, SimTime fetched_at, Mi load_work) {
  entries_[slot].state = State::kFetching;
  entries_[slot].fetched_at = fetched_at;
  entries_[slot].load_work = load_work;
}

Slot ModelMemory::restore(HostId id, const ModelId& model, const Fragment& fragment, State state) {
  Host& host = hosts_[id.value];
  const Slot slot = find_or_add(host, model, fragment);
  if (entries_[slot].state == State::kAbsent) host.used += fragment.model_memory;
  entries_[slot].state = state;
  return slot;
}

void ModelMemory::clear(HostId id) {
  Host& host = hosts_[id.value];
  for (Slot slot = host.first; slot != kNoSlot; slot = entries_[slot].next) {
    entries_.give_back(slot);
  }
  host.first = kNoSlot;
  host.used = Mebibytes(0);
}

Slot ModelMemory::add(Host& host, const ModelId& model, const Fragment& fragment) {
  const Slot slot = entries_.take({.model = model,
                                   .model_memory = fragment.model_memory,
                                   .task_memory = fragment.memory,
                                   .next = host.first});
  host.first = slot;
  return slot;
}

// Evicts until `needed` fits, or nothing when that cannot be reached. Never evicts `wanted`.
bool ModelMemory::make_room(Host& host, Mebibytes needed, Slot wanted) {
  const auto idle = [&](Slot slot) {
    return slot != wanted && entries_[slot].state == State::kResident && entries_[slot].users == 0;
  };
  recount(host);
  Mebibytes kept;
  for (Slot slot = host.first; slot != kNoSlot; slot = entries_[slot].next) {
    if (!idle(slot)) kept += held_by(entries_[slot]);
  }
  if (kept + needed > host.size) return false;

  const auto rank = [&](Slot slot) {
    const Entry& entry = entries_[slot];
    return std::tuple(entry.queued > 0, entry.used, entry.model);
  };
  while (host.used + needed > host.size) {
    Slot victim = kNoSlot;
    for (Slot slot = host.first; slot != kNoSlot; slot = entries_[slot].next) {
      if (idle(slot) && (victim == kNoSlot || rank(slot) < rank(victim))) victim = slot;
    }
    evict(host, victim);
  }
  return true;
}

// Sums afresh what adding and subtracting has rounded, so that a host is never full of nothing.
void ModelMemory::recount(Host& host) {
  host.used = Mebibytes(0);
  for (Slot slot = host.first; slot != kNoSlot; slot = entries_[slot].next) {
    host.used += held_by(entries_[slot]);
  }
}

void ModelMemory::evict(Host& host, Slot victim) {
  Entry& entry = entries_[victim];
  entry.state = State::kAbsent;
  if (entry.queued == 0) {
    Slot* link = &host.first;
    while (*link != victim) link = &entries_[*link].next;
    *link = entry.next;
    entries_.give_back(victim);
  }
  recount(host);
}

}  // namespace scinet
