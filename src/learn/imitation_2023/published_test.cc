// The network of the published shape: what its inputs can say, what it learns from, that its heads
// hear each other, and what the committed checkpoint decides.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "learn/checkpoint.h"
#include "learn/episode.h"
#include "learn/imitation_2023/published_policy.h"
#include "learn/imitation_2023/published_training.h"
#include "policy/baselines.h"
#include "policy/policy.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"
#include "twin/twin.h"

namespace scinet {
namespace {

const std::filesystem::path kRoot = SCINET_SOURCE_DIR;

Weights noise(std::uint64_t seed = 5) {
  return random_weights(published_shapes(), RandomStreams(seed).stream("noise"));
}

Weights trained() {
  return load_checkpoint(kRoot / "catalog" / "checkpoints" / "scinet-2023.json", "scinet-2023",
                         published_shapes())
      .value()
      .weights;
}

Scenario testbed() {
  return load_scenario(kRoot / "scenarios" / "scinet-2023.yaml", kRoot / "catalog").value();
}

// Hosts 0 and 1 are on, the others off.
ClusterBuilder sixteen_hosts() {
  ClusterBuilder builder;
  builder.type({.boot_time = Seconds(0)}).application("app", {whole(Mi(1000))});
  for (int i = 0; i < 16; ++i) builder.host("small", i < 2 ? HostState::kOn : HostState::kOff);
  return builder;
}

// ---- What the inputs can say.

std::string reason_of(const ClusterView& view) {
  try {
    decide_once(*make_scinet_2023(noise()), view);
    return "";
  } catch (const Declined& declined) {
    return declined.what();
  }
}

TEST(Published, DeclinesWhatItsInputsCannotSay) {
  EXPECT_EQ(reason_of(sixteen_hosts().waiting("app").build().view), "");
  EXPECT_EQ(reason_of(sixteen_hosts().host("small").waiting("app").build().view),
            "its inputs have places for exactly 16 hosts, and there are 17");
  ClusterBuilder applications = sixteen_hosts();
  for (int i = 0; i < 7; ++i) applications.application(fmt::format("a{}", i), {whole(Mi(100 + i))});
  EXPECT_EQ(reason_of(applications.waiting("app").build().view),
            "its inputs have places for 7 applications, and there are 8");
  const std::vector<Strategy> strategies{whole(Mi(1)), whole(Mi(2)), whole(Mi(3)), whole(Mi(4))};
  EXPECT_EQ(reason_of(sixteen_hosts().application("many", strategies).build().view),
            "its inputs have places for 3 strategies, and an application has 4");
  const std::vector<Fragment> fragments(6, fragment(Mi(1)));
  EXPECT_EQ(reason_of(sixteen_hosts().application("long", {layer(fragments)}).build().view),
            "its inputs have places for 5 fragments, and a strategy has 6");
}

TEST(Published, PlansAreSoundWithAnyWeights) {
  int decided = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const TestCluster cluster = random_cluster(seed, kSlots);
    if (!beyond_published_shape(cluster.view).empty()) continue;
    ++decided;
    const Plan plan = decide_once(*make_scinet_2023(noise(seed)), cluster.view);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{}) << "seed " << seed;
  }
  EXPECT_GT(decided, 40);
}

TEST(Published, HostsThatDoTheSameHaveTheSameSlots) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = random_cluster(seed, kSlots);
    if (!beyond_published_shape(cluster.view).empty()) continue;
    ++compared;
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    const PublishedScene scene(cluster.view);
    const PublishedScene other(permuted);
    EXPECT_EQ(scene.input().hosts, other.input().hosts) << "seed " << seed;
    EXPECT_EQ(scene.input().beats, other.input().beats) << "seed " << seed;
  }
  EXPECT_GT(compared, 15);
}

// ---- What it learns from.

TEST(Published, OfHostsThatLookAlikeTheFirstSlotsAreLearned) {
  const TestCluster cluster = sixteen_hosts().waiting("app").build();
  const auto lesson_of = [&](std::uint32_t host) {
    const Plan plan{.power = {{HostId{0}, false}, {HostId{1}, false}, {HostId{host}, true}},
                    .deployments = {{WorkloadId{0}, StrategyId{0}}},
                    .placements = {{WorkloadId{0}, FragmentId{0}, HostId{host}}},
                    .deferrals = {}};
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{});
    return published_lesson(cluster.view, plan);
  };
  const PublishedLesson lesson = lesson_of(9);
  EXPECT_EQ(lesson.hosts[2], HostId{9});  // behind the two that were on
  Matrix on = Matrix::Zero(1, kSlots);
  on(0, 2) = 1.0;
  EXPECT_EQ(lesson.on, on);
  ASSERT_EQ(lesson.requests.size(), 1u);
  EXPECT_EQ(lesson.requests[0].slots, std::vector<std::size_t>{2});
  EXPECT_EQ(lesson_of(14).on, on);
}

PublishedLesson some_lesson() {
  const auto lessons =
      make_published_lessons(testbed(), {.runs = 1, .beats = 12}, RandomStreams(3), {});
  const auto has_enough = [](const PublishedLesson& lesson) {
    return lesson.requests.size() > 1 && lesson.on.sum() > 1.0;
  };
  const auto found = std::ranges::find_if(lessons, has_enough);
  EXPECT_NE(found, lessons.end());
  return *found;
}

double loss_of(const Weights& weights, const PublishedLesson& lesson) {
  Tape tape;
  RandomStream random = RandomStreams(1).stream("draws");
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  return tape.number(published_loss(network, lesson, PublishedPhase::kForced, random));
}

TEST(Published, LossFallsAlongItsGradient) {
  const PublishedLesson lesson = some_lesson();
  const Weights weights = noise();
  Tape tape;
  RandomStream random = RandomStreams(1).stream("draws");
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kTrain);
  tape.differentiate(published_loss(network, lesson, PublishedPhase::kForced, random));
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Weights up = weights;
    Weights down = weights;
    Eigen::Index row = 0;
    Eigen::Index column = 0;
    const Matrix& gradient = tape.gradient(network.all()[i]);
    ASSERT_GT(gradient.size(), 0) << weights[i].name;
    gradient.cwiseAbs().maxCoeff(&row, &column);
    up[i].values(row, column) += kStep;
    down[i].values(row, column) -= kStep;
    EXPECT_NEAR((loss_of(up, lesson) - loss_of(down, lesson)) / (2.0 * kStep),
                gradient(row, column), 1e-4 * (1.0 + std::abs(gradient(row, column))))
        << weights[i].name;
  }
}

// In the second phase the provisioning head learns from what the later heads make of its decision:
// its gradient is then not that of its own loss alone.
TEST(Published, ProvisioningLearnsWhatLaterHeadsNeed) {
  PublishedLesson lesson = some_lesson();
  const auto gradient_with = [&](bool requests, PublishedPhase phase) {
    PublishedLesson told = lesson;
    if (!requests) told.requests.clear();
    const Weights weights = noise();
    Tape tape;
    RandomStream random = RandomStreams(1).stream("draws");
    const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kTrain);
    tape.differentiate(published_loss(network, told, phase, random));
    return Matrix(tape.gradient(network.at("power.outer.bias")));
  };
  EXPECT_EQ(gradient_with(true, PublishedPhase::kForced),
            gradient_with(false, PublishedPhase::kForced));
  EXPECT_NE(gradient_with(true, PublishedPhase::kOwn), gradient_with(false, PublishedPhase::kOwn));
}

TEST(Published, TrainingIsRepeatableAndLowersTheLoss) {
  const auto lessons =
      make_published_lessons(testbed(), {.runs = 4, .beats = 12}, RandomStreams(2), {});
  std::vector<double> losses;
  const auto train = [&] {
    losses.clear();
    return train_published(lessons, {.forced_epochs = 4, .own_epochs = 1}, RandomStreams(2),
                           [&](const FitProgress& progress) { losses.push_back(progress.loss); });
  };
  const Weights first = train().weights;
  EXPECT_EQ(first, train().weights);
  ASSERT_EQ(losses.size(), 5u);
  EXPECT_LT(losses[3], 0.85 * losses[0]);
}

// ---- What the committed checkpoint decides.

TEST(Published, OpensMoreHostsForMoreRequests) {
  const Scenario scenario = testbed();
  const auto hosts_for = [&](int requests) {
    Twin twin(scenario.catalogue, scenario.hosts, 2, scenario.weights, {.beat = scenario.beat},
              RandomStreams(1));
    for (int i = 0; i < requests; ++i) {
      twin.arrive({.id = WorkloadId{static_cast<std::uint64_t>(i)},
                   .application = {static_cast<std::uint32_t>(i % 7)},
                   .arrival = SimTime{0},
                   .slo = Seconds(30),
                   .input = Bytes(200'000)},
                  1.0);
    }
    const ClusterView view = twin.view(DecisionsAsked::all());
    return std::ranges::count_if(
        states_after(decide_once(*make_scinet_2023(trained()), view), view), accepts_work);
  };
  EXPECT_LE(hosts_for(1), 2);
  EXPECT_GE(hosts_for(12), 3);
  EXPECT_GE(hosts_for(40), 6);
}

TEST(Published, IsWorthMoreThanChanceAndThanItsOwnNoise) {
  const Scenario scenario = testbed();
  const auto qos_of = [&](std::unique_ptr<Policy> policy) {
    return qos_of_run(scenario, *policy, 60, RandomStreams(1));
  };
  const double with_network = qos_of(make_scinet_2023(trained()));
  EXPECT_GT(with_network, qos_of(make_random()) + 0.05);
  EXPECT_GT(with_network, qos_of(make_scinet_2023(noise())) + 0.05);
}

}  // namespace
}  // namespace scinet
