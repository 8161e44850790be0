// Whoever answers, the walk ends in a sound plan; and what a question shows.
#include "learn/imitation/decision_walk.h"

#include <functional>
#include <map>
#include <set>

#include "learn/imitation/imitation_testing.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

constexpr std::uint64_t kSeeds = 200;
constexpr WalkSettings kApart{.most_apart = 10'000};  // row i is host i

RandomStream answers_of(std::uint64_t seed) { return RandomStreams(seed).stream("answers"); }

void expect_sound(const ClusterView& view, const WalkSettings& settings, std::uint64_t seed) {
  DecisionWalk walk(view, settings);
  RandomStream random = answers_of(seed);
  while (const Question* question = walk.question()) {
    const std::size_t count = question->size();
    ASSERT_GT(count, 1u) << "seed " << seed;
    ASSERT_EQ(question->hosts.size(), count) << "seed " << seed;
    ASSERT_EQ(question->answers.cols(), kAnswerColumns[static_cast<std::size_t>(question->head)]);
    ASSERT_TRUE(question->answers.allFinite()) << "seed " << seed;
    walk.answer(random.below(count));
  }
  EXPECT_EQ(find_violations(walk.space().plan_of(walk.decision()), view),
            std::vector<std::string>{})
      << "seed " << seed;
}

TEST(DecisionWalk, EndsInASoundPlanWhoeverAnswers) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    expect_sound(cluster.view, {}, seed);
    expect_sound(cluster.view, {.heads_see_earlier = false, .predictions = false}, seed);
  }
}

// Views that a run leads to: all decisions at beats, and at arrivals all but provisioning.
TEST(DecisionWalk, EndsInASoundPlanInBothCadences) {
  std::map<bool, int> views;  // by whether provisioning was asked
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const Cadence cadence = seed % 2 == 0 ? Cadence::kInterval : Cadence::kArrival;
    const auto policy = teacher(seed);
    play(small_scenario(seed, cadence), *policy, 20, RandomStreams(seed),
         [&](const ClusterView& view, const Plan&) {
           ++views[view.asked.provisioning];
           expect_sound(view, {}, seed);
         });
  }
  EXPECT_GT(views[true], 50);
  EXPECT_GT(views[false], 50);
}

// ---- Order means nothing.

bool are_near(const FloatRows& rows, Eigen::Index i, const FloatRows& others, Eigen::Index j) {
  return ((rows.row(i) - others.row(j)).array().abs() <= 1e-5f).all();
}

// Whether every answer of the one has its like among those of the other.
bool offer_the_same(const DecisionWalk& one, const DecisionWalk& other) {
  const Question& a = *one.question();
  const Question& b = *other.question();
  if (a.head != b.head || a.size() != b.size() || a.waiting != b.waiting) return false;
  std::set<std::size_t> taken;
  for (std::size_t i = 0; i < a.size(); ++i) {
    bool found = false;
    for (std::size_t j = 0; j < b.size() && !found; ++j) {
      if (taken.contains(j) || a.hosts[i].has_value() != b.hosts[j].has_value()) continue;
      found = are_near(a.answers, static_cast<Eigen::Index>(i), b.answers,
                       static_cast<Eigen::Index>(j)) &&
              (!a.hosts[i] || are_near(one.rows().hosts, a.hosts[i]->value, other.rows().hosts,
                                       b.hosts[j]->value));
      if (found) taken.insert(j);
    }
    if (!found) return false;
  }
  return true;
}

TEST(DecisionWalk, AsksTheSameWhenHostsArePermuted) {
  std::map<Head, int> asked;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    const DecisionWalk walk(cluster.view, kApart);
    const DecisionWalk other(permuted, kApart);
    ASSERT_EQ(walk.question() == nullptr, other.question() == nullptr) << "seed " << seed;
    EXPECT_TRUE(are_near(walk.rows().cluster, 0, other.rows().cluster, 0)) << "seed " << seed;
    if (!walk.question()) continue;
    ++asked[walk.question()->head];
    EXPECT_TRUE(offer_the_same(walk, other)) << "seed " << seed;
  }
  EXPECT_EQ(asked.size(), kHeads) << "some head is never asked first";
}

// ---- Which hosts are offered to be switched.

TEST(DecisionWalk, OffersOneOfTheHostsThatLookTheSame) {
  ClusterBuilder builder;
  builder.type({}).type({.name = "large", .cores = 8});
  for (int i = 0; i < 3; ++i) builder.host("small").host("large", HostState::kOff);
  builder.application("app", {whole(Mi(1000))}).waiting("app");
  const TestCluster cluster = builder.build();
  const DecisionWalk walk(cluster.view);
  using Hosts = std::vector<std::optional<HostId>>;
  EXPECT_EQ(walk.question()->hosts, (Hosts{std::nullopt, HostId{0}, HostId{1}}));

  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestCluster random = random_cluster(seed);
    DecisionWalk any(random.view, kApart);
    const std::vector<Question> questions = questions_by_chance(any, answers_of(seed));
    for (const Question& question : questions) {
      if (question.head != Head::kPower) continue;
      EXPECT_FALSE(question.hosts.front()) << "the first answer is to stop";
      for (std::size_t i = 1; i < question.size(); ++i) {
        for (std::size_t j = 1; j < i; ++j) {
          const FloatRows& hosts = any.rows().hosts;
          EXPECT_FALSE(question.answers.row(static_cast<Eigen::Index>(i)) ==
                           question.answers.row(static_cast<Eigen::Index>(j)) &&
                       hosts.row(question.hosts[i]->value) == hosts.row(question.hosts[j]->value))
              << "seed " << seed;
        }
      }
    }
  }
}

TEST(DecisionWalk, NeverOffersToSwitchOffTheLastOpenHost) {
  int last_ones = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    TestCluster cluster = random_cluster(seed);
    cluster.view.asked.provisioning = true;
    DecisionWalk walk(cluster.view);
    RandomStream random = answers_of(seed);
    while (walk.question() && walk.question()->head == Head::kPower) {
      std::vector<HostId> open;
      for (const HostView& host : cluster.view.hosts) {
        if (host.linked && walk.decision().on[host.id.value]) open.push_back(host.id);
      }
      const auto& hosts = walk.question()->hosts;
      if (open.size() == 1) {
        ++last_ones;
        EXPECT_EQ(std::ranges::find(hosts, open.front()), hosts.end()) << "seed " << seed;
      }
      walk.answer(1 + random.below(hosts.size() - 1));  // anything but to stop
    }
  }
  EXPECT_GT(last_ones, 20);
}

// Nothing limits the switches of one decision but that work has to be served.
TEST(DecisionWalk, OneDecisionCanSwitchAllHostsOffButOne) {
  ClusterBuilder builder;
  builder.type({});
  for (int i = 0; i < 40; ++i) builder.host("small");
  builder.application("app", {whole(Mi(1000))}).waiting("app");
  const TestCluster cluster = builder.build();
  DecisionWalk walk(cluster.view);
  while (walk.question() && walk.question()->head == Head::kPower) {
    walk.answer(walk.question()->size() - 1);
  }
  EXPECT_EQ(std::ranges::count(walk.decision().on, true), 1);
}

// ---- What is seen of earlier answers.

// The next question once the walk was answered like this.
Question question_after(const ClusterView& view, bool sees_earlier,
                        const std::vector<std::size_t>& answers) {
  DecisionWalk walk(view, {.heads_see_earlier = sees_earlier});
  for (const std::size_t answer : answers) walk.answer(answer);
  return *walk.question();
}

TEST(DecisionWalk, ShowsWhereEarlierWorkWasSentIfItMay) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").host("small");
  builder.application("app", {whole(Mi(1000))}).waiting("app").waiting("app");
  const TestCluster cluster = builder.asked({.deployment = true, .placement = true}).build();
  const Question first = question_after(cluster.view, true, {0});
  const Question second = question_after(cluster.view, true, {1});
  EXPECT_EQ(first.head, Head::kHost);
  EXPECT_EQ(first.waiting, 1u);
  EXPECT_NE(first.answers, second.answers);
  EXPECT_EQ(question_after(cluster.view, false, {0}).answers,
            question_after(cluster.view, false, {1}).answers);
}

TEST(DecisionWalk, ShowsWhichHostsWereSwitchedIfItMay) {
  ClusterBuilder builder;
  builder.type({}).type({.name = "large", .cores = 8});
  builder.host("small").host("small").host("large", HostState::kOff);
  builder.application("app", {whole(Mi(1000)), whole(Mi(300), 0.6)}).arrival_rate("app", 0.5);
  const TestCluster cluster = builder.waiting("app").waiting("app").build();
  const Question power = question_after(cluster.view, true, {});
  ASSERT_EQ(power.size(), 3u);  // stop, a small one off, the large one on
  // The first strategy, and the first host question after it.
  for (const std::vector<std::size_t>& then : {std::vector<std::size_t>{}, {0}}) {
    const auto after = [&](bool sees_earlier, std::vector<std::size_t> answers) {
      answers.insert(answers.end(), then.begin(), then.end());
      return question_after(cluster.view, sees_earlier, answers);
    };
    const Question left = after(true, {0});
    const Question switched = after(true, {2, 0});
    EXPECT_EQ(left.head, then.empty() ? Head::kStrategy : Head::kHost);
    EXPECT_EQ(switched.head, left.head);
    EXPECT_TRUE(left.size() != switched.size() || left.answers != switched.answers);
    EXPECT_EQ(after(false, {0}).answers, after(false, {2, 0}).answers);
    EXPECT_EQ(after(false, {0}).hosts, after(false, {2, 0}).hosts);
  }
}

// ---- What an ablation hides.

TEST(DecisionWalk, HidesThePredictedColumnsAndNoOthers) {
  std::array<std::set<Eigen::Index>, kHeads> shown;  // columns that are not 0 otherwise
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    DecisionWalk walk(cluster.view);
    DecisionWalk hiding(cluster.view, {.predictions = false});
    RandomStream random = answers_of(seed);
    while (const Question* question = walk.question()) {
      const Question* hidden = hiding.question();
      ASSERT_NE(hidden, nullptr) << "seed " << seed;
      ASSERT_EQ(hidden->size(), question->size()) << "seed " << seed;
      const auto predicted = predicted_columns(question->head);
      for (Eigen::Index column = 0; column < question->answers.cols(); ++column) {
        if (std::ranges::find(predicted, column) == predicted.end()) {
          EXPECT_EQ(question->answers.col(column), hidden->answers.col(column)) << column;
        } else {
          EXPECT_TRUE((hidden->answers.col(column).array() == 0.0f).all()) << column;
          if ((question->answers.col(column).array() != 0.0f).any()) {
            shown[static_cast<std::size_t>(question->head)].insert(column);
          }
        }
      }
      const std::size_t answer = random.below(question->size());
      walk.answer(answer);
      hiding.answer(answer);
    }
    EXPECT_EQ(hiding.question(), nullptr) << "seed " << seed;
  }
  for (std::size_t k = 0; k < kHeads; ++k) {
    EXPECT_EQ(shown[k].size(), predicted_columns(static_cast<Head>(k)).size()) << "head " << k;
  }
}

}  // namespace
}  // namespace scinet
