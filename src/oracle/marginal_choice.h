// The inner construction of the search: strategies and hosts for the workloads that wait, given the
// hosts that are on. Each choice is the one with the least loss of QoS by the closed forms of
// policy/estimate.h, with earlier choices in sight:
//
//   w_r min(response / (2 SLO), 1) + w_v P(late) + w_a (1 - accuracy) + price of its work
//
// with the price of resource_prices.h.
//
// It does not see how the newcomer slows its neighbours, nor what comes later: rollouts do.
#pragma once

#include <optional>
#include <vector>

#include "oracle/resource_prices.h"
#include "policy/estimate.h"
#include "policy/joint_decision.h"

namespace scinet {

class MarginalChoice {
 public:
  // `space` is borrowed.
  MarginalChoice(const DecisionSpace& space, ResourcePrices prices);

  // Answers all that waits, in this order of positions in space.waiting().
  void answer_all(JointDecision& decision, const std::vector<std::size_t>& order) const;
  // Answers one anew, by this strategy if one is named; the rest stays as it is.
  void answer_one(JointDecision& decision, std::size_t i, std::optional<StrategyId> strategy) const;

 private:
  struct Choice {
    WorkloadChoice what;
    double loss = 0.0;
  };

  ClusterLoad load_with(const JointDecision& decision) const;
  void place(ClusterLoad& load, std::size_t i, const WorkloadChoice& choice) const;
  void answer(JointDecision& decision, ClusterLoad& load, std::size_t i,
              std::optional<StrategyId> strategy) const;
  std::optional<Choice> try_strategy(ClusterLoad& load, std::size_t i, StrategyId strategy) const;

  const DecisionSpace* space_;
  ResourcePrices prices_;
  HostCosts costs_;
  ClusterLoad unchanged_;  // before any decision
};

}  // namespace scinet
