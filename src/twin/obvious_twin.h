// The twin's model written a second time in the obvious way: every quantity of every task and
// transfer is kept and recomputed at every event, in floating-point time. For the twin's tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/random.h"
#include "model/catalogue.h"
#include "model/workload.h"

namespace scinet {

// A request, placed at its arrival: a host for each fragment of the only strategy.
struct PlacedRequest {
  Workload workload;
  std::vector<std::uint32_t> hosts;
};

// A host becomes slow or as fast as ever, loses its link or gets it back.
struct HostChange {
  SimTime at{0};
  HostId host;
  double speed_factor = 1.0;
  bool linked = true;
};

class ObviousTwin {
 public:
  ObviousTwin(const Catalogue& catalogue, std::vector<HostTypeId> types, std::uint64_t seed)
      : catalogue_(catalogue), types_(std::move(types)), streams_(seed), hosts_(types_.size()) {}

  void run(const std::vector<PlacedRequest>& requests, const std::vector<HostChange>& changes,
           double end);

  struct Outcome {
    double queued = 0.0;
    double start = 0.0;
    double finish = 0.0;
    double cpu = 0.0;
    double load = 0.0;
  };
  std::map<std::uint64_t, double> finish;                               // by workload
  std::map<std::pair<std::uint64_t, std::uint32_t>, Outcome> outcomes;  // and fragment
  std::size_t further_members = 0;  // of all batches that ran, but the first of each

  double energy(std::size_t host) const { return hosts_[host].energy; }
  double cpu(std::size_t host) const { return hosts_[host].cpu; }

 private:
  enum class Stage { kBlocked, kQueued, kLoading, kCollecting, kRunning, kDone };
  struct ObviousTask {
    PlacedRequest request;
    std::uint32_t fragment = 0;
    Stage stage = Stage::kBlocked;
    double work = 0.0;      // Mi
    double admitted = 0.0;  // when, and as which of all tasks
    std::uint64_t admission = 0;
    std::set<std::uint32_t> inputs;

    std::size_t host() const { return request.hosts[fragment]; }
    ModelId model() const {
      return {request.workload.application, StrategyId{0}, FragmentId{fragment}};
    }
  };
  // What runs: one task, or several of a model on a host. All of them run as a batch here.
  struct ObviousBatch {
    std::size_t host = 0;
    ModelId model = {};
    std::vector<std::size_t> tasks = {};  // in the order in which they joined
    double closes_at = 0.0;
    bool running = false;
    double left = 0.0;   // Mi
    double cores = 0.0;  // that it has now
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
  struct Load {
    double time = 0.0;        // that is left; then
    double left = 0.0;        // Mi
    double cores = 0.0;       // that it has now
    std::size_t carrier = 0;  // the task that asked for it

    bool over() const { return time <= 0.0 && left <= 0.0; }
    bool at_work() const { return time <= 0.0 && left > 0.0; }
  };
  struct ObviousHost {
    std::deque<std::size_t> queue;
    std::map<ModelId, Load> models;
    std::map<ModelId, std::uint64_t> used;
    double speed_factor = 1.0;
    bool linked = true;
    double pace = 0.0;  // Mi a second and core
    double busy = 0.0;  // cores
    double energy = 0.0;
    double cpu = 0.0;
    double power = 0.0;
  };
  // What shares the cores of a host.
  struct Sharer {
    double cap = 0.0;
    double* cores = nullptr;
  };

  double until(SimTime time) const { return to_seconds(time).count() - now_; }
  void change(const HostChange& change);

  Outcome& outcome(const ObviousTask& task) {
    return outcomes[{task.request.workload.id.value, task.fragment}];
  }

  const Fragment& fragment_of(const ObviousTask& task) const { return catalogue_.at(task.model()); }
  void begin(const PlacedRequest& request);
  void send(int from, int to, std::size_t task, std::uint32_t input, double bytes);

  const HostType& type(int host) const {
    return catalogue_.at(types_[static_cast<std::size_t>(host)]);
  }
  void share_cores(std::size_t h);
  bool stands_still(const ObviousFlow& flow) const;
  void share_links(ObviousFlow& flow);
  void set_rates();
  double until_next();

  static double less(double left, double done) {
    return left - done <= 1e-12 * std::max(1.0, done) ? 0.0 : left - done;
  }
  void advance(double step);
  void settle();
  bool join_loaded();
  void join(std::size_t index);
  void start(ObviousBatch& batch);
  bool start_due_batches();
  bool complete_batches();
  void complete(std::size_t index);
  void arrive(const ObviousFlow& flow);

  bool uses(const ObviousTask& task, std::size_t host, const ModelId& model, bool queued) const;
  int count(std::size_t host, const ModelId& model, bool queued) const;
  double memory_used(std::size_t h) const;
  bool admit(std::size_t h);

  const Catalogue& catalogue_;
  std::vector<HostTypeId> types_;
  RandomStreams streams_;
  double now_ = 0.0;
  std::vector<ObviousTask> tasks_;
  std::vector<ObviousBatch> batches_;
  std::vector<ObviousFlow> flows_;
  std::vector<ObviousHost> hosts_;
  std::uint64_t uses_ = 0;
  std::uint64_t admissions_ = 0;
};

}  // namespace scinet
