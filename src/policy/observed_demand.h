// What a policy that predicts remembers of the past, longer than a view does: how busy each host
// was at every beat, and how much time requests had.
#pragma once

#include <optional>
#include <vector>

#include "model/cluster_view.h"

namespace scinet {

class ObservedDemand {
 public:
  explicit ObservedDemand(std::size_t most_beats = 120) : most_beats_(most_beats) {}

  // At every decision; beats that have passed are added, once. Hosts that are new, or a time that
  // is earlier than the last one, start afresh. A host that has told nothing of a beat was idle.
  void update(const ClusterView& view);

  // Utilisation of each host in order of HostId, one value a beat, oldest first; all as long.
  const std::vector<std::vector<double>>& utilisation() const { return utilisation_; }
  std::size_t beats() const { return utilisation_.empty() ? 0 : utilisation_.front().size(); }

  // The mean SLO of the requests seen, the last about 50 of them; 0 before the first.
  Seconds slo() const { return slo_; }

 private:
  void add_beats(std::vector<double>& series, const HostView& host, std::size_t passed) const;
  void add_requests(const ClusterView& view);

  std::size_t most_beats_;
  SimTime now_{0};
  std::vector<std::vector<double>> utilisation_;
  Seconds slo_{0};
  double requests_ = 0.0;  // that the mean is of
  std::optional<WorkloadId> newest_;
};

// The longest time until a host that is off can work, and no less than `beats` beats: how far ahead
// a decision about power has to look.
Seconds time_to_look_ahead(const ClusterView& view, int beats);

}  // namespace scinet
