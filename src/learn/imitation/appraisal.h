// What each answer to a question is worth: the QoS that rollouts on the twin give to the decision
// with that answer, the questions still open being answered by the marginal choice
// (oracle/marginal_choice.h). This is what the learner imitates: not one right answer, but how much
// each of the others loses.
//
// One switch after the other, each for what it gains by itself, ends where a few hosts have to be
// exchanged for others at once: the dearest host is the first that looks dispensable, even if it
// would have done the work of all that stay on. So a switch towards hosts that a search has found
// is worth what they are worth together, if that is more.
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

  // The hosts that a search would have on, by HostId.
  void aim_at(const std::vector<bool>& on);

  // Of these answers to the walk's present question.
  std::vector<double> worth_of(const std::vector<std::size_t>& answers);
  // The walk's answers so far, and the marginal choice for what it has not come to.
  JointDecision completed();

 private:
  JointDecision with(const Question& question, std::size_t answer);
  double worth_of_switch(HostId host, double qos) const;
  double qos_of(const JointDecision& decision) const;
  double least_gain(HostId host) const;
  std::vector<int> count_on(const std::vector<bool>& on) const;

  const DecisionWalk& walk_;
  const Rollout& rollout_;
  MarginalChoice marginal_;
  std::vector<std::vector<HostId>> classes_;  // of hosts that look the same
  std::vector<std::size_t> class_of_;         // by HostId
  std::vector<int> aimed_at_;                 // of each class: hosts on; empty: no aim
  double aim_qos_ = 0.0;
  // Everything answered by the marginal choice, for the hosts that are on in `on_`.
  std::optional<JointDecision> base_;
  const JointDecision& base();
};

}  // namespace scinet
