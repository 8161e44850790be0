// Each network: its gradient by finite differences, what must not matter to it, and that a short
// training already beats a predictor without a network.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "learn/demand_training.h"
#include "learn/lstm.h"
#include "learn/lstm_training.h"
#include "learn/plan_training.h"
#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

std::vector<Scenario> bases() {
  const std::string root = SCINET_SOURCE_DIR;
  return {load_scenario(root + "/scenarios/scinet-2023.yaml", root + "/catalog").value()};
}

// ---- The plan network.

double loss_of(const Weights& weights, const PlanPictures& picture, const Matrix& share,
               Matrix* gradient = nullptr) {
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const Tape::Variable x = tape.tracked(share);
  const PredictedTerms terms = predict_terms(network, picture, x);
  const Tape::Variable loss = tape.sum(predicted_loss(tape, terms, QosWeights{}),
                                       predicted_deviation(tape, terms, QosWeights{}));
  tape.differentiate(loss);
  if (gradient) *gradient = tape.gradient(x);
  return tape.number(loss);
}

TEST(PlanNetwork, HasTheGradientOfFiniteDifferences) {
  const Weights weights = random_weights(plan_network_shapes(), RandomStreams(3).stream("weights"));
  int checked = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const Plan plan = decide_once(*make_cosim(), cluster.view);
    if (plan.placements.empty()) continue;
    const PlanPictures picture = picture_of(cluster.view, plan);
    Matrix share = Matrix::Constant(picture.pairs.rows(), 1, 0.7);
    Matrix gradient;
    loss_of(weights, picture, share, &gradient);
    for (Eigen::Index i = 0; i < share.rows(); ++i) {
      share(i, 0) = 0.7 + 1e-5;
      const double above = loss_of(weights, picture, share);
      share(i, 0) = 0.7 - 1e-5;
      const double below = loss_of(weights, picture, share);
      share(i, 0) = 0.7;
      EXPECT_NEAR(gradient(i, 0), (above - below) / 2e-5, 1e-8) << "seed " << seed;
      ++checked;
    }
  }
  EXPECT_GT(checked, 20);
}

TEST(PlanNetwork, SeesNoOrderOfHosts) {
  const Weights weights = random_weights(plan_network_shapes(), RandomStreams(3).stream("weights"));
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    const PlanPictures one = picture_of(cluster.view, decide_once(*make_cosim(), cluster.view));
    const PlanPictures two = picture_of(permuted, decide_once(*make_cosim(), permuted));
    const auto loss = [&](const PlanPictures& picture) {
      return loss_of(weights, picture, Matrix::Ones(picture.pairs.rows(), 1));
    };
    EXPECT_NEAR(loss(one), loss(two), 1e-12) << "seed " << seed;
  }
}

TEST(PlanNetwork, JudgesPlansBelowEachOtherAsOneByOne) {
  const Weights weights = random_weights(plan_network_shapes(), RandomStreams(3).stream("weights"));
  PlanPictures all;
  std::vector<double> alone;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const PlanPictures picture = picture_of(cluster.view, decide_once(*make_cosim(), cluster.view));
    alone.push_back(loss_of(weights, picture, Matrix::Ones(picture.pairs.rows(), 1)));
    all.append(picture);
  }
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const PredictedTerms terms =
      predict_terms(network, all, tape.constant(Matrix::Ones(all.pairs.rows(), 1)));
  const Matrix losses = tape.value(tape.sum(predicted_loss(tape, terms, QosWeights{}),
                                            predicted_deviation(tape, terms, QosWeights{})));
  ASSERT_EQ(losses.rows(), 6);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_NEAR(losses(static_cast<Eigen::Index>(i), 0), alone[i], 1e-12) << i;
  }
}

TEST(PlanNetwork, LearnsToTellPlansApart) {
  const std::vector<PlanExample> examples =
      make_plan_examples(bases(), {.runs = 32, .futures = 2}, RandomStreams(5));
  for (const PlanGoal goal : {PlanGoal::kTerms, PlanGoal::kTermsAndDoubt, PlanGoal::kOrder}) {
    const TrainedNetwork trained =
        train_plan_network(goal, examples, {.epochs = 15}, RandomStreams(5));
    const HeldOutError& within = trained.held_out[1];
    const HeldOutError& order = trained.held_out[2];
    EXPECT_LT(within.trained, within.baseline);
    EXPECT_LT(order.trained, 0.6 * order.baseline);
  }
}

TEST(PlanNetwork, IsTrainedToTheSameNumbersAgain) {
  const auto train = [] {
    const auto examples = make_plan_examples(bases(), {.runs = 4, .futures = 1}, RandomStreams(9));
    return train_plan_network(PlanGoal::kOrder, examples, {.epochs = 2}, RandomStreams(9)).weights;
  };
  EXPECT_EQ(train(), train());
}

// ---- The recurrent network.

TEST(Lstm, PredictsEverySeriesByItself) {
  const SeriesPredictor predict =
      predict_by_lstm(random_weights(lstm_shapes(), RandomStreams(2).stream("weights")));
  const std::vector<double> rising{0.1, 0.2, 0.3};
  const std::vector<double> falling{0.9, 0.5, 0.2};
  const auto both = predict({rising, falling}, 3);
  const auto swapped = predict({falling, rising}, 3);
  ASSERT_EQ(both.size(), 2u);
  ASSERT_EQ(both[0].size(), 3u);
  EXPECT_NEAR(both[0][2].mean, swapped[1][2].mean, 1e-12);
  EXPECT_NEAR(both[1][2].mean, swapped[0][2].mean, 1e-12);
  EXPECT_NE(both[0][2].mean, both[1][2].mean);
  EXPECT_GT(both[0][2].deviation, both[0][0].deviation);
}

TEST(Lstm, AnswersWithoutAPast) {
  const SeriesPredictor predict =
      predict_by_lstm(random_weights(lstm_shapes(), RandomStreams(2).stream("weights")));
  EXPECT_TRUE(predict({}, 2).empty());
  EXPECT_EQ(predict({{}, {}}, 2),
            (std::vector<std::vector<Forecast>>(2, {Forecast{}, Forecast{}})));
}

// A sine has no trend that persistence could see, and a mean that does not move with it.
TEST(Lstm, LearnsAWave) {
  RandomStream random = RandomStreams(4).stream("waves");
  std::vector<SeriesExample> waves;
  for (int i = 0; i < 200; ++i) {
    SeriesExample wave(4, 13);
    for (Eigen::Index row = 0; row < wave.rows(); ++row) {
      const double phase = 6.28 * random.uniform();
      for (Eigen::Index t = 0; t < wave.cols(); ++t) {
        wave(row, t) = 0.5 + 0.4 * std::sin(phase + 0.7 * static_cast<double>(t));
      }
    }
    waves.push_back(wave);
  }
  const TrainedNetwork trained = train_lstm(waves, {.epochs = 20, .rate = 0.01}, RandomStreams(4));
  EXPECT_LT(trained.held_out[0].trained, 0.2 * trained.held_out[0].baseline);
  EXPECT_LT(trained.held_out[1].trained, 0.2 * trained.held_out[1].baseline);
}

// ---- The demand network and its optimiser.

// Two hosts with half the speed each, of which the second loses three times as much.
PowerProblem two_hosts() {
  return {.loss = (Matrix(2, 1) << 0.1, 0.3).finished(),
          .share = (Matrix(2, 1) << 0.5, 0.5).finished(),
          .smoothing = 0.04};
}

TEST(PowerProblem, PrefersTheHostThatLosesLess) {
  // Demand 0.25 is half of the first host: price 0.5 p - 0.1 = 0.04 * 0.5, the second is at 0.
  const PowerSolution solution = solve(two_hosts(), 0.25);
  EXPECT_NEAR(solution.on(0, 0), 0.5, 1e-9);
  EXPECT_NEAR(solution.on(1, 0), 0.0, 1e-9);
  // All of the next demand goes to the host that is not cut: 1 / 0.5.
  EXPECT_NEAR(solution.jacobian(0, 0), 2.0, 1e-9);
  EXPECT_NEAR(solution.jacobian(1, 0), 0.0, 1e-9);
}

TEST(PowerProblem, HasEveryHostOnWhenDemandIsMore) {
  const PowerSolution solution = solve(two_hosts(), 1.5);
  EXPECT_EQ(solution.on, Matrix::Ones(2, 1));
  EXPECT_EQ(solution.jacobian, Matrix::Zero(2, 1));
}

TEST(PowerProblem, HasASolutionWithoutHosts) {
  const TestCluster nothing = ClusterBuilder().build();
  EXPECT_EQ(solve(power_problem(nothing.view), 0.5).on.rows(), 0);
}

TEST(PowerProblem, MeetsTheDemandAndHasItsDerivative) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const PowerProblem problem = power_problem(cluster.view);
    const double most = problem.share.sum();
    for (const double part : {0.13, 0.47, 0.81}) {
      const double demand = part * most;
      const PowerSolution solution = solve(problem, demand);
      EXPECT_NEAR(problem.share.cwiseProduct(solution.on).sum(), demand, 1e-6) << "seed " << seed;
      const Matrix above = solve(problem, demand + 1e-7).on;
      const Matrix below = solve(problem, demand - 1e-7).on;
      const double error = ((above - below) / 2e-7 - solution.jacobian).norm();
      EXPECT_LT(error, 1e-2 * (1.0 + solution.jacobian.norm())) << "seed " << seed << " " << part;
    }
  }
}

TEST(DemandNetwork, LosesLessQosThanTheLastBeatAndTheMean) {
  const std::vector<DemandExample> examples = make_demand_examples(bases(), 40, RandomStreams(6));
  const TrainedNetwork trained = train_demand_network(examples, {.epochs = 10}, RandomStreams(6));
  for (const HeldOutError& error : trained.held_out) EXPECT_LT(error.trained, error.baseline);
}

}  // namespace
}  // namespace scinet
