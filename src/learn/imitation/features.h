// What the imitation learner sees, as numbers: a row for each host, for each strategy of each
// workload that waits, for the cluster as a whole, and for each answer that a question can get.
//
// No row says which host or application it is about other than by what it is and does: order and
// names mean nothing, and one network serves any cluster and any application. Work is taken
// relative to speed, times relative to the beat or the SLO, memory and money relative to the host's
// or the cluster's; what has no upper end enters as log(1 + x).
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "oracle/resource_prices.h"
#include "policy/estimate.h"
#include "policy/joint_decision.h"
#include "policy/route.h"

namespace scinet {

using FloatRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

inline constexpr Eigen::Index kHostColumns = 26;
inline constexpr Eigen::Index kRequestColumns = 8;
inline constexpr Eigen::Index kClusterColumns = 26;

// The window of the rollouts that say what an answer is worth, beside the longest boot.
inline constexpr int kBeatsAhead = 2;

// What one host can gain or lose is the less the more there are: figures of power answers, and what
// is at stake in them, are as of a cluster of so many.
inline constexpr double kUsualHosts = 16.0;

// The decisions of a plan, in the order in which they are taken.
enum class Head { kPower, kStrategy, kHost };
inline constexpr std::size_t kHeads = 3;
inline constexpr std::array<Eigen::Index, kHeads> kAnswerColumns{30, 17, 19};
// Columns that a rule without a network goes by.
inline constexpr Eigen::Index kStopColumn = 0;        // of power: 1 if no host is switched any more
inline constexpr Eigen::Index kPowerGainColumn = 23;  // of power: QoS gained by the closed forms
inline constexpr Eigen::Index kStrategyLossColumn = 14;  // QoS lost beside the best, the same
inline constexpr Eigen::Index kHostLossColumn = 16;      // the same

// What stays as it is while a view is decided about.
struct ViewRows {
  FloatRows hosts;     // [rows of hosts, kHostColumns]
  FloatRows requests;  // [strategies of waiting workloads, kRequestColumns]
  FloatRows cluster;   // [1, kClusterColumns]
  // Where a row stands for all hosts that look alike (host_groups.h). Empty: row i is host i.
  std::vector<float> counts = {};          // of each row: how many
  std::vector<std::uint32_t> row_of = {};  // of each host
};

// Sums and means that all rows are relative to. Of the view alone, not of a plan.
struct ClusterFigures {
  double speed = 0.0;         // MIPS of all hosts
  double fastest_core = 0.0;  // MIPS
  double watts = 0.0;         // of all at their peak
  double price = 0.0;         // of all, $/h
  double arriving = 0.0;      // MIPS
  double due = 0.0;           // MIPS, so that open requests meet their SLO
  double waiting_work = 0.0;  // MI, of workloads that have to be answered
  double rate = 0.0;          // requests a second
  double slo = 0.0;           // expected of a request, s
  double request_cores = 1.0;
  double request_path = 0.0;  // MI / core
  // If every request to come takes the strategy with the least work.
  double least_arriving = 0.0;     // MIPS
  double least_path = 0.0;         // MI / core
  double accuracy_at_stake = 0.0;  // lost by it, beside the mean of the strategies; < 0: gained
  double longest_boot = 0.0;       // s
  // As a rollout weighs what a plan leads to (oracle/rollout.h).
  double window = 0.0;    // s
  double coming = 0.0;    // requests that arrive in it
  double requests = 0.0;  // K, with those that are open
  double scale = 0.0;     // L, s
  ResourcePrices prices;
  HostCosts costs = HostCosts::kPaid;
  double delay_price = 0.0;  // of a second by which a request is late
  // Hosts that are shown as one: in a cluster of more hosts than were ever learned from, numbers
  // that grow with it are those of a cluster so many times smaller.
  double crowd = 1.0;
};

// What a host that is on takes from QoS while nothing runs on it.
double burden_of(const HostLoad& host, const ClusterFigures& figures, const QosWeights& weights);

ClusterFigures figures_of(const ClusterLoad& load, const DecisionSpace& space, double crowd = 1.0);

ViewRows rows_of(const ClusterLoad& load, const DecisionSpace& space,
                 const ClusterFigures& figures);

// How much of the cluster can get work, while hosts are switched one after the other.
struct OpenCapacity {
  double speed = 0.0;  // MIPS
  double cores = 0.0;
  double burden = 0.0;   // QoS that being on takes: see policy/host_burden.h
  double backlog = 0.0;  // MI
  // For what comes in the window: without the time until a host is ready and has done its work, and
  // of a host that would take more than half an SLO for a request by itself so much less.
  double spare = 0.0;  // MIPS
  double spare_cores = 0.0;
  int hosts = 0;
  int switched_on = 0;
  int switched_off = 0;

  // `count` hosts that look like this one.
  void add(const HostLoad& host, const ClusterFigures& figures, const QosWeights& weights,
           int count = 1);
  void remove(const HostLoad& host, const ClusterFigures& figures, const QosWeights& weights,
              int count = 1);
};

// What one strategy of a workload is expected to lead to.
struct StrategyOutlook {
  StrategyId strategy;
  double response = 0.0;           // s from now
  double late = 0.0;               // probability
  double price = 0.0;              // of its work, in units of what a request is worth
  double slowing = 0.0;            // what others lose by it
  double loss = 0.0;               // of QoS, of this request
  std::vector<HostId> hosts = {};  // of its fragments
};

class HostOffers;  // learn/imitation/host_groups.h

// With every fragment where that loses the least by the closed forms of policy/estimate.h; nothing
// if one has no host. Of all hosts, or where there are offers, of those. The load is as before on
// return.
std::optional<StrategyOutlook> outlook_of(ClusterLoad& load, const DecisionSpace& space,
                                          std::size_t waiting, StrategyId strategy,
                                          const ClusterFigures& figures,
                                          HostOffers* offers = nullptr);

void write_strategy_row(std::span<float> row, const StrategyOutlook& outlook,
                        const StrategyOutlook& best, const WorkloadView& entry,
                        const OpenCapacity& open, const ClusterView& view,
                        const ClusterFigures& figures, std::size_t left);

// One host that a fragment may go to.
struct HostOutlook {
  const HostLoad* host = nullptr;
  double finish = 0.0;  // s from now
  double late = 0.0;    // probability
  double price = 0.0;   // of its work, in units of what a request is worth
  double loss = 0.0;    // of QoS, of this request
};

HostOutlook outlook_of(const ClusterLoad& load, const Route& route, FragmentId fragment,
                       const HostLoad& host, double variation, const ClusterFigures& figures);

void write_host_row(std::span<float> row, const HostOutlook& outlook, const HostOutlook& best,
                    const Route& route, FragmentId fragment, const ClusterLoad& load,
                    const ClusterFigures& figures);

// The columns that hold closed-form predictions of what follows: set to 0 where a network has to do
// without.
std::span<const Eigen::Index> predicted_columns(Head head);

}  // namespace scinet
