// What power costs and what too little of it costs, in QoS: the two sides of every provisioning
// decision that is made on a predicted demand.
#pragma once

#include <vector>

#include "policy/estimate.h"

namespace scinet {

struct HostWorth {
  // What it takes from the score while it is on and idle for as long as the window lasts: energy
  // weight x idle power / peak of all + cost weight x price / price of all.
  double burden = 0.0;
  // MIPS that count: of a host on which the expected request would by itself take more than half
  // its SLO, as much less; and only the share of its work whose fragments the host can hold.
  double speed = 0.0;
};

// In order of HostId. An SLO of 0 is unknown: every speed counts.
std::vector<HostWorth> host_worths(const ClusterLoad& load, Seconds slo);

// Hosts whose power a provisioning rule decides about: neither failed nor out of reach. In order of
// burden per speed, least first; equals by looks, those that accept work before the others.
std::vector<const HostLoad*> by_burden_per_speed(const ClusterLoad& load,
                                                 const std::vector<HostWorth>& worths);

// Work of the requests that arrived over the last minute, a second.
Mips arriving_work(const ClusterView& view);

// Whether some host is busy for more than 90 % of a beat: then utilisation tells what hosts can do
// and no longer what is asked of them.
bool is_saturated(const ClusterView& view);

// What demand is at least, whatever is predicted from utilisation: what unfinished requests need to
// meet their SLO, sum of work left / max(slack, SLO / 2); and, where the cluster is saturated, the
// work that arrives.
Mips least_demand(const ClusterView& view);

// A demand that is known up to a normal error.
struct UncertainDemand {
  double mean = 0.0;
  double deviation = 0.0;

  // E[(demand - capacity)+], as a share of the mean; 0 where there is no demand.
  double shortage(double capacity) const;
};

}  // namespace scinet
