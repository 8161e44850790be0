// Host types and applications made up from nothing, for random_scenario().
#pragma once

#include <string>

#include "model/application.h"
#include "model/host_type.h"
#include "workload/random_draws.h"

namespace scinet {

HostType random_host_type(std::string name, RandomDraws& random);

// What applications are measured by: a host in the middle of the cluster.
struct TypicalHost {
  Mips speed;  // of one core
  double cores = 1.0;
  BytesPerSecond bandwidth;  // above 0
  Mebibytes memory;
};

// Its whole model is `work` on average. Every fragment fits on the typical host, many on much
// smaller ones; neither load nor transfer takes much longer there than the work.
Application random_application(std::string name, Mi work, const TypicalHost& host,
                               RandomDraws& random);

// How long a request takes that has the host to itself, its models loaded, with a host of this kind
// for each of the fragments.
Seconds time_alone(const Strategy& strategy, const TypicalHost& host);

}  // namespace scinet
