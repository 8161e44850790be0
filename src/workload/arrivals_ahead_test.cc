#include "workload/arrivals_ahead.h"

#include <cmath>

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

// Three applications of 100, 400 and 100 MI.
const Catalogue& three_applications() {
  static const Catalogue catalogue = [] {
    Catalogue made;
    for (const double work : {100.0, 400.0, 100.0}) {
      Strategy whole;
      whole.fragments.resize(1);
      whole.fragments[0].work.mean = Mi(work);
      made.applications.push_back({"made up", {whole}});
    }
    return made;
  }();
  return catalogue;
}

ClusterView view_with_rates(std::vector<double> rates) {
  ClusterView view;
  view.catalogue = &three_applications();
  view.now = 100s;
  view.arrival_rates = std::move(rates);
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
    const bool is_known = ahead[i].application == ApplicationId{1};
    // A quarter of the work of what is in the view: half its SLO.
    EXPECT_EQ(ahead[i].slo, is_known ? Seconds(3) : Seconds(1.5));
    EXPECT_EQ(ahead[i].input, is_known ? Bytes(2000) : Bytes(0));
  }
}

TEST(ArrivalsAhead, HaveAllTheTimeWhereNothingIsKnownOfSlos) {
  ClusterView view = view_with_rates({2.0});
  view.workloads.clear();
  const std::vector<Workload> ahead = arrivals_ahead(view, Seconds(10), RandomStreams(3));
  ASSERT_FALSE(ahead.empty());
  for (const Workload& workload : ahead) EXPECT_EQ(workload.slo, Seconds(3600));
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
