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
  EXPECT_EQ(cores.finish_next(kHost).run, 0u);
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
    order.push_back(cores.finish_next(kHost).run);
  }
  EXPECT_EQ(order, (std::vector<Slot>{5, 3, 9, 1}));
}

TEST(SharedCores, ContentionSlowsEveryCoreDown) {
  SharedCores cores = host_of(4);
  cores.set_contention(kHost, 0.75);
  cores.start(kHost, 0, Mi(100), 1);
  EXPECT_DOUBLE_EQ(cores.until_next(kHost).count(), 1.0);  // alone: 100 MIPS
  cores.start(kHost, 1, Mi(160), 2);
  cores.start(kHost, 2, Mi(400), 1);
  // Three runs: 100 / (1 + 2/3 * 0.75) = 200/3 MIPS a core. Run 1 has two of them and ends after
  // 160 / (400/3) = 1.2 s, in which it uses 2.4 core-seconds; run 0 has had 80 Mi by then.
  EXPECT_DOUBLE_EQ(cores.busy(kHost), 4.0);
  EXPECT_NEAR(cores.until_next(kHost).count(), 1.2, 1e-12);
  cores.advance(kHost, Seconds(1.2));
  EXPECT_NEAR(cores.remaining(kHost, 0, Seconds(0)).value(), 20.0, 1e-9);
  const auto [run, used] = cores.finish_next(kHost);
  EXPECT_EQ(run, 1u);
  EXPECT_NEAR(used.count(), 2.4, 1e-12);
  // Two runs: 100 / (1 + 1/2 * 0.75) MIPS.
  EXPECT_NEAR(cores.until_next(kHost).count(), 0.275, 1e-9);
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
    double used = 0.0;  // core-seconds
  };
  double capacity;
  double speed;
  double contention;
  std::map<Slot, Run> runs;

  double pace() const {
    return speed / (1.0 + contention * (1.0 - 1.0 / static_cast<double>(runs.size())));
  }

  // In cores.
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
    ObviousCores obvious{capacity, 100.0, 0.3 * random.uniform(), {}};
    fast.set_contention(kHost, obvious.contention);
    Slot next = 0;
    for (int step = 0; step < 60; ++step) {
      if (obvious.runs.empty() || (random.uniform() < 0.55 && obvious.runs.size() < 12)) {
        const double work = random.exponential(50.0);
        const double cap = 0.5 * static_cast<double>(1 + random.below(6));
        fast.start(kHost, next, Mi(work), cap);
        obvious.runs[next++] = {.left = work, .cap = cap};
        continue;
      }
      std::map<Slot, double> rates;
      Slot first = kNoSlot;
      double least = 1e300;
      for (const auto& [id, run] : obvious.runs) {
        rates[id] = obvious.rate(run);
        if (const double time = run.left / (rates[id] * obvious.pace()); time < least) {
          least = time;
          first = id;
        }
      }
      ASSERT_NEAR(fast.until_next(kHost).count(), least, 1e-9) << "seed " << seed;
      const bool to_the_end = random.uniform() < 0.5;
      const double time = least * (to_the_end ? 1.0 : random.uniform());
      fast.advance(kHost, Seconds(time));
      for (auto& [id, run] : obvious.runs) {
        run.used += rates[id] * time;
        run.left -= rates[id] * obvious.pace() * time;
      }
      for (const auto& [id, run] : obvious.runs) {
        ASSERT_NEAR(fast.remaining(kHost, id, Seconds(0)).value(), run.left, 1e-7) << seed;
        ASSERT_NEAR(fast.used(id, Seconds(0)).count(), run.used, 1e-9) << seed;
      }
      if (to_the_end) {
        const auto [run, used] = fast.finish_next(kHost);
        ASSERT_EQ(run, first) << "seed " << seed;
        ASSERT_NEAR(used.count(), obvious.runs.at(first).used, 1e-9) << "seed " << seed;
        obvious.runs.erase(first);
      }
    }
  }
}

}  // namespace
}  // namespace scinet
