// The twin's calendar: persistent timers. A timer is a number that is due at one moment or not at
// all; setting it again moves it. Timers that are due together come in the order in which they
// were set.
//
// A tournament over the timers: every inner node knows the first of those below it. Setting a
// timer replays its matches on the way up, and stops where the change can no longer be seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace scinet {

using TimerId = std::uint32_t;

class Calendar {
 public:
  explicit Calendar(std::size_t timers = 0) { grow_to(std::max<std::size_t>(timers, 1)); }

  // Makes timers 0 .. timers - 1 known; those that are new are idle.
  void grow_to(std::size_t timers) {
    if (timers <= dues_.size()) return;
    std::size_t leaves = 1;
    while (leaves < timers) leaves *= 2;
    dues_.resize(leaves);
    winners_.resize(2 * leaves);
    for (std::size_t i = 0; i < leaves; ++i) winners_[leaves + i] = static_cast<TimerId>(i);
    for (std::size_t node = leaves - 1; node > 0; --node) {
      winners_[node] = first_of(winners_[2 * node], winners_[2 * node + 1]);
    }
  }

  void set(TimerId timer, SimTime at) {
    dues_[timer] = {at, next_order_++};
    replay(timer);
  }

  void cancel(TimerId timer) {
    if (!is_set(timer)) return;
    dues_[timer] = {};
    replay(timer);
  }

  bool is_set(TimerId timer) const { return dues_[timer].at != SimTime::max(); }
  bool empty() const { return first_due() == SimTime::max(); }
  TimerId first() const { return dues_.size() == 1 ? 0 : winners_[1]; }
  SimTime first_due() const { return dues_[first()].at; }  // the end of time when empty

 private:
  struct Due {
    SimTime at = SimTime::max();
    std::uint64_t order = 0;
  };

  TimerId first_of(TimerId a, TimerId b) const {
    const Due& left = dues_[a];
    const Due& right = dues_[b];
    if (left.at != right.at) return left.at < right.at ? a : b;
    return left.order <= right.order ? a : b;
  }

  void replay(TimerId timer) {
    TimerId* const winners = winners_.data();
    for (std::size_t node = (dues_.size() + timer) / 2; node > 0; node /= 2) {
      const TimerId winner = first_of(winners[2 * node], winners[2 * node + 1]);
      if (winner == winners[node] && winner != timer) return;
      winners[node] = winner;
    }
  }

  std::vector<Due> dues_;         // a power of two
  std::vector<TimerId> winners_;  // node i has the children 2 i and 2 i + 1; the leaves come last
  std::uint64_t next_order_ = 0;
};

}  // namespace scinet
