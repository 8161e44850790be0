// RecSim, one of the rivals of the published SciNet, decides by the sum of a simulator's score and
// of a Bayesian network's:
//
//   score(plan) = QoS on the twin + 0.01 mean over the requests it answers of P(good | features)
//
// `good` is a request that cost no more QoS than the median so far: its own response, violation and
// inaccuracy, and the energy and cost of the hosts that were open when it was decided. Features of
// a request at its decision, four levels each: share of hosts that accept work, cores asked for
// over their cores, fragments of its strategy, how its accuracy ranks among those of its
// application, tasks per host on the busiest host that it uses. The network (recsim.h) is learned
// online from the requests that were answered; at first it has no opinion and the twin decides.
//
// Plans are looked for by hill climbing from the best of four simple plans: a host is switched, or
// a request gets another strategy, or a fragment another host. SciNet names the idea and no paper;
// features, weight and search are ours.
#include "oracle/recsim.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "oracle/oracle_policies.h"
#include "oracle/rollout.h"
#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/host_burden.h"
#include "policy/joint_decision.h"
#include "policy/outcomes.h"

namespace scinet {
namespace {

constexpr std::size_t kMostSamples = 300;
constexpr double kNetworkWeight = 0.01;
constexpr std::int64_t kSteps = 60;  // plans that are scored
constexpr RolloutSettings kRollout{.beats = 2, .futures = 2};

using Features = BayesianNetwork::Features;

int level(double value, std::array<double, BayesianNetwork::kLevels - 1> bounds) {
  return static_cast<int>(std::ranges::count_if(bounds, [&](double b) { return value > b; }));
}

}  // namespace

void BayesianNetwork::add(const Sample& sample) {
  samples_.push_back(sample);
  if (samples_.size() > kMostSamples) samples_.pop_front();
}

// I(a; b | class), from the samples.
double BayesianNetwork::information(std::size_t a, std::size_t b) const {
  double joint[2][kLevels][kLevels] = {};
  double left[2][kLevels] = {};
  double right[2][kLevels] = {};
  double of_class[2] = {};
  for (const auto& [features, good] : samples_) {
    joint[good][features[a]][features[b]] += 1.0;
    left[good][features[a]] += 1.0;
    right[good][features[b]] += 1.0;
    of_class[good] += 1.0;
  }
  double sum = 0.0;
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < kLevels; ++i) {
      for (int j = 0; j < kLevels; ++j) {
        const double count = joint[c][i][j];
        if (count > 0.0) sum += count * std::log(count * of_class[c] / (left[c][i] * right[c][j]));
      }
    }
  }
  return sum / std::max(1.0, static_cast<double>(samples_.size()));
}

// The spanning tree of the most mutual information (Chow and Liu), grown from feature 0.
void BayesianNetwork::learn() {
  std::array<bool, kFeatures> in_tree{true};
  parents_[0] = 0;
  for (std::size_t added = 1; added < kFeatures; ++added) {
    double most = -1.0;
    std::size_t child = 0;
    for (std::size_t from = 0; from < kFeatures; ++from) {
      for (std::size_t to = 0; to < kFeatures; ++to) {
        if (!in_tree[from] || in_tree[to]) continue;
        const double shared = information(from, to);
        if (shared <= most) continue;
        most = shared;
        child = to;
        parents_[to] = from;
      }
    }
    in_tree[child] = true;
  }
}

// P(class) prod P(feature | parent, class), each count with one pseudo-observation spread over its
// levels.
double BayesianNetwork::likelihood(const Features& features, bool good) const {
  double of_class = 0.0;
  std::array<double, kFeatures> of_parent{};
  std::array<double, kFeatures> of_both{};
  for (const Sample& sample : samples_) {
    if (sample.good != good) continue;
    of_class += 1.0;
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const std::size_t parent = parents_[i];
      if (parent != i && sample.features[parent] != features[parent]) continue;
      of_parent[i] += 1.0;
      if (sample.features[i] == features[i]) of_both[i] += 1.0;
    }
  }
  double value = (of_class + 0.5) / (static_cast<double>(samples_.size()) + 1.0);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    value *= (of_both[i] + 1.0 / kLevels) / (of_parent[i] + 1.0);
  }
  return value;
}

double BayesianNetwork::probability_good(const Features& features) const {
  const double good = likelihood(features, true);
  return good / (good + likelihood(features, false));
}

namespace {

// What a plan does to the cluster as a whole, for the features of its requests.
class PlannedCluster {
 public:
  PlannedCluster(const ClusterView& view, const Plan& plan)
      : view_(view), tasks_(tasks_per_host(view)) {
    const std::vector<HostState> after = states_after(plan, view);
    std::size_t open = 0;
    for (const HostView& host : view.hosts) {
      if (!accepts_work(after[host.id.value])) continue;
      ++open;
      cores_ += static_cast<double>(view.type_of(host).cores);
    }
    open_share_ =
        static_cast<double>(open) / std::max<double>(1.0, static_cast<double>(tasks_.size()));
    for (const WorkloadView& entry : view.workloads) {
      for (const TaskView& task : entry.tasks) {
        if (!task.host || task.state == TaskState::kDone) continue;
        add_cores({entry.workload.application, *entry.strategy, task.fragment});
      }
      if (entry.strategy) strategy_[entry.workload.id] = *entry.strategy;
    }
    for (const auto& [workload, strategy] : plan.deployments) strategy_[workload] = strategy;
    for (const auto& [workload, fragment, host] : plan.placements) {
      ++tasks_[host.value];
      busiest_.try_emplace(workload, host);
      add_cores({view.find(workload)->workload.application, strategy_[workload], fragment});
    }
    for (const auto& [workload, fragment, host] : plan.placements) {
      HostId& busiest = busiest_[workload];
      if (tasks_[host.value] > tasks_[busiest.value]) busiest = host;
    }
  }

  // Of every request that the plan places.
  std::map<WorkloadId, Features> features() const {
    std::map<WorkloadId, Features> all;
    for (const auto& [workload, host] : busiest_) {
      const ApplicationId application = view_.find(workload)->workload.application;
      const auto& strategies = view_.catalogue->at(application).strategies;
      const Strategy& chosen = strategies[strategy_.at(workload).value];
      const auto better = std::ranges::count_if(
          strategies, [&](const Strategy& other) { return other.accuracy > chosen.accuracy; });
      all[workload] = {
          level(open_share_, {0.25, 0.5, 0.75}),
          level(cores_ > 0.0 ? wanted_ / cores_ : 4.0, {0.25, 0.5, 1.0}),
          level(static_cast<double>(chosen.fragments.size()), {1.0, 2.0, 4.0}),
          level(static_cast<double>(better), {0.0, 1.0, 2.0}),
          level(tasks_[host.value], {1.0, 2.0, 4.0}),
      };
    }
    return all;
  }

 private:
  void add_cores(const ModelId& model) { wanted_ += view_.catalogue->at(model).cores; }

  const ClusterView& view_;
  std::vector<int> tasks_;
  double cores_ = 0.0;
  double wanted_ = 0.0;
  double open_share_ = 0.0;
  std::map<WorkloadId, StrategyId> strategy_;
  std::map<WorkloadId, HostId> busiest_;
};

// QoS that the hosts cost which the plan leaves open, while they do nothing.
double burden_of_open(const ClusterView& view, const Plan& plan) {
  const std::vector<HostState> after = states_after(plan, view);
  const std::vector<HostWorth> worths = host_worths(ClusterLoad(view), Seconds(0));
  double sum = 0.0;
  for (const HostView& host : view.hosts) {
    if (accepts_work(after[host.id.value])) sum += worths[host.id.value].burden;
  }
  return sum;
}

// No request waits that could be served: a plan is not scored for what it puts off.
void answer_all(JointDecision& decision, const DecisionSpace& space) {
  for (std::size_t i = 0; i < decision.choices.size(); ++i) {
    const auto& strategies = space.strategies(i);
    if (!decision.choices[i] && !strategies.empty()) {
      decision.choices[i] = WorkloadChoice{strategies.front()};
    }
  }
}

// One change of a decision, drawn.
void change(JointDecision& decision, const DecisionSpace& space, RandomStream& random) {
  const auto& hosts = space.switchable();
  const auto& waiting = space.waiting();
  const bool of_power = !hosts.empty() && (waiting.empty() || random.uniform() < 0.4);
  if (of_power) {
    const HostId host = hosts[random.below(hosts.size())];
    decision.on[host.value] = !decision.on[host.value];
    return;
  }
  if (waiting.empty()) return;
  const std::size_t i = random.below(waiting.size());
  const std::vector<StrategyId>& strategies = space.strategies(i);
  if (strategies.empty()) return;
  auto& choice = decision.choices[i];
  if (!choice || random.uniform() < 0.5) {
    choice = WorkloadChoice{strategies[random.below(strategies.size())]};
    return;
  }
  const ApplicationId application = waiting[i]->workload.application;
  const std::size_t fragments =
      space.view().catalogue->at(application, choice->strategy).fragments.size();
  if (choice->hosts.size() < fragments) return;
  const FragmentId fragment{static_cast<std::uint32_t>(random.below(fragments))};
  const auto candidates = space.hosts_for(ModelId{application, choice->strategy, fragment});
  if (candidates.empty()) return;
  choice->hosts[fragment.value] = candidates[random.below(candidates.size())];
}

class RecSim final : public Policy {
 public:
  RecSim() {
    starts_.push_back(make_cosim());
    starts_.push_back(make_least_loaded());
    starts_.push_back(make_threshold());
    starts_.push_back(make_compression_only());
  }

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    learn(view, tracker_.update(view));
    std::erase_if(decided_, [&](const auto& entry) { return !view.find(entry.first); });
    const Rollout rollout(view, window_for(view, kRollout), RandomStreams(context.random.next()));
    const DecisionSpace space(view);
    const std::int64_t steps = std::min(kSteps, context.search_steps);

    Plan best = starts_.front()->decide(view, context);
    double score = score_of(best, view, rollout);
    const auto try_plan = [&](Plan plan) {
      if (plan == best) return;
      const double other = score_of(plan, view, rollout);
      if (other <= score) return;
      score = other;
      best = std::move(plan);
    };
    std::int64_t step = 1;
    for (; step < static_cast<std::int64_t>(starts_.size()) && step < steps; ++step) {
      try_plan(starts_[static_cast<std::size_t>(step)]->decide(view, context));
    }
    for (; step < steps; ++step) {
      JointDecision decision = space.decision_of(best);
      answer_all(decision, space);
      change(decision, space, context.random);
      try_plan(space.plan_of(decision));
    }
    tracker_.note(best);
    const double burden = burden_of_open(view, best);
    for (const auto& [workload, features] : PlannedCluster(view, best).features()) {
      decided_[workload] = {features, burden};
    }
    return best;
  }

 private:
  struct Decided {
    Features features{};
    double burden = 0.0;  // of the hosts that were then open
  };

  void learn(const ClusterView& view, const std::vector<Outcome>& outcomes) {
    const QosWeights& w = view.weights;
    for (const Outcome& outcome : outcomes) {
      const auto decided = decided_.find(outcome.workload.id);
      if (decided == decided_.end()) continue;
      const auto& [features, burden] = decided->second;
      const double accuracy =
          view.catalogue->at(outcome.workload.application, outcome.strategy).accuracy;
      const double loss =
          burden + w.response * std::min(outcome.response() / (2.0 * outcome.workload.slo), 1.0) +
          w.violation * (outcome.is_late() ? 1.0 : 0.0) + w.inaccuracy * (1.0 - accuracy);
      network_.add({features, loss <= median()});
      losses_.push_back(loss);
      if (losses_.size() > kMostSamples) losses_.pop_front();
      decided_.erase(decided);
    }
    if (!outcomes.empty()) network_.learn();
  }

  double median() const {
    if (losses_.empty()) return 1.0;
    std::vector<double> losses(losses_.begin(), losses_.end());
    const auto middle = losses.begin() + static_cast<std::ptrdiff_t>(losses.size() / 2);
    std::ranges::nth_element(losses, middle);
    return *middle;
  }

  double score_of(const Plan& plan, const ClusterView& view, const Rollout& rollout) const {
    double sum = 0.0;
    const auto features = PlannedCluster(view, plan).features();
    for (const auto& [workload, of_it] : features) sum += network_.probability_good(of_it);
    const double network = features.empty() ? 0.5 : sum / static_cast<double>(features.size());
    return rollout.of(plan).qos + kNetworkWeight * network;
  }

  std::vector<std::unique_ptr<Policy>> starts_;
  BayesianNetwork network_;
  OutcomeTracker tracker_;
  std::map<WorkloadId, Decided> decided_;
  std::deque<double> losses_;  // of the last requests answered
};

}  // namespace

std::unique_ptr<Policy> make_recsim() { return in_canonical_order(std::make_unique<RecSim>()); }

}  // namespace scinet
