#include "twin/shared_cores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"

namespace scinet {
namespace {

constexpr HostId kHost{0};

SharedCores host_of(double cores, Mips speed = Mips(100)) {
  SharedCores shared(1);
  shared.set_capacity(kHost, cores, speed);
  return shared;
}

TEST(SharedCores, OneRunGetsItsCap) {
  SharedCores cores = host_of(4);
  cores.start(kHost, 0, Mi(300), 1.5);
  // 300 Mi / (1.5 cores * 100 MIPS) = 2 s.
  EXPECT_DOUBLE_EQ(cores.until_next(kHost).count(), 2.0);
  EXPECT_DOUBLE_EQ(cores.busy(kHost), 1.5);
}

TEST(SharedCores, TwoRunsShareOneCore) {
  SharedCores cores = host_of(1);
  cores.start(kHost, 0, Mi(100), 1);
  cores.start(kHost, 1, Mi(150), 1);
  // Half a core each: the first ends after 100 / 50 = 2 s; the second then has 50 Mi left and the
  // core for itself: 0.5 s.
  EXPECT_DOUBLE_EQ(cores.until_next(kHost).count(), 2.0);
  cores.advance(kHost, Seconds(2));
  EXPECT_EQ(cores.finish_next(kHost), 0u);
  EXPECT_DOUBLE_EQ(cores.until_next(kHost).count(), 0.5);
}

TEST(SharedCores, WhoNeedsLessThanTheShareKeepsItsCap) {
  SharedCores cores = host_of(4);
  cores.start(kHost, 0, Mi(100), 0.5);
  cores.start(kHost, 1, Mi(100), 4);
  cores.start(kHost, 2, Mi(100), 2);
  // Fair share 4/3 > 0.5, so run 0 keeps 0.5. The others share 3.5: 1.75 each, below both caps.
  // Remaining after 0.1 s at 100 MIPS: 100 - 5, 100 - 17.5, 100 - 17.5.
  EXPECT_DOUBLE_EQ(cores.busy(kHost), 4.0);
  EXPECT_DOUBLE_EQ(cores.remaining(kHost, 0, Seconds(0.1)).value(), 95.0);
  EXPECT_DOUBLE_EQ(cores.remaining(kHost, 1, Seconds(0.1)).value(), 82.5);
  EXPECT_DOUBLE_EQ(cores.remaining(kHost, 2, Seconds(0.1)).value(), 82.5);
}

TEST(SharedCores, CapsThatFitAreAllKept) {
  SharedCores cores = host_of(4);
  cores.start(kHost, 0, Mi(100), 1);
  cores.start(kHost, 1, Mi(100), 3);
  // 1 + 3 = 4 cores: nobody is slowed down.
  EXPECT_DOUBLE_EQ(cores.busy(kHost), 4.0);
  EXPECT_DOUBLE_EQ(cores.remaining(kHost, 0, Seconds(0.1)).value(), 90.0);
  EXPECT_DOUBLE_EQ(cores.remaining(kHost, 1, Seconds(0.1)).value(), 70.0);
}

TEST(SharedCores, EqualEndsComeInOrderOfStart) {
  SharedCores cores = host_of(2);
  for (const Slot run : {5u, 3u, 9u, 1u}) cores.start(kHost, run, Mi(10), 1);
  cores.advance(kHost, cores.until_next(kHost));
  std::vector<Slot> order;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(cores.until_next(kHost), Seconds(0));
    order.push_back(cores.finish_next(kHost));
  }
  EXPECT_EQ(order, (std::vector<Slot>{5, 3, 9, 1}));
}

TEST(SharedCores, WithoutCapacityNothingEnds) {
  SharedCores cores = host_of(0);
  cores.start(kHost, 0, Mi(10), 1);
  EXPECT_EQ(cores.until_next(kHost), SharedCores::kNever);
  cores.clear(kHost);
  EXPECT_EQ(cores.running(kHost), 0);
}

// The obvious way: every run's rate from a level found by bisection, no groups, no clocks.
struct ObviousCores {
  struct Run {
    double left;
    double cap;
  };
  double capacity;
  double speed;
  std::map<Slot, Run> runs;

  double rate(const Run& run) const {
    double low = 0.0;
    double high = capacity;
    for (int i = 0; i < 200; ++i) {
      const double level = (low + high) / 2.0;
      double sum = 0.0;
      for (const auto& [id, other] : runs) sum += std::min(other.cap, level);
      (sum < capacity ? low : high) = level;
    }
    return std::min(run.cap, high);
  }
};

TEST(SharedCores, AgreesWithTheObviousWay) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomStream random(seed);
    const double capacity = 1.0 + static_cast<double>(random.below(8));
    SharedCores fast = host_of(capacity, Mips(100));
    ObviousCores obvious{capacity, 100.0, {}};
    Slot next = 0;
    for (int step = 0; step < 60; ++step) {
      if (obvious.runs.empty() || (random.uniform() < 0.55 && obvious.runs.size() < 12)) {
        const double work = random.exponential(50.0);
        const double cap = 0.5 * static_cast<double>(1 + random.below(6));
        fast.start(kHost, next, Mi(work), cap);
        obvious.runs[next++] = {work, cap};
        continue;
      }
      std::map<Slot, double> rates;
      Slot first = kNoSlot;
      double least = 1e300;
      for (const auto& [id, run] : obvious.runs) {
        rates[id] = obvious.rate(run) * obvious.speed;
        if (run.left / rates[id] < least) {
          least = run.left / rates[id];
          first = id;
        }
      }
      ASSERT_NEAR(fast.until_next(kHost).count(), least, 1e-9) << "seed " << seed;
      const bool to_the_end = random.uniform() < 0.5;
      const double time = least * (to_the_end ? 1.0 : random.uniform());
      fast.advance(kHost, Seconds(time));
      for (auto& [id, run] : obvious.runs) run.left -= rates[id] * time;
      for (const auto& [id, run] : obvious.runs) {
        ASSERT_NEAR(fast.remaining(kHost, id, Seconds(0)).value(), run.left, 1e-7) << seed;
      }
      if (to_the_end) {
        ASSERT_EQ(fast.finish_next(kHost), first) << "seed " << seed;
        obvious.runs.erase(first);
      }
    }
  }
}

}  // namespace
}  // namespace scinet
