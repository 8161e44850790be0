// The same model written a second time in the obvious way: every quantity of every task and
// transfer is kept and recomputed at every event, in floating-point time. The twin must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <set>

#include "twin/twin_testing.h"
#include "twin/work.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

struct Request {
  Workload workload;
  std::vector<std::uint32_t> hosts;
};

class ObviousTwin {
 public:
  ObviousTwin(const Catalogue& catalogue, std::vector<HostTypeId> types, std::uint64_t seed)
      : catalogue_(catalogue), types_(std::move(types)), streams_(seed), hosts_(types_.size()) {}

  void run(const std::vector<Request>& requests, double end) {
    std::size_t next = 0;
    while (true) {
      double step = end - now_;
      if (next < requests.size()) {
        step = std::min(step, to_seconds(requests[next].workload.arrival).count() - now_);
      }
      step = std::max(std::min(step, until_next()), 0.0);
      advance(step);
      settle();
      while (next < requests.size() &&
             to_seconds(requests[next].workload.arrival).count() <= now_ + 1e-12) {
        begin(requests[next++]);
      }
      if (now_ >= end - 1e-12) return;
    }
  }

  std::map<std::uint64_t, double> finish;

  double energy(std::size_t host) const { return hosts_[host].energy; }

 private:
  enum class Stage { kBlocked, kQueued, kLoading, kRunning, kDone };
  struct ObviousTask {
    Request request;
    std::uint32_t fragment = 0;
    Stage stage = Stage::kBlocked;
    double left = 0.0;  // Mi
    double rate = 0.0;  // Mi a second
    std::set<std::uint32_t> inputs;

    std::size_t host() const { return request.hosts[fragment]; }
    ModelId model() const {
      return {request.workload.application, StrategyId{0}, FragmentId{fragment}};
    }
  };
  struct ObviousFlow {
    int from = -1;
    int to = -1;
    std::size_t task = 0;
    std::uint32_t input = 0;
    double latency = 0.0;
    double left = 0.0;  // bytes
    double rate = 0.0;
  };
  struct ObviousHost {
    std::deque<std::size_t> queue;
    std::map<ModelId, double> models;  // seconds of load that are left
    std::map<ModelId, std::uint64_t> used;
    double energy = 0.0;
    double power = 0.0;
  };

  const Fragment& fragment_of(const ObviousTask& task) const { return catalogue_.at(task.model()); }

  void begin(const Request& request) {
    const auto& fragments = catalogue_.at(request.workload.application, StrategyId{0}).fragments;
    for (std::uint32_t i = 0; i < fragments.size(); ++i) {
      tasks_.push_back({.request = request, .fragment = i, .inputs = {}});
      tasks_.back().left =
          draw_work(fragments[i].work, streams_, request.workload.id, FragmentId{i}).value();
      if (!fragments[i].inputs.empty()) continue;
      send(-1, static_cast<int>(tasks_.back().host()), tasks_.size() - 1, 0,
           request.workload.input.value());
    }
    settle();
  }

  void send(int from, int to, std::size_t task, std::uint32_t input, double bytes) {
    double latency = 0.0;
    if (from != to) {
      for (const int end : {from, to}) {
        if (end >= 0) latency = std::max(latency, type(end).latency.count());
      }
    }
    flows_.push_back({from, to, task, input, latency, from == to ? 0.0 : bytes, 0.0});
  }

  const HostType& type(int host) const {
    return catalogue_.at(types_[static_cast<std::size_t>(host)]);
  }

  void set_rates() {
    for (std::size_t h = 0; h < hosts_.size(); ++h) {
      std::vector<ObviousTask*> running;
      for (ObviousTask& task : tasks_) {
        if (task.stage == Stage::kRunning && task.host() == h) running.push_back(&task);
      }
      std::ranges::sort(running, {}, [&](ObviousTask* task) { return fragment_of(*task).cores; });
      const HostType& host = type(static_cast<int>(h));
      double cores_left = host.cores;
      for (std::size_t i = 0; i < running.size(); ++i) {
        const double share = cores_left / static_cast<double>(running.size() - i);
        const double cores = std::min(fragment_of(*running[i]).cores, share);
        running[i]->rate = cores * host.speed.value();
        cores_left -= cores;
      }
      hosts_[h].power = host.power.at(1.0 - cores_left / host.cores).value();
    }
    for (ObviousFlow& flow : flows_) {
      flow.rate = std::numeric_limits<double>::infinity();
      for (const bool out : {true, false}) {
        const int end = out ? flow.from : flow.to;
        if (end < 0 || type(end).bandwidth.value() == 0.0 || flow.left == 0.0) continue;
        int sharing = 0;
        for (const ObviousFlow& other : flows_) {
          if ((out ? other.from : other.to) == end && other.latency == 0.0 && other.left > 0.0) {
            ++sharing;
          }
        }
        flow.rate = std::min(flow.rate, type(end).bandwidth.value() / sharing);
      }
    }
  }

  double until_next() {
    set_rates();
    double least = std::numeric_limits<double>::infinity();
    for (const ObviousTask& task : tasks_) {
      if (task.stage == Stage::kRunning) least = std::min(least, task.left / task.rate);
    }
    for (const ObviousFlow& flow : flows_) {
      least = std::min(least, flow.latency > 0.0 ? flow.latency : flow.left / flow.rate);
    }
    for (const ObviousHost& host : hosts_) {
      for (const auto& [model, left] : host.models) {
        if (left > 0.0) least = std::min(least, left);
      }
    }
    return least;
  }

  static double less(double left, double done) {
    return left - done <= 1e-12 * std::max(1.0, done) ? 0.0 : left - done;
  }

  void advance(double step) {
    set_rates();
    now_ += step;
    for (ObviousTask& task : tasks_) {
      if (task.stage == Stage::kRunning) task.left = less(task.left, task.rate * step);
    }
    for (ObviousFlow& flow : flows_) {
      if (flow.latency > 0.0) {
        flow.latency = less(flow.latency, step);
      } else if (flow.left > 0.0) {
        flow.left = std::isinf(flow.rate) ? 0.0 : less(flow.left, flow.rate * step);
      }
    }
    for (ObviousHost& host : hosts_) {
      host.energy += host.power * step;
      for (auto& [model, left] : host.models) {
        if (left > 0.0) left = less(left, step);
      }
    }
  }

  // Whatever is due has its consequences, until nothing is.
  void settle() {
    bool again = true;
    while (again) {
      again = false;
      for (std::size_t i = 0; i < tasks_.size(); ++i) {
        if (tasks_[i].stage == Stage::kRunning && tasks_[i].left <= 0.0) {
          complete(i);
          again = true;
        }
      }
      for (std::size_t i = 0; i < flows_.size(); ++i) {
        set_rates();
        const ObviousFlow flow = flows_[i];
        if (flow.latency > 0.0 || (flow.left > 0.0 && !std::isinf(flow.rate))) continue;
        flows_.erase(flows_.begin() + static_cast<std::ptrdiff_t>(i));
        arrive(flow);
        again = true;
        break;
      }
      for (std::size_t h = 0; h < hosts_.size(); ++h) again = admit(h) || again;
      for (ObviousTask& task : tasks_) {
        if (task.stage == Stage::kLoading && hosts_[task.host()].models.at(task.model()) <= 0.0) {
          task.stage = Stage::kRunning;
          again = true;
        }
      }
    }
  }

  void complete(std::size_t index) {
    tasks_[index].stage = Stage::kDone;
    const ObviousTask done = tasks_[index];
    hosts_[done.host()].used[done.model()] = ++uses_;
    const int from = static_cast<int>(done.host());
    const double bytes = fragment_of(done).output.value();
    bool last = true;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].request.workload.id != done.request.workload.id) continue;
      const auto& inputs = fragment_of(tasks_[i]).inputs;
      for (std::uint32_t k = 0; k < inputs.size(); ++k) {
        if (inputs[k].value != done.fragment) continue;
        last = false;
        send(from, static_cast<int>(tasks_[i].host()), i, k, bytes);
      }
    }
    if (last) send(from, -1, index, 0, bytes);
  }

  void arrive(const ObviousFlow& flow) {
    ObviousTask& task = tasks_[flow.task];
    if (flow.to < 0) {
      finish[task.request.workload.id.value] = now_;
      return;
    }
    task.inputs.insert(flow.input);
    if (task.inputs.size() == std::max<std::size_t>(fragment_of(task).inputs.size(), 1)) {
      task.stage = Stage::kQueued;
      hosts_[task.host()].queue.push_back(flow.task);
    }
  }

  bool uses(const ObviousTask& task, std::size_t host, const ModelId& model, bool queued) const {
    const bool in = queued ? task.stage == Stage::kQueued
                           : task.stage == Stage::kRunning || task.stage == Stage::kLoading;
    return in && task.host() == host && task.model() == model;
  }
  int count(std::size_t host, const ModelId& model, bool queued) const {
    return static_cast<int>(std::ranges::count_if(
        tasks_, [&](const ObviousTask& task) { return uses(task, host, model, queued); }));
  }

  double memory_used(std::size_t h) const {
    double used = 0.0;
    for (const auto& [model, left] : hosts_[h].models) {
      used += catalogue_.at(model).model_memory.value();
    }
    for (const ObviousTask& task : tasks_) {
      if (uses(task, h, task.model(), false)) used += fragment_of(task).memory.value();
    }
    return used;
  }

  // One task from the queue, if it fits.
  bool admit(std::size_t h) {
    ObviousHost& host = hosts_[h];
    if (host.queue.empty()) return false;
    ObviousTask& task = tasks_[host.queue.front()];
    const Fragment& fragment = fragment_of(task);
    const bool absent = !host.models.contains(task.model());
    const double needed = fragment.memory.value() + (absent ? fragment.model_memory.value() : 0.0);
    const double size = type(static_cast<int>(h)).memory.value();
    std::vector<std::tuple<bool, std::uint64_t, ModelId>> idle;
    double reachable = size - memory_used(h);
    for (const auto& [model, left] : host.models) {
      if (model == task.model() || left > 0.0 || count(h, model, false) > 0) continue;
      idle.emplace_back(count(h, model, true) > 0, host.used[model], model);
      reachable += catalogue_.at(model).model_memory.value();
    }
    if (needed > reachable + 1e-9) return false;
    std::ranges::sort(idle);
    for (const auto& [wanted, used, model] : idle) {
      if (memory_used(h) + needed <= size + 1e-9) break;
      host.models.erase(model);
    }
    host.queue.pop_front();
    if (absent) host.models[task.model()] = fragment.load_time.count();
    host.used[task.model()] = ++uses_;
    task.stage = Stage::kLoading;
    return true;
  }

  const Catalogue& catalogue_;
  std::vector<HostTypeId> types_;
  RandomStreams streams_;
  double now_ = 0.0;
  std::vector<ObviousTask> tasks_;
  std::vector<ObviousFlow> flows_;
  std::vector<ObviousHost> hosts_;
  std::uint64_t uses_ = 0;
};

HostType random_host(RandomStream& random) {
  HostType type = plain_host(1 + static_cast<int>(random.below(4)));
  type.speed = Mips(500.0 + random.uniform() * 1500.0);
  type.memory = Mebibytes(800);
  type.bandwidth = BytesPerSecond(random.uniform() < 0.2 ? 0.0 : 1e6 * (1.0 + random.uniform()));
  type.latency = Seconds(random.uniform() < 0.3 ? 0.0 : 0.05 * random.uniform());
  type.power.points = {Watts(80), Watts(130), Watts(150), Watts(170)};
  return type;
}

Fragment random_fragment(RandomStream& random) {
  Fragment fragment = plain_fragment();
  fragment.work = {static_cast<WorkShape>(1 + random.below(3)), Mi(100.0 + random.uniform() * 900),
                   1.0 + random.uniform()};
  fragment.cores = 0.5 * static_cast<double>(1 + random.below(8));
  fragment.memory = Mebibytes(random.uniform() * 200);
  fragment.model_memory = Mebibytes(random.uniform() * 300);
  fragment.load_time = Seconds(random.uniform() < 0.3 ? 0.0 : random.uniform());
  fragment.output = Bytes(random.uniform() < 0.3 ? 0.0 : random.uniform() * 1e6);
  return fragment;
}

// A chain, or branches and a merge.
Application random_application(RandomStream& random) {
  std::vector<Fragment> fragments(1 + random.below(4));
  const bool chain = random.uniform() < 0.5;
  for (std::uint32_t i = 0; i < fragments.size(); ++i) {
    fragments[i] = random_fragment(random);
    if (chain && i > 0) fragments[i].inputs = {FragmentId{i - 1}};
  }
  if (!chain) {
    for (std::uint32_t i = 0; i + 1 < fragments.size(); ++i) {
      fragments.back().inputs.push_back(FragmentId{i});
    }
  }
  return plain_application(fragments);
}

std::vector<Request> random_requests(const Catalogue& catalogue, std::uint32_t hosts,
                                     RandomStream& random) {
  std::vector<Request> requests(30);
  SimTime now{0};
  for (std::uint64_t id = 0; Request & next : requests) {
    now += to_sim_time(Seconds(random.exponential(0.4)));
    const auto application = static_cast<std::uint32_t>(random.below(3));
    next.workload = request(id++, now, application, Bytes(random.uniform() * 5e5));
    next.hosts.resize(catalogue.applications[application].strategies[0].fragments.size());
    for (std::uint32_t& host : next.hosts) host = static_cast<std::uint32_t>(random.below(hosts));
  }
  return requests;
}

void serve_all(Twin& twin, const std::vector<Request>& requests) {
  for (const auto& [workload, hosts] : requests) {
    twin.run_until(workload.arrival);
    twin.arrive(workload);
    Plan plan;
    plan.deployments.push_back({workload.id, StrategyId{0}});
    for (std::uint32_t i = 0; i < hosts.size(); ++i) {
      plan.placements.push_back({workload.id, FragmentId{i}, HostId{hosts[i]}});
    }
    twin.apply(plan);
  }
}

// Runs the same requests on both and compares when they finish and what the hosts burn.
void expect_agreement(const Catalogue& catalogue, std::uint64_t seed, RandomStream& random,
                      double tolerance) {
  const auto hosts = static_cast<std::uint32_t>(1 + random.below(4));
  std::vector<HostTypeId> types;
  for (std::uint32_t i = 0; i < hosts; ++i) {
    types.push_back(HostTypeId{static_cast<std::uint32_t>(random.below(2))});
  }
  const std::vector<Request> requests = random_requests(catalogue, hosts, random);
  Twin twin(catalogue, types, static_cast<int>(hosts), QosWeights{}, TwinSettings{},
            RandomStreams(seed));
  ObviousTwin obvious(catalogue, types, seed);
  serve_all(twin, requests);
  twin.run_until(1000s);
  obvious.run(requests, 1000.0);

  ASSERT_EQ(twin.finished().entries().size(), requests.size()) << "seed " << seed;
  ASSERT_EQ(obvious.finish.size(), requests.size()) << "seed " << seed;
  for (const auto& [id, finish] : obvious.finish) {
    ASSERT_NEAR(to_seconds(*finish_of(twin, id)).count(), finish, tolerance)
        << "seed " << seed << " workload " << id;
  }
  const Accounts accounts = twin.accounts();
  for (std::size_t i = 0; i < hosts; ++i) {
    const double energy = accounts.hosts[i].energy.value();
    ASSERT_NEAR(energy / obvious.energy(i), 1.0, 1e-10) << "seed " << seed << " host " << i;
  }
}

TEST(ObviousTwin, AgreesOnRandomClusters) {
  // The twin rounds every start of a task and every transfer to a whole nanosecond and what
  // follows inherits the difference: a few dozen nanoseconds in the end.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = RandomStreams(seed).stream("scenario");
    Catalogue catalogue;
    for (int i = 0; i < 2; ++i) catalogue.host_types.push_back(random_host(random));
    for (int i = 0; i < 3; ++i) catalogue.applications.push_back(random_application(random));
    expect_agreement(catalogue, seed, random, 1e-7);
    if (HasFatalFailure()) return;
  }
}

TEST(ObviousTwin, AgreesToHalfANanosecondWhereOnlyCoresAreShared) {
  // Nothing follows a completion but the shares of the others, and these keep its exact moment.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = RandomStreams(seed).stream("cores");
    Catalogue catalogue;
    for (int i = 0; i < 2; ++i) {
      catalogue.host_types.push_back(random_host(random));
      catalogue.host_types.back().bandwidth = BytesPerSecond(0);
      catalogue.host_types.back().latency = Seconds(0);
    }
    for (int i = 0; i < 3; ++i) {
      Fragment fragment = random_fragment(random);
      fragment.memory = fragment.model_memory = Mebibytes(0);
      fragment.load_time = Seconds(0);
      catalogue.applications.push_back(plain_application({fragment}));
    }
    expect_agreement(catalogue, seed, random, 0.5001e-9);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace scinet
