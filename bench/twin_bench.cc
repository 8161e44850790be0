// How fast the twin is: events of the anchor job, and forks as a search uses them.
//
// The anchor job: H hosts of 4 cores, tasks of one core, Poisson arrivals at load 0.9,
// exponential work of one second, each task to the host with the fewest tasks (the lowest number
// among equals), 100, 140, 160, 180, 200 W at 0 .. 4 busy cores. Two events a task.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "twin/twin.h"

namespace scinet {
namespace {

constexpr int kCores = 4;

HostType anchor_host() {
  HostType type;
  type.name = "anchor";
  type.cores = kCores;
  type.speed = Mips(1000);
  type.memory = Mebibytes(8192);
  type.price = DollarsPerHour(0.1);
  type.power.points = {Watts(100), Watts(140), Watts(160), Watts(180), Watts(200)};
  return type;
}

Catalogue anchor_catalogue() {
  Fragment fragment;
  fragment.name = "all";
  fragment.work.mean = Mi(1000);
  Strategy strategy;
  strategy.name = "whole";
  strategy.fragments = {fragment};
  Application application;
  application.name = "task";
  application.strategies = {strategy};
  return {.host_types = {anchor_host()}, .applications = {application}};
}

struct Job {
  SimTime arrival{0};
  double size = 1.0;
};

std::vector<Job> anchor_jobs(std::size_t hosts, std::size_t tasks) {
  const double rate = 0.9 * kCores * static_cast<double>(hosts);
  RandomStream random = RandomStreams(1).stream("anchor");
  std::vector<Job> jobs(tasks);
  Seconds now{0};
  for (Job& job : jobs) {
    now += Seconds(random.exponential(1.0 / rate));
    job = {to_sim_time(now), random.exponential(1.0)};
  }
  return jobs;
}

// The host with the fewest tasks, by a tournament.
class LeastLoaded {
 public:
  explicit LeastLoaded(std::size_t hosts) {
    while (leaves_ < hosts) leaves_ *= 2;
    counts_.assign(2 * leaves_, 0);
    for (std::size_t i = hosts; i < leaves_; ++i) counts_[leaves_ + i] = INT32_MAX;
    for (std::size_t i = leaves_ - 1; i > 0; --i) update(i);
  }

  void add(std::size_t host, int change) {
    std::size_t node = leaves_ + host;
    counts_[node] += change;
    while ((node /= 2) > 0) {
      if (!update(node)) return;
    }
  }

  std::uint32_t first() const {
    std::size_t node = 1;
    while (node < leaves_) node = 2 * node + (counts_[2 * node] > counts_[node] ? 1 : 0);
    return static_cast<std::uint32_t>(node - leaves_);
  }

 private:
  // Whether it has changed.
  bool update(std::size_t node) {
    const int least = std::min(counts_[2 * node], counts_[2 * node + 1]);
    return std::exchange(counts_[node], least) != least;
  }

  std::size_t leaves_ = 1;
  std::vector<int> counts_;
};

Twin run_anchor(const Catalogue& catalogue, std::size_t hosts, const std::vector<Job>& jobs) {
  Twin twin(catalogue, std::vector<HostTypeId>(hosts, HostTypeId{0}), static_cast<int>(hosts),
            QosWeights{}, TwinSettings{}, RandomStreams(1));
  LeastLoaded least(hosts);
  std::size_t seen = 0;
  Plan plan;
  plan.deployments.resize(1);
  plan.placements.resize(1);
  for (std::uint64_t i = 0; i < jobs.size(); ++i) {
    twin.run_until(jobs[i].arrival);
    for (const auto& entry : twin.finished().entries().subspan(seen)) {
      least.add(twin.finished().hosts(entry)[0].value, -1);
      ++seen;
    }
    const HostId host{least.first()};
    least.add(host.value, 1);
    Workload workload;
    workload.id = WorkloadId{i};
    workload.arrival = jobs[i].arrival;
    workload.slo = Seconds(5);
    twin.arrive(workload, jobs[i].size);
    plan.deployments[0] = {workload.id, StrategyId{0}};
    plan.placements[0] = {workload.id, FragmentId{0}, host};
    twin.apply(plan);
  }
  while (const auto next = twin.next_event()) twin.run_until(*next);
  return twin;
}

void anchor(benchmark::State& state) {
  const auto hosts = static_cast<std::size_t>(state.range(0));
  const auto tasks = static_cast<std::size_t>(state.range(1));
  const Catalogue catalogue = anchor_catalogue();
  const std::vector<Job> jobs = anchor_jobs(hosts, tasks);
  for (auto _ : state) {
    const Twin twin = run_anchor(catalogue, hosts, jobs);
    benchmark::DoNotOptimize(twin.now());
  }
  const auto events = static_cast<double>(2 * tasks) * static_cast<double>(state.iterations());
  state.counters["s_per_event"] =
      benchmark::Counter(events, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(anchor)->Args({1000, 200'000})->Args({10'000, 1'000'000})->Unit(benchmark::kMillisecond);

// A cluster in mid-run as a search finds it: `running` tasks at work and as many waiting for a
// decision.
struct Situation {
  Catalogue catalogue = anchor_catalogue();
  ClusterView view;
  Plan plan;

  Situation(std::uint32_t hosts, std::uint64_t running) {
    catalogue.applications[0].strategies[0].fragments[0].work = {WorkShape::kExponential,
                                                                 Mi(20'000), 1.0};
    Twin twin(catalogue, std::vector<HostTypeId>(hosts, HostTypeId{0}), static_cast<int>(hosts),
              QosWeights{}, TwinSettings{}, RandomStreams(1));
    for (std::uint64_t id = 0; id < 2 * running; ++id) {
      Workload workload;
      workload.id = WorkloadId{id};
      workload.slo = Seconds(30);
      twin.arrive(workload);
      Plan& into = id < running ? first_ : plan;
      into.deployments.push_back({workload.id, StrategyId{0}});
      into.placements.push_back(
          {workload.id, FragmentId{0}, HostId{static_cast<std::uint32_t>(id % hosts)}});
    }
    twin.apply(first_);
    view = twin.view(DecisionsAsked::all());
  }

 private:
  Plan first_;
};

// Copy the twin of 16 hosts with 40 running tasks, apply a plan that places 4 requests, roll 5
// intervals, read the QoS.
void fork_apply_roll_score(benchmark::State& state) {
  Situation situation(16, 40);
  situation.plan.deployments.resize(4);
  situation.plan.placements.resize(4);
  const Twin base = Twin::from(situation.view, TwinSettings{}, RandomStreams(1));
  const SimTime end = base.now() + 5 * to_sim_time(TwinSettings{}.beat);
  const bool reuse = state.range(0) != 0;
  Twin scratch = base;
  for (auto _ : state) {
    if (reuse) {
      scratch = base;
      scratch.apply(situation.plan);
      scratch.run_until(end);
      benchmark::DoNotOptimize(qos_terms(scratch.window()));
    } else {
      Twin fork = base;
      fork.apply(situation.plan);
      fork.run_until(end);
      benchmark::DoNotOptimize(qos_terms(fork.window()));
    }
  }
}
BENCHMARK(fork_apply_roll_score)->ArgName("reuse")->Arg(0)->Arg(1);

void copy_only(benchmark::State& state) {
  const Situation situation(16, 40);
  const Twin base = Twin::from(situation.view, TwinSettings{}, RandomStreams(1));
  for (auto _ : state) {
    Twin fork = base;
    benchmark::DoNotOptimize(fork.now());
  }
}
BENCHMARK(copy_only);

void from_view(benchmark::State& state) {
  const Situation situation(16, 40);
  for (auto _ : state) {
    const Twin twin = Twin::from(situation.view, TwinSettings{}, RandomStreams(1));
    benchmark::DoNotOptimize(twin.now());
  }
}
BENCHMARK(from_view);

}  // namespace
}  // namespace scinet
