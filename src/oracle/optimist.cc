#include "oracle/optimist.h"

#include <algorithm>
#include <limits>

#include "twin/work.h"

namespace scinet {
namespace {

constexpr Seconds kNever{std::numeric_limits<double>::infinity()};

// The twin keeps it as a float, which may round up.
double most_boost(const HostType& type) {
  return type.burst && type.burst->boost > 1.0 ? type.burst->boost * (1.0 + 1e-6) : 1.0;
}

// Cores that tasks can use, as so many as they count when boosted.
double most_cores(const HostType& type, double wanted) {
  const double all = static_cast<double>(type.cores);
  return std::min({wanted, all, all - type.background}) * most_boost(type);
}

}  // namespace

PowerFloor power_floor(const HostType& type) {
  const double cores = static_cast<double>(type.cores);
  const double rest = type.background / cores;
  const Watts idle = type.power.at(rest);
  // Where the curve bends, and the most that boosted cores count as.
  std::vector<double> bends;
  const auto last = static_cast<double>(type.power.points.size() - 1);
  for (std::size_t i = 0; i < type.power.points.size(); ++i) {
    bends.push_back(static_cast<double>(i) / last);
  }
  bends.push_back(std::max(rest + most_cores(type, cores) / cores, 1.0));
  PowerFloor floor{.at_rest = idle, .slope = Watts(std::numeric_limits<double>::infinity())};
  for (const double bend : bends) {
    if (bend <= rest) continue;
    const Watts rise = type.power.at(bend) - idle;
    floor.slope = std::min(floor.slope, rise * (1.0 / (bend - rest)));
    floor.at_rest = std::min(floor.at_rest, idle + rise);
  }
  floor.slope = std::max(floor.slope, Watts(0));
  return floor;
}

// The fragments of one request in order, each on the best of the hosts that it may have.
class Optimist::Path {
 public:
  Path(const Optimist& optimist, const WorkloadView& entry, StrategyId strategy, Seconds decided_at)
      : optimist_(optimist),
        entry_(entry),
        id_(strategy),
        strategy_(optimist.view_->catalogue->at(entry.workload.application, strategy)),
        decided_at_(decided_at),
        alone_(optimist.has_models_to_itself(entry.workload)) {}

  std::size_t next() const { return steps_.size(); }
  const Fragment& fragment() const { return strategy_.fragments[next()]; }
  bool is_done() const { return next() == strategy_.fragments.size(); }
  const TaskView* task() const { return entry_.strategy ? &entry_.tasks[next()] : nullptr; }

  // One of `hosts` runs the next fragment. False if there is none.
  bool go_on(std::span<const HostId> hosts) {
    Step step{.host = std::nullopt, .finish = kNever, .answer = kNever};
    Joules least(std::numeric_limits<double>::infinity());
    for (const HostId host : hosts) {
      const bool is_there = task() && task()->host;
      if (!is_there && !can_ever_hold(optimist_.type_of(host), fragment())) continue;
      const auto [finish, energy] = on(host);
      step.finish = std::min(step.finish, finish);
      step.answer =
          std::min(step.answer, finish + optimist_.transfer(host, std::nullopt, fragment().output));
      least = std::min(least, energy);
    }
    if (hosts.size() == 1) step.host = hosts.front();
    energy_ += least;
    steps_.push_back(step);
    return step.finish < kNever;
  }

  LeastUse use() const { return {steps_.back().answer, energy_}; }

 private:
  struct Step {
    std::optional<HostId> host;  // if there is one only
    Seconds finish{0};
    Seconds answer{0};  // if it were the last
  };

  std::pair<Seconds, Joules> on(HostId host) const {
    const ModelId model{entry_.workload.application, id_,
                        FragmentId{static_cast<std::uint32_t>(next())}};
    const TaskView* const seen = task();
    const TaskState state = seen ? seen->state : TaskState::kUnplaced;
    if (state == TaskState::kDone) return {Seconds(0), Joules(0)};
    const Mi work = optimist_.least_work(entry_.workload, model);
    if (state == TaskState::kRunning) {
      const Mi left = work * (1.0 - std::clamp(seen->progress, 0.0, 1.0));
      return {optimist_.run(host, fragment(), left), optimist_.energy(host, left)};
    }
    const Seconds inputs = state == TaskState::kQueued ? Seconds(0) : inputs_at(host, state);
    const Seconds ready = optimist_.ready(host);
    const Seconds load = optimist_.load(host, model);
    const Seconds start = alone_ ? std::max(inputs, ready) + load : std::max(inputs, ready + load);
    return {start + optimist_.run(host, fragment(), work), optimist_.energy(host, work)};
  }

  Seconds inputs_at(HostId host, TaskState state) const {
    const Seconds asked = state == TaskState::kUnplaced ? decided_at_ : Seconds(0);
    if (fragment().inputs.empty()) {
      return asked + optimist_.transfer(std::nullopt, host, entry_.workload.input);
    }
    Seconds last{0};
    for (const FragmentId input : fragment().inputs) {
      const Step& step = steps_[input.value];
      const Seconds way =
          step.host ? optimist_.transfer(step.host, host, strategy_.fragments[input.value].output)
                    : Seconds(0);
      last = std::max(last, std::max(step.finish, asked) + way);
    }
    return last;
  }

  const Optimist& optimist_;
  const WorkloadView& entry_;
  StrategyId id_;
  const Strategy& strategy_;
  Seconds decided_at_;
  bool alone_;
  std::vector<Step> steps_;
  Joules energy_;
};

Optimist::Optimist(const ClusterView& view, const Rollout::Future& future)
    : view_(&view), future_(&future), requests_(view.catalogue->applications.size(), 0) {
  for (const WorkloadView& entry : view.workloads) ++requests_[entry.workload.application.value];
  for (const Workload& workload : future.arrivals) ++requests_[workload.application.value];
}

LeastUse Optimist::use(const WorkloadView& entry, StrategyId strategy,
                       std::span<const HostId> hosts) const {
  Path path(*this, entry, strategy, Seconds(0));
  while (!path.is_done()) {
    const TaskView* const seen = path.task();
    const HostId host = seen && seen->host ? *seen->host : hosts[path.next()];
    path.go_on(std::span(&host, 1));
  }
  return path.use();
}

std::optional<LeastUse> Optimist::best_use(const WorkloadView& entry, StrategyId strategy,
                                           std::span<const HostId> open, Seconds decided_at) const {
  Path path(*this, entry, strategy, decided_at);
  while (!path.is_done()) {
    const TaskView* const seen = path.task();
    const bool is_possible =
        seen && seen->host ? path.go_on(std::span(&*seen->host, 1)) : path.go_on(open);
    if (!is_possible) return std::nullopt;
  }
  return path.use();
}

Seconds Optimist::ready(HostId id) const {
  const HostView& host = view_->host(id);
  if (host.state == HostState::kOff) return view_->type_of(host).boot_time;
  if (host.state == HostState::kOn || host.state == HostState::kFailed) return Seconds(0);
  return std::max(to_seconds(host.ready_at - view_->now), Seconds(0));
}

Seconds Optimist::run(HostId host, const Fragment& fragment, Mi work) const {
  return work / (speed(host) * most_cores(type_of(host), fragment.cores));
}

Seconds Optimist::load(HostId host, const ModelId& model) const {
  const HostView& seen = view_->host(host);
  if (std::ranges::binary_search(seen.resident, model)) return Seconds(0);
  const double boost = most_boost(type_of(host));
  const auto loading = std::ranges::find(seen.loading, model, &ModelLoad::model);
  if (loading != seen.loading.end()) {
    return std::max(to_seconds(loading->ready_at - view_->now), Seconds(0)) / boost;
  }
  const Fragment& fragment = view_->catalogue->at(model);
  return fragment.load_time + fragment.load_work / (speed(host) * boost);
}

Seconds Optimist::transfer(std::optional<HostId> from, std::optional<HostId> to, Bytes size) const {
  if (from == to) return Seconds(0);
  Seconds latency{0};
  Seconds flow{0};
  for (const auto& end : {from, to}) {
    if (!end) continue;
    const HostType& type = type_of(*end);
    latency = std::max(latency, type.latency);
    if (type.bandwidth > BytesPerSecond(0)) flow = std::max(flow, size / type.bandwidth);
  }
  return latency + flow;
}

// The work of a batch is w_1 + f (w_2 + ... + w_n), which is at least the sum of f w_i.
Mi Optimist::least_work(const Workload& workload, const ModelId& model) const {
  const Fragment& fragment = view_->catalogue->at(model);
  const Mi alone = draw_work(fragment.work, future_->work, workload.id, model.fragment);
  const bool has_others = fragment.batch.is_on() && !has_models_to_itself(workload);
  return has_others ? alone * fragment.batch.further_work : alone;
}

bool Optimist::has_models_to_itself(const Workload& workload) const {
  return requests_[workload.application.value] == 1;
}

// Cores do at most their speed, so so much work keeps them busy for so many core-seconds at least.
Joules Optimist::energy(HostId host, Mi work) const {
  const HostType& type = type_of(host);
  const Seconds core_seconds = work / speed(host);
  return power_floor(type).slope * (core_seconds / static_cast<double>(type.cores));
}

}  // namespace scinet
