#include "model/accounts.h"

#include <gtest/gtest.h>

#include "tests/cluster_builder.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// Two hosts: "small" burns 12 W at its peak and costs 0.36 $/h, that is 0.0001 $/s; "large" 50 W
// and 0.72 $/h. One application of accuracy 0.9 whole and 0.8 by layer.
class Windows : public testing::Test {
 protected:
  Windows() {
    ClusterBuilder builder;
    builder.type({.name = "small", .price = DollarsPerHour(0.36), .peak = Watts(12)});
    builder.type({.name = "large", .price = DollarsPerHour(0.72), .peak = Watts(50)});
    builder.application("app", {whole(Mi(1), 0.9), layer({fragment(Mi(1)), fragment(Mi(1))}, 0.8)});
    cluster_ = builder.build();
  }

  static HostAccount used(double joules, double dollars) {
    return {.energy = Joules(joules), .cost = Dollars(dollars)};
  }

  // Arrives, is deployed half a second later with the strategy, and is answered at `finish`.
  void add(SimTime arrival, Seconds slo, std::optional<SimTime> finish,
           std::uint32_t strategy = 0) {
    WorkloadOutcome outcome;
    outcome.workload.id = WorkloadId{after_.workloads.size()};
    outcome.workload.arrival = arrival;
    outcome.workload.slo = slo;
    outcome.strategy = StrategyId{strategy};
    outcome.deployed_at = arrival + 500ms;
    outcome.finish = finish;
    after_.workloads.push_back(outcome);
  }

  WindowTotals between(SimTime from, const std::vector<HostAccount>& before, SimTime to,
                       const std::vector<HostAccount>& after) {
    after_.now = to;
    after_.hosts = after;
    return window_totals(from, before, after_, *cluster_.catalogue, kTypes);
  }
  // Where only workloads matter.
  WindowTotals between(SimTime from, SimTime to) {
    const std::vector<HostAccount> idle(2);
    return between(from, idle, to, idle);
  }

  static constexpr std::array kTypes{HostTypeId{0}, HostTypeId{1}};
  TestCluster cluster_;
  Accounts after_;
};

TEST_F(Windows, CountWhatHostsUsedInThem) {
  const WindowTotals totals =
      between(10s, {used(100, 0.001), used(50, 0.002)}, 20s, {used(160, 0.003), used(50, 0.002)});
  EXPECT_DOUBLE_EQ(totals.energy.value(), 60);                 // (160 - 100) + (50 - 50)
  EXPECT_DOUBLE_EQ(totals.energy_at_full_power.value(), 620);  // (12 + 50) W * 10 s
  EXPECT_NEAR(totals.cost.value(), 0.002, 1e-15);              // 0.003 - 0.001
  EXPECT_NEAR(totals.cost_of_all_on.value(), 0.003, 1e-15);    // (0.36 + 0.72) / 3600 * 10
}

TEST_F(Windows, CountArrivalsAnswersAndStrategiesEachInTheirOwn) {
  add(9s, 2s, 12s);               // arrived and deployed earlier, finishes here, 1 s late
  add(10s, 4s, 12s);              // all here: 2 / (2 * 4) = 0.25
  add(18s, 1s, std::nullopt, 1);  // unfinished at 20 s with an age of 2 s: 2 / 2 = 1, overdue
  add(19s, 5s, std::nullopt, 1);  // unfinished with time left
  add(20s, 5s, std::nullopt);     // arrives at its end: belongs to the next
  const WindowTotals totals = between(10s, 20s);
  EXPECT_EQ(totals.arrived, 3);
  EXPECT_EQ(totals.finished, 2);
  EXPECT_EQ(totals.finished_late, 1);
  EXPECT_EQ(totals.overdue, 1);
  EXPECT_EQ(totals.deployed, 3);
  EXPECT_NEAR(totals.accuracy_sum, 0.9 + 0.8 + 0.8, 1e-12);
}

TEST_F(Windows, AnswerAtTheSloIsInTime) {
  add(0s, 2s, 2s);
  EXPECT_EQ(between(0s, 10s).finished_late, 0);
}

TEST_F(Windows, AddUpToTheWholeRun) {
  add(1s, 3s, 3s);
  add(4s, 2s, 9s);
  add(12s, 5s, 13s, 1);
  add(15s, 1s, 19s, 1);
  const std::vector<HostAccount> start(2);
  const std::vector<HostAccount> middle{used(64, 0.25), used(32, 0.5)};
  const std::vector<HostAccount> end{used(128, 0.75), used(96, 1.0)};
  WindowTotals sum = between(0s, start, 10s, middle);
  sum += between(10s, middle, 20s, end);
  const WindowTotals whole_run = between(0s, start, 20s, end);
  EXPECT_DOUBLE_EQ(sum.energy_at_full_power.value(), whole_run.energy_at_full_power.value());
  EXPECT_DOUBLE_EQ(sum.cost_of_all_on.value(), whole_run.cost_of_all_on.value());
  EXPECT_DOUBLE_EQ(sum.response_ratio_sum, whole_run.response_ratio_sum);
  EXPECT_DOUBLE_EQ(sum.accuracy_sum, whole_run.accuracy_sum);
  EXPECT_EQ(sum.energy, whole_run.energy);
  EXPECT_EQ(sum.cost, whole_run.cost);
  EXPECT_EQ(sum.arrived, whole_run.arrived);
  EXPECT_EQ(sum.finished, whole_run.finished);
  EXPECT_EQ(sum.finished_late, whole_run.finished_late);
  EXPECT_EQ(sum.deployed, whole_run.deployed);
}

// The published code divided a constant by the number of tasks: splitting looked cheaper.
TEST_F(Windows, CostDoesNotDependOnTheNumberOfTasks) {
  const std::vector<HostAccount> before(2);
  const std::vector<HostAccount> after{used(100, 0.001), used(0, 0)};
  add(0s, 3s, 2s, 0);
  after_.workloads[0].tasks = std::vector<TaskOutcome>(1);
  const WindowTotals as_one = between(0s, before, 10s, after);
  after_.workloads.clear();
  add(0s, 3s, 2s, 1);
  after_.workloads[0].tasks = std::vector<TaskOutcome>(2);
  const WindowTotals as_two = between(0s, before, 10s, after);
  EXPECT_EQ(as_one.cost, as_two.cost);
  EXPECT_EQ(as_one.energy, as_two.energy);
  EXPECT_EQ(as_one.arrived, as_two.arrived);
  EXPECT_EQ(qos_terms(as_one).cost, qos_terms(as_two).cost);
  EXPECT_EQ(qos_terms(as_one).violation, qos_terms(as_two).violation);
}

}  // namespace
}  // namespace scinet
