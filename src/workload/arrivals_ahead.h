// Requests that may come while a plan is judged. Every plan that is compared must meet the same
// ones: they depend on the view and the streams only (common random numbers).
#pragma once

#include <vector>

#include "base/random.h"
#include "model/cluster_view.h"

namespace scinet {

// A forecast that goes on as the last minute went: a Poisson process for each application at the
// rate that the view shows, each request like one of its latest, from view.now until `ahead` later,
// in order of time. Ids follow those of the view.
std::vector<Workload> arrivals_ahead(const ClusterView& view, Seconds ahead,
                                     const RandomStreams& streams);

}  // namespace scinet
