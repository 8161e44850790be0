// How well each host would serve each waiting workload, were it alone with it.
#pragma once

#include <cstdint>
#include <vector>

#include "learn/imitation/features.h"
#include "learn/imitation/host_groups.h"

namespace scinet {

// What each waiting workload would lose if one host served all of it, and so what it gains or loses
// when hosts come or go. Hosts of one group count as the same.
class ServiceAlone {
 public:
  ServiceAlone() = default;
  ServiceAlone(const ClusterLoad& load, const DecisionSpace& space, const ClusterFigures& figures,
               const HostGroups& groups);

  // So many hosts of the group can get work from now on, or cannot any more.
  void open(std::size_t group, int count);
  void close(std::size_t group, int count);
  // Sum over waiting workloads of the loss that goes when so many hosts of the group come
  // (positive), or comes when they go (negative); in units of what a request is worth.
  double gain_of_opening(std::size_t group) const;
  double gain_of_closing(std::size_t group, int count) const;

 private:
  struct Best {
    float loss = 0.0f;
    float second = 0.0f;  // of the other groups
    std::size_t group = 0;
  };
  const float* losses_in(std::size_t group) const { return losses_.data() + group * best_.size(); }
  void find_best(std::size_t workload);

  FloatRows losses_;       // [groups, waiting workloads]
  std::vector<int> open_;  // hosts of each group that can get work
  std::vector<Best> best_;
};

}  // namespace scinet
