// The QoS that a plan is expected to have over the next window, in closed form: what a policy that
// predicts demand and then optimises searches on. It costs microseconds, knows means instead of
// courses of events, and leaves the exact answer to the twin.
//
// Of a host that has power for a time t of the window W,
//   energy = power(share of cores busy) t, boot_power while it boots
//   cost   = the billing increments that start meanwhile
// Its busy share is the work on it that it can do in W, and its part of the work to come, which is
// spread over the hosts in proportion to their free speed.
//
// A request that is known answers after f (policy/route.h, later neighbours included), one to come
// after its time alone x (1 + wait), where for a utilisation r of the hosts that accept work and
// room for c tasks at once
//   wait = r^(sqrt(2 (c + 1)) - 1) / (c (1 - r))
// (H. Sakasegawa, Annals of the Institute of Statistical Mathematics 29, 1977), and what exceeds
// the hosts' speed waits for it. Late is P(response > SLO) of a lognormal response with that mean.
// Response, violation and inaccuracy are means over the requests known and to come.
#pragma once

#include <span>
#include <vector>

#include "model/plan.h"
#include "model/qos.h"
#include "policy/estimate.h"

namespace scinet {

struct DemandAhead {
  Mips work;       // of requests to come, a second, to the whole cluster
  Seconds slo{0};  // mean of requests to come; 0: unknown, they count in no term but energy
};

// Work that hosts with these utilisations do. One value a host, in order of HostId.
Mips work_at(const ClusterView& view, std::span<const double> utilisation);

// One of the requests to come: the mean over applications by their arrival rates (over all where
// none arrives), and over the strategies of each.
struct ExpectedRequest {
  Mi work;
  Mi longest_path;     // sum of work / cores: at the speed of a core, its time alone
  double cores = 1.0;  // that a fragment can use, by work
  double accuracy = 1.0;
};
ExpectedRequest expected_request(const ClusterView& view);
// The same if of each application the strategy with the least work is taken.
ExpectedRequest lightest_request(const ClusterView& view);

class PlanEstimate {
 public:
  // `view` is borrowed. The window begins now and is longer than 0.
  PlanEstimate(const ClusterView& view, Seconds window, const DemandAhead& ahead);

  QosTerms of(const Plan& plan) const;  // of a sound plan
  double score(const Plan& plan) const { return qos_score(of(plan), load_.view().weights); }

 private:
  Seconds window_;
  DemandAhead ahead_;
  ExpectedRequest expected_;
  ClusterLoad load_;  // before any plan
};

}  // namespace scinet
