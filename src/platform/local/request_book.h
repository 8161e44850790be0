// The workloads of a run and where their tasks are: arrived, placed, sent, done. Only bookkeeping,
// without threads, clock or I/O: time is handed in and the platform holds the lock.
//
// The rules are those of the twin: a task is sent once its inputs are done, outputs lie where they
// were made, and one that is lost and still needed is made again.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/accounts.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

// What the book must know of a host to share its places.
struct HostCapacity {
  HostTypeId type;
  int running = 1;    // fragments that its worker serves at once
  int in_flight = 8;  // fragments sent to it before the next must wait here
};

// One attempt at one fragment of one request.
struct TaskRun {
  WorkloadId workload;
  FragmentId fragment;
  int attempt = 1;

  friend bool operator==(const TaskRun&, const TaskRun&) = default;
};

enum class TaskPhase {
  kWaiting,  // for a host, for its inputs, for its host to be on or for a free place there
  kSent,
  kDone,  // its output lies on its host
};

struct BookedTask {
  TaskPhase phase = TaskPhase::kWaiting;
  std::optional<HostId> host;  // none: unplaced
  SimTime placed_at{0};        // when it got its host, or lost it
  SimTime sent_at{0};
  SimTime done_at{0};
  int attempts = 0;
  bool output_lost = false;  // it is done, and its host has lost what it made
  TaskOutcome outcome;       // as it last ran
};

struct BookedRequest {
  Workload workload;
  bool is_open = true;  // neither answered nor given up
  std::optional<StrategyId> strategy;
  SimTime deployed_at{0};
  std::vector<BookedTask> tasks;  // per fragment; empty until deployed
  std::optional<SimTime> finish;

  bool has_unplaced() const;
  int attempts() const;  // of the task with the most
};

class RequestBook {
 public:
  // The catalogue is borrowed. Hosts in order of HostId.
  RequestBook(const Catalogue& catalogue, std::vector<HostCapacity> hosts);

  WorkloadId arrive(ApplicationId application, Seconds slo, Bytes input, SimTime now);

  // Takes the strategies and placements that still fit; `accepts` says per host whether it takes
  // work. Returns how many were refused because the situation has changed.
  int apply(const Plan& plan, const std::vector<bool>& accepts, SimTime now);

  // Sends what can go: placed, its inputs done, its host `reachable` and with a free place; oldest
  // request first. Returns what was sent.
  std::vector<TaskRun> dispatch(const std::vector<bool>& reachable, SimTime now);

  // Whether this attempt still counts; what comes back from an earlier one is ignored.
  bool is_under_way(const TaskRun& run) const;
  // The attempt has made its output, which lies on its host.
  void finish_task(const TaskRun& run, SimTime now, const TaskOutcome& measured);
  // The attempt ended without an output: the task asks for a host again.
  void fail_task(const TaskRun& run, SimTime now);
  // The attempt could not get the output of that run, which is made again; the task waits for it.
  void lose_input(const TaskRun& run, const TaskRun& input, SimTime now);

  // The host is lost with all that it held. Tasks that were sent since it was last heard of have
  // most likely not got its outputs any more, those sent before have.
  void lose_host(HostId host, SimTime now, SimTime last_heard);
  // The host leaves: nothing runs there, and outputs that nobody waits for go with it.
  void lose_outputs(HostId host, SimTime now);

  void finish(WorkloadId id, SimTime now);  // answered
  void give_up(WorkloadId id);              // never answered: its outcome has no finish

  const BookedRequest& at(WorkloadId id) const { return requests_[id.value]; }
  const Strategy& strategy_of(const BookedRequest& request) const;  // of a deployed one
  std::size_t open_count() const { return open_.size(); }
  bool any_unplaced() const;
  // Whether the host must stay: an open request has a task to run there, or a placed task that is
  // not done needs an output that lies there.
  bool uses(HostId host) const;
  int in_flight(HostId host) const { return in_flight_[host.value]; }

  std::vector<WorkloadView> views(SimTime now) const;
  // Of the requests without an answer and those answered at `start` or later.
  std::vector<WorkloadOutcome> outcomes_since(SimTime start) const;
  std::vector<WorkloadOutcome> outcomes() const { return outcomes_since(SimTime::min()); }
  // Arrivals a second per application, over the last minute or what there is of it.
  std::vector<double> arrival_rates(SimTime now) const;
  std::vector<std::vector<RequestTerms>> recent_requests() const { return terms_.all(); }

 private:
  using TaskKey = std::pair<WorkloadId, std::size_t>;

  BookedTask& task_of(const TaskRun& run);
  bool can_be_sent(const BookedRequest& request, std::size_t fragment) const;
  bool has_inputs(const BookedRequest& request, std::size_t fragment) const;
  bool needs(const BookedRequest& request, std::size_t later, std::size_t earlier) const;
  bool must_stay(const BookedRequest& request, std::size_t fragment) const;
  // Tasks whose output is lost and still needed are unplaced.
  void take_back_lost(BookedRequest& request, SimTime now);
  void end_attempt(BookedTask& task);
  static void unplace(BookedTask& task, SimTime now);
  void close(WorkloadId id);

  std::set<TaskKey> served() const;
  TaskView view_of(const BookedRequest& request, std::size_t fragment, bool is_served,
                   SimTime now) const;

  const Catalogue* catalogue_;
  std::vector<HostCapacity> hosts_;
  std::vector<int> in_flight_;           // per host
  std::vector<BookedRequest> requests_;  // requests_[i].workload.id.value == i
  std::vector<WorkloadId> open_;         // sorted
  struct Arrival {
    SimTime time;
    ApplicationId application;
  };
  std::deque<Arrival> recent_;  // of the last minute
  RecentRequests terms_;
};

}  // namespace scinet
