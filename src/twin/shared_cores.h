// Processor sharing with a cap per run, by virtual time.
//
// A host has C cores; run i can use up to c_i of them. The rates r_i (in cores) are the fair
// ones: r_i = min(c_i, L) with the level L such that the rates sum to min(C, sum of c_i). Runs
// below the level keep their cap, the others share the rest equally. With equal caps this is
// plain processor sharing. With n runs a core does speed / (1 + contention (1 - 1 / n)). While the
// cores are boosted, all rates are so many times as high.
//
// Runs of equal cap always have equal rates. So each distinct cap on a host forms a group with
// one virtual clock (`served`, the work that every member has got since the group formed) and
// a run ends when that clock reaches its tag. A second one (`used`) counts core-seconds, which
// differ from work by a speed that changes. A change costs O(groups + log runs), whatever the
// number of runs; there is no clock here, time passes by advance().
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/id.h"
#include "base/units.h"
#include "twin/pool.h"

namespace scinet {

class SharedCores {
 public:
  static constexpr Seconds kNever{std::numeric_limits<double>::infinity()};

  struct Ended {
    Slot run = kNoSlot;
    Seconds used{0};  // core-seconds
  };

  explicit SharedCores(std::size_t hosts) : hosts_(hosts) {}

  // Each core does `boost` times that speed, and counts as so many.
  void set_capacity(HostId host, double cores, Mips speed, double boost = 1.0);
  void set_contention(HostId host, double contention);

  // `run` is a number of the caller's that is not running now; `cap` > 0 in cores.
  void start(HostId host, Slot run, Mi work, double cap);
  void advance(HostId host, Seconds time);

  // Time until the first run ends, kNever when none runs. Never negative.
  Seconds until_next(HostId host) const { return hosts_[host.value].until_next; }
  // Takes out the run that ends first (of equal ones, the first that was started).
  Ended finish_next(HostId host);
  void clear(HostId host);

  double busy(HostId host) const { return hosts_[host.value].busy; }  // in cores
  int running(HostId host) const { return static_cast<int>(hosts_[host.value].runs); }
  // Work left of a run, and the core-seconds that it has used, `since` after the last advance().
  Mi remaining(HostId host, Slot run, Seconds since) const;
  Seconds used(Slot run, Seconds since) const;

 private:
  // A cache line each, as an event touches one of both.
  struct alignas(64) Host {
    double capacity = 0.0;  // cores
    double speed = 1.0;     // Mi a second and core, of one run alone
    double contention = 0.0;
    double pace = 1.0;      // Mi a second and core, now
    double busy = 0.0;      // cores
    float boost = 1.0f;     // no more than fits into the line
    Slot groups = kNoSlot;  // first of a list in order of cap
    std::uint32_t runs = 0;
    Slot next = kNoSlot;         // the group of the run that ends first,
    Seconds until_next{kNever};  // and in what time
  };
  struct alignas(64) Group {
    double cap = 0.0;      // cores that each member can use
    double rate = 0.0;     // cores that each member has now
    double served = 0.0;   // Mi that each member has got since the group formed
    double used = 0.0;     // core-seconds, likewise
    Slot first = kNoSlot;  // root of a pairing heap by (tag, order)
    std::uint32_t size = 0;
    Slot next = kNoSlot;
  };
  // A node of a pairing heap (Fredman, Sedgewick, Sleator, Tarjan, Algorithmica 1, 1986).
  struct alignas(32) Run {     // half a cache line
    double tag = 0.0;          // the run ends when its group has served this much
    double used_before = 0.0;  // what its group had used when it started
    std::uint32_t order = 0;   // of starting, as a count that may wrap
    Slot child = kNoSlot;
    Slot sibling = kNoSlot;
    Slot group = kNoSlot;
  };

  Slot group_of(Host& host, double cap);
  void find_next(Host& host) const;
  Seconds until_first(const Host& host, const Group& group) const;
  void remove_if_empty(Host& host, Slot group);
  void update(Host& host);
  void level(Host& host);
  bool started_before(Slot a, Slot b) const;
  bool before(Slot a, Slot b) const;
  Slot merge(Slot a, Slot b);
  Slot merge_children(Slot first);

  std::vector<Host> hosts_;
  Pool<Group> groups_;
  std::vector<Run> runs_;  // by the caller's number
  std::uint32_t next_order_ = 0;
};

}  // namespace scinet
