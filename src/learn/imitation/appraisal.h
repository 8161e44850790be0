// What each answer to a question is worth: the QoS that rollouts on the twin give to the decision
// with that answer, the questions still open being answered by the marginal choice
// (oracle/marginal_choice.h). This is what the learner imitates: not one right answer, but how much
// each of the others loses.
#pragma once

#include <optional>
#include <vector>

#include "learn/imitation/decision_walk.h"
#include "oracle/marginal_choice.h"
#include "oracle/rollout.h"

namespace scinet {

class Appraisal {
 public:
  // Of walks through this view; both are borrowed. The walk's answers may be anybody's.
  Appraisal(const DecisionWalk& walk, const Rollout& rollout);

  // Of these answers to the walk's present question.
  std::vector<double> worth_of(const std::vector<std::size_t>& answers);
  // The walk's answers so far, and the marginal choice for what it has not come to.
  JointDecision completed();

 private:
  JointDecision with(const Question& question, std::size_t answer);
  double qos_of(const JointDecision& decision) const;

  const DecisionWalk& walk_;
  const Rollout& rollout_;
  MarginalChoice marginal_;
  // Everything answered by the marginal choice, for the hosts that are on in `on_`.
  std::optional<JointDecision> base_;
  const JointDecision& base();
};

}  // namespace scinet
