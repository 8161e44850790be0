#include "platform/twin_foresight.h"

#include <cmath>

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kHosts = 200;

// One-core hosts of 1000 MIPS, 50 W idle and 100 W busy, 3.6 dollars an hour; an application of one
// fragment of 2000 MI on average.
Catalogue catalogue_with(WorkDistribution work) {
  HostType type;
  type.name = "small";
  type.cores = 1;
  type.speed = Mips(1000);
  type.memory = Mebibytes(1024);
  type.price = DollarsPerHour(3.6);
  type.power = {.name = "linear", .points = {Watts(50), Watts(100)}, .source = "for the test"};
  Fragment all;
  all.name = "all";
  all.work = work;
  Strategy whole;
  whole.name = "whole";
  whole.fragments = {all};
  return {.host_types = {type}, .applications = {{"single", {whole}}}};
}

const WorkDistribution kConstant{.shape = WorkShape::kConstant, .mean = Mi(2000), .variation = 0.0};
const WorkDistribution kExponential{
    .shape = WorkShape::kExponential, .mean = Mi(2000), .variation = 1.0};

// A twin that stands for the real cluster, with a request for each host that came at 1 s.
Twin cluster(const Catalogue& catalogue, std::uint64_t seed) {
  Twin twin(catalogue, std::vector<HostTypeId>(kHosts), static_cast<int>(kHosts), QosWeights{}, {},
            RandomStreams(seed));
  twin.run_until(1s);
  for (std::uint32_t i = 0; i < kHosts; ++i) {
    twin.arrive({.id = WorkloadId{i},
                 .application = ApplicationId{0},
                 .arrival = 1s,
                 .slo = Seconds(10),
                 .input = Bytes(0)});
  }
  twin.run_until(2s);
  return twin;
}

Plan one_on_each() {
  Plan plan;
  for (std::uint32_t i = 0; i < kHosts; ++i) {
    plan.deployments.push_back({WorkloadId{i}, StrategyId{0}});
    plan.placements.push_back({WorkloadId{i}, FragmentId{0}, HostId{i}});
  }
  return plan;
}

// What the twin says when the plan is applied, in order of id.
std::vector<Seconds> responses_of(Twin twin, const Plan& plan) {
  twin.apply(plan);
  twin.run_until(1000s);
  std::vector<Seconds> responses;
  for (const WorkloadOutcome& outcome : twin.accounts().workloads) {
    responses.push_back(to_seconds(*outcome.finish - outcome.workload.arrival));
  }
  return responses;
}

std::vector<Seconds> responses_of(const Prediction& prediction) {
  std::vector<Seconds> responses;
  for (const auto& [workload, response] : prediction.responses) responses.push_back(response);
  return responses;
}

TEST(TwinForesight, SaysWhatThePlanWillDoWhereNothingIsLeftToChance) {
  const Catalogue catalogue = catalogue_with(kConstant);
  const Twin twin = cluster(catalogue, 1);
  TwinForesight foresight({}, RandomStreams(1));

  const Prediction prediction = foresight.predict(twin.view(DecisionsAsked::all()), one_on_each());

  ASSERT_EQ(prediction.responses.size(), kHosts);
  // It came 1 s before the decision and runs for 2000 MI / 1000 MIPS.
  EXPECT_EQ(prediction.responses[7].workload, WorkloadId{7});
  EXPECT_DOUBLE_EQ(prediction.responses[7].response.count(), 3.0);
  // Until the next beat, 5 s later: 2 s busy and 3 s idle, 0.001 dollars a second.
  ASSERT_TRUE(prediction.beat.has_value());
  EXPECT_NEAR(prediction.beat->energy.value(), kHosts * (2 * 100.0 + 3 * 50.0), 1e-6);
  EXPECT_NEAR(prediction.beat->cost.value(), kHosts * 0.005, 1e-9);
  EXPECT_NEAR(prediction.beat->cpu[7].count(), 2.0, 1e-9);
}

TEST(TwinForesight, DoesNotKnowWhatThePlatformWillDraw) {
  const Catalogue catalogue = catalogue_with(kExponential);
  const Plan plan = one_on_each();
  const Twin one = cluster(catalogue, 1);
  const Twin two = cluster(catalogue, 2);
  ASSERT_EQ(one.view({}).hosts, two.view({}).hosts);
  ASSERT_EQ(one.view({}).workloads, two.view({}).workloads);
  ASSERT_NE(responses_of(one, plan), responses_of(two, plan));

  // The seed is the one that the first platform draws from.
  TwinForesight foresight({}, RandomStreams(1));
  const auto predicted = responses_of(foresight.predict(one.view(DecisionsAsked::all()), plan));
  EXPECT_EQ(predicted, responses_of(foresight.predict(two.view(DecisionsAsked::all()), plan)));

  const auto observed = responses_of(one, plan);
  double sum_predicted = 0.0;
  double sum_observed = 0.0;
  for (std::size_t i = 0; i < kHosts; ++i) {
    EXPECT_NE(predicted[i], observed[i]) << i;
    sum_predicted += predicted[i].count() - 1.0;
    sum_observed += observed[i].count() - 1.0;
  }
  // Means of 200 exponential draws of mean 2: standard deviation 0.14.
  EXPECT_NEAR(sum_predicted / kHosts, 2.0, 0.5);
  EXPECT_NEAR(sum_observed / kHosts, 2.0, 0.5);
  // Independent, so their correlation is 0 up to about 1 / sqrt(200) = 0.07.
  double covariance = 0.0;
  double variance_predicted = 0.0;
  double variance_observed = 0.0;
  for (std::size_t i = 0; i < kHosts; ++i) {
    const double p = predicted[i].count() - 1.0 - sum_predicted / kHosts;
    const double o = observed[i].count() - 1.0 - sum_observed / kHosts;
    covariance += p * o;
    variance_predicted += p * p;
    variance_observed += o * o;
  }
  EXPECT_LT(std::abs(covariance) / std::sqrt(variance_predicted * variance_observed), 0.25);
}

TEST(TwinForesight, PredictsTheNextBeatOnlyAtABeat) {
  const Catalogue catalogue = catalogue_with(kConstant);
  const Twin twin = cluster(catalogue, 1);
  TwinForesight foresight({}, RandomStreams(1));
  const ClusterView at_arrival = twin.view({.deployment = true, .placement = true});
  EXPECT_FALSE(foresight.predict(at_arrival, one_on_each()).beat.has_value());
  EXPECT_EQ(foresight.predict(at_arrival, one_on_each()).responses.size(), kHosts);
  EXPECT_EQ(foresight.predict(at_arrival, Plan{}), Prediction{});
}

TEST(TwinForesight, ForeseesTheRequestsOfTheNextBeatWhereTheyArePlacedAsTheyArrive) {
  const Catalogue catalogue = catalogue_with(kConstant);
  Twin twin = cluster(catalogue, 1);
  twin.apply(one_on_each());
  twin.run_until(10s);  // 200 requests in 10 s, all answered by now
  ClusterView view = twin.view(DecisionsAsked::all());
  ASSERT_TRUE(view.workloads.empty());
  ASSERT_DOUBLE_EQ(view.arrival_rates[0], 20.0);

  TwinForesight foresight({}, RandomStreams(1));
  const auto cpu_with = [&](Cadence cadence) {
    view.cadence = cadence;
    const Prediction prediction = foresight.predict(view, Plan{});
    Seconds sum{0};
    for (const Seconds cpu : prediction.beat->cpu) sum += cpu;
    return sum.count();
  };
  EXPECT_EQ(cpu_with(Cadence::kInterval), 0.0);
  // About 100 requests of 2 s on hosts of their own in 5 s, of which those of the last 2 s are half
  // done on average: 60 x 2 + 40 x 1 = 160 core-seconds, standard deviation about 17.
  EXPECT_NEAR(cpu_with(Cadence::kArrival), 160.0, 60.0);
}

TEST(TwinForesight, LooksNoFurtherThanItIsTold) {
  const Catalogue catalogue = catalogue_with(kConstant);
  const Twin twin = cluster(catalogue, 1);
  Plan plan = one_on_each();
  plan.placements[1].host = HostId{0};  // which now has two: each takes 4 s
  TwinForesight foresight({}, RandomStreams(1), Seconds(3));
  const Prediction prediction =
      foresight.predict(twin.view({.deployment = true, .placement = true}), plan);
  EXPECT_EQ(prediction.responses.size(), kHosts - 2);
  EXPECT_EQ(prediction.responses.front().workload, WorkloadId{2});
}

}  // namespace
}  // namespace scinet
