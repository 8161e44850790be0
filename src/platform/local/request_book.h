// The workloads of a run and where their tasks are: arrived, placed, on their way, answered. Only
// bookkeeping, without threads, clock or I/O: time is handed in and the platform holds the lock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "model/accounts.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

// What the book must know of a host to share its places.
struct HostCapacity {
  HostTypeId type;
  int running = 1;    // requests that its worker serves at once
  int in_flight = 8;  // requests sent to it before the next must wait here
};

enum class RequestPhase {
  kWaiting,  // for a plan, for its hosts to be on, or for a free place on them
  kSent,
  kClosed,  // answered or given up
};

struct BookedRequest {
  Workload workload;
  RequestPhase phase = RequestPhase::kWaiting;
  std::optional<StrategyId> strategy;
  SimTime deployed_at{0};
  std::vector<std::optional<HostId>> hosts;  // per fragment; none: unplaced
  std::vector<SimTime> placed_at;            // per fragment: when it got its host, or lost it
  std::vector<HostId> route;                 // hosts of the latest attempt, per fragment
  SimTime sent_at{0};
  std::vector<TaskOutcome> measured;  // per fragment, once it was answered; empty where unknown
  std::optional<SimTime> finish;
  int attempts = 0;

  bool has_unplaced() const;
};

class RequestBook {
 public:
  // The catalogue is borrowed. Hosts in order of HostId.
  RequestBook(const Catalogue& catalogue, std::vector<HostCapacity> hosts);

  WorkloadId arrive(ApplicationId application, Seconds slo, Bytes input, SimTime now);

  // Takes the strategies and placements that still fit; `accepts` says per host whether it takes
  // work. Returns how many were refused because the situation has changed.
  int apply(const Plan& plan, const std::vector<bool>& accepts, SimTime now);

  // Sends what can go: placed as a whole, every host `reachable` and with a free place; oldest
  // first. Returns what was sent.
  std::vector<WorkloadId> dispatch(const std::vector<bool>& reachable, SimTime now);

  // The host is lost: its tasks become unplaced, and attempts that go through it are over.
  void lose_host(HostId host, SimTime now);

  // Whether this attempt still counts; what comes back from an earlier one is ignored.
  bool is_under_way(WorkloadId id, int attempt) const;
  // The attempt ended without an answer: all its tasks ask for a host again.
  void fail_attempt(WorkloadId id, SimTime now);
  // `measured` tells of its tasks, one per fragment; nothing where nobody knows.
  void finish(WorkloadId id, SimTime now, std::vector<TaskOutcome> measured = {});
  void give_up(WorkloadId id);  // never answered: its outcome has no finish

  const BookedRequest& at(WorkloadId id) const { return requests_[id.value]; }
  std::size_t open_count() const { return open_.size(); }
  bool any_unplaced() const;
  bool uses(HostId host) const;  // whether an open request has a task there, placed or on its way
  int in_flight(HostId host) const { return in_flight_[host.value]; }

  std::vector<WorkloadView> views(SimTime now) const;
  // Of the requests without an answer and those answered at `start` or later.
  std::vector<WorkloadOutcome> outcomes_since(SimTime start) const;
  std::vector<WorkloadOutcome> outcomes() const { return outcomes_since(SimTime::min()); }
  // Arrivals a second per application, over the last minute or what there is of it.
  std::vector<double> arrival_rates(SimTime now) const;

 private:
  // `is_served`: the worker of its first host has begun with it.
  WorkloadView view_of(const BookedRequest& request, bool is_served, SimTime now) const;
  // When the fragments that have begun should have done so.
  std::vector<SimTime> expected_begins(const BookedRequest& request, SimTime now) const;
  double expected_progress(const BookedRequest& request, std::size_t fragment,
                           SimTime running) const;
  Seconds expected_time(const BookedRequest& request, std::size_t fragment) const;
  void end_attempt(BookedRequest& request);
  static void unplace(BookedRequest& request, std::size_t fragment, SimTime now);
  void close(WorkloadId id);

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
};

}  // namespace scinet
