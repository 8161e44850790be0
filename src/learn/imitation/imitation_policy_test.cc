// The learner as policies: sound with any weights, and honest about what it does not know.
#include "learn/imitation/imitation_policy.h"

#include <fstream>

#include "learn/checkpoint.h"
#include "learn/imitation/imitation_testing.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

LearnedNetwork some_network(std::uint64_t seed = 1) {
  return {.weights = imitation_noise(seed), .shape = {}, .walk = {}};
}

// The reason of a policy that has no plan; empty if it has one.
std::string reason_of(Policy& policy, const ClusterView& view) {
  try {
    decide_once(policy, view);
    return "";
  } catch (const Declined& declined) {
    return declined.what();
  }
}

TEST(ImitationPolicy, PlansAreSoundWithAnyWeights) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    LearnedNetwork network = some_network(seed);
    network.shape.attention = seed % 2 == 0;
    network.walk = {.heads_see_earlier = seed % 3 != 0, .predictions = seed % 5 != 0};
    const Plan plan = decide_once(*make_scinet(network), cluster.view);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{}) << "seed " << seed;
  }
}

TEST(ImitationPolicy, PlansOfTheSearchAreSoundWithAnyWeights) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const auto policy = make_scinet_search(some_network(seed));
    EXPECT_EQ(find_violations(decide_once(*policy, cluster.view), cluster.view),
              std::vector<std::string>{})
        << "seed " << seed;
  }
}

TEST(ImitationPolicy, PermutingTheHostsPermutesThePlan) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    const LearnedNetwork network = some_network(seed);
    EXPECT_EQ(without_host_ids(decide_once(*make_scinet(network), cluster.view), cluster.view),
              without_host_ids(decide_once(*make_scinet(network), permuted), permuted))
        << "seed " << seed;
  }
}

TEST(ImitationPolicy, HasAPlanForAClusterWithoutHosts) {
  const TestCluster cluster =
      ClusterBuilder().type({}).application("app", {whole(Mi(1000))}).waiting("app").build();
  for (const bool attention : {true, false}) {
    LearnedNetwork network = some_network();
    network.shape.attention = attention;
    EXPECT_EQ(decide_once(*make_scinet(network), cluster.view).deferrals.size(), 1u);
  }
}

// ---- Where it should not be relied on.

TestCluster cluster_of(std::size_t hosts) {
  ClusterBuilder builder;
  builder.type({}).application("app", {whole(Mi(1000))}).waiting("app");
  for (std::size_t i = 0; i < hosts; ++i) builder.host("small");
  return builder.asked({.deployment = true, .placement = true}).build();
}

TEST(ImitationPolicy, DeclinesMoreHostsThanItKnows) {
  const TestCluster known = cluster_of(kMostHostsKnown);
  const TestCluster larger = cluster_of(kMostHostsKnown + 1);
  EXPECT_EQ(reason_of(*make_scinet(some_network()), known.view), "");
  for (const auto make : {make_scinet, make_scinet_search}) {
    EXPECT_EQ(reason_of(*make(some_network()), larger.view),
              "1025 hosts are far more than it learned from; it decides for up to 1024");
  }
}

// ---- Checkpoints.

class ImitationCheckpoint : public InAFolder {
 protected:
  void write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }
  static Checkpoint checkpoint_for(std::string policy) {
    return {.policy = std::move(policy),
            .command = "made up",
            .seed = 1,
            .held_out = {},
            .weights = imitation_noise(7)};
  }
  // What making each of the policies answers.
  void expect_error(const std::string& what) const {
    const PolicyCatalog catalog = imitation_policies(folder_);
    for (const PolicyEntry& entry : catalog.entries()) {
      const auto made = entry.make();
      ASSERT_FALSE(made) << entry.name;
      EXPECT_EQ(made.error().code, ErrorCode::kInvalidInput);
      EXPECT_TRUE(made.error().message.starts_with(file_.string() + ": " + what))
          << made.error().message;
      EXPECT_NE(made.error().message.find("`scinet train scinet "), std::string::npos);
    }
  }

  const std::filesystem::path file_ = folder_ / "scinet.json";
};

TEST_F(ImitationCheckpoint, IsWhatBothPoliciesDecideBy) {
  const LearnedNetwork network = some_network(7);
  Checkpoint checkpoint = checkpoint_for("scinet");
  write(to_json_text(checkpoint));
  const PolicyCatalog catalog = imitation_policies(folder_);
  ASSERT_EQ(catalog.entries().size(), 2u);
  std::vector<Plan> found;
  std::vector<Plan> expected;
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    found.push_back(decide_once(*catalog.entries()[0].make().value(), cluster.view));
    expected.push_back(decide_once(*make_scinet(network), cluster.view));
  }
  EXPECT_EQ(found, expected);
}

// A checkpoint of an ablation is used as it was trained.
TEST_F(ImitationCheckpoint, SaysWhatTheNetworkWasTrainedWithout) {
  LearnedNetwork whole = some_network(7);
  const auto plans_by = [](auto make) {
    std::vector<Plan> plans;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      plans.push_back(decide_once(*make(), random_cluster(seed).view));
    }
    return plans;
  };
  const auto expect_plans_of = [&](const char* setting, const LearnedNetwork& network) {
    Checkpoint checkpoint = checkpoint_for("scinet");
    checkpoint.settings = {{setting, false}};
    write(to_json_text(checkpoint));
    const PolicyCatalog catalog = imitation_policies(folder_);
    const auto found = plans_by([&] { return catalog.entries()[0].make().value(); });
    EXPECT_EQ(found, plans_by([&] { return make_scinet(network); })) << setting;
    EXPECT_NE(found, plans_by([&] { return make_scinet(whole); })) << setting;
  };
  LearnedNetwork without = whole;
  without.shape.attention = false;
  expect_plans_of("attention", without);
  without = whole;
  without.walk.heads_see_earlier = false;
  expect_plans_of("codesign", without);
  without = whole;
  without.walk.predictions = false;
  expect_plans_of("predictions", without);
}

TEST_F(ImitationCheckpoint, IsMissedWithTheCommandThatMakesIt) {
  const TestCluster cluster = cluster_of(3);
  const PolicyCatalog catalog = imitation_policies(folder_);
  for (const PolicyEntry& entry : catalog.entries()) {
    const auto made = entry.make();
    ASSERT_TRUE(made) << made.error().message;
    const std::string reason = reason_of(*made.value(), cluster.view);
    EXPECT_NE(reason.find(training_command("scinet", 1, file_)), std::string::npos) << reason;
  }
}

TEST_F(ImitationCheckpoint, ThatIsDamagedOrAnothersIsAnError) {
  const std::string sound = to_json_text(checkpoint_for("scinet"));
  write(sound.substr(0, sound.size() / 2));
  expect_error("is not a whole checkpoint");
  write("");
  expect_error("is not a whole checkpoint");
  write(to_json_text(checkpoint_for("gobi")));
  expect_error("holds the weights of 'gobi', not of 'scinet'");
  Checkpoint smaller = checkpoint_for("scinet");
  weights_named(smaller.weights, "host.weight").conservativeResize(3, 3);
  write(to_json_text(smaller));
  expect_error("");
}

}  // namespace
}  // namespace scinet
