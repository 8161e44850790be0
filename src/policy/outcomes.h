// What became of requests, as far as a policy can see it: one that was in the last view and is not
// in this one has been answered between the two.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "model/plan.h"

namespace scinet {

struct Outcome {
  Workload workload;
  StrategyId strategy;
  std::vector<HostId> hosts;  // where each fragment ran
  Seconds after{0};           // the response time is more than this
  Seconds by{0};              // and not more than this

  // In the middle of what is known; the error is at most half a beat.
  Seconds response() const { return (after + by) / 2.0; }
  bool is_late() const { return response() > workload.slo; }

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

class OutcomeTracker {
 public:
  // Those answered since the last call, in order of id. A view of another cluster, or of an earlier
  // time, starts afresh. One that was never given a host by any view or plan is left out.
  std::vector<Outcome> update(const ClusterView& view);

  // The plan for the view of the last update: so requests that come and go between two views have
  // a strategy and hosts too.
  void note(const Plan& plan);

 private:
  struct Open {
    Workload workload;
    std::optional<StrategyId> strategy;
    std::vector<std::optional<HostId>> hosts;
  };

  static bool is_known(const Open& open, const Catalogue& catalogue);
  void forget_other_clusters(const ClusterView& view);

  SimTime now_{0};
  std::size_t hosts_ = 0;
  const Catalogue* catalogue_ = nullptr;  // only compared
  std::map<WorkloadId, Open> open_;
};

}  // namespace scinet
