// Who decides while a rollout goes on, in place of the policy that will: quick, since it is asked
// at every beat or arrival of every rollout. It switches no host, unless a request would find none.
//
// A fragment of mean work w that can use c cores is taken to finish, on a host with C cores of
// speed s that has n tasks, at
//
//   start + w / (s min(c, C / (n + 1)))       times (n + 1) / m where memory is for m <= n tasks
//   start = max(boot left, end of its inputs) + load time of a model that is not resident
//
// and goes where that is first. Transfers are left out. The strategy is the one with the least
//
//   w_r min(response / (2 SLO), 1) + w_v P(late) + w_a (1 - accuracy) + price of its work
//
// with the weights of the view. P(late) takes the response as lognormal, with that mean and the
// variation of the strategy's work. The price is that of the energy and the money that its hosts
// take for it when half busy: without it hosts would seem to be needed for work that is not worth
// them, since the stand-in would rather be a little more accurate than use fewer.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "model/plan.h"
#include "oracle/resource_prices.h"
#include "twin/twin.h"

namespace scinet {

// A host that work can be sent to.
struct OpenHost {
  HostId id;
  SimTime ready_at{0};
};

// A workload that some decision has to place.
struct WaitingWorkload {
  Workload workload;
  std::optional<StrategyId> strategy = {};
  std::vector<bool> placed = {};  // per fragment of its strategy; empty: none is
};

// What the stand-in keeps during one rollout.
struct RolloutState {
  std::vector<OpenHost> open;                      // in order of id
  std::vector<WaitingWorkload> waiting;            // in order of id
  std::vector<std::pair<HostId, ModelId>> warmed;  // by tasks placed since the view; in order

  void note_warm(HostId host, const ModelId& model);
};

class StandIn {
 public:
  StandIn(const ClusterView& view, ResourcePrices prices);  // the view is borrowed

  // As it is once a sound plan has been applied to the view.
  RolloutState after(const Plan& plan) const;

  // Strategies and hosts for all that wait. A workload that no host could serve, not even one that
  // is switched on for it, stays in `waiting`.
  Plan decide(const Twin& twin, RolloutState& state) const;

 private:
  struct Choice;
  class Decision;

  const ClusterView* view_;
  std::vector<double> cores_;                   // for tasks, per host
  std::vector<double> speed_;                   // of one core, MIPS
  std::vector<double> work_price_;              // of one MI, per host
  std::vector<std::vector<double>> variation_;  // of the work, per application and strategy
};

}  // namespace scinet
