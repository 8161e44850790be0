// The fragments of one workload from first to last: where each runs and when it is done.
#pragma once

#include <vector>

#include "policy/estimate.h"

namespace scinet {

// Between two unlike hosts the slower end decides. To or from the client it is that of the host
// with itself, as the client's side has no limit.
Seconds transfer_time(const HostType& from, const HostType& to, Bytes size);

// Fragments are visited in order of id, each kept or assigned, so that a fragment's inputs are
// known before it is asked about. Borrows the load, which may grow between visits.
class Route {
 public:
  Route(const ClusterLoad& load, const WorkloadView& entry, StrategyId strategy);

  const ClusterLoad& load() const { return *load_; }
  const Workload& workload() const { return entry_->workload; }
  const Strategy& strategy() const { return *strategy_; }
  ModelId model(FragmentId fragment) const;

  bool is_placed(FragmentId fragment) const;  // in the view, before any plan
  Seconds finish_on(const HostLoad& host, FragmentId fragment) const;

  void keep(FragmentId fragment);                 // where the view has it
  void assign(FragmentId fragment, HostId host);  // estimated before the load knows of it
  // When the client has the answer, seconds from now. All fragments must have been visited.
  Seconds finish() const;

 private:
  struct Stop {
    HostId host;
    Seconds finish{0};
  };
  Seconds inputs_at(const HostLoad& host, FragmentId fragment) const;

  const ClusterLoad* load_;
  const WorkloadView* entry_;
  StrategyId id_;
  const Strategy* strategy_;
  std::vector<Stop> stops_;
};

}  // namespace scinet
