// Random clusters for property tests: any number of hosts in any state, tasks in any state that a
// platform can show, over a random catalogue. Every value that could decide between two hosts or
// two strategies is continuous, so ties occur only between hosts that are alike.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "base/random.h"
#include "model/plan.h"
#include "tests/cluster_builder.h"

namespace scinet {

class RandomCluster {
 public:
  // With so many hosts; 0: any number.
  explicit RandomCluster(RandomStream random, std::uint64_t hosts = 0)
      : random_(random), hosts_(hosts) {}

  // The same stream gives the same cluster.
  TestCluster make() {
    auto catalogue = std::make_unique<Catalogue>();
    for (auto n = 1 + random_.below(4); n > 0; --n) {
      catalogue->host_types.push_back(host_type());
    }
    for (auto n = 1 + random_.below(4); n > 0; --n) {
      catalogue->applications.push_back(application());
    }
    catalogue_ = catalogue.get();
    view_ = ClusterView();
    view_.catalogue = catalogue_;
    view_.now = to_sim_time(Seconds(between(0, 1000)));
    view_.asked = {chance(0.5), chance(0.7), chance(0.7)};
    view_.weights = weights();
    for (std::size_t i = 0; i < catalogue_->applications.size(); ++i) {
      view_.arrival_rates.push_back(chance(0.2) ? 0.0 : between(0, 2));
    }
    add_recent_requests(RandomStream(RandomStream(random_).next()));
    if (chance(0.1)) only_state_ = random_state();
    for (auto n = hosts_ > 0 ? hosts_ : host_count(); n > 0; --n) add_host();
    std::uint64_t id = random_.below(1000);
    for (auto n = random_.below(40); n > 0; --n)
      add_workload(WorkloadId{id += 1 + random_.below(3)});
    for (HostView& host : view_.hosts) std::ranges::sort(host.resident);
    return {std::move(catalogue), std::move(view_)};
  }

 private:
  void add_recent_requests(RandomStream random) {
    view_.recent_requests.resize(catalogue_->applications.size());
    for (auto& recent : view_.recent_requests) {
      for (auto n = 1 + random.below(RecentRequests::kKept); n > 0; --n) {
        recent.push_back({Seconds(1.0 + 59.0 * random.uniform()), Bytes(1e6 * random.uniform())});
      }
    }
  }

  double between(double low, double high) { return low + (high - low) * random_.uniform(); }
  bool chance(double probability) { return random_.uniform() < probability; }
  std::uint32_t position_in(std::size_t size) {
    return static_cast<std::uint32_t>(random_.below(size));
  }

  // Mostly small, where single decisions matter; up to 300.
  std::uint64_t host_count() {
    return chance(0.7)   ? 1 + random_.below(8)
           : chance(0.8) ? 1 + random_.below(40)
                         : 1 + random_.below(300);
  }

  HostState random_state() {
    constexpr std::array kStates{HostState::kOff, HostState::kBooting,  HostState::kOn,
                                 HostState::kOn,  HostState::kDraining, HostState::kFailed};
    return kStates[position_in(kStates.size())];
  }

  HostType host_type() {
    const double idle = between(0.5, 80);
    HostType type = make_type({.name = "type",
                               .cores = static_cast<int>(1 + random_.below(8)),
                               .speed = Mips(between(500, 5000)),
                               .memory = Mebibytes(between(200, 4000)),
                               .price = DollarsPerHour(chance(0.1) ? 0.0 : between(0.01, 0.5)),
                               .boot_time = Seconds(between(0, 30)),
                               .idle = Watts(idle),
                               .peak = Watts(idle + between(0, 100)),
                               .bandwidth = BytesPerSecond(chance(0.3) ? 0.0 : between(1e5, 1e8)),
                               .latency = Seconds(between(0, 0.01))});
    type.name += std::to_string(names_++);
    return type;
  }

  Fragment random_fragment() {
    Fragment made = fragment(Mi(between(10, 20'000)));
    made.memory = Mebibytes(between(10, 700));
    made.cores = between(0.5, 4.0);
    made.model_memory = Mebibytes(chance(0.3) ? 0.0 : between(10, 600));
    made.load_time = Seconds(between(0, 3));
    made.output = Bytes(between(0, 1e6));
    return made;
  }

  Application application() {
    Application app{"app" + std::to_string(names_++), {}};
    for (auto n = 1 + random_.below(4); n > 0; --n) {
      std::vector<Fragment> fragments;
      for (auto left = 1 + random_.below(4); left > 0; --left) {
        fragments.push_back(random_fragment());
      }
      const double accuracy = between(0.3, 1.0);
      app.strategies.push_back(chance(0.5) ? layer(std::move(fragments), accuracy)
                                           : semantic(std::move(fragments), accuracy));
    }
    return app;
  }

  QosWeights weights() {
    std::array<double, 5> w{};
    for (double& weight : w) weight = between(0, 1);
    const double sum = std::accumulate(w.begin(), w.end(), 0.0);
    return {w[0] / sum, w[1] / sum, w[2] / sum, w[3] / sum, w[4] / sum};
  }

  void add_host() {
    HostView host;
    host.id = HostId{static_cast<std::uint32_t>(view_.hosts.size())};
    host.type = HostTypeId{position_in(catalogue_->host_types.size())};
    host.state = only_state_.value_or(random_state());
    host.linked = !chance(0.1);
    host.speed_factor = chance(0.15) ? between(0.1, 1.0) : 1.0;
    const HostType& type = catalogue_->at(host.type);
    if (host.state == HostState::kBooting) {
      host.ready_at = view_.now + to_sim_time(type.boot_time * between(-0.1, 1.0));
    }
    if (is_running(host)) {
      host.memory_used = type.memory * (0.1 * random_.uniform());  // its own system
      for (auto n = random_.below(3); n > 0; --n) load_model(host, random_model());
      host.utilisation = random_.uniform();
      for (auto n = random_.below(12); n > 0; --n) {
        host.recent_utilisation.push_back(random_.uniform());
      }
    }
    view_.hosts.push_back(std::move(host));
  }

  ModelId random_model() {
    const ApplicationId app{position_in(catalogue_->applications.size())};
    const StrategyId strategy{position_in(catalogue_->at(app).strategies.size())};
    return {app, strategy, {position_in(catalogue_->at(app, strategy).fragments.size())}};
  }

  // Whether the model is resident now, with room for `extra` beside it.
  bool load_model(HostView& host, const ModelId& model, Mebibytes extra = Mebibytes(0)) {
    const bool is_resident = std::ranges::find(host.resident, model) != host.resident.end();
    const Mebibytes needed = is_resident ? extra : extra + catalogue_->at(model).model_memory;
    if (host.memory_used + needed > view_.type_of(host).memory) return false;
    host.memory_used += needed;
    if (!is_resident) host.resident.push_back(model);
    return true;
  }

  static bool is_running(const HostView& host) {
    return host.state == HostState::kOn || host.state == HostState::kDraining;
  }

  void add_workload(WorkloadId id) {
    const std::uint32_t application = position_in(catalogue_->applications.size());
    const Seconds slo(between(0.1, 30));
    WorkloadView entry;
    entry.workload = {.id = id,
                      .application = {application},
                      .arrival = view_.now - to_sim_time(slo * (1.3 * random_.uniform())),
                      .slo = slo,
                      .input = Bytes(between(0, 1e6))};
    if (chance(0.6)) deploy(entry);
    view_.workloads.push_back(std::move(entry));
  }

  void deploy(WorkloadView& entry) {
    const auto& strategies = catalogue_->at(entry.workload.application).strategies;
    const std::uint32_t chosen = position_in(strategies.size());
    entry.strategy = StrategyId{chosen};
    const std::vector<Fragment>& fragments = strategies[chosen].fragments;
    for (std::uint32_t i = 0; i < fragments.size(); ++i) {
      TaskView task;
      task.fragment = FragmentId{i};
      const bool inputs_done = std::ranges::all_of(fragments[i].inputs, [&](FragmentId input) {
        return entry.tasks[input.value].state == TaskState::kDone;
      });
      const bool is_last = i + 1 == fragments.size();  // a workload in the view is unfinished
      const auto host = chance(0.8) ? some_host_for(fragments[i]) : std::nullopt;
      if (inputs_done && !is_last && chance(0.3) && !view_.hosts.empty()) {
        task.state = TaskState::kDone;
        task.progress = 1.0;
        task.host = HostId{position_in(view_.hosts.size())};
      } else if (host) {
        task.host = host;
        task.state = inputs_done ? TaskState::kQueued : TaskState::kBlocked;
        if (inputs_done && chance(0.7)) start(task, {entry.workload.application, {chosen}, {i}});
      }
      entry.tasks.push_back(task);
    }
  }

  // A host that got the fragment while it accepted work; it may be draining since.
  std::optional<HostId> some_host_for(const Fragment& fragment) {
    const HostView& host = view_.hosts[random_.below(view_.hosts.size())];
    const bool could_get_it = accepts_work(host.state) || host.state == HostState::kDraining;
    if (!could_get_it || !can_ever_hold(view_.type_of(host), fragment)) return std::nullopt;
    return host.id;
  }

  // Runs if the host is up and has the memory, else stays queued.
  void start(TaskView& task, const ModelId& model) {
    HostView& host = view_.hosts[task.host->value];
    if (!is_running(host) || !load_model(host, model, catalogue_->at(model).memory)) return;
    task.state = TaskState::kRunning;
    task.progress = random_.uniform();
  }

  RandomStream random_;
  std::uint64_t hosts_;
  const Catalogue* catalogue_ = nullptr;
  ClusterView view_;
  std::optional<HostState> only_state_;  // of every host
  int names_ = 0;
};

inline TestCluster random_cluster(std::uint64_t seed, std::uint64_t hosts = 0) {
  return RandomCluster(RandomStreams(seed).stream("cluster"), hosts).make();
}

}  // namespace scinet
