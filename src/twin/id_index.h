// Finds the slot of a workload by its id: a hash table with open addressing (linear probing,
// deletion by shifting back; Knuth, TAOCP 3, 6.4 R). It is never iterated, so its order cannot
// reach a decision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/id.h"
#include "twin/pool.h"

namespace scinet {

class IdIndex {
 public:
  IdIndex() : entries_(kLeast) {}

  void insert(WorkloadId id, Slot slot) {
    if (2 * (size_ + 1) > entries_.size()) grow();
    place(Entry{id.value, slot});
    ++size_;
  }

  // kNoSlot where there is no such id.
  Slot find(WorkloadId id) const { return entries_[position(id.value)].slot; }

  void erase(WorkloadId id) {
    std::size_t hole = position(id.value);
    if (entries_[hole].slot == kNoSlot) return;
    --size_;
    for (std::size_t i = next(hole); entries_[i].slot != kNoSlot; i = next(i)) {
      // An entry may move into the hole unless its home lies cyclically in (hole, i].
      const std::size_t from_home = (i - home(entries_[i].id)) & mask();
      const std::size_t from_hole = (i - hole) & mask();
      if (from_home < from_hole) continue;
      entries_[hole] = entries_[i];
      hole = i;
    }
    entries_[hole].slot = kNoSlot;
  }

 private:
  static constexpr std::size_t kLeast = 16;  // a power of two, as every size is

  struct Entry {
    std::uint64_t id = 0;
    Slot slot = kNoSlot;
  };

  std::size_t mask() const { return entries_.size() - 1; }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }
  std::size_t home(std::uint64_t id) const {
    return static_cast<std::size_t>((id * 0x9e3779b97f4a7c15u) >> 32) & mask();
  }

  // Where `id` is, or would go.
  std::size_t position(std::uint64_t id) const {
    std::size_t i = home(id);
    while (entries_[i].slot != kNoSlot && entries_[i].id != id) i = next(i);
    return i;
  }

  void place(Entry entry) { entries_[position(entry.id)] = entry; }

  void grow() {
    const std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(2 * entries_.size()));
    for (const Entry& entry : old) {
      if (entry.slot != kNoSlot) place(entry);
    }
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace scinet
