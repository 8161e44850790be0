// What a plan leads to, found out on the twin: fork, apply, roll forward, read the QoS. All plans
// for one view meet the same requests and the same work (common random numbers), drawn from
// streams that no platform draws from.
//
// The score is the QoS that the plan contributes to the run, not a mere cut through it:
//  - Requests: those open in the view and, with `arrivals`, those that come in the next `beats`
//    beats at the rates of the view (workload/arrivals_ahead.h). What the plan does not decide is
//    decided by a stand-in (stand_in.h). After the window nothing arrives, and the twin goes on
//    until all are answered; so none is cheaper for being put off. One that is not a window after
//    all are older than 2 SLO is late by all that counts, and one that never gets a strategy has
//    accuracy 0.
//  - Hosts: open ones (work can be sent to them) stay as the plan leaves them. In the window they
//    are charged in full; afterwards, when a later plan answers for them, only what they burn above
//    idle. Where hosts boot at once, later plans keep on as many as there is work for: there the
//    work also bears as much of their idle power and price as it takes of their cores, or heavy
//    strategies would seem to need no hosts. Draining ones are charged until they stop. Billing
//    increments that are paid and not used up are an asset of an open host, and lost with it.
//
//      response   = sum of min(response / (2 SLO), 1) / K
//      violation  = number past their SLO / K
//      inaccuracy = sum of (1 - accuracy) / K
//      energy     = joules / (peak power of all * L)
//      cost       = dollars / (price of all * L)
//
//    K = open requests + rate * window, the latter with `arrivals` (at least those drawn)
//    L = K / rate, at most window + kRatesCover
//
// L is the time in which K requests come, so that a request weighs against a joule as it does in
// the QoS of a whole run. Without requests open, L is the window.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "model/plan.h"
#include "model/qos.h"
#include "oracle/stand_in.h"
#include "twin/twin.h"

namespace scinet {

struct RolloutSettings {
  int beats = 5;         // the window that is scored, from the view on
  int futures = 1;       // how many draws of requests and work the score is the mean of
  int trial = 0;         // of them, those after which of() may give a plan up; 0: none
  bool arrivals = true;  // whether requests arrive in the window
};

struct Outlook {
  double qos = 0.0;        // in [0, 1], larger is better
  QosTerms terms;          // qos = qos_score(terms, view.weights)
  double trial_qos = 0.0;  // the same of the trial futures alone

  friend bool operator==(const Outlook&, const Outlook&) = default;
};

class Rollout {
 public:
  // What every plan meets. The work of a fragment is draw_work(..., work, ...) of twin/work.h.
  struct Future {
    RandomStreams work;
    Twin start;
    std::vector<Workload> arrivals;  // in order of time
    SimTime give_up{0};              // every request is older than 2 SLO, and then some
  };

  // `view` is borrowed. Beat, cadence and weights are those of the view.
  Rollout(const ClusterView& view, RolloutSettings settings, const RandomStreams& streams);

  // The same plan gives the same outlook. May be called concurrently. `plan` is sound.
  Outlook of(const Plan& plan) const;
  // The same, but nothing once the plan is behind a score in the trial futures (racing: most plans
  // that a search tries are worse, and few futures tell).
  std::optional<Outlook> of(const Plan& plan, double trial_qos_to_beat) const;

  Seconds window() const { return to_seconds(window_end_ - view_->now); }
  double requests() const { return requests_; }  // K
  Seconds time_scale() const { return scale_; }  // L
  ResourcePrices prices() const;
  const std::vector<Future>& futures() const { return futures_; }

 private:
  struct Sums;  // of what a plan leads to
  class Roll;   // one future of one plan

  QosTerms terms_of(const Sums& sums, std::size_t futures) const;

  const ClusterView* view_;
  StandIn stand_in_;
  SimTime window_end_;
  std::vector<Future> futures_;
  std::size_t trial_;  // as in the settings, or all
  double requests_ = 0.0;
  double accuracy_deployed_ = 0.0;  // summed over the workloads that have a strategy
  Seconds scale_{0};
  Watts peak_of_all_;
  DollarsPerHour price_of_all_;
};

}  // namespace scinet
