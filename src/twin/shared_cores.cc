#include "twin/shared_cores.h"

#include <algorithm>
#include <utility>

namespace scinet {

void SharedCores::set_capacity(HostId id, double cores, Mips speed, double boost) {
  Host& host = hosts_[id.value];
  host.capacity = cores;
  host.speed = speed.value();
  host.boost = static_cast<float>(boost);
  update(host);
}

void SharedCores::set_contention(HostId id, double contention) {
  Host& host = hosts_[id.value];
  host.contention = contention;
  update(host);
}

void SharedCores::start(HostId id, Slot run, Mi work, double cap) {
  Host& host = hosts_[id.value];
  if (run >= runs_.size()) runs_.resize(run + 1);
  const Slot slot = group_of(host, cap);
  Group& group = groups_[slot];
  runs_[run] = Run{.tag = group.served + work.value(),
                   .used_before = group.used,
                   .order = next_order_++,
                   .group = slot};
  group.first = group.first == kNoSlot ? run : merge(group.first, run);
  ++group.size;
  ++host.runs;
  update(host);
}

void SharedCores::advance(HostId id, Seconds time) {
  Host& host = hosts_[id.value];
  host.until_next = std::max(host.until_next - time, Seconds(0));
  for (Slot slot = host.groups; slot != kNoSlot; slot = groups_[slot].next) {
    Group& group = groups_[slot];
    const double used = group.rate * time.count();
    group.used += used;
    group.served += used * host.pace;
  }
}

SharedCores::Ended SharedCores::finish_next(HostId id) {
  Host& host = hosts_[id.value];
  const Slot slot = host.next;
  Group& group = groups_[slot];
  const Slot run = group.first;
  const Seconds used(group.used - runs_[run].used_before);
  group.first = merge_children(runs_[run].child);
  --group.size;
  --host.runs;
  remove_if_empty(host, slot);
  update(host);
  return {run, used};
}

void SharedCores::clear(HostId id) {
  Host& host = hosts_[id.value];
  for (Slot slot = host.groups; slot != kNoSlot; slot = groups_[slot].next) {
    groups_.give_back(slot);
  }
  host.groups = kNoSlot;
  host.runs = 0;
  update(host);
}

Mi SharedCores::remaining(HostId id, Slot run, Seconds since) const {
  const Group& group = groups_[runs_[run].group];
  const double served = group.served + group.rate * hosts_[id.value].pace * since.count();
  return Mi(std::max(runs_[run].tag - served, 0.0));
}

Seconds SharedCores::used(Slot run, Seconds since) const {
  const Group& group = groups_[runs_[run].group];
  return Seconds(group.used - runs_[run].used_before + group.rate * since.count());
}

// The group of this cap, made in its place when there is none.
Slot SharedCores::group_of(Host& host, double cap) {
  Slot before = kNoSlot;
  Slot slot = host.groups;
  while (slot != kNoSlot && groups_[slot].cap < cap) {
    before = slot;
    slot = groups_[slot].next;
  }
  if (slot != kNoSlot && groups_[slot].cap == cap) return slot;
  const Slot made = groups_.take({.cap = cap, .next = slot});
  (before == kNoSlot ? host.groups : groups_[before].next) = made;
  return made;
}

// Of equal ones the run that was started first.
void SharedCores::find_next(Host& host) const {
  host.next = host.groups;
  host.until_next = kNever;
  if (host.next == kNoSlot) return;
  host.until_next = until_first(host, groups_[host.next]);
  for (Slot slot = groups_[host.next].next; slot != kNoSlot; slot = groups_[slot].next) {
    const Seconds time = until_first(host, groups_[slot]);
    const bool earlier =
        time < host.until_next ||
        (time == host.until_next && started_before(groups_[slot].first, groups_[host.next].first));
    if (earlier) {
      host.next = slot;
      host.until_next = time;
    }
  }
}

Seconds SharedCores::until_first(const Host& host, const Group& group) const {
  const double left = std::max(runs_[group.first].tag - group.served, 0.0);
  if (left == 0.0) return Seconds(0);
  return group.rate > 0.0 ? Seconds(left / (group.rate * host.pace)) : kNever;
}

void SharedCores::remove_if_empty(Host& host, Slot group) {
  if (groups_[group].size > 0) return;
  Slot* link = &host.groups;
  while (*link != group) link = &groups_[*link].next;
  *link = groups_[group].next;
  groups_.give_back(group);
}

// Out of line, so that its two halves are in line here.
[[gnu::noinline]] void SharedCores::update(Host& host) {
  level(host);
  find_next(host);
}

// Water-filling over the groups in order of cap: while the equal share of what is left covers
// the cap, the group keeps its cap; from the first that it does not, all get the share.
void SharedCores::level(Host& host) {
  double cores_left = host.capacity;
  double runs_left = static_cast<double>(host.runs);
  const double boost = static_cast<double>(host.boost);
  host.pace = host.speed / (1.0 + host.contention * (1.0 - 1.0 / std::max(runs_left, 1.0)));
  host.busy = 0.0;
  for (Slot slot = host.groups; slot != kNoSlot; slot = groups_[slot].next) {
    Group& group = groups_[slot];
    const double size = static_cast<double>(group.size);
    if (group.cap * runs_left <= cores_left) {
      group.rate = group.cap * boost;
      cores_left -= group.cap * size;
      host.busy += group.rate * size;
      runs_left -= size;
    } else {
      const double share = cores_left / runs_left * boost;
      for (; slot != kNoSlot; slot = groups_[slot].next) groups_[slot].rate = share;
      host.busy = host.capacity * boost;
      return;
    }
  }
}

// Of two that run together, between which the count has not gone half its way round.
bool SharedCores::started_before(Slot a, Slot b) const {
  return static_cast<std::int32_t>(runs_[a].order - runs_[b].order) < 0;
}

bool SharedCores::before(Slot a, Slot b) const {
  const double left = runs_[a].tag;
  const double right = runs_[b].tag;
  return left != right ? left < right : started_before(a, b);
}

Slot SharedCores::merge(Slot a, Slot b) {
  if (before(b, a)) std::swap(a, b);
  runs_[b].sibling = runs_[a].child;
  runs_[a].child = b;
  return a;
}

// Two passes: pairs from left to right, then the pairs from right to left into one.
Slot SharedCores::merge_children(Slot first) {
  Slot pairs = kNoSlot;
  while (first != kNoSlot) {
    const Slot second = runs_[first].sibling;
    const Slot rest = second == kNoSlot ? kNoSlot : runs_[second].sibling;
    runs_[first].sibling = kNoSlot;
    Slot pair = first;
    if (second != kNoSlot) {
      runs_[second].sibling = kNoSlot;
      pair = merge(first, second);
    }
    runs_[pair].sibling = pairs;
    pairs = pair;
    first = rest;
  }
  if (pairs == kNoSlot) return kNoSlot;
  Slot root = pairs;
  Slot others = runs_[root].sibling;
  runs_[root].sibling = kNoSlot;
  while (others != kNoSlot) {
    const Slot next = runs_[others].sibling;
    runs_[others].sibling = kNoSlot;
    root = merge(root, others);
    others = next;
  }
  return root;
}

}  // namespace scinet
