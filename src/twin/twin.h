// The digital twin: a cluster that exists only in memory and evolves by events. It is a value:
// a copy is a fork that shares nothing mutable, so candidate plans are judged by copying,
// applying and rolling forward. Same inputs, same bytes.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "model/accounts.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

struct TwinSettings {
  Seconds beat{5};          // length of one utilisation sample in the views
  int history = 12;         // how many samples a view holds
  Seconds repair_time{60};  // a failed host is off, and can be powered on, after this long
};

class Twin {
 public:
  // `hosts` gives the type of each host; the first `hosts_on` are on, the others off.
  // The catalogue is borrowed and outlives the twin and all its forks.
  Twin(const Catalogue& catalogue, std::vector<HostTypeId> hosts, int hosts_on, QosWeights weights,
       TwinSettings settings, RandomStreams streams);

  // Continues a running cluster: tasks half done, hosts half booted, models resident.
  static Twin from(const ClusterView& view, TwinSettings settings, RandomStreams streams);

  SimTime now() const;

  // A request that arrives now. Its work is drawn from a stream of its own id, so it is the same
  // under every plan.
  void arrive(const Workload& workload);
  void apply(const Plan& plan);  // a sound plan, at this moment
  void fail(HostId host);        // its tasks become unplaced again, its models are lost
  void run_until(SimTime end);   // every event due at or before `end`
  std::optional<SimTime> next_event() const;

  ClusterView view(DecisionsAsked asked) const;
  Accounts accounts() const;
};

}  // namespace scinet
