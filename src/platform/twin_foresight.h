// The twin as foresight: it is made from the view, given the plan and rolled forward. It knows what
// a policy may know and nothing more: work that is not done yet is drawn anew, from streams that
// no platform draws from. Where requests are placed as they arrive, those of the next beat
// are a forecast at the rates of the view, placed by the policy "least-loaded".
#pragma once

#include "base/random.h"
#include "control/foresight.h"
#include "policy/policy.h"
#include "twin/twin.h"
#include "workload/scenario.h"

namespace scinet {

class TwinForesight final : public Foresight {
 public:
  // `settings` are those of the platform that is foreseen. Looks ahead until every workload of the
  // plan is answered, at most this far; `streams` are those of the run.
  TwinForesight(TwinSettings settings, RandomStreams streams,
                Seconds look_ahead = std::chrono::minutes(10));

  // The same view and plan give the same prediction.
  Prediction predict(const ClusterView& view, const Plan& plan) override;

 private:
  void roll_to_next_beat(Twin& twin, const ClusterView& view) const;

  TwinSettings settings_;
  RandomStreams streams_;
  SimTime look_ahead_;
};

}  // namespace scinet
