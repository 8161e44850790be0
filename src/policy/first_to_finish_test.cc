// The short list against a look at every host, over random clusters: trials that are taken back and
// placements that stay, in any order.
#include "policy/first_to_finish.h"

#include <gtest/gtest.h>

#include "policy/rules.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

class Comparison {
 public:
  Comparison(const ClusterView& view, RandomStream random)
      : view_(view), random_(random), load_(view), first_(load_) {}

  // One workload placed under a random strategy, for good or as a trial.
  void place_some_workload() {
    const WorkloadView& entry = view_.workloads[random_.below(view_.workloads.size())];
    const auto& strategies = view_.catalogue->at(entry.workload.application).strategies;
    const StrategyId strategy = entry.strategy.value_or(
        StrategyId{static_cast<std::uint32_t>(random_.below(strategies.size()))});
    Route route(load_, entry, strategy);
    std::vector<HostId> visited;
    std::vector<HostLoad> before;
    std::vector<std::pair<HostId, ModelId>> placed;
    for (std::uint32_t i = 0; i < route.strategy().fragments.size(); ++i) {
      const FragmentId fragment{i};
      if (route.is_placed(fragment)) {
        route.keep(fragment);
        visited.push_back(*entry.tasks[i].host);
        continue;
      }
      const std::optional<HostId> host = choose(route, fragment, visited);
      if (!host) break;
      route.assign(fragment, *host);
      visited.push_back(*host);
      before.push_back(load_.at(*host));
      load_.place(*host, route.model(fragment));
      placed.emplace_back(*host, route.model(fragment));
    }
    for (; !before.empty(); before.pop_back()) load_.restore(before.back());
    if (random_.uniform() < 0.5) return;
    for (const auto& [host, model] : placed) {
      load_.place(host, model);
      first_.placed(host, model);
    }
  }

  int choices() const { return choices_; }

 private:
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               const std::vector<HostId>& visited) {
    std::vector<const HostLoad*> all;
    for (const HostLoad& host : load_.hosts()) {
      const Fragment& what = route.strategy().fragments[fragment.value];
      if (host.can_get_work() && can_ever_hold(*host.type, what)) all.push_back(&host);
    }
    const auto listed = first_.list(route.model(fragment), visited);
    EXPECT_EQ(listed.empty(), all.empty());
    if (listed.empty() || all.empty()) return std::nullopt;
    const auto expected = rule_->choose(route, fragment, all, context_);
    EXPECT_EQ(rule_->choose(route, fragment, listed, context_), expected);
    ++choices_;
    // Strategies are ranked by this rule also where another one places.
    return random_.uniform() < 0.7 ? expected : all[random_.below(all.size())]->id();
  }

  const ClusterView& view_;
  RandomStream random_;
  ClusterLoad load_;
  FirstToFinish first_;
  std::unique_ptr<PlacementRule> rule_ = earliest_finish();
  DecisionContext context_{.random = RandomStream(0)};
  int choices_ = 0;
};

TEST(FirstToFinish, ChoosesLikeALookAtEveryHost) {
  int choices = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    if (cluster.view.workloads.empty()) continue;
    Comparison comparison(cluster.view, RandomStreams(seed).stream("placements"));
    for (int i = 0; i < 60; ++i) comparison.place_some_workload();
    choices += comparison.choices();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(choices, 10'000);
}

}  // namespace
}  // namespace scinet
