// How much work is ahead, learned for the decision that it leads to and not for its own sake:
// attention over the beats that have passed (D. Bahdanau, K. Cho, Y. Bengio, ICLR 2015).
//
//   k_t = tanh(W1 beat_t),  a = softmax_t(W2 k_t),  demand = log(1 + exp(W4 tanh(W3 [sum_t a_t k_t,
//   now])))
#pragma once

#include <optional>
#include <vector>

#include "learn/weights.h"
#include "model/cluster_view.h"

namespace scinet {

inline constexpr std::size_t kDemandBeats = 12;
inline constexpr Eigen::Index kBeatFeatures = 3;
inline constexpr Eigen::Index kNowFeatures = 4;

std::vector<WeightShape> demand_network_shapes();

// Shares of the speed of all hosts.
struct DemandPicture {
  Matrix beats;  // [kDemandBeats, kBeatFeatures]
  Matrix now;    // [1, kNowFeatures]
};

// Work that was asked for, beat by beat: what a policy sees of requests as they come.
class OfferedWork {
 public:
  // At every decision. A beat ends with a decision that was asked for provisioning.
  void update(const ClusterView& view);

  DemandPicture picture(const ClusterView& view) const;
  // The last beat, and work that is waiting or running, as shares of what all hosts do in a beat.
  double last() const { return beats_.empty() ? 0.0 : beats_.back(); }
  static double outstanding(const ClusterView& view);

 private:
  std::vector<double> beats_;  // at most kDemandBeats, oldest first
  double since_beat_ = 0.0;    // work
  SimTime beat_at_{0};
  std::optional<WorkloadId> newest_;
};

// 1 x 1, at least 0.
Tape::Variable foreseen_demand(const WeightsOnTape& network, const DemandPicture& picture);

}  // namespace scinet
