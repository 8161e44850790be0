// Which hosts go together, and that a decision about groups is one about hosts.
#include "learn/imitation/host_groups.h"

#include <map>
#include <set>

#include "learn/imitation/decision_walk.h"
#include "learn/imitation/forward.h"
#include "learn/imitation/imitation_testing.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

constexpr WalkSettings kInGroups{.most_apart = 0, .most_groups = 6};

struct Grouped {
  ClusterLoad load;
  DecisionSpace space;
  ViewRows rows;
  HostGroups groups;

  Grouped(const ClusterView& view, std::size_t most)
      : load(view),
        space(view),
        rows(rows_of(load, space, figures_of(load, space))),
        groups(HostGroups::of_alike(load, space, rows.hosts, most)) {}
};

// ---- Groups.

TEST(HostGroups, EveryHostIsInOneGroupWithHostsOfItsState) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const Grouped grouped(cluster.view, 6);
    std::set<HostId> seen;
    for (std::size_t group = 0; group < grouped.groups.size(); ++group) {
      const auto members = grouped.groups.members(group);
      ASSERT_FALSE(members.empty()) << "seed " << seed;
      for (const HostId id : members) {
        const HostView& host = cluster.view.host(id);
        const HostView& first = cluster.view.host(members.front());
        EXPECT_TRUE(seen.insert(id).second) << "seed " << seed;
        EXPECT_EQ(grouped.groups.group_of(id), group) << "seed " << seed;
        EXPECT_EQ(host.state, first.state) << "seed " << seed;
        EXPECT_EQ(host.linked, first.linked) << "seed " << seed;
        EXPECT_EQ(cluster.view.type_of(host).memory, cluster.view.type_of(first).memory);
      }
    }
    EXPECT_EQ(seen.size(), cluster.view.hosts.size()) << "seed " << seed;
  }
}

TEST(HostGroups, AreAsManyAsAreWantedAndKeepUnlikeHostsApart) {
  ClusterBuilder builder;
  builder.type({}).type({.name = "large", .cores = 8});
  for (int i = 0; i < 40; ++i) {
    builder.host("small").utilisation(i < 20 ? 0.1 : 0.9);
    builder.host("large").utilisation(0.02 * i);
  }
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).waiting("app").build();
  const auto groups_of = [&](std::size_t most) {
    return Grouped(cluster.view, most).groups.size();
  };
  EXPECT_EQ(groups_of(100), 42u);  // 2 looks of small hosts, 40 of large ones
  EXPECT_EQ(groups_of(42), 42u);
  for (const std::size_t most : {41u, 20u, 8u, 4u}) EXPECT_LE(groups_of(most), most);
  EXPECT_GT(groups_of(20), 4u) << "coarser than it has to be";
  const Grouped grouped(cluster.view, 8);
  EXPECT_NE(grouped.groups.group_of(HostId{0}), grouped.groups.group_of(HostId{1})) << "types";
  EXPECT_NE(grouped.groups.group_of(HostId{0}), grouped.groups.group_of(HostId{78})) << "load";
}

TEST(HostGroups, DoNotDependOnTheOrderOfHosts) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    // Sizes of groups by what their hosts look like.
    const auto sizes = [](const Grouped& grouped) {
      std::multiset<std::size_t> result;
      for (std::size_t i = 0; i < grouped.groups.size(); ++i) {
        result.insert(grouped.groups.members(i).size());
      }
      return result;
    };
    EXPECT_EQ(sizes(Grouped(cluster.view, 6)), sizes(Grouped(permuted, 6))) << "seed " << seed;
  }
}

// ---- Rows.

TEST(HostGroups, ARowOfAGroupIsThatOfItsEqualMembers) {
  ClusterBuilder builder;
  builder.type({}).application("app", {whole(Mi(1000))}).waiting("app");
  for (int i = 0; i < 7; ++i) builder.host("small").utilisation(0.3);
  const TestCluster cluster = builder.build();
  const Grouped grouped(cluster.view, 6);
  const ViewRows rows = rows_of_groups(grouped.rows, grouped.groups);
  ASSERT_EQ(rows.hosts.rows(), 1);
  EXPECT_EQ(rows.hosts.row(0), grouped.rows.hosts.row(6));
  EXPECT_EQ(rows.counts, std::vector<float>{7.0f});
  EXPECT_EQ(rows.row_of, std::vector<std::uint32_t>(7, 0));
}

// A row that stands for n hosts is n equal rows, to the network.
TEST(HostGroups, TheNetworkSaysTheSameOfGroupsAsOfTheirHosts) {
  const Weights weights = imitation_noise(3);
  ImitationForward apart(weights, {});
  ImitationForward in_groups(weights, {});
  RandomStream random = RandomStreams(1).stream("rows");
  for (int round = 0; round < 20; ++round) {
    ViewRows groups{.hosts = FloatRows(5, kHostColumns),
                    .requests = FloatRows(3, kRequestColumns),
                    .cluster = FloatRows(1, kClusterColumns)};
    for (FloatRows* rows : {&groups.hosts, &groups.requests, &groups.cluster}) {
      for (float& value : rows->reshaped()) value = static_cast<float>(random.normal());
    }
    ViewRows hosts = groups;
    for (std::uint32_t group = 0; group < 5; ++group) {
      const std::size_t count = 1 + random.below(9);
      groups.counts.push_back(static_cast<float>(count));
      groups.row_of.insert(groups.row_of.end(), count, group);
    }
    hosts.hosts.resize(std::ssize(groups.row_of), kHostColumns);
    Question question;
    question.head = Head::kHost;
    question.answers.resize(std::ssize(groups.row_of), kAnswerColumns[2]);
    for (float& value : question.answers.reshaped()) value = static_cast<float>(random.normal());
    for (std::uint32_t host = 0; host < groups.row_of.size(); ++host) {
      hosts.hosts.row(host) = groups.hosts.row(groups.row_of[host]);
      question.hosts.push_back(HostId{host});
    }
    apart.see(hosts);
    in_groups.see(groups);
    for (std::size_t host = 0; host < groups.row_of.size(); ++host) {
      EXPECT_NEAR(apart.next_utilisation()[host], in_groups.next_utilisation()[host], 1e-5);
      EXPECT_NEAR(apart.logits(question)[host], in_groups.logits(question)[host], 1e-4);
    }
  }
}

// ---- Offers.

TEST(HostOffers, AreOneOfAGroupAndThoseThatGotWork) {
  ClusterBuilder builder;
  builder.type({}).type({.name = "large", .cores = 8, .memory = Mebibytes(64'000)});
  for (int i = 0; i < 3; ++i) builder.host("small").host("large");
  Strategy strategy = whole(Mi(1000));
  const TestCluster cluster = builder.application("app", {strategy}).waiting("app").build();
  const Grouped grouped(cluster.view, 6);
  ASSERT_EQ(grouped.groups.size(), 2u);
  std::vector<bool> open(6, true);
  open[1] = false;
  HostOffers offers(grouped.groups, open);
  const auto offered = [&](const Fragment& fragment, std::vector<HostId> taken) {
    const auto hosts = offers.hosts_for(cluster.view, fragment, taken);
    return std::vector<HostId>(hosts.begin(), hosts.end());
  };
  const Fragment& fragment = strategy.fragments.front();
  using Hosts = std::vector<HostId>;
  EXPECT_EQ(offered(fragment, {}), (Hosts{HostId{0}, HostId{3}}));
  EXPECT_EQ(offered(fragment, {HostId{0}}), (Hosts{HostId{0}, HostId{2}, HostId{3}}));
  offers.send_to(HostId{0});
  offers.send_to(HostId{0});
  EXPECT_EQ(offered(fragment, {}), (Hosts{HostId{0}, HostId{2}, HostId{3}}));
  for (const std::uint32_t host : {2u, 4u}) offers.send_to(HostId{host});
  EXPECT_EQ(offered(fragment, {}), (Hosts{HostId{0}, HostId{2}, HostId{3}, HostId{4}}));
  Fragment big = fragment;
  big.memory = Mebibytes(60'000);
  EXPECT_EQ(offered(big, {}), Hosts{HostId{3}});
}

TEST(HostOffers, ForgetWhoGotWorkLongAgo) {
  const std::size_t count = HostOffers::kMostUsed + 10;
  ClusterBuilder builder;
  builder.type({}).application("app", {whole(Mi(1000))}).waiting("app");
  for (std::size_t i = 0; i < count; ++i) builder.host("small");
  const TestCluster cluster = builder.build();
  const Grouped grouped(cluster.view, 6);
  HostOffers offers(grouped.groups, std::vector<bool>(count, true));
  const Strategy strategy = whole(Mi(1000));
  for (std::uint32_t host = 0; host < count; ++host) {
    const auto hosts = offers.hosts_for(cluster.view, strategy.fragments.front(), {});
    EXPECT_LE(hosts.size(), HostOffers::kMostUsed + 1);
    EXPECT_NE(std::ranges::find(hosts, HostId{host}), hosts.end()) << host;
    offers.send_to(HostId{host});
  }
  // All got work: now it is the turn of the first one again.
  const auto hosts = offers.hosts_for(cluster.view, strategy.fragments.front(), {});
  EXPECT_EQ(hosts.front(), HostId{0});
  EXPECT_EQ(hosts.size(), HostOffers::kMostUsed + 1);
}

// ---- The walk.

TEST(DecisionWalkInGroups, EndsInASoundPlanWhoeverAnswers) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    for (const bool sees_earlier : {true, false}) {
      WalkSettings settings = kInGroups;
      settings.heads_see_earlier = sees_earlier;
      DecisionWalk walk(cluster.view, settings);
      for (const Question& question :
           questions_by_chance(walk, RandomStreams(seed).stream("answers"))) {
        ASSERT_GT(question.size(), 1u) << "seed " << seed;
        ASSERT_TRUE(question.answers.allFinite()) << "seed " << seed;
        if (question.head == Head::kPower) {
          EXPECT_LE(std::ssize(question.hosts), walk.rows().hosts.rows() + 1);
        }
      }
      EXPECT_EQ(find_violations(walk.space().plan_of(walk.decision()), cluster.view),
                std::vector<std::string>{})
          << "seed " << seed;
    }
  }
}

// Many hosts of few looks, some off, and work for a part of them.
TestCluster equal_hosts(std::uint64_t seed) {
  RandomStream random = RandomStreams(seed).stream("cluster");
  ClusterBuilder builder;
  builder.type({}).type({.name = "large", .cores = 8}).type({.name = "third", .cores = 2});
  for (const char* type : {"small", "large", "third"}) {
    const auto count = 2 + random.below(12);
    for (std::size_t i = 0; i < count; ++i) builder.host(type).utilisation(0.25);
    for (std::size_t i = 0; i < random.below(5); ++i) builder.host(type, HostState::kOff);
  }
  builder.application("app", {whole(Mi(4000)), whole(Mi(1000), 0.7)}).arrival_rate("app", 0.5);
  builder.application("other", {whole(Mi(9000))});
  for (std::size_t i = 0; i < 2 + random.below(10); ++i) {
    builder.waiting(random.below(2) == 0 ? "app" : "other",
                    Seconds(5.0 + 0.37 * static_cast<double>(i)));
  }
  return builder.build();
}

Plan plan_with(const Weights& weights, const ClusterView& view, const WalkSettings& settings) {
  ImitationForward network(weights, {});
  DecisionWalk walk(view, settings);
  network.see(walk.rows());
  while (const Question* question = walk.question()) walk.answer(network.best_answer(*question));
  return walk.space().plan_of(walk.decision());
}

TEST(DecisionWalkInGroups, OfEqualHostsDecidesAsWithEachByItself) {
  std::size_t switches = 0;
  std::size_t placements = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const TestCluster cluster = equal_hosts(seed);
    const Weights weights = imitation_noise(seed);
    const Plan apart = plan_with(weights, cluster.view, {});
    const Plan in_groups = plan_with(weights, cluster.view, {.most_apart = 0, .most_groups = 20});
    EXPECT_EQ(apart, in_groups) << "seed " << seed;
    switches += apart.power.size();
    placements += apart.placements.size();
  }
  EXPECT_GT(switches, 100u);
  EXPECT_GT(placements, 100u);
}

// An answer stands for as many hosts as make up one of a cluster of kHostsShown.
TEST(DecisionWalkInGroups, SwitchesSeveralHostsWithOneAnswer) {
  constexpr int kCrowd = 5;
  ClusterBuilder builder;
  builder.type({}).application("app", {whole(Mi(1000))}).waiting("app");
  for (std::size_t i = 0; i < kCrowd * kHostsShown; ++i) builder.host("small");
  const TestCluster cluster = builder.build();
  DecisionWalk walk(cluster.view);
  ASSERT_EQ(walk.rows().hosts.rows(), 1);
  ASSERT_EQ(walk.question()->head, Head::kPower);
  ASSERT_EQ(walk.question()->size(), 2u);
  const auto off = [&] { return std::ranges::count(walk.decision().on, false); };
  walk.answer(1);
  EXPECT_EQ(off(), kCrowd);
  walk.answer(1);
  EXPECT_EQ(off(), 2 * kCrowd);
}

}  // namespace
}  // namespace scinet
