#include "learn/placement_search.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "policy/estimate.h"

namespace scinet {
namespace {

constexpr std::size_t kMostHosts = 16;  // considered for one task

// The hosts that the task may go to, those on which it is expected to finish first at the front.
std::vector<HostId> hosts_for(const PlacedTask& task, const ClusterLoad& load) {
  const ModelId model{task.entry->workload.application, task.strategy, task.fragment};
  using Key = std::tuple<Seconds, TieBreak>;
  std::vector<Key> keys;
  for (const HostLoad& host : load.hosts()) {
    if (!host.can_get_work() || !can_ever_hold(*host.type, load.at(model))) continue;
    keys.emplace_back(load.finish(host, model, Seconds(0)), tie_break(host));
  }
  const auto last = keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), kMostHosts));
  std::ranges::partial_sort(keys, last);
  std::vector<HostId> hosts;
  for (auto key = keys.begin(); key != last; ++key) {
    hosts.push_back(std::get<HostId>(std::get<TieBreak>(*key)));
  }
  // The plan's own host stays among them.
  if (std::ranges::find(hosts, task.hosts.front()) == hosts.end()) {
    hosts.back() = task.hosts.front();
  }
  return hosts;
}

}  // namespace

RelaxedPlacement::RelaxedPlacement(const ClusterView& view, const Plan& plan,
                                   const Weights& weights, Objective objective)
    : view_(view),
      plan_(plan),
      objective_(std::move(objective)),
      tasks_(tasks_of(view, plan)),
      network_(tape_, weights, WeightsOnTape::Use::kDecide),
      start_of_recording_(tape_.size()) {
  ClusterLoad load(view);
  load.set_states(states_after(plan, view));
  // Tasks that differ in nothing but their workload have the same hosts to choose from.
  for (PlacedTask& task : tasks_) task.hosts = hosts_for(task, load);
  pictures_ = picture_of(load, tasks_, plan.deferrals.size());
}

double RelaxedPlacement::evaluate(Tape::Variable share) {
  const PredictedTerms terms = predict_terms(network_, pictures_, share);
  const Tape::Variable loss = objective_(tape_, terms, view_.weights);
  tape_.differentiate(loss);
  return tape_.number(loss);
}

RelaxedPlacement::Slope RelaxedPlacement::slope(const Matrix& logits) {
  tape_.rewind(start_of_recording_);
  const Tape::Variable x = tape_.tracked(logits);
  const double loss = evaluate(
      tape_.group_softmax(x, pictures_.task_of_pair, static_cast<Eigen::Index>(tasks_.size())));
  return {loss, tape_.gradient(x)};
}

double RelaxedPlacement::value(const std::vector<HostId>& hosts) {
  Matrix share = Matrix::Zero(pictures_.pairs.rows(), 1);
  Eigen::Index pair = 0;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    for (const HostId host : tasks_[i].hosts) share(pair++, 0) = host == hosts[i] ? 1.0 : 0.0;
  }
  tape_.rewind(start_of_recording_);
  return evaluate(tape_.constant(share));
}

Matrix RelaxedPlacement::start() const {
  Matrix logits = Matrix::Zero(pictures_.pairs.rows(), 1);
  Eigen::Index pair = 0;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    for (const HostId host : tasks_[i].hosts) {
      logits(pair++, 0) = host == plan_.placements[i].host ? 1.0 : 0.0;
    }
  }
  return logits;
}

std::vector<HostId> RelaxedPlacement::rounded(const Matrix& logits) const {
  std::vector<HostId> hosts;
  Eigen::Index pair = 0;
  for (const PlacedTask& task : tasks_) {
    Eigen::Index largest = 0;
    logits.col(0).segment(pair, static_cast<Eigen::Index>(task.hosts.size())).maxCoeff(&largest);
    hosts.push_back(task.hosts[static_cast<std::size_t>(largest)]);
    pair += static_cast<Eigen::Index>(task.hosts.size());
  }
  return hosts;
}

std::vector<HostId> RelaxedPlacement::hosts_of_plan() const {
  std::vector<HostId> hosts;
  for (const Placement& placement : plan_.placements) hosts.push_back(placement.host);
  return hosts;
}

std::int64_t RelaxedPlacement::rows() const {
  return pictures_.hosts.rows() + pictures_.pairs.rows();
}

void descend(RelaxedPlacement& placement, Plan& plan, std::int64_t search_steps,
             const DescentStep& step) {
  constexpr std::int64_t kMostSteps = 200;
  constexpr int kPatience = 10;  // steps without a change of the rounded plan
  const std::int64_t steps =
      std::clamp<std::int64_t>(search_steps / placement.rows(), 1, kMostSteps);
  Matrix logits = placement.start();
  std::vector<HostId> hosts = placement.hosts_of_plan();
  std::vector<HostId> best = hosts;
  double least = placement.value(hosts);
  int unchanged = 0;
  for (std::int64_t i = 0; i < steps && unchanged < kPatience; ++i) {
    step(logits, placement.slope(logits).gradient);
    std::vector<HostId> next = placement.rounded(logits);
    ++unchanged;
    if (next == hosts) continue;
    unchanged = 0;
    hosts = std::move(next);
    const double value = placement.value(hosts);
    if (value >= least) continue;
    least = value;
    best = hosts;
  }
  for (std::size_t i = 0; i < best.size(); ++i) plan.placements[i].host = best[i];
}

}  // namespace scinet
