// How the hosts that get work would serve the workloads that wait, all of them together: what a
// switch of hosts is worth to them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "learn/imitation/features.h"
#include "learn/imitation/host_groups.h"

namespace scinet {

// One after the other, each waiting workload goes whole to the host where it loses least, beside
// those that went there before. A closed form: fair sharing as in policy/estimate.h, and what a
// newcomer slows others by is taken to be what they slow it by. Hosts that look alike are one
// crowd.
class WaitingService {
 public:
  WaitingService() = default;
  // `by_looks` has the groups in an order that only their looks decide, `first_alike` of each group
  // the first one that looks the same, and `order` the positions of the waiting workloads.
  WaitingService(const ClusterLoad& load, const DecisionSpace& space, const ClusterFigures& figures,
                 const HostGroups& groups, std::span<const std::uint32_t> by_looks,
                 std::span<const std::uint32_t> first_alike, std::span<const std::size_t> order);

  // So many hosts of the group can get work from now on, or cannot any more.
  void open(std::size_t group, int count);
  void close(std::size_t group, int count);
  // Sum over the waiting workloads of the loss that goes when so many hosts of the group come
  // (positive), or comes when they go (negative); in units of what a request is worth.
  double gain_of_opening(std::size_t group, int count) const;
  double gain_of_closing(std::size_t group, int count) const;

 private:
  // A workload on one host, by the strategy that loses least there; times in seconds.
  struct Service {
    double loss = 0.0;   // alone with what the host does already
    double given = 0.0;  // of it, what no neighbour changes: accuracy and the price of the work
    double ready = 0.0;
    double alone = 0.0;   // its time on a host without other work
    double work = 0.0;    // the same on all cores at once
    double beside = 0.0;  // the same with what the host does already
    double behind = 0.0;  // until that is done
    double memory = 0.0;  // MiB that it needs
    double room = 0.0;    // MiB that the host has
    double variation = 0.0;
  };
  // Hosts that look alike and can get work, and the waiting workloads that would go there.
  struct Crowd {
    int hosts = 0;
    int workloads = 0;
    double work = 0.0;
    double memory = 0.0;

    void add(const Service& service);
  };
  struct Waiting {
    double age = 0.0;
    double slo = 0.0;
    std::size_t crowd = 0;  // where it goes; the number of crowds: nowhere
    double loss = 0.0;      // there
  };
  struct Place {
    std::size_t crowd = 0;
    double loss = 0.0;
  };

  const Service& at(std::size_t crowd, std::size_t waiting) const {
    return services_[crowd * waiting_.size() + waiting];
  }
  void add_services(const HostLoad& host, const ClusterLoad& load, const DecisionSpace& space,
                    const ClusterFigures& figures, std::span<const std::size_t> order);
  std::optional<Service> service_by(const Strategy& strategy, const HostLoad& host,
                                    const Waiting& waiting, const ClusterLoad& load,
                                    const ClusterFigures& figures) const;
  double loss_of(const Waiting& waiting, const Service& service, double taken) const;
  double loss_beside(const Crowd& crowd, std::size_t which, std::size_t waiting) const;
  Place best_place(const std::vector<Crowd>& crowds, std::size_t waiting) const;
  void place_all();

  QosWeights weights_;
  double delay_price_ = 0.0;           // of a second by which another request is delayed
  std::vector<std::size_t> crowd_of_;  // of each group
  std::vector<Crowd> crowds_;
  std::vector<Service> services_;  // [crowds, waiting workloads]
  std::vector<Waiting> waiting_;   // in the order in which they are placed
};

}  // namespace scinet
