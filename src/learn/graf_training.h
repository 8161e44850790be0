// Trains the latency network of GRAF on requests as they went on the twin.
#pragma once

#include <vector>

#include "learn/graf_network.h"
#include "learn/plan_training.h"
#include "workload/scenario.h"

namespace scinet {

// The requests that one decision placed, as it placed them.
struct LatencyExample {
  TaskGraphs graphs;
  Matrix capacity;  // [fragments, 1], as predict_latency() takes it
  Matrix latency;   // [graphs, 1]: log(from the decision until the answer / SLO)
  Matrix expected;  // [graphs, 1]: the same by the closed form of policy/estimate.h
};

// Examples of the same run stay together, in order. The same arguments give the same examples.
std::vector<LatencyExample> make_latency_examples(const std::vector<Scenario>& bases, int runs,
                                                  const RandomStreams& streams,
                                                  const OnShareDone& on_share_done = {});

// Learns by Gaussian likelihood from the first four fifths and measures on the rest. `examples` are
// at least ten.
TrainedNetwork train_latency_network(const std::vector<LatencyExample>& examples,
                                     const FitSettings& settings, const RandomStreams& streams,
                                     const OnFitProgress& on_epoch = {});

}  // namespace scinet
