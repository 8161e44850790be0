#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "workload/scenario.h"

namespace scinet {
namespace {

Scenario scenario_with(Arrivals arrivals) {
  Scenario scenario;
  scenario.catalogue.applications.resize(2);
  scenario.beat = Seconds(5);
  scenario.horizon = Seconds(1000);
  scenario.mix = {
      {ApplicationId{0}, 3.0, Seconds(25), Seconds(35), Seconds(5), Bytes(100)},
      {ApplicationId{1}, 1.0, Seconds(2), Seconds(4), Seconds(0), Bytes(200)},
  };
  scenario.arrivals = std::move(arrivals);
  return scenario;
}

std::vector<Workload> requests(const Scenario& scenario, std::uint64_t seed) {
  return generate_arrivals(scenario, RandomStreams(seed));
}

std::vector<SimTime> times(const std::vector<Workload>& workloads) {
  std::vector<SimTime> all;
  for (const Workload& workload : workloads) all.push_back(workload.arrival);
  return all;
}

std::vector<Arrivals> one_of_each_kind() {
  const TraceArrivals trace{.trace = {{{SimTime(7), ApplicationId{1}, 1.0, Seconds(1), Bytes(2)}}},
                            .source = "a test"};
  return {IntervalArrivals{}, PoissonArrivals{.rate = 0.7, .swing = 0.5},
          SeriesArrivals{.rate = 0.5, .step = Seconds(3), .rates = {1, 0, 4}, .source = "a test"},
          trace};
}

TEST(Arrivals, AreInOrderBeforeTheHorizonAndTheSameAgain) {
  for (const Arrivals& arrivals : one_of_each_kind()) {
    const Scenario scenario = scenario_with(arrivals);
    const std::vector<Workload> workloads = requests(scenario, 3);
    ASSERT_FALSE(workloads.empty());
    EXPECT_EQ(workloads, requests(scenario, 3));
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      EXPECT_EQ(workloads[i].id.value, i);
      EXPECT_LT(workloads[i].arrival, to_sim_time(scenario.horizon));
      EXPECT_LE(workloads[i == 0 ? 0 : i - 1].arrival, workloads[i].arrival);
    }
    const bool is_recorded = std::holds_alternative<TraceArrivals>(arrivals);
    EXPECT_EQ(workloads == requests(scenario, 4), is_recorded);
  }
}

// P(n requests) for max(1, int(N(0, 1.5))): the mean is 1 + sum over k >= 2 of P(N >= k), where
// P(N >= k) = erfc(k / (1.5 sqrt 2)) / 2: 1 + 0.0912 + 0.0228 + 0.0038 + 0.0004 = 1.1183.
TEST(Arrivals, OfThePublishedSystemHaveItsMean) {
  double expected = 1.0;
  for (int k = 2; k < 20; ++k) expected += std::erfc(k / (1.5 * std::numbers::sqrt2)) / 2;
  EXPECT_NEAR(expected, 1.1183, 1e-3);

  const Scenario scenario = scenario_with(IntervalArrivals{.mean = 0, .deviation = 1.5});
  constexpr int kSeeds = 400;
  double count = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::map<SimTime, int> per_beat;
    for (const SimTime time : times(requests(scenario, seed))) ++per_beat[time];
    EXPECT_EQ(per_beat.size(), 200u);  // at least one at every beat, and none between
    EXPECT_EQ(per_beat.rbegin()->first, to_sim_time(Seconds(995)));
    for (const auto& [time, requests_at_once] : per_beat) count += requests_at_once;
  }
  // The deviation of one beat is 0.4: five standard errors of 80000 beats are 0.007.
  EXPECT_NEAR(count / (kSeeds * 200), expected, 0.007);
}

// The integral of the rate over [from, to) without the burst.
double swing_integral(const PoissonArrivals& arrivals, double from, double to) {
  const double omega = 2 * std::numbers::pi / arrivals.swing_period.count();
  return arrivals.rate * (to - from) +
         arrivals.rate * arrivals.swing / omega * (std::cos(omega * from) - std::cos(omega * to));
}

TEST(Arrivals, OfAPoissonProcessFollowItsRate) {
  const PoissonArrivals arrivals{.rate = 0.5,
                                 .swing = 0.8,
                                 .swing_period = Seconds(400),
                                 .burst_start = Seconds(600),
                                 .burst_length = Seconds(50),
                                 .burst_factor = 4};
  const Scenario scenario = scenario_with(arrivals);
  constexpr int kSeeds = 400;
  constexpr int kWindows = 20;  // of 50 s each; the burst is the thirteenth
  std::vector<double> count(kWindows, 0.0);
  double sum = 0.0;
  double square_sum = 0.0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto arrived = times(requests(scenario, seed));
    for (const SimTime time : arrived) {
      ++count[static_cast<std::size_t>(to_seconds(time).count() / 50)];
    }
    sum += static_cast<double>(arrived.size());
    square_sum += static_cast<double>(arrived.size() * arrived.size());
  }
  for (int i = 0; i < kWindows; ++i) {
    const double factor = i == 12 ? 4 : 1;
    const double expected = kSeeds * factor * swing_integral(arrivals, 50 * i, 50 * (i + 1));
    EXPECT_NEAR(count[static_cast<std::size_t>(i)], expected, 5 * std::sqrt(expected)) << i;
  }
  // Of a Poisson count, variance / mean is 1; five standard errors of 400 runs are 0.35.
  const double mean = sum / kSeeds;
  EXPECT_NEAR((square_sum / kSeeds - mean * mean) / mean, 1.0, 0.35);
}

TEST(Arrivals, OfASeriesFollowItAndRepeatIt) {
  const SeriesArrivals arrivals{
      .rate = 2.0, .step = Seconds(30), .rates = {1, 0, 5, 2}, .source = "a test"};
  const Scenario scenario = scenario_with(arrivals);
  // 1000 s are 33 steps and a third: 8 whole rounds of 4 steps, one of rate 1, and 10 s of rate 0.
  const double series_sum = 8 * 30 * (1 + 0 + 5 + 2) + 30 * 1 + 10 * 0;
  EXPECT_DOUBLE_EQ(series_mean(arrivals, scenario.horizon), series_sum / 1000);

  constexpr int kSeeds = 100;
  std::vector<double> count(34, 0.0);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const SimTime time : times(requests(scenario, seed))) {
      ++count[static_cast<std::size_t>(to_seconds(time).count() / 30)];
    }
  }
  double total = 0.0;
  for (std::size_t i = 0; i < count.size(); ++i) {
    const double length = i == 33 ? 10 : 30;
    const double expected = kSeeds * length * arrivals.rates[i % 4] * 2.0 / (series_sum / 1000);
    EXPECT_NEAR(count[i], expected, 5 * std::sqrt(expected)) << "step " << i;
    total += count[i];
  }
  EXPECT_NEAR(total / kSeeds / 1000, 2.0, 5 * std::sqrt(2.0 / (kSeeds * 1000)));
}

TEST(Arrivals, OfASeriesSwingOverTheDay) {
  // Equal rates of which the swing makes 1.5 and 0.5 times the mean, twice: the mean of a half wave
  // of sin is 2 / pi, so the first half of each period has 1 + 0.8 x 2 / pi = 1.51 times its share.
  const SeriesArrivals arrivals{.rate = 4.0,
                                .step = Seconds(5),
                                .rates = {7.0},
                                .source = "a test",
                                .swing = 0.8,
                                .swing_period = Seconds(500)};
  EXPECT_NEAR(series_mean(arrivals, Seconds(1000)), 7.0, 1e-9);
  double first_halves = 0;
  double all = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const Workload& workload : requests(scenario_with(arrivals), seed)) {
      first_halves += std::fmod(to_seconds(workload.arrival).count(), 500.0) < 250.0 ? 1 : 0;
      ++all;
    }
  }
  EXPECT_NEAR(all / 20, 4000, 4 * std::sqrt(4000.0 / 20));
  EXPECT_NEAR(first_halves / all, (1 + 0.8 * 2 / std::numbers::pi) / 2, 0.008);
}

TEST(Arrivals, ASeriesThatStartsAfterTheHorizonBringsNothing) {
  Scenario scenario = scenario_with(
      SeriesArrivals{.rate = 2.0, .step = Seconds(600), .rates = {0, 0, 1}, .source = "a test"});
  EXPECT_TRUE(requests(scenario, 1).empty());
}

TEST(Arrivals, ShareTheApplicationsByWeight) {
  const Scenario scenario = scenario_with(PoissonArrivals{.rate = 20});
  const auto workloads = requests(scenario, 1);
  double first = 0;
  std::map<double, double> slo_counts;
  double slo_sum = 0.0;
  for (const Workload& workload : workloads) {
    if (workload.application == ApplicationId{0}) {
      ++first;
      ++slo_counts[workload.slo.count()];
      EXPECT_EQ(workload.input, Bytes(100));
    } else {
      slo_sum += workload.slo.count();
      EXPECT_GE(workload.slo, Seconds(2));
      EXPECT_LT(workload.slo, Seconds(4));
    }
  }
  const double total = static_cast<double>(workloads.size());
  EXPECT_NEAR(first / total, 0.75, 5 * std::sqrt(0.75 * 0.25 / total));
  // In steps of 5 s from 25 s to 35 s, both included, and nothing else.
  ASSERT_EQ(slo_counts.size(), 3u);
  for (const double slo : {25.0, 30.0, 35.0}) {
    EXPECT_NEAR(slo_counts[slo] / first, 1.0 / 3, 5 * std::sqrt(2.0 / 9 / first)) << slo;
  }
  // Uniform on [2, 4): mean 3, deviation 2 / sqrt 12.
  EXPECT_NEAR(slo_sum / (total - first), 3.0, 5 * 0.577 / std::sqrt(total - first));
}

TEST(Arrivals, DriftFromItsMomentOnAndNotBefore) {
  const Scenario before = scenario_with(PoissonArrivals{.rate = 5});
  Scenario drifting = before;
  drifting.drifts = {{.at = std::chrono::seconds(700),
                      .application = ApplicationId{1},
                      .weight = std::nullopt,
                      .work = 1.0},
                     {.at = std::chrono::seconds(400),
                      .application = ApplicationId{1},
                      .weight = 9.0,
                      .work = 2.5}};
  const RandomStreams streams(3);
  const std::vector<Request> steady = generate_requests(before, streams);
  const std::vector<Request> drifted = generate_requests(drifting, streams);
  ASSERT_EQ(steady.size(), drifted.size());
  double late = 0;
  double late_of_one = 0;
  for (std::size_t i = 0; i < steady.size(); ++i) {
    const SimTime arrival = drifted[i].workload.arrival;
    EXPECT_EQ(arrival, steady[i].workload.arrival);
    if (arrival < std::chrono::seconds(400)) {
      EXPECT_EQ(drifted[i], steady[i]);
      continue;
    }
    const bool is_one = drifted[i].workload.application == ApplicationId{1};
    const bool is_large = is_one && arrival < std::chrono::seconds(700);
    EXPECT_EQ(drifted[i].size, is_large ? 2.5 : 1.0);
    ++late;
    late_of_one += is_one ? 1 : 0;
  }
  EXPECT_NEAR(late_of_one / late, 9.0 / 12.0, 0.04);  // 3000 requests; it was 1 / 4
}

TEST(Arrivals, AnotherMixOrSloNeverShiftsTheTimes) {
  for (const Arrivals& arrivals : one_of_each_kind()) {
    if (std::holds_alternative<TraceArrivals>(arrivals)) continue;
    const Scenario scenario = scenario_with(arrivals);
    Scenario other = scenario;
    other.mix[0].weight = 100;
    other.mix[1].slo_max = Seconds(100);
    EXPECT_EQ(times(requests(other, 5)), times(requests(scenario, 5)));

    Scenario slower = scenario;
    slower.mix[0].slo_max = Seconds(100);
    const auto before = requests(scenario, 5);
    const auto after = requests(slower, 5);
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(after[i].application, before[i].application);
    }
  }
}

TEST(Arrivals, ARequestIsTheSameUnderALongerHorizon) {
  for (const Arrivals& arrivals : one_of_each_kind()) {
    if (std::holds_alternative<SeriesArrivals>(arrivals)) continue;  // its scale depends on it
    Scenario scenario = scenario_with(arrivals);
    const auto whole = requests(scenario, 6);
    scenario.horizon = Seconds(300);
    const auto part = requests(scenario, 6);
    ASSERT_LE(part.size(), whole.size());
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
  }
}

TEST(Arrivals, OfATraceEndWithTheHorizon) {
  TraceArrivals arrivals;
  for (int i = 0; i < 10; ++i) {
    arrivals.trace.requests.push_back(
        {to_sim_time(Seconds(200.0 * i)), ApplicationId{0}, 1.0, Seconds(1), Bytes(1)});
  }
  // At 0, 200, 400, 600 and 800 s; the one at 1000 s is no longer before the horizon.
  EXPECT_EQ(requests(scenario_with(arrivals), 1).size(), 5u);
}

TEST(Arrivals, OfATraceComeFromTheMixWhereNothingIsRecorded) {
  RecordedTrace trace;
  trace.requests = {
      {SimTime(1), ApplicationId{1}, 0.5, Seconds(9), Bytes(7)},
      {SimTime(2), ApplicationId{1}, 2.0, std::nullopt, std::nullopt},
  };
  for (int i = 0; i < 400; ++i) trace.requests.push_back({SimTime(3), {}, 1.0, {}, {}});
  const Scenario scenario = scenario_with(TraceArrivals{trace, "a test"});
  const std::vector<Request> generated = generate_requests(scenario, RandomStreams(8));

  const Workload all_recorded{WorkloadId{0}, ApplicationId{1}, SimTime(1), Seconds(9), Bytes(7)};
  EXPECT_EQ(generated[0], (Request{all_recorded, 0.5}));
  EXPECT_EQ(generated[1].size, 2.0);
  EXPECT_EQ(generated[1].workload.input, Bytes(200));
  EXPECT_GE(generated[1].workload.slo, Seconds(2));
  EXPECT_LE(generated[1].workload.slo, Seconds(4));
  // The weights are 3 and 1: of 400, 300 with a deviation of 8.7.
  const auto first = std::ranges::count_if(generated, [](const Request& request) {
    return request.workload.application == ApplicationId{0};
  });
  EXPECT_NEAR(static_cast<double>(first), 300, 5 * 8.7);
}

TEST(Arrivals, OfATraceAreOnlyThoseOfTheMix) {
  RecordedTrace trace;
  for (const std::uint32_t application : {1u, 0u, 1u}) {
    trace.requests.push_back({SimTime(1), ApplicationId{application}, 1.0, {}, {}});
  }
  Scenario scenario = scenario_with(TraceArrivals{trace, "a test"});
  scenario.mix.erase(scenario.mix.begin());
  const std::vector<Workload> left = requests(scenario, 1);
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[1].application, ApplicationId{1});
  EXPECT_EQ(left[1].id, WorkloadId{1});
}

TEST(Arrivals, OfCountsAreSpreadEvenlyAndInOrder) {
  RecordedTrace trace{.requests = {}, .spread = Seconds(60)};
  constexpr int kMinutes = 10;
  constexpr int kPerMinute = 500;
  for (int i = 0; i < kMinutes * kPerMinute; ++i) {
    trace.requests.push_back({std::chrono::minutes(i / kPerMinute), ApplicationId{0}, 1.0, {}, {}});
  }
  const Scenario scenario = scenario_with(TraceArrivals{trace, "a test"});
  const auto arrived = times(requests(scenario, 2));
  ASSERT_EQ(arrived.size(), std::size_t{kMinutes * kPerMinute});
  EXPECT_TRUE(std::ranges::is_sorted(arrived));
  std::vector<int> per_minute(kMinutes, 0);
  std::vector<int> per_sixth(6, 0);  // of a minute
  for (const SimTime time : arrived) {
    ++per_minute[static_cast<std::size_t>(time / std::chrono::minutes(1))];
    ++per_sixth[static_cast<std::size_t>(time % std::chrono::minutes(1) /
                                         std::chrono::seconds(10))];
  }
  EXPECT_EQ(per_minute, std::vector<int>(kMinutes, kPerMinute));
  // A sixth of 5000 is 833, with a deviation of 26.
  for (const int count : per_sixth) EXPECT_NEAR(count, 833, 5 * 26);
  EXPECT_NE(arrived, times(requests(scenario, 3)));
}

}  // namespace
}  // namespace scinet
