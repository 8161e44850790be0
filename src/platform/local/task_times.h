// What a worker measured of one fragment, set on the platform's clock.
//
// A worker tells how long a fragment fetched its inputs, waited, loaded and ran, not when: its
// clock is its own. The platform knows when it sent the fragment and when the answer came. What the
// durations leave of this round trip is the way, half of it there and half back. So moments are
// exact up to one round trip, and durations are as measured.
#pragma once

#include "model/accounts.h"
#include "serving/worker_trace.h"

namespace scinet {

// `cpu` is CPU time of this machine. Of impossible durations only the host is told.
TaskOutcome task_outcome(SimTime sent, SimTime answered, HostId host, const FragmentTrace& trace);

}  // namespace scinet
