// The twin's containers against the obvious ones of the standard library.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
#include "twin/calendar.h"
#include "twin/pool.h"
#include "twin/workload_table.h"

namespace scinet {
namespace {

TEST(Calendar, AgreesWithAnOrderedSet) {
  constexpr std::uint64_t kTimers = 40;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random(seed);
    Calendar calendar(kTimers);
    std::set<std::tuple<SimTime, std::uint64_t, TimerId>> sorted;
    std::map<TimerId, std::pair<SimTime, std::uint64_t>> set_timers;
    for (std::uint64_t step = 0; step < 500; ++step) {
      const auto timer = static_cast<TimerId>(random.below(kTimers));
      const SimTime at(static_cast<SimTime::rep>(random.below(20)));  // many ties
      const bool cancels = random.uniform() < 0.3;
      cancels ? calendar.cancel(timer) : calendar.set(timer, at);
      const auto old = set_timers.find(timer);
      const bool is_same = !cancels && old != set_timers.end() && old->second.first == at;
      if (old != set_timers.end() && !is_same) {
        sorted.erase({old->second.first, old->second.second, timer});
        set_timers.erase(old);
      }
      if (!cancels && !is_same) {
        sorted.insert({at, step, timer});
        set_timers[timer] = {at, step};
      }
      ASSERT_EQ(calendar.empty(), sorted.empty());
      if (sorted.empty()) continue;
      ASSERT_EQ(calendar.first(), std::get<2>(*sorted.begin())) << "seed " << seed;
      ASSERT_EQ(calendar.first_due(), std::get<0>(*sorted.begin())) << "seed " << seed;
    }
  }
}

TEST(Calendar, GrowsWithoutForgetting) {
  Calendar calendar;
  EXPECT_TRUE(calendar.empty());
  calendar.grow_to(3);
  calendar.set(2, SimTime(5));
  calendar.set(0, SimTime(7));
  calendar.grow_to(100);
  calendar.set(99, SimTime(6));
  EXPECT_EQ(calendar.first(), 2u);
  calendar.cancel(2);
  EXPECT_EQ(calendar.first(), 99u);
  calendar.cancel(99);
  EXPECT_EQ(calendar.first_due(), SimTime(7));
  calendar.cancel(0);
  EXPECT_TRUE(calendar.empty());
}

TEST(WorkloadTable, AgreesWithAMap) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random(seed);
    WorkloadTable table;
    std::map<WorkloadId, Slot> map;
    std::uint64_t last = 0;
    for (int step = 0; step < 2000; ++step) {
      // Grows at first, then shrinks to nothing.
      if (random.uniform() < (step < 1000 ? 0.6 : 0.4)) {
        Workload workload;
        workload.id = WorkloadId{last += 1 + random.below(3)};
        map[workload.id] = table.add(workload, 1.0);
      } else if (!map.empty()) {
        const auto any =
            std::next(map.begin(), static_cast<std::ptrdiff_t>(random.below(map.size())));
        table.remove(any->second);
        map.erase(any);
      }
      ASSERT_EQ(table.size(), map.size()) << "seed " << seed;
      const WorkloadId probe{random.below(last + 2)};
      const auto found = map.find(probe);
      ASSERT_EQ(table.find(probe), found == map.end() ? kNoSlot : found->second) << "seed " << seed;
      Slot slot = table.first();
      for (const auto& [id, expected] : map) {
        ASSERT_EQ(slot, expected) << "seed " << seed;
        slot = table.next(slot);
      }
      ASSERT_EQ(slot, kNoSlot) << "seed " << seed;
    }
  }
}

TEST(Pool, SlotsComeBackFresh) {
  Pool<int> pool;
  const Slot first = pool.take();
  const Slot second = pool.take();
  pool[first] = 7;
  pool[second] = 8;
  pool.give_back(first);
  EXPECT_EQ(pool.in_use(), 1u);
  EXPECT_EQ(pool.take(), first);
  EXPECT_EQ(pool[first], 0);
  EXPECT_EQ(pool[second], 8);
}

}  // namespace
}  // namespace scinet
