// How well each host would serve each waiting workload, were it alone with it.
#pragma once

#include <vector>

#include "learn/imitation/features.h"

namespace scinet {

// What each waiting workload would lose if one host served all of it, and so what it gains or loses
// when a host comes or goes.
class ServiceAlone {
 public:
  ServiceAlone() = default;
  ServiceAlone(const ClusterLoad& load, const DecisionSpace& space, const ClusterFigures& figures);

  // Which hosts can get work. To be told before gains are asked for.
  void set_open(const std::vector<bool>& open);
  // Sum over waiting workloads of the loss that goes when this host comes (positive), or comes when
  // it goes (negative); in units of what a request is worth.
  double gain(HostId host, bool turns_on) const;

 private:
  struct Best {
    float loss = 0.0f;
    float second = 0.0f;
    std::size_t host = 0;
  };
  FloatRows losses_;  // [waiting workloads, hosts]
  std::vector<Best> best_;
};

}  // namespace scinet
