// What the closed form of a switch says, beside what rollouts on the twin say of it.
#include "learn/imitation/power_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "learn/imitation/appraisal.h"
#include "learn/imitation/imitation_testing.h"
#include "oracle/oracle_policies.h"
#include "tests/cluster_builder.h"

namespace scinet {
namespace {

// QoS that each answer to the first question gains over none: by its row, and by the twin.
struct Gains {
  std::vector<double> by_row;
  std::vector<double> by_twin;
  std::vector<std::optional<HostId>> hosts;
};

Gains gains_of(const ClusterView& view) {
  const Rollout rollout(view, window_for(view, {.beats = kBeatsAhead, .futures = 1}),
                        RandomStreams(1));
  const DecisionWalk walk(view);
  const Question& question = *walk.question();
  EXPECT_EQ(question.head, Head::kPower);
  std::vector<std::size_t> answers(question.size());
  std::iota(answers.begin(), answers.end(), std::size_t{0});
  Gains gains{.by_row = {}, .by_twin = Appraisal(walk, rollout).worth_of(answers), .hosts = {}};
  const double stop = gains.by_twin.front();
  for (const std::size_t answer : answers) {
    const auto row = static_cast<Eigen::Index>(answer);
    gains.by_row.push_back(std::sinh(question.answers(row, kPowerGainColumn)) / 100.0 *
                           (kUsualHosts / static_cast<double>(view.hosts.size())));
    gains.by_twin[answer] -= stop;
    gains.hosts.push_back(question.hosts[answer]);
  }
  return gains;
}

void expect_agreement(const ClusterView& view, double tolerance) {
  const Gains gains = gains_of(view);
  ASSERT_GT(gains.by_row.size(), 1u);
  for (std::size_t i = 1; i < gains.by_row.size(); ++i) {
    EXPECT_NE(gains.by_twin[i], 0.0) << "host " << gains.hosts[i]->value;
    EXPECT_NEAR(gains.by_row[i], gains.by_twin[i], tolerance) << "host " << gains.hosts[i]->value;
  }
}

// One request waits, two hosts are on, one is off: hosts cost what they burn, or save it.
TEST(PowerRows, ForesaysWhatAnIdleHostCosts) {
  for (const Seconds boot : {Seconds(0), Seconds(10)}) {
    SCOPED_TRACE(fmt::format("boots in {} s", boot.count()));
    const TestCluster cluster = ClusterBuilder()
                                    .type({.boot_time = boot})
                                    .host("small")
                                    .host("small")
                                    .host("small", HostState::kOff)
                                    .application("app", {whole(Mi(1000))})
                                    .waiting("app", Seconds(20))
                                    .build();
    expect_agreement(cluster.view, 1e-4);
  }
}

// A host with work in progress burns until that is done, closed or not.
TEST(PowerRows, ForesaysThatABusyHostDrainsFirst) {
  const TestCluster cluster = ClusterBuilder()
                                  .type({.cores = 1, .boot_time = Seconds(0)})
                                  .host("small")
                                  .host("small")
                                  .application("app", {whole(Mi(3000))})
                                  .deployed("app", 0, {{TaskState::kRunning, 1}})
                                  .build();
  expect_agreement(cluster.view, 1e-3);
}

// Four requests on one core: another host is worth more than it costs.
TEST(PowerRows, ForesaysThatAnotherHostHelpsWhereManyWait) {
  ClusterBuilder builder;
  builder.type({.cores = 1, .boot_time = Seconds(0)}).host("small");
  builder.host("small", HostState::kOff).application("app", {whole(Mi(3000))});
  for (int i = 0; i < 4; ++i) builder.waiting("app", Seconds(8));
  const TestCluster cluster = builder.build();
  const Gains gains = gains_of(cluster.view);
  ASSERT_EQ(gains.by_row.size(), 2u);
  EXPECT_GT(gains.by_twin[1], 0.02);
  EXPECT_GT(gains.by_row[1], 0.02);
}

// 40 hosts of one core. What closing one gains, where so many requests come a second.
Gains gains_of_closing(std::vector<Strategy> strategies, double rate) {
  ClusterBuilder builder;
  builder.type({.cores = 1, .boot_time = Seconds(20)});
  for (int i = 0; i < 40; ++i) builder.host("small");
  builder.application("app", std::move(strategies)).arrival_rate("app", rate);
  builder.waiting("app", Seconds(20));
  const Gains gains = gains_of(builder.build().view);
  EXPECT_EQ(gains.by_row.size(), 2u);
  return gains;
}

// Half as much again comes as the hosts can do: however many they are, the queue grows.
TEST(PowerRows, ForesaysThatAQueueGrowsWhereTooMuchComes) {
  const Gains gains = gains_of_closing({whole(Mi(3000))}, 20.0);
  EXPECT_NEAR(gains.by_row[1], gains.by_twin[1], 0.0015);
}

// By the mean strategy it would be as much, but half of the requests can go by a light one, which
// is less accurate: closing a host costs accuracy, and no queue grows.
TEST(PowerRows, ForesaysThatLighterStrategiesAreChosenWhereMuchComes) {
  const Gains gains = gains_of_closing(
      {whole(Mi(3000), 0.95), strategy("compression", 0.85, {fragment(Mi(1000))})}, 28.0);
  EXPECT_NEAR(gains.by_row[1], gains.by_twin[1], 0.0004);
}

}  // namespace
}  // namespace scinet
