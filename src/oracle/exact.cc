#include "oracle/exact.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "oracle/host_classes.h"
#include "oracle/loss_floor.h"
#include "policy/baselines.h"
#include "policy/joint_decision.h"
#include "policy/wake.h"

namespace scinet {
namespace {

// A beginning of a plan takes about a microsecond to judge, a rollout some ten or more.
constexpr std::int64_t kBeginningsPerRollout = 25;

// An answer to one workload, and the least that it loses.
struct Option {
  std::optional<StrategyId> strategy;  // none: it waits
  std::vector<HostId> hosts;           // one per fragment; not read where the view has one
  Loss loss;
};

// For each host the one before it in its class; none for the first.
std::vector<std::optional<HostId>> hosts_before(const ClusterView& view) {
  std::vector<std::optional<HostId>> before(view.hosts.size());
  for (const std::vector<HostId>& alike : host_classes(view)) {
    for (std::size_t i = 1; i < alike.size(); ++i) before[alike[i].value] = alike[i - 1];
  }
  return before;
}

// How many ways there are to decide, as a power of ten.
double log10_of_plans(const DecisionSpace& space) {
  const ClusterView& view = space.view();
  double log10 = static_cast<double>(space.switchable().size()) * std::log10(2.0);
  for (std::size_t i = 0; i < space.waiting().size(); ++i) {
    const WorkloadView& entry = *space.waiting()[i];
    double options = 1.0;
    for (const StrategyId strategy : space.strategies(i)) {
      double ways = 1.0;
      const auto& fragments = view.catalogue->at(entry.workload.application, strategy).fragments;
      for (std::size_t f = 0; view.asked.placement && f < fragments.size(); ++f) {
        if (entry.strategy && entry.tasks[f].host) continue;
        ways *= static_cast<double>(space.hosts_for(fragments[f]).size());
      }
      options += ways;
    }
    log10 += std::log10(options);
  }
  return log10;
}

// Depth first: the power of each host, then an option for each workload.
class Search {
 public:
  Search(const ClusterView& view, const Rollout& rollout, const ExactSettings& settings)
      : view_(view),
        rollout_(rollout),
        settings_(settings),
        space_(view),
        before_(hosts_before(view)),
        floor_(view, rollout),
        switched_(view.hosts.size(), false),
        tasks_given_(view.hosts.size(), 0) {}

  Result<ExactPlan> run() {
    for (const auto& make : {make_cosim, make_least_loaded}) {  // good plans to be better than
      DecisionContext context{.random = RandomStream(0)};
      look_at(make()->decide(view_, context));
    }
    choose_power(0);
    if (is_over()) return too_large();
    best_->plans_log10 = log10_of_plans(space_);
    best_->rollouts = rollouts_;
    return *std::move(best_);
  }

 private:
  bool is_over() const {
    return rollouts_ > settings_.most_rollouts ||
           beginnings_ / kBeginningsPerRollout > settings_.most_rollouts;
  }

  void choose_power(std::size_t next) {
    if (is_over()) return;
    if (next == space_.switchable().size()) return with_power();
    choose_power(next + 1);
    const HostId host = space_.switchable()[next];
    // Of hosts that look the same the first ones are switched.
    const auto& before = before_[host.value];
    if (before && !switched_[before->value]) return;
    switched_[host.value] = true;
    power_.push_back({host, !accepts_work(view_.host(host).state)});
    choose_power(next + 1);
    power_.pop_back();
    switched_[host.value] = false;
  }

  void with_power() {
    std::vector<PowerChange> served = power_;
    if (view_.asked.provisioning) keep_work_served(served, view_);
    if (served != power_) return;
    states_ = states_after({power_, {}, {}, {}}, view_);
    floor_.set_power(states_);
    ++beginnings_;
    if (!can_be_best(floor_.common())) return;
    options_.clear();
    for (std::size_t i = 0; i < space_.waiting().size() && !is_over(); ++i) list_options(i);
    if (is_over()) return;
    least_from_.assign(options_.size() + 1, Loss());
    for (std::size_t i = options_.size(); i-- > 0;) {
      least_from_[i] = options_[i].front().loss;
      for (const Option& option : options_[i]) {
        least_from_[i].without_energy =
            std::min(least_from_[i].without_energy, option.loss.without_energy);
      }
      least_from_[i] += least_from_[i + 1];
    }
    choose_options(floor_.common());
  }

  // Those of the next workload on the hosts that accept work, those that may be good first.
  void list_options(std::size_t i) {
    const WorkloadView& entry = *space_.waiting()[i];
    std::vector<Option>& options = options_.emplace_back();
    options.push_back({std::nullopt, {}, floor_.put_off(entry, entry.strategy)});
    for (const StrategyId strategy : space_.strategies(i)) {
      if (view_.asked.placement) {
        const auto& application = view_.catalogue->at(entry.workload.application);
        std::vector<HostId> hosts(application.strategies[strategy.value].fragments.size());
        add_placed(options, entry, strategy, hosts, 0);
      } else {
        options.push_back({strategy, {}, floor_.put_off(entry, strategy)});
      }
    }
    std::ranges::stable_sort(options, {}, [](const Option& option) { return option.loss.all; });
  }

  // Each fragment from `next` on with each host that can take it.
  void add_placed(std::vector<Option>& options, const WorkloadView& entry, StrategyId strategy,
                  std::vector<HostId>& hosts, std::size_t next) {
    if (is_over()) return;
    const auto& fragments = view_.catalogue->at(entry.workload.application, strategy).fragments;
    while (next < fragments.size() && has_host(entry, next)) ++next;
    if (next == fragments.size()) {
      ++beginnings_;
      options.push_back({strategy, hosts, floor_.placed(entry, strategy, hosts)});
      return;
    }
    for (const HostView& host : view_.hosts) {
      const bool can_take = accepts_work(states_[host.id.value]) && host.linked &&
                            can_ever_hold(view_.type_of(host), fragments[next]);
      if (!can_take) continue;
      hosts[next] = host.id;
      add_placed(options, entry, strategy, hosts, next + 1);
    }
  }

  static bool has_host(const WorkloadView& entry, std::size_t fragment) {
    return entry.strategy && entry.tasks[fragment].host;
  }

  void choose_options(const Loss& so_far) {
    const std::size_t i = chosen_.size();
    ++beginnings_;
    Loss at_least = so_far;
    at_least += least_from_[i];
    if (is_over() || !can_be_best(at_least)) return;
    if (i == options_.size()) return look_at(plan());
    for (const Option& option : options_[i]) {
      if (!uses_like_hosts_in_order(i, option)) continue;
      Loss sum = so_far;
      sum += option.loss;
      chosen_.push_back(&option);
      count_tasks(i, option, 1);
      choose_options(sum);
      count_tasks(i, option, -1);
      chosen_.pop_back();
    }
  }

  bool can_be_best(const Loss& at_least) const {
    return floor_.qos_at_most(at_least) > best_->outlook.qos;
  }

  // Of hosts that look the same, are in the same state and have got nothing yet, the first.
  bool uses_like_hosts_in_order(std::size_t i, const Option& option) const {
    const WorkloadView& entry = *space_.waiting()[i];
    for (std::size_t f = 0; f < option.hosts.size(); ++f) {
      const HostId host = option.hosts[f];
      const auto& before = before_[host.value];
      if (has_host(entry, f) || !before || states_[before->value] != states_[host.value]) continue;
      const auto earlier = std::span(option.hosts).first(f);
      const bool is_used =
          tasks_given_[before->value] > 0 || std::ranges::find(earlier, *before) != earlier.end();
      if (!is_used) return false;
    }
    return true;
  }

  void count_tasks(std::size_t i, const Option& option, int by) {
    for (std::size_t f = 0; f < option.hosts.size(); ++f) {
      if (!has_host(*space_.waiting()[i], f)) tasks_given_[option.hosts[f].value] += by;
    }
  }

  Plan plan() const {
    Plan plan{.power = power_, .deployments = {}, .placements = {}, .deferrals = {}};
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      const WorkloadView& entry = *space_.waiting()[i];
      const auto& [strategy, hosts, loss] = *chosen_[i];
      if (!strategy && view_.asked.placement) {
        plan.deferrals.push_back({entry.workload.id, "the best plan of all lets it wait"});
      }
      if (strategy && !entry.strategy) {
        plan.deployments.push_back({entry.workload.id, *strategy});
      }
      for (std::uint32_t f = 0; f < hosts.size(); ++f) {
        if (has_host(entry, f)) continue;
        plan.placements.push_back({entry.workload.id, FragmentId{f}, hosts[f]});
      }
    }
    return plan;
  }

  void look_at(const Plan& plan) {
    if (++rollouts_ > settings_.most_rollouts) return;
    const Outlook outlook = rollout_.of(plan);
    if (!best_ || outlook.qos > best_->outlook.qos) best_ = {.plan = plan, .outlook = outlook};
  }

  Error too_large() const {
    return {
        ErrorCode::kTooLarge,
        fmt::format("too large: there are about 10^{:.0f} plans, and after {} rollouts the best "
                    "of them is not known yet; raise the limit of {}, or use the oracle",
                    log10_of_plans(space_), rollouts_, settings_.most_rollouts)};
  }

  const ClusterView& view_;
  const Rollout& rollout_;
  const ExactSettings& settings_;
  DecisionSpace space_;
  std::vector<std::optional<HostId>> before_;
  LossFloor floor_;

  std::vector<bool> switched_;
  std::vector<PowerChange> power_;
  std::vector<HostState> states_;  // after it
  std::vector<std::vector<Option>> options_;
  std::vector<Loss> least_from_;  // of the workloads from the i-th on together
  std::vector<const Option*> chosen_;
  std::vector<int> tasks_given_;  // by those, per host

  std::optional<ExactPlan> best_;
  std::int64_t rollouts_ = 0;
  std::int64_t beginnings_ = 0;  // of plans, judged by the floor
};

}  // namespace

Result<ExactPlan> find_best_plan(const ClusterView& view, const Rollout& rollout,
                                 const ExactSettings& settings) {
  return Search(view, rollout, settings).run();
}

}  // namespace scinet
