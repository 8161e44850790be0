// A run that a twin made, with a catalogue that is known, for the tests of this module.
//
// Four hosts that are on throughout, two of each type, serve two applications with two strategies
// each; arrivals are Poisson, strategies and hosts uniformly random. A fifth host only boots and
// stops.
#pragma once

#include <utility>

#include "calibration/recorded_run.h"
#include "twin/twin.h"

namespace scinet {

inline Fragment known_fragment(const char* name, double work, double variation) {
  Fragment fragment;
  fragment.name = name;
  fragment.work = {.shape = WorkShape::kLognormal, .mean = Mi(work), .variation = variation};
  fragment.cores = 0.8;
  fragment.memory = Mebibytes(10);
  fragment.model_memory = Mebibytes(5);
  fragment.load_time = Seconds(0.4);
  fragment.load_work = Mi(500);
  return fragment;
}

inline Application known_application(const char* name, double scale) {
  const Fragment whole = known_fragment("all", 1000 * scale, 0.3);
  const Fragment first = known_fragment("first", 700 * scale, 0.5);
  Fragment second = known_fragment("second", 500 * scale, 0.2);
  second.inputs = {FragmentId{0}};
  const auto strategy = [](const char* strategy_name, std::vector<Fragment> fragments) {
    return Strategy{.name = strategy_name,
                    .accuracy = 1.0,
                    .accuracy_source = "test",
                    .fragments = std::move(fragments),
                    .work_source = "test"};
  };
  return {.name = name,
          .strategies = {strategy("whole", {whole}), strategy("layer", {first, second})}};
}

inline HostType known_type(const char* name, int cores, double speed) {
  HostType type;
  type.name = name;
  type.cores = cores;
  type.speed = Mips(speed);
  type.memory = Mebibytes(4096);
  type.background = 0.15;
  type.contention = 0.15;
  type.latency = Seconds(0.02);
  type.boot_time = Seconds(7);
  type.power = {.name = "linear", .points = {Watts(100), Watts(200)}, .source = "test"};
  type.source = "test";
  return type;
}

inline Catalogue known_catalogue() {
  return {.host_types = {known_type("fast", 4, 1000), known_type("slow", 2, 600)},
          .applications = {known_application("one", 1.0), known_application("two", 2.0)}};
}

inline ClusterDescription known_cluster(Seconds horizon) {
  return {.scenario = "known",
          .cadence = "arrival",
          .beat = Seconds(5),
          .horizon = horizon,
          .hosts = {HostTypeId{0}, HostTypeId{0}, HostTypeId{1}, HostTypeId{1}, HostTypeId{0}},
          .hosts_on_at_start = 4,
          .weights = {},
          .repair_time = Seconds(60),
          .catalogue = known_catalogue()};
}

// Drives a twin and keeps the record that a platform would keep.
class TwinRecorder {
 public:
  TwinRecorder(Seconds horizon, std::uint64_t seed) {
    run_.source = "twin-run";
    run_.seed = seed;
    run_.cluster = known_cluster(horizon);
  }

  // Every second request is of this size, the others of 2 less it; their inputs say which.
  TwinRecorder& with_sizes(double size) {
    size_ = size;
    return *this;
  }

  TwinRecorder& with_catalogue(Catalogue catalogue) {
    run_.cluster.catalogue = std::move(catalogue);
    return *this;
  }

  RecordedRun record(double rate, const std::vector<Fault>& faults) && {
    const std::uint64_t seed = *run_.seed;
    Twin twin(run_.cluster.catalogue, run_.cluster.hosts, run_.cluster.hosts_on_at_start,
              run_.cluster.weights, {.beat = run_.cluster.beat}, RandomStreams(seed));
    RandomStream random = RandomStreams(seed).stream("requests");
    run_.faults = faults;
    const std::vector<FaultEffect> effects = effects_of(faults);
    const SimTime end = to_sim_time(run_.cluster.horizon);
    const SimTime beat = to_sim_time(run_.cluster.beat);
    SimTime next_arrival = to_sim_time(Seconds(random.exponential(1.0 / rate)));
    SimTime next_beat = beat;
    std::size_t effect = 0;
    std::uint64_t requests = 0;
    before_ = twin.accounts().hosts;
    while (next_beat <= end) {
      SimTime now = std::min(next_arrival, next_beat);
      if (effect < effects.size()) now = std::min(now, effects[effect].at);
      twin.run_until(now);
      if (now == next_beat) {
        add_beats(twin, now - beat, now);
        next_beat += beat;
      }
      for (; effect < effects.size() && effects[effect].at == now; ++effect) {
        apply(effects[effect], twin);
      }
      if (now == next_arrival) {
        arrive(twin, WorkloadId{requests++}, random);
        next_arrival += to_sim_time(Seconds(random.exponential(1.0 / rate)));
      }
      if (now + beat == next_beat) decide_at_beat(twin);
    }
    twin.run_until(end + std::chrono::hours(1));
    run_.workloads = twin.accounts().workloads;
    return std::move(run_);
  }

 private:
  static void apply(const FaultEffect& effect, Twin& twin) {
    if (const auto* const crash = std::get_if<Crash>(&effect.what)) {
      twin.fail(effect.host, crash->repair);
    } else if (const auto* const speed = std::get_if<SpeedChange>(&effect.what)) {
      twin.set_speed_factor(effect.host, speed->factor);
    } else {
      twin.set_link(effect.host, std::get<LinkChange>(effect.what).up);
    }
  }

  void apply(Twin& twin, Plan plan) {
    twin.apply(plan);
    run_.plans.push_back({twin.now(), std::move(plan)});
  }

  HostId any_host(const Twin& twin, RandomStream& random) const {
    const ClusterView view = twin.view({});
    while (true) {
      const HostId host{static_cast<std::uint32_t>(random.below(4))};
      if (accepts_work(view.host(host).state)) return host;
    }
  }

  void arrive(Twin& twin, WorkloadId id, RandomStream& random) {
    const Workload workload{.id = id,
                            .application = {static_cast<std::uint32_t>(random.below(2))},
                            .arrival = twin.now(),
                            .slo = Seconds(10),
                            .input = Bytes(0)};
    const bool is_second = id.value % 2 == 1;
    if (size_ != 1.0) run_.inputs.emplace_back(is_second ? "second" : "first");
    twin.arrive(workload, is_second ? size_ : 2.0 - size_);
    Plan plan;
    const StrategyId strategy{static_cast<std::uint32_t>(random.below(2))};
    plan.deployments.push_back({id, strategy});
    for (std::uint32_t fragment = 0; fragment <= strategy.value; ++fragment) {
      plan.placements.push_back({id, FragmentId{fragment}, any_host(twin, random)});
    }
    apply(twin, std::move(plan));
  }

  // Host 4 is switched every fourth beat; hosts that were repaired are switched on, and what lost
  // its host goes to the first that is on.
  void decide_at_beat(Twin& twin) {
    const ClusterView view = twin.view({});
    Plan plan;
    const HostId cycling{4};
    if (++beats_ % 4 == 0) {
      const bool on = view.host(cycling).state == HostState::kOff;
      plan.power.push_back({cycling, on});
      note(view.now, cycling, on ? HostState::kBooting : HostState::kOff);
      if (on) note(view.now + std::chrono::seconds(7), cycling, HostState::kOn);
    }
    for (std::uint32_t h = 0; h < 4; ++h) {
      if (view.hosts[h].state == HostState::kOff) plan.power.push_back({HostId{h}, true});
    }
    for (const WorkloadView& entry : view.workloads) {
      for (const TaskView& task : entry.tasks) {
        if (task.state != TaskState::kUnplaced) continue;
        const auto on = std::ranges::find(view.hosts, HostState::kOn, &HostView::state);
        plan.placements.push_back({entry.workload.id, task.fragment, on->id});
      }
    }
    apply(twin, std::move(plan));
  }

  void note(SimTime at, HostId host, HostState state) {
    run_.changes.push_back({.at = at, .host = host, .state = state, .fault = {}});
  }

  void add_beats(const Twin& twin, SimTime begin, SimTime end) {
    const ClusterView view = twin.view({});
    for (const HostView& host : view.hosts) {
      const HostAccount now = twin.account(host.id);
      HostAccount& before = before_[host.id.value];
      HostBeat beat;
      beat.start = begin;
      beat.end = end;
      beat.host = host.id;
      beat.state = host.state;
      beat.energy = now.energy - before.energy;
      beat.cpu = now.cpu - before.cpu;
      beat.powered = now.powered - before.powered;
      before = now;
      run_.host_beats.push_back(beat);
    }
  }

  RecordedRun run_;
  std::vector<HostAccount> before_;
  double size_ = 1.0;
  int beats_ = 0;
};

inline RecordedRun recorded_twin(Seconds horizon, double rate, std::uint64_t seed,
                                 const std::vector<Fault>& faults = {}) {
  return TwinRecorder(horizon, seed).record(rate, faults);
}

}  // namespace scinet
