// The twin's calendar: persistent timers. A timer is a number that is due at one moment or not at
// all; setting it again moves it. Timers that are due together come in the order in which they
// were set.
//
// A tournament over the timers with four at a match, which is one cache line. Setting a timer
// plays its matches again on the way up, and stops where the change can no longer be seen.
//
// All places lie in one array, a match in each four of them: the winner of places 4 k .. 4 k + 3
// stands at place k + 2, which makes place 3 that of the winner of all. The timers come last.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"

namespace scinet {

using TimerId = std::uint32_t;

class Calendar {
 public:
  explicit Calendar(std::size_t timers = 0) { grow_to(std::max<std::size_t>(timers, 1)); }

  // Makes timers 0 .. timers - 1 known; those that are new are idle.
  void grow_to(std::size_t timers) {
    if (timers <= orders_.size()) return;
    // Below m matches between winners are 3 m + 1 between timers; the first match is not played.
    const std::size_t upper = std::max((timers + 7) / 12, 2 * (timers_ / 4));
    const std::vector<Match> before = std::exchange(matches_, std::vector<Match>(4 * upper + 2));
    const std::size_t timers_before = std::exchange(timers_, 4 * (upper + 1));
    for (std::size_t i = 0; i < 4 * (3 * upper + 1); ++i) {
      const std::size_t old = timers_before + i;
      places()[timers_ + i] =
          i < orders_.size() ? before[old / 4][old % 4] : Entrant{.timer = static_cast<TimerId>(i)};
    }
    orders_.resize(4 * (3 * upper + 1));
    for (std::size_t match = matches_.size() - 1; match > 0; --match) {
      places()[match + 2] = winner_of(places() + 4 * match);
    }
  }

  // Nothing changes where it is due at that moment already, its place among equals included.
  void set(TimerId timer, SimTime at) {
    if (due(timer) == at) return;
    orders_[timer] = next_order_++;
    play(timer, at);
  }

  void cancel(TimerId timer) {
    if (is_set(timer)) play(timer, SimTime::max());
  }

  bool is_set(TimerId timer) const { return due(timer) != SimTime::max(); }
  bool empty() const { return first_due() == SimTime::max(); }
  TimerId first() const { return places()[kWinner].timer; }
  SimTime first_due() const { return places()[kWinner].at; }  // the end of time when empty

 private:
  struct Entrant {
    SimTime at = SimTime::max();
    TimerId timer = 0;
  };
  struct alignas(64) Match : std::array<Entrant, 4> {};
  static_assert(sizeof(Match) == 4 * sizeof(Entrant));
  static constexpr std::size_t kWinner = 3;

  // All places in a row: the matches lie without gaps.
  Entrant* places() { return reinterpret_cast<Entrant*>(matches_.data()); }
  const Entrant* places() const { return reinterpret_cast<const Entrant*>(matches_.data()); }
  SimTime due(TimerId timer) const { return places()[timers_ + timer].at; }

  // Idle ones need no order between them.
  bool comes_before(const Entrant& a, const Entrant& b) const {
    if (a.at == b.at) [[unlikely]] {
      return a.at != SimTime::max() && orders_[a.timer] < orders_[b.timer];
    }
    return a.at < b.at;
  }

  // Of equal ones the left.
  const Entrant& winner_of(const Entrant& a, const Entrant& b) const {
    return comes_before(b, a) ? b : a;
  }
  const Entrant& winner_of(const Entrant* match) const {
    return winner_of(winner_of(match[0], match[1]), winner_of(match[2], match[3]));
  }

  // Up to where this timer neither wins nor has won.
  void play(TimerId timer, SimTime due) {
    Entrant* const all = places();
    std::size_t place = timers_ + timer;
    all[place].at = due;
    do {
      const Entrant& winner = winner_of(all + place / 4 * 4);
      place = place / 4 + 2;
      if (all[place].timer != timer && winner.timer != timer) return;
      all[place].at = winner.at;
      all[place].timer = winner.timer;
    } while (place != kWinner);
  }

  std::vector<Match> matches_;
  std::size_t timers_ = 0;             // the place of timer 0
  std::vector<std::uint64_t> orders_;  // by timer: when each was set, as a count
  std::uint64_t next_order_ = 0;
};

}  // namespace scinet
