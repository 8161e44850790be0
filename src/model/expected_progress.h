// How far tasks are where nobody tells.
#pragma once

#include <algorithm>

#include "model/application.h"
#include "model/host_type.h"

namespace scinet {

// Of a task that has run for so long on a host of the type: the share of its expected time, which
// leaves company out. Never quite 1, as it ends only by its answer; 0 where it takes no time.
inline double expected_progress(const Fragment& fragment, const HostType& type, Seconds running) {
  const double cores = std::min(fragment.cores, static_cast<double>(type.cores));
  const Seconds expected = fragment.work.mean / (type.speed * cores);
  return expected > Seconds(0) ? std::min(running / expected, 0.99) : 0.0;
}

}  // namespace scinet
