#include "calibration/replay.h"

#include <algorithm>
#include <span>

#include "base/ensure.h"
#include "model/expected_progress.h"
#include "twin/twin.h"

namespace scinet {
namespace {

constexpr Seconds kDrain{3600};  // after the last event, for requests that are still open

// The part of a recorded plan that is sound for the twin as it stands.
class FittingPlan {
 public:
  FittingPlan(const Plan& plan, const ClusterView& view, SkippedDecisions& skipped)
      : view_(view), skipped_(skipped) {
    for (const PowerChange& change : plan.power) add(change);
    states_ = states_after(plan_, view);
    for (const Deployment& deployment : plan.deployments) add(deployment);
    for (const Placement& placement : plan.placements) add(placement);
  }

  const Plan& plan() const { return plan_; }

 private:
  void add(const PowerChange& change) {
    const HostState state = view_.host(change.host).state;
    const bool fits =
        change.on ? state == HostState::kOff || state == HostState::kDraining : accepts_work(state);
    const bool is_first =
        std::ranges::find(plan_.power, change.host, &PowerChange::host) == plan_.power.end();
    fits&& is_first ? plan_.power.push_back(change) : void(++skipped_.power);
  }

  void add(const Deployment& deployment) {
    const WorkloadView* const entry = view_.find(deployment.workload);
    const bool fits = entry && !strategy_of(*entry) &&
                      deployment.strategy.value <
                          view_.catalogue->at(entry->workload.application).strategies.size();
    fits ? plan_.deployments.push_back(deployment) : void(++skipped_.deployments);
  }

  void add(const Placement& placement) {
    fits(placement) ? plan_.placements.push_back(placement) : void(++skipped_.placements);
  }

  // With what this plan deploys.
  std::optional<StrategyId> strategy_of(const WorkloadView& entry) const {
    if (entry.strategy) return entry.strategy;
    const auto deployed =
        std::ranges::find(plan_.deployments, entry.workload.id, &Deployment::workload);
    if (deployed == plan_.deployments.end()) return std::nullopt;
    return deployed->strategy;
  }

  bool fits(const Placement& placement) const {
    const WorkloadView* const entry = view_.find(placement.workload);
    if (!entry || !accepts_work(states_[placement.host.value])) return false;
    const std::optional<StrategyId> strategy = strategy_of(*entry);
    if (!strategy) return false;
    const Strategy& graph = view_.catalogue->at(entry->workload.application, *strategy);
    const std::size_t fragment = placement.fragment.value;
    if (fragment >= graph.fragments.size()) return false;
    if (entry->strategy && entry->tasks[fragment].state != TaskState::kUnplaced) return false;
    const bool is_placed = std::ranges::any_of(plan_.placements, [&](const Placement& other) {
      return other.workload == placement.workload && other.fragment == placement.fragment;
    });
    return !is_placed &&
           can_ever_hold(view_.type_of(view_.host(placement.host)), graph.fragments[fragment]);
  }

  const ClusterView& view_;
  SkippedDecisions& skipped_;
  std::vector<HostState> states_;
  Plan plan_;
};

Cadence cadence_of(const RecordedRun& run) {
  return run.cluster.cadence == to_string(Cadence::kArrival) ? Cadence::kArrival
                                                             : Cadence::kInterval;
}

// A twin as deciders see it: by the catalogue that they believe, and no better than they saw the
// cluster of the record.
class SeenTwin final : public Platform {
 public:
  SeenTwin(Twin& twin, const Catalogue& believed, bool in_place_of_workers)
      : twin_(twin), believed_(believed), in_place_of_workers_(in_place_of_workers) {}

  Result<ClusterView> observe(DecisionsAsked asked) override {
    ClusterView view = twin_.view(asked);
    view.catalogue = &believed_;
    if (in_place_of_workers_) forget_what_workers_do_not_tell(view);
    return view;
  }
  Status apply(const Plan& plan) override {
    twin_.apply(plan);
    return ok_status();
  }
  Accounts accounts_since(SimTime start) const override { return twin_.accounts_since(start); }

 private:
  // docs/local-platform.md has what views are made of there.
  static void forget_what_workers_do_not_tell(ClusterView& view) {
    for (HostView& host : view.hosts) {
      const auto& burst = view.type_of(host).burst;
      host.credits = burst ? burst->maximum_credits : 0.0;
      host.throttled = false;
      host.speed_factor = 1.0;
      host.loading.clear();
    }
    for (WorkloadView& entry : view.workloads) {
      for (TaskView& task : entry.tasks) {
        if (task.state != TaskState::kRunning) continue;
        const ModelId model{entry.workload.application, *entry.strategy, task.fragment};
        task.progress =
            expected_progress(view.catalogue->at(model), view.type_of(view.host(*task.host)),
                              to_seconds(view.now - task.since));
      }
    }
  }

  Twin& twin_;
  const Catalogue& believed_;
  bool in_place_of_workers_;
};

class Replayer {
 public:
  Replayer(const RecordedRun& run, const Catalogue& catalogue, const InputSizes& sizes,
           std::uint64_t seed, Part part)
      : run_(run),
        part_(part),
        sizes_(sizes),
        seed_(seed),
        twin_(catalogue, run.cluster.hosts, run.cluster.hosts_on_at_start, run.cluster.weights,
              {.beat = run.cluster.beat,
               .cadence = cadence_of(run),
               .repair_time = run.cluster.repair_time},
              RandomStreams(seed)),
        effects_(effects_of(run.faults)),
        speed_factors_(run.cluster.hosts.size(), 1.0) {}

  void put_under(Deciders deciders) {
    seen_.emplace(twin_, deciders.catalogue, run_.on_workers);
    loop_.emplace(std::move(deciders.makers), *seen_, RandomStreams(seed_), journal_,
                  [] { return std::chrono::nanoseconds{0}; });
  }

  // Fails only where somebody else decides than the record.
  Result<Replay> replay() && {
    const SimTime end = std::min(part_.to, to_sim_time(run_.cluster.horizon));
    bool is_counting = false;
    bool is_counted = false;
    while (const std::optional<SimTime> next = next_moment()) {
      if (!is_counting && *next >= part_.from) {
        twin_.run_until(part_.from);
        before_ = twin_.accounts_since(part_.from).hosts;
        is_counting = true;
      }
      if (!is_counted && *next >= end) {
        count_hosts(end);
        is_counted = true;
      }
      twin_.run_until(*next);
      change_machine_speed(*next);
      break_hosts(*next);
      admit(*next);
      if (const Status decided = decide(*next); !decided) return decided.error();
    }
    if (!is_counting) before_.resize(run_.cluster.hosts.size());
    if (!is_counted) count_hosts(std::max(end, twin_.now()));
    twin_.run_until(twin_.now() + to_sim_time(kDrain));
    result_.workloads = twin_.accounts().workloads;
    return std::move(result_);
  }

 private:
  std::optional<SimTime> next_moment() const {
    std::optional<SimTime> next;
    const auto offer = [&](SimTime time) { next = next ? std::min(*next, time) : time; };
    if (next_speed_ < speeds().size()) offer(speeds()[next_speed_].from);
    if (next_effect_ < effects_.size()) offer(effects_[next_effect_].at);
    if (next_workload_ < run_.workloads.size()) {
      offer(run_.workloads[next_workload_].workload.arrival);
    }
    if (next_plan_ < run_.plans.size()) {
      offer(run_.plans[next_plan_].at);
    } else if (loop_ && twin_.in_progress() > 0 && twin_.now() < last_decision()) {
      offer(next_beat());
    }
    return next;
  }

  // After the decisions of the record.
  SimTime next_beat() const {
    const SimTime beat = to_sim_time(run_.cluster.beat);
    return (twin_.now() / beat + 1) * beat;
  }
  SimTime last_decision() const {
    return (run_.plans.empty() ? SimTime(0) : run_.plans.back().at) + to_sim_time(kDrain);
  }

  std::span<const MachineSpeed::Step> speeds() const { return run_.machine_speed.steps(); }

  void change_machine_speed(SimTime now) {
    for (; next_speed_ < speeds().size() && speeds()[next_speed_].from == now; ++next_speed_) {
      machine_speed_ = speeds()[next_speed_].factor;
      for (std::uint32_t i = 0; i < speed_factors_.size(); ++i) set_speed(HostId{i});
    }
  }

  void set_speed(HostId host) {
    twin_.set_speed_factor(host, speed_factors_[host.value] * machine_speed_);
  }

  void break_hosts(SimTime now) {
    for (; next_effect_ < effects_.size() && effects_[next_effect_].at == now; ++next_effect_) {
      const auto& [at, host, what] = effects_[next_effect_];
      if (const auto* const crash = std::get_if<Crash>(&what)) {
        twin_.fail(host, crash->repair);
      } else if (const auto* const speed = std::get_if<SpeedChange>(&what)) {
        speed_factors_[host.value] = speed->factor;
        set_speed(host);
      } else {
        twin_.set_link(host, std::get<LinkChange>(what).up);
      }
    }
  }

  void admit(SimTime now) {
    for (; next_workload_ < run_.workloads.size() &&
           run_.workloads[next_workload_].workload.arrival == now;
         ++next_workload_) {
      const Workload& workload = run_.workloads[next_workload_].workload;
      twin_.arrive(workload, sizes_.of(workload.application, run_.input_of(next_workload_)));
    }
  }

  Status decide(SimTime now) {
    const bool is_over = next_plan_ == run_.plans.size();
    if (loop_ && is_over && now % to_sim_time(run_.cluster.beat) == SimTime(0)) {
      return loop_->step(DecisionsAsked::all());
    }
    for (; next_plan_ < run_.plans.size() && run_.plans[next_plan_].at == now; ++next_plan_) {
      const TimedPlan& recorded = run_.plans[next_plan_];
      if (loop_) {
        if (const Status status = loop_->step(recorded.asked); !status) return status;
      } else {
        twin_.apply(FittingPlan(recorded.plan, twin_.view({}), result_.skipped).plan());
      }
    }
    return ok_status();
  }

  void count_hosts(SimTime end) {
    twin_.run_until(end);
    result_.hosts = twin_.accounts_since(end).hosts;
    for (std::size_t i = 0; i < result_.hosts.size(); ++i) {
      result_.hosts[i].energy -= before_[i].energy;
      result_.hosts[i].cost -= before_[i].cost;
      result_.hosts[i].cpu -= before_[i].cpu;
      result_.hosts[i].powered -= before_[i].powered;
    }
  }

  const RecordedRun& run_;
  Part part_;
  const InputSizes& sizes_;
  std::uint64_t seed_;
  Twin twin_;
  std::optional<SeenTwin> seen_;  // these where somebody else decides than the record
  std::optional<ControlLoop> loop_;
  Journal journal_;
  std::vector<FaultEffect> effects_;
  std::vector<double> speed_factors_;  // of each host, by faults
  double machine_speed_ = 1.0;         // of all hosts
  std::vector<HostAccount> before_;
  std::size_t next_effect_ = 0;
  std::size_t next_speed_ = 0;
  std::size_t next_workload_ = 0;
  std::size_t next_plan_ = 0;
  Replay result_;
};

}  // namespace

Replay replay(const RecordedRun& run, const Catalogue& catalogue, std::uint64_t seed, Part part,
              const InputSizes& sizes) {
  ensure(same_shape(run.cluster.catalogue, catalogue), "a replay keeps the shape of the catalogue");
  return Replayer(run, catalogue, sizes, seed, part).replay().value();
}

Result<Replay> replay_under(Deciders deciders, const RecordedRun& run, const Catalogue& catalogue,
                            std::uint64_t seed, Part part, const InputSizes& sizes) {
  ensure(same_shape(run.cluster.catalogue, catalogue), "a replay keeps the shape of the catalogue");
  Replayer replayer(run, catalogue, sizes, seed, part);
  replayer.put_under(std::move(deciders));
  return std::move(replayer).replay();
}

}  // namespace scinet
