// The worth of an answer is that of the plan which it leads to, on the same rollouts.
#include "learn/imitation/appraisal.h"

#include <algorithm>
#include <numeric>

#include "learn/imitation/imitation_testing.h"
#include "oracle/oracle_policies.h"
#include "tests/random_cluster.h"
#include "tests/small_case.h"

namespace scinet {
namespace {

constexpr std::uint64_t kSeeds = 40;

std::vector<std::size_t> all_of(const Question& question) {
  std::vector<std::size_t> answers(question.size());
  std::iota(answers.begin(), answers.end(), std::size_t{0});
  return answers;
}

double qos_of(const DecisionWalk& walk, const JointDecision& decision, const Rollout& rollout) {
  return rollout.of(walk.space().plan_of(decision)).qos;
}

// The walk with these answers, to its end.
JointDecision decision_after(const ClusterView& view, const std::vector<std::size_t>& answers) {
  DecisionWalk walk(view);
  for (const std::size_t answer : answers) walk.answer(answer);
  EXPECT_EQ(walk.question(), nullptr);
  return walk.decision();
}

// Whether nothing of the decision is open once the question is answered.
bool is_last(const DecisionWalk& walk) {
  const Question& question = *walk.question();
  if (question.head != Head::kHost || question.waiting != walk.order().back()) return false;
  const WorkloadView& entry = *walk.space().waiting()[question.waiting];
  const StrategyId strategy = walk.decision().choices[question.waiting]->strategy;
  return question.fragment.value + 1 ==
         walk.space().view().catalogue->at(entry.workload.application, strategy).fragments.size();
}

TEST(Appraisal, OfTheLastQuestionIsThatOfTheWholePlan) {
  int questions = 0;
  bool makes_a_difference = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestCluster cluster = small_case(seed);
    const Rollout rollout(cluster.view, {.beats = 2, .futures = 2}, RandomStreams(seed));
    DecisionWalk walk(cluster.view);
    Appraisal appraisal(walk, rollout);
    RandomStream random = RandomStreams(seed).stream("answers");
    std::vector<std::size_t> answers;
    while (walk.question()) {
      // Asked at every question, as lessons are: what it remembers must not go stale.
      const std::vector<double> worth = appraisal.worth_of(all_of(*walk.question()));
      if (is_last(walk)) {
        ++questions;
        for (std::size_t i = 0; i < worth.size(); ++i) {
          std::vector<std::size_t> path = answers;
          path.push_back(i);
          EXPECT_EQ(worth[i], qos_of(walk, decision_after(cluster.view, path), rollout))
              << "seed " << seed << ", answer " << i;
          makes_a_difference = makes_a_difference || worth[i] != worth[0];
        }
      }
      answers.push_back(random.below(worth.size()));
      walk.answer(answers.back());
    }
    EXPECT_EQ(appraisal.completed(), walk.decision()) << "seed " << seed;
  }
  EXPECT_GT(questions, 10);
  EXPECT_TRUE(makes_a_difference);
}

TEST(Appraisal, OfAPowerQuestionIsThatOfTheMarginalChoiceAfterItLessWhatASwitchHasToGain) {
  int questions = 0;
  bool has_to_gain = false;  // some switch
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    TestCluster cluster = small_case(seed);
    cluster.view.asked = DecisionsAsked::all();
    const Rollout rollout(cluster.view, {.beats = 2, .futures = 1}, RandomStreams(seed));
    DecisionWalk walk(cluster.view);
    Appraisal appraisal(walk, rollout);
    const MarginalChoice marginal(walk.space(), rollout.prices());
    RandomStream random = RandomStreams(seed).stream("answers");
    while (walk.question() && walk.question()->head == Head::kPower) {
      ++questions;
      const Question& question = *walk.question();
      const std::vector<double> worth = appraisal.worth_of(all_of(question));
      for (std::size_t i = 0; i < question.size(); ++i) {
        JointDecision decision = walk.decision();
        if (const auto host = question.hosts[i]) decision.on[host->value].flip();
        marginal.answer_all(decision, walk.order());
        double expected = qos_of(walk, decision, rollout);
        if (question.hosts[i]) {
          const HostType& type = cluster.view.type_of(cluster.view.host(*question.hosts[i]));
          expected -=
              least_gain_of_switch(type, rollout.window(), rollout.requests(), rollout.prices());
          has_to_gain = has_to_gain || expected < qos_of(walk, decision, rollout);
        }
        EXPECT_EQ(worth[i], expected) << "seed " << seed;
      }
      walk.answer(random.below(question.size()));
    }
  }
  EXPECT_GT(questions, 20);
  EXPECT_TRUE(has_to_gain);
}

// One large host does for two of the small ones at less than both: but of all it is the one that
// saves most if it is switched off.
TEST(Appraisal, OfASwitchTowardsTheHostsAimedAtIsThatOfAllOfThem) {
  ClusterBuilder builder;
  builder.type({.name = "one", .idle = Watts(100), .peak = Watts(110)});
  builder.type(
      {.name = "two", .price = DollarsPerHour(0.11), .idle = Watts(100), .peak = Watts(110)});
  builder.type({.name = "large",
                .cores = 8,
                .price = DollarsPerHour(0.12),
                .idle = Watts(120),
                .peak = Watts(130)});
  builder.host("one").host("two").host("large").host("large");
  builder.application("app", {whole(Mi(9000))}).arrival_rate("app", 0.2);
  const TestCluster cluster = builder.waiting("app").waiting("app").build();
  const Rollout rollout(cluster.view, {.beats = 4, .futures = 2}, RandomStreams(1));
  const auto least = [&](std::uint32_t host) {
    return least_gain_of_switch(cluster.view.type_of(cluster.view.host(HostId{host})),
                                rollout.window(), rollout.requests(), rollout.prices());
  };
  DecisionWalk walk(cluster.view);
  const Question& question = *walk.question();
  Appraisal appraisal(walk, rollout);
  const std::vector<double> alone = appraisal.worth_of(all_of(question));
  // Of two large hosts that look the same either.
  appraisal.aim_at({false, false, false, true});
  const std::vector<double> aimed = appraisal.worth_of(all_of(question));

  JointDecision decision = walk.decision();
  decision.on = {false, false, true, false};
  MarginalChoice(walk.space(), rollout.prices()).answer_all(decision, walk.order());
  const double together = qos_of(walk, decision, rollout) - least(0) - least(1) - least(2);
  ASSERT_EQ(question.size(), 4u);  // to stop, and a switch of each kind of host
  EXPECT_EQ(aimed[0], alone[0]);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(aimed[i], std::max(alone[i], together));
  }
  EXPECT_GT(together, *std::ranges::max_element(alone));

  // Once the last large host is all that is left of them, it is to stay.
  walk.answer(3);
  const std::vector<double> then = appraisal.worth_of(all_of(*walk.question()));
  const double still = qos_of(walk, decision, rollout) - least(0) - least(1);
  ASSERT_EQ(walk.question()->size(), 4u);
  EXPECT_GE(then[1], still);
  EXPECT_LT(then[3], still);
}

// Of a strategy: the best of the marginal choice's hosts for it, the workload's neighbours as they
// would be. Answered with what the marginal choice itself takes, nothing changes.
TEST(Appraisal, OfTheMarginalChoicesOwnStrategyIsThatOfTheMarginalChoice) {
  int questions = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    TestCluster cluster = small_case(seed);
    cluster.view.asked = {.provisioning = false, .deployment = true, .placement = true};
    const Rollout rollout(cluster.view, {.beats = 2, .futures = 1}, RandomStreams(seed));
    DecisionWalk walk(cluster.view);
    if (!walk.question() || walk.question()->head != Head::kStrategy) continue;
    const Question& question = *walk.question();
    Appraisal appraisal(walk, rollout);
    const JointDecision marginal = appraisal.completed();
    // The one that is answered anew sees those after it as well; alone there are none.
    if (walk.order().size() > 1) continue;
    const std::vector<double> worth = appraisal.worth_of(all_of(question));
    for (std::size_t i = 0; i < question.size(); ++i) {
      if (question.strategies[i] != marginal.choices[question.waiting]->strategy) continue;
      ++questions;
      EXPECT_EQ(worth[i], qos_of(walk, marginal, rollout)) << "seed " << seed;
    }
  }
  EXPECT_GT(questions, 3);
}

TEST(Appraisal, CompletesWhateverWasAnsweredSoFar) {
  ClusterBuilder builder;
  builder.type({}).type({.name = "large", .cores = 8, .speed = Mips(3000)});
  builder.host("small").host("small").host("large", HostState::kOff);
  builder.application("app", {whole(Mi(1000)), whole(Mi(300), 0.6)});
  const TestCluster cluster = builder.waiting("app").waiting("app").build();
  const Rollout rollout(cluster.view, {}, RandomStreams(1));
  DecisionWalk walk(cluster.view);
  Appraisal appraisal(walk, rollout);
  const MarginalChoice marginal(walk.space(), rollout.prices());
  while (walk.question() && walk.question()->head == Head::kPower) {
    JointDecision expected = walk.decision();
    marginal.answer_all(expected, walk.order());
    EXPECT_EQ(appraisal.completed(), expected);
    walk.answer(walk.question()->size() - 1);
  }
  EXPECT_EQ(appraisal.completed().on, walk.decision().on);
  while (walk.question()) {
    const JointDecision completed = appraisal.completed();
    for (const std::size_t i : walk.order()) {
      if (i == walk.question()->waiting) break;
      EXPECT_EQ(completed.choices[i], walk.decision().choices[i]);
    }
    walk.answer(0);
  }
  EXPECT_EQ(appraisal.completed(), walk.decision());
}

}  // namespace
}  // namespace scinet
