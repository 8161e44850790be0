// The least that each part of a decision takes from the score of a rollout. Parts add up, so what
// is chosen so far, with the least of what is still open, bounds the score of every plan that
// begins like this: QoS <= 1 - sum.
//
//   a request that is answered   (w_r min(response / 2 SLO, 1) + w_v [late] + w_a (1 - accuracy)) /
//   K
//                                + w_e energy / (peak power of all * L)       by the Optimist
//   a request that is not        (w_r + w_v + w_a (1 - accuracy)) / K
//   hosts                        idle power and price for as long as they are surely on
//
// The lesser one of the first two counts. The score clamps energy at 1, so losses are kept a second
// time without energy: QoS <= 1 - min(sum, w_e + sum without energy).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/plan.h"
#include "oracle/optimist.h"
#include "oracle/rollout.h"

namespace scinet {

struct Loss {
  double all = 0.0;
  double without_energy = 0.0;

  Loss& operator+=(const Loss& other);
};

class LossFloor {
 public:
  // Both are borrowed.
  LossFloor(const ClusterView& view, const Rollout& rollout);

  // The hosts as a plan leaves them; what follows is said of such plans.
  void set_power(const std::vector<HostState>& after);
  // Of the hosts, of the requests ahead and of those of the view that have all their hosts.
  const Loss& common() const { return common_; }
  // As if the hosts could be left in any way: then common() leaves the hosts out.
  void leave_power_open();
  // Of one host that accepts work afterwards, or does not.
  Loss of_host(const HostView& host, bool accepts) const;
  // Of a request that waits: by the hosts of `hosts`, one per fragment (those that have a host in
  // the view are not read), or left to a later decision, which may be bound to a strategy.
  Loss placed(const WorkloadView& entry, StrategyId strategy, std::span<const HostId> hosts) const;
  Loss put_off(const WorkloadView& entry, std::optional<StrategyId> strategy) const;
  // By the best of these: put off, or now and anywhere by one of the strategies.
  Loss best_of_all(const WorkloadView& entry, const std::vector<StrategyId>& strategies) const;

  double qos_at_most(const Loss& sum) const;
  // Of joules above idle.
  double of_energy(Joules energy) const { return of_use(energy, Dollars(0)).all; }
  const std::vector<Optimist>& optimists() const { return optimists_; }  // one per future

 private:
  struct HostUse {
    Joules energy;
    Dollars cost;
  };

  Loss of_request(const Workload& workload, double accuracy, const LeastUse& use) const;
  Loss of_answer_ahead(std::size_t future, const WorkloadView& entry,
                       std::optional<StrategyId> strategy, Seconds decided_at) const;
  Loss of_use(Joules energy, Dollars cost) const;
  Loss of_hosts() const;
  void add_requests_to_common();
  void open_every_host();
  HostUse open_host(std::size_t future, const HostView& host) const;
  HostUse closed_host(std::size_t future, const HostView& host) const;
  Seconds sure_to_drain(std::size_t future, HostId host) const;
  SimTime last_moment(std::size_t future) const;
  bool can_wake() const;
  bool has_hosts(const WorkloadView& entry) const;
  bool has_hosts(const WorkloadView& entry, StrategyId strategy) const;
  Seconds next_decision(std::size_t future) const;
  Seconds decision_after(SimTime arrival) const;

  const ClusterView& view_;
  const Rollout& rollout_;
  std::vector<Optimist> optimists_;  // one per future
  double joules_of_1_ = 0.0;         // the energy that loses w_e
  double dollars_of_1_ = 0.0;

  std::vector<HostState> after_;
  std::vector<HostId> open_;      // hosts that the stand-in may use
  bool may_wake_others_ = false;  // then these are all that it could
  Loss common_;
};

}  // namespace scinet
