#include "policy/observed_demand.h"

#include <gtest/gtest.h>

#include "tests/cluster_builder.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

TestCluster two_hosts() {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small");
  return builder.application("app", {whole(Mi(1000))}).build();
}

TEST(ObservedDemand, AddsEachBeatOnce) {
  TestCluster cluster = two_hosts();
  ClusterView& view = cluster.view;
  ObservedDemand observed;
  view.hosts[0].recent_utilisation = {0.1, 0.2};
  observed.update(view);
  EXPECT_EQ(observed.utilisation()[0], (std::vector{0.1, 0.2}));
  EXPECT_EQ(observed.utilisation()[1], (std::vector{0.0, 0.0})) << "it told nothing";
  view.now += 2s;  // no beat has passed
  observed.update(view);
  EXPECT_EQ(observed.beats(), 2u);
  view.now += 3s;
  view.hosts[0].recent_utilisation = {0.1, 0.2, 0.3};
  view.hosts[1].recent_utilisation = {0.9};
  observed.update(view);
  EXPECT_EQ(observed.utilisation()[0], (std::vector{0.1, 0.2, 0.3}));
  EXPECT_EQ(observed.utilisation()[1], (std::vector{0.0, 0.0, 0.9}));
}

TEST(ObservedDemand, KeepsTheNewestAndStartsAfreshInThePast) {
  TestCluster cluster = two_hosts();
  ObservedDemand observed(3);
  for (int beat = 0; beat < 6; ++beat) {
    for (HostView& host : cluster.view.hosts) host.recent_utilisation = {0.1 * beat};
    observed.update(cluster.view);
    cluster.view.now += 5s;
  }
  EXPECT_EQ(observed.utilisation()[1], (std::vector{0.1 * 3, 0.1 * 4, 0.1 * 5}));
  cluster.view.now -= 1h;
  observed.update(cluster.view);
  EXPECT_EQ(observed.beats(), 1u);
}

TEST(ObservedDemand, RemembersTheMeanSloOfRequests) {
  ClusterBuilder builder;
  builder.type({}).host("small").application("app", {whole(Mi(1000))});
  const TestCluster cluster =
      builder.waiting("app", Seconds(10)).waiting("app", Seconds(20)).build();
  ObservedDemand observed;
  EXPECT_EQ(observed.slo(), Seconds(0));
  observed.update(cluster.view);
  observed.update(cluster.view);
  EXPECT_DOUBLE_EQ(observed.slo().count(), 15.0);
}

TEST(ObservedDemand, LooksAheadAsLongAsABootTakes) {
  ClusterBuilder builder;
  builder.type({.boot_time = Seconds(60)}).host("small", HostState::kOff);
  const TestCluster cluster = builder.build();
  EXPECT_EQ(time_to_look_ahead(cluster.view, 3), Seconds(70));
  EXPECT_EQ(time_to_look_ahead(cluster.view, 20), Seconds(100));
}

}  // namespace
}  // namespace scinet
