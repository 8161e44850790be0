#include "oracle/bound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "oracle/loss_floor.h"
#include "oracle/mixed_program.h"
#include "policy/joint_decision.h"

namespace scinet {
namespace {

using Variable = MixedProgram::Variable;
using Term = MixedProgram::Term;

constexpr double kNone = -MixedProgram::kUnbounded;
constexpr double kAny = MixedProgram::kUnbounded;
constexpr double kTimeMargin = 1e-6;  // of the twin's whole nanoseconds, in seconds
constexpr double kSolverMargin = 1e-6;

// Hosts that a request cannot tell apart, but for what is on them.
struct Group {
  std::vector<HostId> hosts;
  std::vector<Term> accepting;  // the y of each
};

// When a request may be answered, in seconds from the view; the last interval is open, and what
// falls into it is counted as if it were never answered, if that is less.
struct Interval {
  double from = 0.0;
  double to = 0.0;
  bool is_late = false;
};

// Ends of intervals: half of what is left of the SLO, all of it, and where the response counts
// full.
std::vector<Interval> intervals_of(const Workload& workload, SimTime now) {
  const double age = to_seconds(now - workload.arrival).count();
  const double slo = workload.slo.count();
  std::vector<Interval> intervals;
  double from = 0.0;
  for (const auto& [to, is_late] :
       {std::pair((slo - age) / 2.0, false), {slo - age, false}, {2.0 * slo - age, true}}) {
    if (to <= from) continue;
    intervals.push_back({from, to + kTimeMargin, is_late});
    from = to;
  }
  return intervals;
}

class Relaxation {
 public:
  Relaxation(const ClusterView& view, const Rollout& rollout, const BoundSettings& settings)
      : view_(view), rollout_(rollout), settings_(settings), space_(view), floor_(view, rollout) {
    floor_.leave_power_open();
    least_ = floor_.common();
  }

  // At most.
  double qos() {
    add_hosts();
    for (std::size_t i = 0; i < space_.waiting().size(); ++i) {
      const WorkloadView& entry = *space_.waiting()[i];
      const bool is_whole = !entry.strategy && view_.asked.placement;
      const auto size = static_cast<int>(program_.variables());
      is_whole&& size < settings_.most_variables ? add_request(i) : add_floor(i);
    }
    add_contention();
    const double rest = program_.least_cost(settings_.most_nodes) - kSolverMargin;
    // The score clamps the energy. Where that could matter, only the floor without it is sure.
    const double sum = least_.all + rest;
    return sum < view_.weights.energy ? floor_.qos_at_most({sum, sum})
                                      : floor_.qos_at_most({sum, least_.without_energy});
  }

 private:
  // What is answered by `by` and how much work that was on the group.
  struct Work {
    std::size_t future = 0;
    std::size_t group = 0;
    double by = 0.0;
    Term done;
  };

  const Optimist& optimist(std::size_t future) const { return floor_.optimists()[future]; }

  void add_hosts() {
    std::map<std::tuple<HostTypeId, double, HostState>, std::size_t> known;
    std::vector<Term> linked;
    for (const HostView& host : view_.hosts) {
      const bool accepts = accepts_work(host.state);
      const double open = floor_.of_host(host, true).all;
      const double closed = floor_.of_host(host, false).all;
      const bool can_accept = host.state != HostState::kFailed;
      const bool is_free = view_.asked.provisioning && can_accept;
      least_.all += can_accept ? closed : 0.0;
      least_.without_energy += can_accept ? std::min(floor_.of_host(host, true).without_energy,
                                                     floor_.of_host(host, false).without_energy)
                                          : 0.0;
      if (!can_accept) continue;
      const double low = is_free ? 0.0 : accepts ? 1.0 : 0.0;
      const double high = is_free ? 1.0 : low;
      const Variable y = program_.add_integer(low, high, open - closed);
      if (!host.linked) continue;
      linked.push_back({1.0, y});
      const auto [place, is_new] =
          known.try_emplace({host.type, host.speed_factor, host.state}, groups_.size());
      if (is_new) groups_.emplace_back();
      groups_[place->second].hosts.push_back(host.id);
      groups_[place->second].accepting.push_back({1.0, y});
    }
    // Work is kept served.
    if (view_.asked.provisioning && !linked.empty()) program_.require(1.0, linked, kAny);
  }

  // A request of which a part has its host already, or that is beyond the limit.
  void add_floor(std::size_t i) {
    const WorkloadView& entry = *space_.waiting()[i];
    least_ += floor_.best_of_all(entry, space_.strategies(i));
  }

  void add_request(std::size_t i) {
    const WorkloadView& entry = *space_.waiting()[i];
    const Loss put_off = floor_.put_off(entry, std::nullopt);
    std::vector<Term> answers{{1.0, program_.add_choice(put_off.all)}};
    for (const StrategyId strategy : space_.strategies(i)) {
      answers.push_back({1.0, add_strategy(entry, strategy)});
    }
    program_.require(1.0, answers, 1.0);
    least_.without_energy += floor_.best_of_all(entry, space_.strategies(i)).without_energy;
  }

  // Returns x.
  Variable add_strategy(const WorkloadView& entry, StrategyId strategy) {
    const ApplicationId application = entry.workload.application;
    const auto& fragments = view_.catalogue->at(application, strategy).fragments;
    const double accuracy = view_.catalogue->at(application, strategy).accuracy;
    const Variable x =
        program_.add_choice(view_.weights.inaccuracy * (1.0 - accuracy) / rollout_.requests());
    std::vector<std::vector<Variable>> z;
    for (const Fragment& fragment : fragments) z.push_back(add_places(fragment, x));
    for (std::size_t future = 0; future < floor_.optimists().size(); ++future) {
      add_future(entry, strategy, x, z, future);
    }
    return x;
  }

  // z of one fragment, per group.
  std::vector<Variable> add_places(const Fragment& fragment, Variable x) {
    std::vector<Variable> z;
    std::vector<Term> sum{{-1.0, x}};
    for (const Group& group : groups_) {
      const bool holds = can_ever_hold(view_.type_of(view_.host(group.hosts.front())), fragment);
      z.push_back(program_.add_number(0.0, holds ? 1.0 : 0.0, 0.0));
      sum.push_back({1.0, z.back()});
      if (!holds) continue;
      std::vector<Term> powered = group.accepting;
      powered.push_back({-1.0, z.back()});
      program_.require(0.0, powered, kAny);
    }
    program_.require(0.0, sum, 0.0);
    return z;
  }

  void add_future(const WorkloadView& entry, StrategyId strategy, Variable x,
                  const std::vector<std::vector<Variable>>& z, std::size_t future) {
    const auto& [w_energy, w_cost, w_response, w_violation, w_inaccuracy] = view_.weights;
    const double share =
        1.0 / (rollout_.requests() * static_cast<double>(floor_.optimists().size()));
    const double per_second = w_response * share / (2.0 * entry.workload.slo.count());
    const double age = to_seconds(view_.now - entry.workload.arrival).count();
    const std::vector<Interval> intervals = intervals_of(entry.workload, view_.now);

    // b, and R with its costs: the age counts for every request that is answered.
    std::vector<Variable> b;
    std::vector<Term> is_answered{{-1.0, x}};
    const Variable answer = program_.add_number(0.0, kAny, per_second);
    std::vector<Term> not_before{{1.0, answer}};
    std::vector<Term> not_after{{1.0, answer}};
    for (const auto& [from, to, is_late] : intervals) {
      b.push_back(program_.add_choice(per_second * age + (is_late ? w_violation * share : 0.0)));
      is_answered.push_back({1.0, b.back()});
      not_before.push_back({-from, b.back()});
      not_after.push_back({-to, b.back()});
    }
    const Variable never = program_.add_choice((w_response + w_violation) * share);
    is_answered.push_back({1.0, never});
    program_.require(0.0, is_answered, 0.0);
    program_.require(-kTimeMargin, not_before, kAny);
    program_.require(kNone, not_after, 0.0);

    const auto [path, longest] = add_path(entry, strategy, z, future);
    // R >= path, but for a request that is never answered.
    const std::array<Term, 3> after_path{{{1.0, answer}, {-1.0, path}, {longest, never}}};
    program_.require(-kTimeMargin, after_path, kAny);
    add_work(entry, strategy, z, future, intervals, b, never);
  }

  // The end of the critical path, and the latest that it can be.
  std::pair<Variable, double> add_path(const WorkloadView& entry, StrategyId strategy,
                                       const std::vector<std::vector<Variable>>& z,
                                       std::size_t future) {
    const ApplicationId application = entry.workload.application;
    const auto& fragments = view_.catalogue->at(application, strategy).fragments;
    const bool alone = optimist(future).has_models_to_itself(entry.workload);
    std::vector<Variable> finish;
    double longest = 0.0;
    for (std::uint32_t f = 0; f < fragments.size(); ++f) {
      finish.push_back(program_.add_number(0.0, kAny, 0.0));
      const ModelId model{application, strategy, FragmentId{f}};
      const Mi work = optimist(future).least_work(entry.workload, model);
      std::vector<Term> from_start{{1.0, finish.back()}};  // with its boot and its load
      std::vector<Term> from_input{{1.0, finish.back()}};  // what the inputs have to wait for
      double slowest = 0.0;
      for (std::size_t g = 0; g < groups_.size(); ++g) {
        const HostId any = groups_[g].hosts.front();
        const double run = optimist(future).run(any, fragments[f], work).count();
        const double load = least_load(future, g, model);
        const double boot = least_boot(future, g);
        const double way =
            fragments[f].inputs.empty()
                ? optimist(future).transfer(std::nullopt, any, entry.workload.input).count()
                : 0.0;
        const double start = alone ? std::max(way, boot) + load : std::max(way, boot + load);
        from_start.push_back({-(start + run), z[f][g]});
        from_input.push_back({-(run + (alone ? load : 0.0)), z[f][g]});
        slowest = std::max(slowest, start + run + load);
      }
      longest += slowest;
      program_.require(0.0, from_start, kAny);
      for (const FragmentId input : fragments[f].inputs) {
        std::vector<Term> row = from_input;
        row.push_back({-1.0, finish[input.value]});
        program_.require(0.0, row, kAny);
      }
    }
    const Variable end = program_.add_number(0.0, kAny, 0.0);
    std::vector<Term> row{{1.0, end}, {-1.0, finish.back()}};
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const double way =
          optimist(future)
              .transfer(groups_[g].hosts.front(), std::nullopt, fragments.back().output)
              .count();
      row.push_back({-way, z.back()[g]});
      longest += way;
    }
    program_.require(0.0, row, kAny);
    return {end, longest};
  }

  double least_boot(std::size_t future, std::size_t group) const {
    double least = kAny;
    for (const HostId host : groups_[group].hosts) {
      least = std::min(least, optimist(future).ready(host).count());
    }
    return least;
  }

  double least_load(std::size_t future, std::size_t group, const ModelId& model) const {
    double least = kAny;
    for (const HostId host : groups_[group].hosts) {
      least = std::min(least, optimist(future).load(host, model).count());
    }
    return least;
  }

  // u, with its energy; never answered, a request may have used none.
  void add_work(const WorkloadView& entry, StrategyId strategy,
                const std::vector<std::vector<Variable>>& z, std::size_t future,
                const std::vector<Interval>& intervals, const std::vector<Variable>& b,
                Variable never) {
    const double share = 1.0 / static_cast<double>(floor_.optimists().size());
    for (std::uint32_t f = 0; f < z.size(); ++f) {
      const ModelId model{entry.workload.application, strategy, FragmentId{f}};
      const Mi work = optimist(future).least_work(entry.workload, model);
      std::vector<std::vector<Term>> places(groups_.size());
      for (std::size_t g = 0; g < groups_.size(); ++g) places[g].push_back({-1.0, z[f][g]});
      for (std::size_t j = 0; j <= intervals.size(); ++j) {
        const bool is_answered = j < intervals.size();
        std::vector<Term> sum{{-1.0, is_answered ? b[j] : never}};
        for (std::size_t g = 0; g < groups_.size(); ++g) {
          const Joules energy = optimist(future).energy(groups_[g].hosts.front(), work);
          const Variable u =
              program_.add_number(0.0, 1.0, is_answered ? floor_.of_energy(energy) * share : 0.0);
          sum.push_back({1.0, u});
          places[g].push_back({1.0, u});
          if (is_answered) work_.push_back({future, g, intervals[j].to, {work.value(), u}});
        }
        program_.require(0.0, sum, 0.0);
      }
      for (const std::vector<Term>& place : places) program_.require(0.0, place, 0.0);
    }
  }

  void add_contention() {
    std::ranges::stable_sort(
        work_, {}, [](const Work& work) { return std::tuple(work.future, work.group, work.by); });
    std::vector<Term> done;
    for (std::size_t i = 0; i < work_.size(); ++i) {
      const auto& [future, group, by, term] = work_[i];
      done.push_back(term);
      const bool is_last_of_group =
          i + 1 == work_.size() || work_[i + 1].future != future || work_[i + 1].group != group;
      if (is_last_of_group || work_[i + 1].by > by) add_capacity(done, future, group, by);
      if (is_last_of_group) done.clear();
    }
  }

  void add_capacity(std::vector<Term> done, std::size_t future, std::size_t group, double by) {
    const HostId any = groups_[group].hosts.front();
    Fragment all_cores;
    all_cores.cores = kAny;
    const double speed = 1.0 / optimist(future).run(any, all_cores, Mi(1.0)).count();
    const double time = std::max(by - least_boot(future, group), 0.0);
    for (const auto& [one, y] : groups_[group].accepting) done.push_back({-speed * time, y});
    program_.require(kNone, done, 0.0);
  }

  const ClusterView& view_;
  const Rollout& rollout_;
  const BoundSettings& settings_;
  DecisionSpace space_;
  LossFloor floor_;
  Loss least_;  // of what the program leaves out; without energy, of everything
  MixedProgram program_;
  std::vector<Group> groups_;
  std::vector<Work> work_;
};

}  // namespace

Bound bound_of(const ClusterView& view, const Rollout& rollout, const BoundSettings& settings) {
  Bound bound;
  bound.qos = std::min(Relaxation(view, rollout, settings).qos(), 1.0);
  // The least of one term is what a view loses that cares for nothing else.
  for (double QosTerms::*const term : {&QosTerms::energy, &QosTerms::cost, &QosTerms::response,
                                       &QosTerms::violation, &QosTerms::inaccuracy}) {
    ClusterView narrow = view;
    narrow.weights = {0.0, 0.0, 0.0, 0.0, 0.0};
    if (term == &QosTerms::energy) narrow.weights.energy = 1.0;
    if (term == &QosTerms::cost) narrow.weights.cost = 1.0;
    if (term == &QosTerms::response) narrow.weights.response = 1.0;
    if (term == &QosTerms::violation) narrow.weights.violation = 1.0;
    if (term == &QosTerms::inaccuracy) narrow.weights.inaccuracy = 1.0;
    BoundSettings relaxed = settings;
    relaxed.most_nodes = 0;
    bound.terms.*term = std::clamp(1.0 - Relaxation(narrow, rollout, relaxed).qos(), 0.0, 1.0);
  }
  // Terms end at 1, which the program does not know. In so short a time scale hosts may get there.
  if (rollout.time_scale() < rollout.window()) bound.qos = qos_score(bound.terms, view.weights);
  return bound;
}

}  // namespace scinet
