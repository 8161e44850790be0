#include "oracle/plan_search.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "oracle/marginal_choice.h"
#include "oracle/plan_moves.h"

namespace scinet {
namespace {

using Words = std::vector<std::uint64_t>;

// What a plan does, without the reasons of its deferrals.
Words words_of(const Plan& plan) {
  Words words;
  for (const auto& [host, on] : plan.power) words.push_back(2 * host.value + (on ? 1u : 0u));
  words.push_back(~0u);
  for (const auto& [workload, strategy] : plan.deployments) {
    words.insert(words.end(), {workload.value, strategy.value});
  }
  words.push_back(~0u);
  for (const auto& [workload, fragment, host] : plan.placements) {
    words.insert(words.end(), {workload.value, fragment.value, host.value});
  }
  return words;
}

struct Score {
  double qos = -1.0;        // of all futures
  double trial_qos = -1.0;  // of the trial futures
};

struct Candidate {
  JointDecision decision;
  Score score;
};

class PlanSearch {
 public:
  PlanSearch(const ClusterView& view, const Rollout& rollout, std::int64_t steps,
             RandomStream random)
      : view_(view),
        space_(view),
        rollout_(rollout),
        marginal_(space_, rollout.prices()),
        moves_(view, space_, marginal_),
        most_steps_(steps),
        random_(random),
        in_order_(space_.waiting().size()) {
    std::iota(in_order_.begin(), in_order_.end(), std::size_t{0});
    // Those with the least time left first.
    std::ranges::stable_sort(in_order_, {}, [&](std::size_t i) {
      return time_left(space_.waiting()[i]->workload, view_.now);
    });
  }

  void start_from(const Plan& plan) {
    const Score score = judge(plan).value_or(Score{});
    if (score.qos > current_.score.qos || current_.decision.on.empty()) {
      current_ = {space_.decision_of(plan), score};
    }
  }

  void run() {
    JointDecision as_it_is = space_.nothing_changed();
    marginal_.answer_all(as_it_is, in_order_);
    improve_by(std::move(as_it_is));
    climb_over_hosts();
    climb();
    Candidate top = current_;
    for (int fruitless = 0; has_steps_left() && fruitless < kMostFruitless;) {
      const std::int64_t before = result_.steps;
      shake();
      climb();
      fruitless = result_.steps == before ? fruitless + 1 : 0;
      if (current_.score.qos > top.score.qos) {
        top = current_;
      } else {
        current_ = top;
      }
    }
  }

  SearchResult result() && { return std::move(result_); }

 private:
  static constexpr int kMostFruitless = 20;  // shakes that lead to nothing new

  bool has_steps_left() const { return result_.steps < most_steps_; }

  // The score of a plan; nothing when it is new and no step is left, or when it is behind `rival`
  // in the trial futures.
  std::optional<Score> judge(const Plan& plan, const Score& rival = {}) {
    Words words = words_of(plan);
    if (const auto known = known_.find(words); known != known_.end()) return known->second;
    if (!has_steps_left() && result_.steps > 0) return std::nullopt;
    ++result_.steps;
    const std::optional<Outlook> outlook = rollout_.of(plan, rival.trial_qos);
    if (!outlook) {
      known_.emplace(std::move(words), std::nullopt);
      return std::nullopt;
    }
    const Score score{outlook->qos, outlook->trial_qos};
    known_.emplace(std::move(words), score);
    remember(plan, *outlook);
    return score;
  }

  void remember(const Plan& plan, const Outlook& outlook) {
    const bool is_first = known_.size() == 1;  // of a start, and so never given up
    if (is_first || outlook.qos > result_.best.outlook.qos) {
      if (!is_first) result_.runner_up = std::move(result_.best);
      result_.best = {plan, outlook};
    } else if (!result_.runner_up || outlook.qos > result_.runner_up->outlook.qos) {
      result_.runner_up = {plan, outlook};
    }
  }

  bool improve_by(JointDecision decision) {
    const Plan plan = space_.plan_of(decision);
    if (wastes_a_host(plan)) return false;
    const auto score = judge(plan, current_.score);
    if (!score || score->qos <= current_.score.qos) return false;
    current_ = {space_.decision_of(plan), *score};
    return true;
  }

  // Nothing waits while a host idles that could do a part of it.
  bool wastes_a_host(const Plan& plan) const {
    if (plan.deferrals.empty()) return false;
    std::vector<int> tasks = tasks_per_host(view_);
    for (const Placement& placement : plan.placements) ++tasks[placement.host.value];
    const std::vector<HostState> after = states_after(plan, view_);
    const auto idles = [&](HostId id) {
      return tasks[id.value] == 0 && accepts_work(after[id.value]) && view_.host(id).linked;
    };
    for (std::size_t i = 0; i < space_.waiting().size(); ++i) {
      const Workload& workload = space_.waiting()[i]->workload;
      if (std::ranges::find(plan.deferrals, workload.id, &Deferral::workload) ==
          plan.deferrals.end()) {
        continue;
      }
      for (const StrategyId strategy : space_.strategies(i)) {
        for (const Fragment& fragment :
             view_.catalogue->at(workload.application, strategy).fragments) {
          if (std::ranges::any_of(space_.hosts_for(fragment), idles)) return true;
        }
      }
    }
    return false;
  }

  // Outer moves: more or fewer hosts of a kind, twice as many each time it helps.

  struct HostGroup {
    bool on = false;              // as they are now
    std::vector<HostId> members;  // the first to be switched first
  };

  std::vector<HostGroup> groups() const {
    const std::vector<int> tasks = tasks_per_host(view_);
    using Kind = std::tuple<HostTypeId, bool, bool, bool>;
    std::map<Kind, std::vector<HostId>> by_kind;
    for (const HostId id : space_.switchable()) {
      const HostView& host = view_.host(id);
      const bool on = current_.decision.on[id.value];
      by_kind[{host.type, on, tasks[id.value] > 0, host.linked}].push_back(id);
    }
    std::vector<HostGroup> groups;
    for (auto& [kind, members] : by_kind) {
      const bool on = std::get<1>(kind);
      std::ranges::stable_sort(members, {}, [&](HostId id) {
        const HostView& host = view_.host(id);
        const bool has_power = host.state != HostState::kOff;
        return std::tuple(on ? has_power && host.state != HostState::kBooting : !has_power,
                          on ? tasks[id.value] : -tasks[id.value], host.speed_factor);
      });
      groups.push_back({on, std::move(members)});
    }
    return groups;
  }

  bool switch_some(const HostGroup& group, std::size_t count) {
    JointDecision decision = current_.decision;
    for (const HostId id : std::span(group.members).first(count)) {
      decision.on[id.value] = !group.on;
    }
    marginal_.answer_all(decision, in_order_);
    return improve_by(std::move(decision));
  }

  void climb_over_hosts() {
    for (bool improved = true; improved && has_steps_left();) {
      improved = false;
      for (const HostGroup& group : groups()) {
        const JointDecision before = current_.decision;
        std::size_t count = 1;
        while (count <= group.members.size() && has_steps_left()) {
          const Candidate reached = std::exchange(current_, {before, current_.score});
          if (switch_some(group, count)) {
            improved = true;
            count = count == group.members.size() ? count + 1
                                                  : std::min(2 * count, group.members.size());
          } else {
            current_ = reached;
            break;
          }
        }
        if (improved) break;
      }
    }
  }

  // Small moves.

  void climb() {
    for (bool improved = true; improved && has_steps_left();) {
      improved = false;
      std::vector<Move> moves = moves_.around(current_.decision, random_);
      shuffle(moves);
      for (const Move& move : moves) {
        if (!has_steps_left()) return;
        JointDecision decision = current_.decision;
        if (moves_.apply(move, decision) && improve_by(std::move(decision))) improved = true;
      }
    }
  }

  void shake() {
    for (auto left = 2 + random_.below(3); left > 0; --left) {
      const std::vector<Move> moves = moves_.around(current_.decision, random_);
      if (moves.empty()) return;
      JointDecision decision = current_.decision;
      if (!moves_.apply(moves[random_.below(moves.size())], decision)) continue;
      const Plan plan = space_.plan_of(decision);
      if (wastes_a_host(plan)) continue;
      if (const auto score = judge(plan)) current_ = {space_.decision_of(plan), *score};
    }
  }

  void shuffle(std::vector<Move>& moves) {
    for (std::size_t left = moves.size(); left > 1; --left) {
      std::swap(moves[left - 1], moves[random_.below(left)]);
    }
  }

  const ClusterView& view_;
  DecisionSpace space_;
  const Rollout& rollout_;
  MarginalChoice marginal_;
  PlanMoves moves_;
  std::int64_t most_steps_;
  RandomStream random_;
  std::vector<std::size_t> in_order_;
  Candidate current_;
  std::map<Words, std::optional<Score>> known_;  // nothing: given up
  SearchResult result_;
};

}  // namespace

SearchResult search_plans(const ClusterView& view, const Rollout& rollout,
                          std::span<const Plan> starts, std::int64_t steps, RandomStream random) {
  ensure(!starts.empty(), "a search has a plan to start from");
  PlanSearch search(view, rollout, steps, random);
  for (const Plan& plan : starts) search.start_from(plan);
  search.run();
  return std::move(search).result();
}

}  // namespace scinet
