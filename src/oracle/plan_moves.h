// The small moves of the search: a host switched, a workload answered anew by one of its strategies
// or left to wait, a fragment sent elsewhere, two fragments exchanged.
#pragma once

#include <cstddef>
#include <vector>

#include "base/random.h"
#include "oracle/marginal_choice.h"
#include "policy/joint_decision.h"

namespace scinet {

enum class MoveKind { kSwitch, kAnswer, kWait, kSend, kSwap };

// Workloads are positions in DecisionSpace::waiting().
struct Move {
  MoveKind kind;
  std::size_t workload = 0;
  std::size_t fragment = 0;
  std::size_t other_workload = 0;
  std::size_t other_fragment = 0;
  StrategyId strategy = {};
  HostId host = {};
};

class PlanMoves {
 public:
  // All are borrowed.
  PlanMoves(const ClusterView& view, const DecisionSpace& space, const MarginalChoice& marginal);

  // From a decision, always in the same order. Hosts that look the same are tried once, and of many
  // hosts some are drawn for each fragment.
  std::vector<Move> around(const JointDecision& decision, RandomStream& random) const;
  // False when it leads nowhere, as after other moves: `decision` is then as it was.
  bool apply(const Move& move, JointDecision& decision) const;

 private:
  void add_switches(std::vector<Move>& moves, const JointDecision& decision,
                    const std::vector<bool>& used) const;
  void add_sends(std::vector<Move>& moves, const JointDecision& decision, std::size_t workload,
                 const std::vector<HostId>& hosts, RandomStream& random) const;
  bool can_wait(const JointDecision& decision, std::size_t workload) const;
  std::vector<bool> used_hosts(const JointDecision& decision) const;
  std::vector<HostId> distinct_hosts(const JointDecision& decision,
                                     const std::vector<bool>& used) const;

  const ClusterView& view_;
  const DecisionSpace& space_;
  const MarginalChoice& marginal_;
  std::vector<std::vector<HostId>> classes_;
};

}  // namespace scinet
