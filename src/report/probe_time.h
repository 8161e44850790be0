// What one and the same piece of work took at a moment of a run on real workers: how fast the
// machine was then.
#pragma once

#include <string>

#include "base/time.h"

namespace scinet {

struct ProbeTime {
  SimTime at{0};
  std::string probe;  // what was done; the same name is the same work, in other runs too
  Seconds cpu{0};

  friend bool operator==(const ProbeTime&, const ProbeTime&) = default;
};

}  // namespace scinet
