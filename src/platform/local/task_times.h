// What the workers measured of one answered request, set on the platform's clock.
//
// A worker tells how long a fragment waited, loaded and ran, not when: its clock is its own. The
// platform knows when it sent the request and when the answer came. What the durations of all
// fragments leave of that time is the way: for n fragments n hops there, each before one of them,
// and n hops back, all taken to be equally long. With one fragment that is exact but for the
// difference between the ways there and back. Sums of moments are exact in any case: the first hop
// begins when the request was sent and the last one ends with the answer.
#pragma once

#include <vector>

#include "model/accounts.h"
#include "serving/worker_trace.h"

namespace scinet {

// One task for each host of the route; `cpu` is CPU time of this machine. If the traces are not
// those of these fragments, in order, the tasks have their hosts and nothing else.
std::vector<TaskOutcome> task_outcomes(SimTime sent, SimTime answered,
                                       const std::vector<HostId>& route,
                                       const std::vector<FragmentTrace>& traces);

}  // namespace scinet
