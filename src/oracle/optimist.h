// What a request takes at the least in one future of a rollout, whatever else happens. The formulas
// are the twin's (docs/twin.md) for a request that has its hosts, links and memory to itself. That
// makes each a lower bound: sharing, queues, evictions, throttling and contention add to them.
// Only a batch takes away: there each counts as a further one, as if another had been first. All
// times are from the moment of the view.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/cluster_view.h"
#include "oracle/rollout.h"

namespace scinet {

// Of one request from the view on.
struct LeastUse {
  Seconds answer{0};
  Joules energy;  // above what its hosts burn without tasks
};

class Optimist {
 public:
  // Both are borrowed.
  Optimist(const ClusterView& view, const Rollout::Future& future);

  // A request all of whose fragments have hosts: those of the view, the others those of `hosts`,
  // which has one per fragment.
  LeastUse use(const WorkloadView& entry, StrategyId strategy, std::span<const HostId> hosts) const;
  // A request of which the fragments that have no host in the view get one at `decided_at`: each
  // the one of `open` that is best for it. None if one of them has nowhere to go.
  std::optional<LeastUse> best_use(const WorkloadView& entry, StrategyId strategy,
                                   std::span<const HostId> open, Seconds decided_at) const;

  // The steps. Until a host that accepts work can run a task: what is left of its boot.
  Seconds ready(HostId host) const;
  // Work / (speed of the cores that the fragment can use there).
  Seconds run(HostId host, const Fragment& fragment, Mi work) const;
  // From when the host is ready until the model is resident; 0 if it is.
  Seconds load(HostId host, const ModelId& model) const;
  // The larger latency, then the size at the smaller bandwidth; 0 on the same host. None: the
  // client.
  Seconds transfer(std::optional<HostId> from, std::optional<HostId> to, Bytes size) const;
  // As drawn for the request in this future; in a batch with others its least part in it.
  Mi least_work(const Workload& workload, const ModelId& model) const;
  // Whether no other request can have a model of the application loaded, so that a load begins only
  // when the inputs have arrived.
  bool has_models_to_itself(const Workload& workload) const;
  // Above what the host burns without tasks, for so much work.
  Joules energy(HostId host, Mi work) const;

 private:
  class Path;

  const HostType& type_of(HostId host) const { return view_->type_of(view_->host(host)); }
  Mips speed(HostId host) const { return type_of(host).speed * view_->host(host).speed_factor; }

  const ClusterView* view_;
  const Rollout::Future* future_;
  std::vector<int> requests_;  // per application, of the view and ahead
};

// Of the power of a host of this type that is on, with u its utilisation and b that of its own
// services: P(u) >= at_rest + slope (u - b) for every u from b to the most that it can reach.
struct PowerFloor {
  Watts at_rest;
  Watts slope;  // never negative
};
PowerFloor power_floor(const HostType& type);

}  // namespace scinet
