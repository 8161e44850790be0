#include "learn/imitation/appraisal.h"

#include <algorithm>
#include <cstdlib>

#include "base/ensure.h"
#include "oracle/host_classes.h"
#include "oracle/oracle_policies.h"

namespace scinet {

Appraisal::Appraisal(const DecisionWalk& walk, const Rollout& rollout)
    : walk_(walk),
      rollout_(rollout),
      marginal_(walk.space(), rollout.prices()),
      classes_(host_classes(walk.space().view())),
      class_of_(walk.space().view().hosts.size()) {
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    for (const HostId host : classes_[i]) class_of_[host.value] = i;
  }
}

void Appraisal::aim_at(const std::vector<bool>& on) {
  JointDecision decision = walk_.decision();
  decision.on = on;
  marginal_.answer_all(decision, walk_.order());
  aim_qos_ = qos_of(decision);
  aimed_at_ = count_on(on);
}

std::vector<double> Appraisal::worth_of(const std::vector<std::size_t>& answers) {
  const Question* question = walk_.question();
  ensure(question != nullptr, "there is a question");
  std::vector<double> worth;
  for (const std::size_t answer : answers) {
    worth.push_back(qos_of(with(*question, answer)));
    if (question->head != Head::kPower || !question->hosts[answer]) continue;
    worth.back() = worth_of_switch(*question->hosts[answer], worth.back());
  }
  return worth;
}

// `qos`: with this switch as the last.
double Appraisal::worth_of_switch(HostId host, double qos) const {
  const double alone = qos - least_gain(host);
  if (aimed_at_.empty()) return alone;
  const std::vector<int> on = count_on(walk_.decision().on);
  const std::size_t own = class_of_[host.value];
  const bool turns_on = !walk_.decision().on[host.value];
  if (turns_on ? on[own] >= aimed_at_[own] : on[own] <= aimed_at_[own]) return alone;
  double aimed = aim_qos_;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    aimed -= std::abs(on[i] - aimed_at_[i]) * least_gain(classes_[i].front());
  }
  return std::max(alone, aimed);
}

// Hosts on of each class.
std::vector<int> Appraisal::count_on(const std::vector<bool>& on) const {
  std::vector<int> count(classes_.size());
  for (std::size_t host = 0; host < on.size(); ++host) count[class_of_[host]] += on[host] ? 1 : 0;
  return count;
}

// What a switch of it has to gain.
double Appraisal::least_gain(HostId host) const {
  const ClusterView& view = walk_.space().view();
  return least_gain_of_switch(view.type_of(view.host(host)), rollout_.window(), rollout_.requests(),
                              rollout_.prices());
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
