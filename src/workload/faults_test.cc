#include "workload/faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "workload/scenario.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

Scenario scenario_with(std::vector<Fault> faults, std::vector<RandomFaults> random_faults = {}) {
  Scenario scenario;
  scenario.hosts.resize(4);
  scenario.horizon = Seconds(100'000);
  scenario.faults = std::move(faults);
  scenario.random_faults = std::move(random_faults);
  return scenario;
}

Fault fault(FaultKind kind, std::uint32_t host, SimTime at, Seconds length, double factor = 1.0) {
  return {kind, HostId{host}, at, length, factor};
}

TEST(Faults, OfTheScheduleComeInOrderUpToTheHorizon) {
  const Fault late = fault(FaultKind::kCrash, 0, 100'000s, Seconds(1));
  const Fault first = fault(FaultKind::kUnlinked, 1, 5s, Seconds(1));
  const Fault second = fault(FaultKind::kCrash, 2, 5s, Seconds(1));
  const Fault third = fault(FaultKind::kSlow, 2, 5s, Seconds(1), 0.5);
  EXPECT_EQ(generate_faults(scenario_with({late, third, second, first}), RandomStreams(1)),
            (std::vector{first, second, third}));
}

// Gaps of 900 s and lengths of 100 s: of each host a fault in 1000 s, so 100 each and 400 in all,
// with a deviation of about 20.
TEST(Faults, AtRandomHaveTheirMeans) {
  const Scenario scenario =
      scenario_with({}, {{FaultKind::kSlow, Seconds(900), Seconds(100), 0.3}});
  const std::vector<Fault> faults = generate_faults(scenario, RandomStreams(1));
  EXPECT_EQ(faults, generate_faults(scenario, RandomStreams(1)));
  EXPECT_NE(faults, generate_faults(scenario, RandomStreams(2)));
  EXPECT_NEAR(static_cast<double>(faults.size()), 400, 5 * 20);
  double length = 0.0;
  std::vector<SimTime> free_at(4, 0s);
  for (const Fault& each : faults) {
    EXPECT_EQ(each.speed_factor, 0.3);
    EXPECT_GE(each.at, free_at[each.host.value]);  // one at a time
    free_at[each.host.value] = each.at + to_sim_time(each.length);
    length += each.length.count();
  }
  EXPECT_NEAR(length / static_cast<double>(faults.size()), 100, 5 * 100 / std::sqrt(400.0));
}

TEST(Faults, OfOneHostDoNotDependOnTheOthersNorOnTheHorizon) {
  Scenario scenario = scenario_with({}, {{FaultKind::kCrash, Seconds(900), Seconds(100)}});
  const auto of_host_1 = [&] {
    std::vector<Fault> faults = generate_faults(scenario, RandomStreams(1));
    std::erase_if(faults, [](const Fault& each) { return each.host != HostId{1}; });
    return faults;
  };
  const std::vector<Fault> whole = of_host_1();
  scenario.hosts.resize(2);
  EXPECT_EQ(of_host_1(), whole);
  scenario.horizon = Seconds(50'000);
  const std::vector<Fault> part = of_host_1();
  ASSERT_LT(part.size(), whole.size());
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
}

TEST(FaultEffects, AFaultBeginsAndEnds) {
  const std::vector<Fault> faults{fault(FaultKind::kSlow, 1, 10s, Seconds(5), 0.5),
                                  fault(FaultKind::kUnlinked, 1, 12s, Seconds(1)),
                                  fault(FaultKind::kCrash, 0, 12s, Seconds(7))};
  EXPECT_EQ(effects_of(faults), (std::vector<FaultEffect>{
                                    {10s, HostId{1}, SpeedChange{0.5}},
                                    {12s, HostId{0}, Crash{Seconds(7)}},
                                    {12s, HostId{1}, LinkChange{false}},
                                    {13s, HostId{1}, LinkChange{true}},
                                    {15s, HostId{1}, SpeedChange{1.0}},
                                }));
}

// 0.5 from 10 to 20, 0.2 from 12 to 15, 0.8 from 14 to 25, 0.4 from 25 to 26.
TEST(FaultEffects, TheSlowestOfOverlappingFaultsCounts) {
  const std::vector<Fault> faults{fault(FaultKind::kSlow, 0, 14s, Seconds(11), 0.8),
                                  fault(FaultKind::kSlow, 0, 10s, Seconds(10), 0.5),
                                  fault(FaultKind::kSlow, 0, 12s, Seconds(3), 0.2),
                                  fault(FaultKind::kSlow, 0, 25s, Seconds(1), 0.4)};
  EXPECT_EQ(effects_of(faults), (std::vector<FaultEffect>{
                                    {10s, HostId{0}, SpeedChange{0.5}},
                                    {12s, HostId{0}, SpeedChange{0.2}},
                                    {15s, HostId{0}, SpeedChange{0.5}},
                                    {20s, HostId{0}, SpeedChange{0.8}},
                                    {25s, HostId{0}, SpeedChange{0.4}},
                                    {26s, HostId{0}, SpeedChange{1.0}},
                                }));
}

TEST(FaultEffects, ALinkIsUpWhenTheLastFaultEndsAndACrashLastsAsLong) {
  const std::vector<Fault> faults{fault(FaultKind::kUnlinked, 0, 1s, Seconds(3)),
                                  fault(FaultKind::kUnlinked, 0, 2s, Seconds(5)),
                                  fault(FaultKind::kUnlinked, 0, 7s, Seconds(1)),
                                  fault(FaultKind::kCrash, 0, 1s, Seconds(3)),
                                  fault(FaultKind::kCrash, 0, 2s, Seconds(1)),
                                  fault(FaultKind::kCrash, 0, 3s, Seconds(4)),
                                  fault(FaultKind::kCrash, 0, 9s, Seconds(1))};
  EXPECT_EQ(effects_of(faults), (std::vector<FaultEffect>{
                                    {1s, HostId{0}, Crash{Seconds(6)}},
                                    {1s, HostId{0}, LinkChange{false}},
                                    {8s, HostId{0}, LinkChange{true}},
                                    {9s, HostId{0}, Crash{Seconds(1)}},
                                }));
}

// What holds at a moment by definition, against the changes up to it.
TEST(FaultEffects, SayWhatHoldsAtEveryMoment) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = RandomStreams(seed).stream("faults");
    std::vector<Fault> faults;
    for (auto left = random.below(12); left > 0; --left) {
      const auto kind = random.uniform() < 0.5 ? FaultKind::kSlow : FaultKind::kUnlinked;
      faults.push_back(fault(kind, static_cast<std::uint32_t>(random.below(2)),
                             std::chrono::seconds(random.below(20)),
                             Seconds(static_cast<double>(random.below(10))),
                             1.0 / static_cast<double>(1 + random.below(4))));
    }
    const std::vector<FaultEffect> effects = effects_of(faults);
    for (SimTime now = 500ms; now < 30s; now += 1s) {
      for (const HostId host : {HostId{0}, HostId{1}}) {
        double speed = 1.0;
        bool up = true;
        for (const Fault& each : faults) {
          const bool holds =
              each.host == host && each.at < now && now < each.at + to_sim_time(each.length);
          if (holds && each.kind == FaultKind::kSlow) speed = std::min(speed, each.speed_factor);
          if (holds && each.kind == FaultKind::kUnlinked) up = false;
        }
        SpeedChange last_speed;
        LinkChange last_link;
        for (const FaultEffect& effect : effects) {
          if (effect.host != host || effect.at > now) continue;
          if (const auto* change = std::get_if<SpeedChange>(&effect.what)) last_speed = *change;
          if (const auto* change = std::get_if<LinkChange>(&effect.what)) last_link = *change;
        }
        EXPECT_EQ(last_speed.factor, speed) << "seed " << seed;
        EXPECT_EQ(last_link.up, up) << "seed " << seed;
      }
    }
  }
}

TEST(FaultText, SaysHostMomentLengthAndSpeed) {
  const auto parsed = [](FaultKind kind, std::string_view text) {
    const Result<Fault> result = parse_fault(kind, text);
    EXPECT_TRUE(result) << result.error().message;
    return result ? result.value() : Fault{};
  };
  EXPECT_EQ(parsed(FaultKind::kCrash, "3@12.5"),
            fault(FaultKind::kCrash, 3, 12'500ms, Seconds(60)));
  EXPECT_EQ(parsed(FaultKind::kCrash, "3@12+7"), fault(FaultKind::kCrash, 3, 12s, Seconds(7)));
  EXPECT_EQ(parsed(FaultKind::kUnlinked, "0@0+1e1"),
            fault(FaultKind::kUnlinked, 0, 0s, Seconds(10)));
  EXPECT_EQ(parsed(FaultKind::kSlow, "1@2+3x0.25"),
            fault(FaultKind::kSlow, 1, 2s, Seconds(3), 0.25));
}

TEST(FaultText, RefusesWhatIsNone) {
  for (const char* text : {"", "3", "@5", "3@", "-1@5", "3@-5", "3@5+", "3@5+0", "3@5+1x2", "3@5s",
                           "3@5+1+1", "3.5@5", "3@nan", "3@1e10"}) {
    const Result<Fault> crash = parse_fault(FaultKind::kCrash, text);
    ASSERT_FALSE(crash) << text;
    EXPECT_EQ(crash.error().message,
              "'" + std::string(text) +
                  "' is not HOST@SECONDS or HOST@SECONDS+LENGTH; write for example 3@120");
  }
  for (const char* text : {"3@5", "3@5+1", "3@5+1x0", "3@5+1x1.5", "3@5+1x", "3@5x0.5", "3@5+x1"}) {
    const Result<Fault> slow = parse_fault(FaultKind::kSlow, text);
    ASSERT_FALSE(slow) << text;
    EXPECT_EQ(slow.error().message,
              "'" + std::string(text) +
                  "' is not HOST@SECONDS+LENGTHxFACTOR; write for example 3@120+60x0.5");
  }
  EXPECT_FALSE(parse_fault(FaultKind::kUnlinked, "3@5"));
}

}  // namespace
}  // namespace scinet
