// The capacity that a fragment is given, and the least of it that keeps an SLO: the solver of GRAF
// (graf.cc).
//
// Capacity is a speed: of a host's cores the fragment gets at most as many as it can use, and where
// its tasks want more than there are, an equal part of what each wants.
#pragma once

#include <cstdint>
#include <vector>

#include "learn/graf_network.h"
#include "policy/estimate.h"

namespace scinet {

// Deviations above the mean that 19 of 20 requests are to stay below.
inline constexpr double kDoubt = 1.645;

// With tasks on the host that want `cores_wanted` together, the fragment's own included.
Mips capacity_given(const HostLoad& host, const Fragment& fragment, double cores_wanted);
inline Mips capacity_given(const HostLoad& host, const Fragment& fragment) {
  return capacity_given(host, fragment, host.cores_wanted);
}
// If it came to the host as one more.
Mips capacity_of_one_more(const HostLoad& host, const Fragment& fragment);

// Until the host has booted and has the model.
Seconds start_delay(const HostLoad& host, const ModelId& model, const Fragment& fragment);

// Work that arrives a second, relative to the hosts that are there for it.
class LoadOffered {
 public:
  LoadOffered(const ClusterView& view, std::vector<HostState> states);

  double to(const Fragment& fragment) const;  // to the hosts that can hold it
  Mips core() const { return core_; }         // the mean speed of a core, over hosts

 private:
  const ClusterView& view_;
  std::vector<HostState> states_;
  double work_ = 0.0;
  Mips core_{1.0};
};

struct CapacityProblem {
  TaskGraphs graphs;
  Matrix most;   // [fragments, 1]: log of the most capacity that there is, in speeds of a core
  Matrix limit;  // [graphs, 1]: log(time left / SLO)
};

struct CapacitySolution {
  Matrix capacity;      // [fragments, 1], as `most`
  Matrix best_latency;  // [graphs, 1]: log(latency / SLO) with the most capacity, 19 of 20
};

// For each graph the least sum of capacities with which 19 of 20 requests are foreseen to stay
// below the limit, by gradient descent through the network from the most capacity there is. Where
// even that does not do, it stays.
CapacitySolution least_capacity(const Weights& weights, const CapacityProblem& problem,
                                std::int64_t most_steps);

}  // namespace scinet
