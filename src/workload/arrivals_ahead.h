// Requests that may come while a plan is judged. Every plan that is compared must meet the same
// ones: they depend on the view and the streams only (common random numbers).
#pragma once

#include <vector>

#include "base/random.h"
#include "model/cluster_view.h"

namespace scinet {

// A forecast that goes on as the last minute went: a Poisson process for each application at the
// rate that the view shows, from view.now until `ahead` later, in order of time. Ids follow those
// of the view. SLO and input are those of the application's latest workload in the view. Where it
// has none, the request has no input and an SLO like those in the view; where nothing is in the
// view, an SLO of an hour, so that it takes cores but is not late.
std::vector<Workload> arrivals_ahead(const ClusterView& view, Seconds ahead,
                                     const RandomStreams& streams);

}  // namespace scinet
