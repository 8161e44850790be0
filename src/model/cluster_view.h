// A read-only picture of the cluster at one instant. Policies decide from this
// and nothing else, which is what lets one policy run in the twin and in production.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "model/catalogue.h"
#include "model/qos.h"
#include "model/recent_requests.h"
#include "model/workload.h"

namespace scinet {

enum class HostState { kOff, kBooting, kOn, kDraining, kFailed };
std::string_view to_string(HostState state);

// When decisions are taken. Interval: all of them at every beat. Arrival: strategy and placement
// when a request arrives (or loses its host), provisioning at every beat.
enum class Cadence { kInterval, kArrival };
std::string_view to_string(Cadence cadence);

// Which decisions the loop wants now. Answering more than was asked is a violation.
struct DecisionsAsked {
  bool provisioning = false;  // hosts on and off
  bool deployment = false;    // a strategy per new workload
  bool placement = false;     // a host per task

  static constexpr DecisionsAsked all() { return {true, true, true}; }
  friend bool operator==(const DecisionsAsked&, const DecisionsAsked&) = default;
};

// A model that is on its way into the memory of a host.
struct ModelLoad {
  ModelId model;
  SimTime ready_at{0};  // expected

  friend bool operator==(const ModelLoad&, const ModelLoad&) = default;
};

struct HostView {
  HostId id;
  HostTypeId type;
  HostState state = HostState::kOff;
  // When it was last powered on, which is when its billing began; 0 without power. Negative where
  // that was before the run.
  SimTime powered_since{0};
  SimTime ready_at{0};                  // while booting or failed: when that is expected to end
  Mebibytes memory_used;                // resident and loading models, and running tasks
  std::vector<ModelId> resident;        // models loaded, in order of id
  std::vector<ModelLoad> loading = {};  // in order of id
  double credits = 0.0;                 // burst credits left, where its type has them
  bool throttled = false;               // they are used up: it runs at its baseline
  double speed_factor = 1.0;  // its present speed / that of its type; below 1 on a slow host
  bool linked = true;         // whether anything can be sent to it or from it
  double utilisation = 0.0;   // share of all cores, over the last beat
  std::vector<double> recent_utilisation;  // one value a beat, oldest first

  friend bool operator==(const HostView&, const HostView&) = default;
};

enum class TaskState {
  kUnplaced,  // has no host: new, or its host failed
  kBlocked,   // has a host, waits for the outputs of earlier fragments
  kQueued,    // on its host, waits for boot, memory or the model
  kRunning,
  kDone,
};
std::string_view to_string(TaskState state);

struct TaskView {
  FragmentId fragment;
  TaskState state = TaskState::kUnplaced;
  std::optional<HostId> host;  // none exactly when unplaced
  SimTime since{0};            // when it came into this state
  double progress = 0.0;       // share of its work that is done, an estimate; in [0, 1]

  friend bool operator==(const TaskView&, const TaskView&) = default;
};

struct WorkloadView {
  Workload workload;
  std::optional<StrategyId> strategy;  // none until deployed
  SimTime deployed_at{0};              // when it was
  std::vector<TaskView> tasks;         // one per fragment of the strategy; empty until deployed

  friend bool operator==(const WorkloadView&, const WorkloadView&) = default;
};

inline constexpr Seconds kRatesCover{60};

struct ClusterView {
  SimTime now{0};
  DecisionsAsked asked;
  Cadence cadence = Cadence::kInterval;
  Seconds beat{5};  // from one beat to the next; beats fall on whole multiples of it
  const Catalogue* catalogue = nullptr;  // borrowed from the platform, which outlives its views
  QosWeights weights;
  std::vector<HostView> hosts;          // hosts[i].id.value == i
  std::vector<WorkloadView> workloads;  // unfinished ones, in order of id
  // Arrivals a second, over the last kRatesCover or what there is of it; one per application.
  std::vector<double> arrival_rates;
  // Of each application the latest ones, the oldest first; as many as RecentRequests keeps.
  std::vector<std::vector<RequestTerms>> recent_requests;

  const HostView& host(HostId id) const { return hosts[id.value]; }
  const HostType& type_of(const HostView& host) const { return catalogue->at(host.type); }
  // `workloads` is sorted by id; nullptr where there is no such workload.
  const WorkloadView* find(WorkloadId id) const;
};

// Where work can be sent now: hosts that are on, or will be without a further decision.
inline bool accepts_work(HostState state) {
  return state == HostState::kOn || state == HostState::kBooting;
}

// Requests a second, of all applications.
double total_arrival_rate(const ClusterView& view);

// Tasks that are placed and not done, per host, in order of HostId.
std::vector<int> tasks_per_host(const ClusterView& view);

}  // namespace scinet
