// The twin's calendar: persistent timers. A timer is a number that is due at one moment or not at
// all; setting it again moves it. Timers that are due together come in the order in which they
// were set.
//
// A tournament over the timers with four at a match, which is one cache line. Setting a timer
// plays its matches again on the way up, and stops where the change can no longer be seen.
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
    // Where k matches are between winners, 3 k + 1 are between timers.
    const std::size_t upper = std::max((timers + 7) / 12, 2 * upper_);
    std::vector<Match> matches(4 * upper + 1);
    for (std::size_t i = 0; i < 3 * upper + 1; ++i) {
      if (4 * i < orders_.size()) matches[upper + i] = matches_[upper_ + i];
      for (std::size_t k = 0; k < 4; ++k) {
        matches[upper + i][k].timer = static_cast<TimerId>(4 * i + k);
      }
    }
    orders_.resize(4 * (3 * upper + 1));
    matches_ = std::move(matches);
    upper_ = upper;
    for (std::size_t i = matches_.size(); i-- > 0;) winner_goes_to(i) = winner_of(matches_[i]);
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
  TimerId first() const { return first_.timer; }
  SimTime first_due() const { return first_.at; }  // the end of time when empty

 private:
  struct Entrant {
    SimTime at = SimTime::max();
    TimerId timer = 0;
  };
  struct alignas(64) Match : std::array<Entrant, 4> {};

  SimTime due(TimerId timer) const { return matches_[upper_ + timer / 4][timer % 4].at; }

  bool comes_before(const Entrant& a, const Entrant& b) const {
    if (a.at == b.at) [[unlikely]] {
      return orders_[a.timer] < orders_[b.timer];
    }
    return a.at < b.at;
  }

  // Of equal ones the left.
  const Entrant& winner_of(const Entrant& a, const Entrant& b) const {
    return comes_before(b, a) ? b : a;
  }
  const Entrant& winner_of(const Match& match) const {
    return winner_of(winner_of(match[0], match[1]), winner_of(match[2], match[3]));
  }

  Entrant& winner_goes_to(std::size_t match) {
    return match == 0 ? first_ : matches_[(match - 1) / 4][(match - 1) % 4];
  }

  // Up to where this timer neither wins nor has won.
  void play(TimerId timer, SimTime at) {
    std::size_t match = upper_ + timer / 4;
    matches_[match][timer % 4].at = at;
    while (true) {
      const Entrant& winner = winner_of(matches_[match]);
      Entrant& place = winner_goes_to(match);
      if (place.timer != timer && winner.timer != timer) return;
      place = winner;
      if (match == 0) return;
      match = (match - 1) / 4;
    }
  }

  // The winner of match i > 0 enters match (i - 1) / 4 at place (i - 1) % 4; those between timers
  // come last.
  std::vector<Match> matches_;
  std::size_t upper_ = 0;  // matches between winners
  Entrant first_;
  std::vector<std::uint64_t> orders_;  // by timer: when each was set, as a count
  std::uint64_t next_order_ = 0;
};

}  // namespace scinet
