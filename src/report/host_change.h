// What happened to a host at one moment of a run: it came into a state, or it was broken on
// purpose.
#pragma once

#include <optional>
#include <string>

#include "base/id.h"
#include "base/time.h"
#include "model/cluster_view.h"

namespace scinet {

// Done to a host on purpose, for a while.
struct HostFault {
  std::string kind;         // "crash", "slow", "unlinked" or "frozen"
  Seconds length{0};        // 0 where it only begins: a process that is killed
  double speed_factor = 1;  // of "slow"

  friend bool operator==(const HostFault&, const HostFault&) = default;
};

struct HostChange {
  SimTime at{0};
  HostId host;
  std::optional<HostState> state;  // that it came into; none beside a fault
  std::optional<HostFault> fault;  // none beside a state

  friend bool operator==(const HostChange&, const HostChange&) = default;
};

}  // namespace scinet
