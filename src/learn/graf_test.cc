// GRAF in parts: the latency network by its gradient and by what must not matter to it, the solver
// by what the least capacity is, and what the policy then has on.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "learn/checkpoint.h"
#include "learn/graf_capacity.h"
#include "learn/graf_training.h"
#include "learn/neural_rivals.h"
#include "model/plan.h"
#include "tests/policy_testing.h"

namespace scinet {
namespace {

const std::string kRoot = SCINET_SOURCE_DIR;

Weights trained() {
  const std::string file = kRoot + "/catalog/checkpoints/graf.json";
  return load_checkpoint(file, "graf", graf_network_shapes()).value().weights;
}

Weights noise() { return random_weights(graf_network_shapes(), RandomStreams(3).stream("noise")); }

Strategy chain(Mi first, Mi second) { return layer({fragment(first), fragment(second)}); }
Strategy branches(Mi first, Mi second) {
  return semantic({fragment(first), fragment(second), fragment(Mi(20))});
}

// On idle hosts of 1000 MIPS a core; a request has 10 s.
void append(TaskGraphs& graphs, const Strategy& strategy) {
  const std::vector<FragmentSetting> settings(strategy.fragments.size());
  graphs.append(strategy, settings, Seconds(10), Mips(1000));
}

// At the end of 19 of 20 requests, log(latency / SLO), one for each graph.
Matrix bound(const Weights& weights, const TaskGraphs& graphs, const Matrix& capacity,
             Matrix* gradient = nullptr) {
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const Tape::Variable x = tape.tracked(capacity);
  const PredictedLatency latency = predict_latency(network, graphs, x);
  const Tape::Variable bound =
      tape.sum(latency.mean, tape.scaled(tape.exp(latency.log_deviation), kDoubt));
  if (gradient) {
    tape.differentiate(tape.total(bound));
    *gradient = tape.gradient(x);
  }
  return tape.value(bound);
}

Matrix all_at(const TaskGraphs& graphs, double share_of_core) {
  return Matrix::Constant(graphs.fragments.rows(), 1, std::log(share_of_core));
}

TEST(LatencyNetwork, HasTheGradientOfFiniteDifferences) {
  TaskGraphs graphs;
  append(graphs, chain(Mi(2000), Mi(500)));
  append(graphs, branches(Mi(1000), Mi(3000)));
  Matrix capacity = all_at(graphs, 0.6);
  Matrix gradient;
  bound(noise(), graphs, capacity, &gradient);
  ASSERT_EQ(gradient.rows(), 5);
  for (Eigen::Index i = 0; i < capacity.rows(); ++i) {
    Matrix above = capacity;
    Matrix below = capacity;
    above(i, 0) += 1e-5;
    below(i, 0) -= 1e-5;
    const double slope = (bound(noise(), graphs, above) - bound(noise(), graphs, below)).sum();
    EXPECT_NEAR(gradient(i, 0), slope / 2e-5, 1e-8) << i;
  }
}

TEST(LatencyNetwork, JudgesGraphsBelowEachOtherAsOneByOne) {
  TaskGraphs both;
  append(both, chain(Mi(2000), Mi(500)));
  append(both, branches(Mi(1000), Mi(3000)));
  TaskGraphs one;
  append(one, branches(Mi(1000), Mi(3000)));
  EXPECT_NEAR(bound(noise(), both, all_at(both, 0.5))(1, 0),
              bound(noise(), one, all_at(one, 0.5))(0, 0), 1e-12);
}

// The same three fragments of 1500 Mi on cores of 1000 MIPS: 4.5 s one after the other, 3 s if the
// first two go side by side. Only the edges differ, so it takes messages to tell.
TEST(LatencyNetwork, LearnedThatAChainTakesLongerThanBranchesAndLessCapacityMoreTime) {
  const std::vector<Fragment> fragments(3, fragment(Mi(1500)));
  TaskGraphs graphs;
  append(graphs, layer(fragments));
  append(graphs, semantic(fragments));
  const Matrix full = bound(trained(), graphs, all_at(graphs, 1.0));
  const Matrix half = bound(trained(), graphs, all_at(graphs, 0.5));
  EXPECT_GT(full(0, 0), full(1, 0) + 0.1);
  EXPECT_GT(half(0, 0), full(0, 0) + 0.3);
  EXPECT_GT(half(1, 0), full(1, 0) + 0.3);
}

TEST(LatencyNetwork, SoonForeseesBetterThanTheMean) {
  const std::vector<Scenario> bases{
      load_scenario(kRoot + "/scenarios/scinet-2023.yaml", kRoot + "/catalog").value()};
  const auto examples = make_latency_examples(bases, 16, RandomStreams(6));
  const TrainedNetwork network =
      train_latency_network(examples, {.epochs = 4, .rate = 0.01}, RandomStreams(6));
  ASSERT_EQ(network.held_out.size(), 3u);
  EXPECT_LT(network.held_out[1].trained, 0.6 * network.held_out[1].baseline);
}

CapacityProblem problem_of(const Strategy& strategy, Seconds time) {
  CapacityProblem problem;
  append(problem.graphs, strategy);
  problem.most = all_at(problem.graphs, 1.0);
  problem.limit = Matrix::Constant(1, 1, std::log(time / Seconds(10)));
  return problem;
}

CapacitySolution solve(const CapacityProblem& problem) {
  return least_capacity(trained(), problem, std::numeric_limits<std::int64_t>::max());
}

double sum_of(const CapacitySolution& solution) { return solution.capacity.array().exp().sum(); }

TEST(LeastCapacity, KeepsTheTimeAndLittleMore) {
  for (const double seconds : {6.0, 8.0, 10.0}) {
    const CapacityProblem problem = problem_of(chain(Mi(1000), Mi(1000)), Seconds(seconds));
    const double there = bound(trained(), problem.graphs, solve(problem).capacity)(0, 0);
    EXPECT_LT(there, problem.limit(0, 0) + 0.02) << seconds;
    EXPECT_GT(there, problem.limit(0, 0) - 0.2) << seconds;
  }
}

TEST(LeastCapacity, IsMoreWhereThereIsLessTime) {
  const Strategy strategy = chain(Mi(1000), Mi(1000));
  EXPECT_GT(sum_of(solve(problem_of(strategy, Seconds(6)))),
            1.2 * sum_of(solve(problem_of(strategy, Seconds(10)))));
}

TEST(LeastCapacity, GoesToTheBranchThatDecides) {
  const CapacitySolution solution = solve(problem_of(branches(Mi(3000), Mi(500)), Seconds(10)));
  EXPECT_GT(solution.capacity(0, 0), solution.capacity(1, 0) + 0.2);
}

TEST(LeastCapacity, IsTheMostWhereNothingKeepsTheTime) {
  EXPECT_EQ(sum_of(solve(problem_of(chain(Mi(30'000), Mi(1000)), Seconds(5)))), 2.0);
}

// Six requests wait, of 4000 Mi each: one host of 2 x 1000 MIPS is enough if they have a minute,
// and not if they have 6 s.
std::ptrdiff_t hosts_on(Seconds slo) {
  ClusterBuilder builder;
  builder.type({}).host("small").asked({.provisioning = true});
  for (int i = 0; i < 7; ++i) builder.host("small", HostState::kOff);
  builder.application("app", {whole(Mi(4000))});
  for (int i = 0; i < 6; ++i) builder.waiting("app", slo);
  const TestCluster cluster = builder.build();
  const Plan plan = decide_once(*make_graf(trained()), cluster.view);
  return std::ranges::count_if(states_after(plan, cluster.view), accepts_work);
}

TEST(Graf, HasMoreHostsOnForATighterSlo) {
  EXPECT_LT(hosts_on(Seconds(60)), hosts_on(Seconds(6)));
  EXPECT_LT(hosts_on(Seconds(6)), 6);
}

}  // namespace
}  // namespace scinet
