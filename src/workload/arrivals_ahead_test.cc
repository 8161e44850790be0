#include "workload/arrivals_ahead.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

ClusterView view_with_rates(std::vector<double> rates) {
  ClusterView view;
  view.now = 100s;
  view.arrival_rates = std::move(rates);
  view.recent_requests = {
      {{Seconds(1.5), Bytes(10)}, {Seconds(2.5), Bytes(30)}}, {{Seconds(3), Bytes(2000)}}, {}};
  WorkloadView seen;
  seen.workload = {.id = WorkloadId{41},
                   .application = ApplicationId{1},
                   .arrival = 99s,
                   .slo = Seconds(3),
                   .input = Bytes(2000)};
  view.workloads = {seen};
  return view;
}

TEST(ArrivalsAhead, ComeAtTheRatesOfTheView) {
  const ClusterView view = view_with_rates({2.0, 0.5, 0.0});
  const std::vector<Workload> ahead = arrivals_ahead(view, Seconds(5000), RandomStreams(1));
  std::vector<double> counts(3, 0.0);
  for (const Workload& workload : ahead) counts[workload.application.value] += 1.0;
  // Poisson counts of means 10000 and 2500: within four standard deviations.
  EXPECT_NEAR(counts[0], 10'000, 4 * std::sqrt(10'000.0));
  EXPECT_NEAR(counts[1], 2500, 4 * std::sqrt(2500.0));
  EXPECT_EQ(counts[2], 0.0);
}

TEST(ArrivalsAhead, FollowTheViewInTimeAndNumber) {
  const std::vector<Workload> ahead =
      arrivals_ahead(view_with_rates({2.0, 2.0}), Seconds(10), RandomStreams(3));
  ASSERT_FALSE(ahead.empty());
  SimTime last = 100s;
  for (std::size_t i = 0; i < ahead.size(); ++i) {
    EXPECT_EQ(ahead[i].id, WorkloadId{42 + i});
    EXPECT_GE(ahead[i].arrival, last);
    EXPECT_LT(ahead[i].arrival, SimTime(110s));
    last = ahead[i].arrival;
  }
}

TEST(ArrivalsAhead, AreLikeTheLatestOfTheirApplication) {
  const ClusterView view = view_with_rates({2.0, 2.0});
  const std::vector<Workload> ahead = arrivals_ahead(view, Seconds(1000), RandomStreams(3));
  double long_ones = 0.0;
  double all = 0.0;
  for (const Workload& workload : ahead) {
    const RequestTerms terms{workload.slo, workload.input};
    EXPECT_EQ(std::ranges::count(view.recent_requests[workload.application.value], terms), 1);
    if (workload.application == ApplicationId{1}) continue;
    all += 1.0;
    if (terms.slo == Seconds(2.5)) long_ones += 1.0;
  }
  EXPECT_NEAR(long_ones / all, 0.5, 4 * std::sqrt(0.25 / all));
}

TEST(ArrivalsAhead, AreTheSameForEveryCandidateAndOthersForOtherStreams) {
  const ClusterView view = view_with_rates({2.0, 0.5});
  const auto once = arrivals_ahead(view, Seconds(60), RandomStreams(7));
  EXPECT_EQ(once, arrivals_ahead(view, Seconds(60), RandomStreams(7)));
  EXPECT_NE(once, arrivals_ahead(view, Seconds(60), RandomStreams(8)));
  // One application's rate does not move the other's requests.
  const auto other = arrivals_ahead(view_with_rates({9.0, 0.5}), Seconds(60), RandomStreams(7));
  const auto times_of_1 = [](const std::vector<Workload>& of) {
    std::vector<SimTime> times;
    for (const Workload& w : of) {
      if (w.application == ApplicationId{1}) times.push_back(w.arrival);
    }
    return times;
  };
  EXPECT_EQ(times_of_1(once), times_of_1(other));
}

}  // namespace
}  // namespace scinet
