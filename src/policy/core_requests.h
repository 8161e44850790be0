// Capacity as schedulers see it that go by what tasks ask for and not by what they use: cores and
// memory are set aside for each task until it is done.
#pragma once

#include <optional>
#include <vector>

#include "policy/estimate.h"

namespace scinet {

// More than the host has counts as all it has, so that an empty host admits what it can hold.
double cores_requested(const HostLoad& host, const Fragment& fragment);

// Whether cores and memory are free for one more task. An idle host admits what it can ever hold.
bool admits(const HostLoad& host, const ModelId& model, const Fragment& fragment);

// The fragments that wait for a host, in order of workload. Where no strategy is chosen yet, those
// of the most accurate one.
std::vector<ModelId> models_awaited(const ClusterView& view);

// For how long something has been so of each host, as seen at the decisions.
class HeldTimes {
 public:
  // `holds` has one value a host, in order of HostId. Another number of hosts, or an earlier time,
  // starts afresh.
  void update(SimTime now, const std::vector<bool>& holds);
  Seconds held(HostId host) const;  // 0 where it does not hold

 private:
  SimTime now_{0};
  std::vector<std::optional<SimTime>> since_;
};

}  // namespace scinet
