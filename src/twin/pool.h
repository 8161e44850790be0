// Numbered slots that are handed out and taken back without allocating once the pool has grown
// to its size. Slots refer to each other by number, never by address, so a copy of a pool is
// complete in itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scinet {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = UINT32_MAX;

template <class T>
class Pool {
 public:
  // A slot that holds `item`. References to other slots may move.
  Slot take(const T& item = T{}) {
    const Slot slot = take_as_it_was();
    items_[slot] = item;
    return slot;
  }
  // A slot that still holds what it held last.
  Slot take_as_it_was() {
    if (free_.empty()) {
      items_.emplace_back();
      return static_cast<Slot>(items_.size() - 1);
    }
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(Slot slot) { free_.push_back(slot); }

  T& operator[](Slot slot) { return items_[slot]; }
  const T& operator[](Slot slot) const { return items_[slot]; }
  std::size_t in_use() const { return items_.size() - free_.size(); }

 private:
  std::vector<T> items_;
  std::vector<Slot> free_;
};

}  // namespace scinet
