// The twin's containers against the obvious ones of the standard library.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
#include "twin/calendar.h"
#include "twin/id_index.h"
#include "twin/pool.h"

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
      if (const auto old = set_timers.find(timer); old != set_timers.end()) {
        sorted.erase({old->second.first, old->second.second, timer});
        set_timers.erase(old);
      }
      if (random.uniform() < 0.3) {
        calendar.cancel(timer);
      } else {
        const SimTime at(static_cast<SimTime::rep>(random.below(20)));  // many ties
        calendar.set(timer, at);
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

TEST(IdIndex, AgreesWithAMap) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random(seed);
    // Ids in a row as a run has them, or anywhere.
    const std::uint64_t range = seed % 2 == 0 ? 200 : ~std::uint64_t{0};
    IdIndex index;
    std::map<std::uint64_t, Slot> map;
    std::vector<std::uint64_t> ids(200);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = range == 200 ? i : random.next();
    for (Slot step = 0; step < 2000; ++step) {
      const std::uint64_t id = ids[random.below(ids.size())];
      if (map.contains(id)) {
        index.erase(WorkloadId{id});
        map.erase(id);
      } else {
        index.insert(WorkloadId{id}, step);
        map[id] = step;
      }
      for (const std::uint64_t probe : {id, ids[random.below(ids.size())]}) {
        const auto found = map.find(probe);
        ASSERT_EQ(index.find(WorkloadId{probe}), found == map.end() ? kNoSlot : found->second)
            << "seed " << seed;
      }
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
