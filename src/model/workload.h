// One request to one application, as it arrives.
#pragma once

#include "base/id.h"
#include "base/units.h"

namespace scinet {

struct Workload {
  WorkloadId id;
  ApplicationId application;
  SimTime arrival{0};
  Seconds slo{0};  // the deadline: response time promised to the client
  Bytes input;

  friend bool operator==(const Workload&, const Workload&) = default;
};

}  // namespace scinet
