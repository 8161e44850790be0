// What switches of hosts are worth to the workloads that wait.
#include "learn/imitation/waiting_service.h"

#include <numeric>

#include "learn/imitation/imitation_testing.h"
#include "tests/cluster_builder.h"

namespace scinet {
namespace {

constexpr double kRounding = 1e-12;

// Hosts are groups of one, alike if their rows are.
struct Cluster {
  TestCluster cluster;
  ClusterLoad load;
  DecisionSpace space;
  ClusterFigures figures;
  std::vector<std::uint32_t> by_looks;
  std::vector<std::uint32_t> first_alike;
  std::vector<std::size_t> order;

  explicit Cluster(TestCluster built)
      : cluster(std::move(built)),
        load(cluster.view),
        space(cluster.view),
        figures(figures_of(load, space)),
        order(space.waiting().size()) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    const FloatRows rows = rows_of(load, space, figures).hosts;
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      Eigen::Index first = 0;
      while (rows.row(first) != rows.row(i)) ++first;
      first_alike.push_back(static_cast<std::uint32_t>(first));
      by_looks.push_back(static_cast<std::uint32_t>(i));
    }
  }

  WaitingService service() const {
    return {load, space, figures, HostGroups(load.hosts().size()), by_looks, first_alike, order};
  }
};

Cluster hosts_and_waiting(std::initializer_list<HostState> hosts, int waiting) {
  ClusterBuilder builder;
  builder.type({.cores = 1});
  for (const HostState state : hosts) builder.host("small", state);
  builder.application("app", {whole(Mi(2000))});
  for (int i = 0; i < waiting; ++i) builder.waiting("app");
  return Cluster(builder.build());
}

constexpr HostState kOn = HostState::kOn;
constexpr HostState kOff = HostState::kOff;

TEST(WaitingService, ASpareHostIsWorthNothing) {
  const WaitingService service = hosts_and_waiting({kOn, kOn, kOff}, 1).service();
  EXPECT_EQ(service.gain_of_closing(0, 1), 0.0);
  EXPECT_EQ(service.gain_of_closing(1, 1), 0.0);
  EXPECT_EQ(service.gain_of_opening(2, 1), 0.0);
}

TEST(WaitingService, WhoSharesAHostLosesByItAndGainsByAnotherHost) {
  const Cluster two = hosts_and_waiting({kOn, kOn}, 2);
  const double closing = two.service().gain_of_closing(0, 1);
  EXPECT_LT(closing, 0.0);
  EXPECT_EQ(two.service().gain_of_closing(1, 1), closing) << "hosts that look the same";
  WaitingService service = two.service();
  service.close(0, 1);
  EXPECT_NEAR(service.gain_of_opening(0, 1), -closing, kRounding);
  service.open(0, 1);
  EXPECT_EQ(service.gain_of_closing(0, 1), closing);
}

TEST(WaitingService, TheMoreWaitTheMoreAHostIsWorth) {
  double before = 0.0;
  for (const int waiting : {2, 3, 4}) {
    const double closing = hosts_and_waiting({kOn, kOn}, waiting).service().gain_of_closing(0, 1);
    EXPECT_LT(closing, before) << waiting << " wait";
    before = closing;
  }
}

TEST(WaitingService, WithoutAnyHostAllIsLost) {
  const WaitingService service = hosts_and_waiting({kOn}, 3).service();
  EXPECT_LT(service.gain_of_closing(0, 1), -3.0) << "more than a request can lose, each";
}

TEST(WaitingService, WhoFindsNoMemoryWaitsForIt) {
  const auto closing = [](Mebibytes memory) {
    ClusterBuilder builder;
    builder.type({.cores = 4, .memory = Mebibytes(4096)}).host("small").host("small");
    builder.application("app", {whole(Mi(2000), 0.9, memory)}).waiting("app").waiting("app");
    const Cluster cluster(builder.build());
    return cluster.service().gain_of_closing(0, 1);
  };
  EXPECT_EQ(closing(Mebibytes(1000)), 0.0) << "four cores serve both as quickly";
  EXPECT_LT(closing(Mebibytes(3000)), 0.0);
}

}  // namespace
}  // namespace scinet
