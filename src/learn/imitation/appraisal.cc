#include "learn/imitation/appraisal.h"

#include "base/ensure.h"
#include "oracle/oracle_policies.h"

namespace scinet {

Appraisal::Appraisal(const DecisionWalk& walk, const Rollout& rollout)
    : walk_(walk), rollout_(rollout), marginal_(walk.space(), rollout.prices()) {}

std::vector<double> Appraisal::worth_of(const std::vector<std::size_t>& answers) {
  const Question* question = walk_.question();
  ensure(question != nullptr, "there is a question");
  std::vector<double> worth;
  for (const std::size_t answer : answers) {
    worth.push_back(qos_of(with(*question, answer)));
    if (question->head != Head::kPower || !question->hosts[answer]) continue;
    const ClusterView& view = walk_.space().view();
    worth.back() -= least_gain_of_switch(view.type_of(view.host(*question->hosts[answer])),
                                         rollout_.window(), rollout_.requests(), rollout_.prices());
  }
  return worth;
}

JointDecision Appraisal::completed() {
  const Question* question = walk_.question();
  if (question && question->head == Head::kPower) {  // not base(): hosts may still be switched
    JointDecision decision = walk_.decision();
    marginal_.answer_all(decision, walk_.order());
    return decision;
  }
  JointDecision decision = base();
  for (const std::size_t i : walk_.order()) {
    if (question && i == question->waiting) break;
    decision.choices[i] = walk_.decision().choices[i];
  }
  return decision;
}

// Known once no host is switched any more.
const JointDecision& Appraisal::base() {
  if (!base_) {
    base_ = walk_.decision();
    marginal_.answer_all(*base_, walk_.order());
  }
  return *base_;
}

JointDecision Appraisal::with(const Question& question, std::size_t answer) {
  if (question.head == Head::kPower) {
    JointDecision decision = walk_.decision();
    if (const auto host = question.hosts[answer]) {
      decision.on[host->value] = !decision.on[host->value];
    }
    marginal_.answer_all(decision, walk_.order());
    return decision;
  }
  // Earlier workloads as they were answered, later ones by the marginal choice.
  JointDecision decision = base();
  for (const std::size_t i : walk_.order()) {
    if (i == question.waiting) break;
    decision.choices[i] = walk_.decision().choices[i];
  }
  if (question.head == Head::kStrategy) {
    marginal_.answer_one(decision, question.waiting, question.strategies[answer]);
  } else {
    decision.choices[question.waiting] = walk_.decision().choices[question.waiting];
    decision.choices[question.waiting]->hosts.push_back(*question.hosts[answer]);
  }
  return decision;
}

double Appraisal::qos_of(const JointDecision& decision) const {
  return rollout_.of(walk_.space().plan_of(decision)).qos;
}

}  // namespace scinet
