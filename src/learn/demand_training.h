// Trains the demand network through the optimiser that uses it.
#pragma once

#include <vector>

#include "learn/demand_network.h"
#include "learn/plan_training.h"
#include "learn/power_relaxation.h"
#include "workload/scenario.h"

namespace scinet {

// One moment of a run: what was seen, the hosts, and the demand of the beats that followed.
struct DemandExample {
  DemandPicture picture;
  PowerProblem hosts;
  double lateness_weight = 0.0;  // of response and violation together
  double outstanding = 0.0;      // work waiting and running, in beats of all hosts
  double patience = 1.0;         // the mean SLO, in beats
  Matrix ahead;                  // [beats, 1], offered, as shares of the speed of all hosts
};

// Examples of the same run stay together. The same arguments give the same examples.
std::vector<DemandExample> make_demand_examples(const std::vector<Scenario>& bases, int runs,
                                                const RandomStreams& streams,
                                                const OnShareDone& on_share_done = {});

// QoS that is lost for having the hosts on, and for what they cannot do in time. What is not done
// in a beat is left to the next, q_k+1 = max(0, q_k + offered_k - 0.8 share . x); by Little's law a
// request waits queue / offered beats, so that
//   loss . x + w mean over beats of q_k / (patience * mean offered)
// with the maximum rounded off so that it has a derivative. `on` is [hosts, 1]; 1 x 1.
Tape::Variable decision_loss(Tape& tape, const DemandExample& example, Tape::Variable on);

// Learns from the first four fifths and measures the loss of its decisions on the rest, beside
// those for the last value and for the mean of what was seen. `examples` are at least ten.
TrainedNetwork train_demand_network(const std::vector<DemandExample>& examples,
                                    const FitSettings& settings, const RandomStreams& streams,
                                    const OnFitProgress& on_epoch = {});

}  // namespace scinet
