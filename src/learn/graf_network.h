// How long a task graph takes, learned: a graph neural network whose messages go along the edges of
// the graph, from each fragment to those that need its output (GRAF, see graf.cc; message passing
// as in J. Gilmer et al., "Neural message passing for quantum chemistry", ICML 2017).
//
//   h_i <- tanh(W1 [fragment_i, capacity_i, time_i] + W2 sum of h_j over the inputs j of i)
//   log(latency / SLO) ~ N(mean, deviation^2) = W4 tanh(W3 [h_last, sum_i h_i])
//
// with time_i = work_i / (capacity_i SLO), all in logarithms. Neither the number of fragments nor
// their order is built in.
#pragma once

#include <span>

#include "learn/weights.h"
#include "model/application.h"

namespace scinet {

inline constexpr Eigen::Index kFragmentFeatures = 4;

std::vector<WeightShape> graf_network_shapes();

// What a fragment meets where it runs, apart from the capacity that it is given.
struct FragmentSetting {
  double load = 0.0;       // work that arrives / speed of the hosts that are on and can hold it
  Seconds start_delay{0};  // until it can run once its inputs are sent: boot, model, transfer
};

// Task graphs as the network sees them, below each other.
struct TaskGraphs {
  Matrix fragments;  // [fragments, kFragmentFeatures]: log work, load, delay, variation of work
  Rows graph_of;     // of each fragment
  Rows from;         // of each edge
  Rows to;
  Rows last;  // the last fragment of each graph

  // One setting for each fragment. Work is relative to what a core of speed `core` does in an SLO.
  void append(const Strategy& strategy, std::span<const FragmentSetting> settings, Seconds slo,
              Mips core);
  Eigen::Index size() const { return static_cast<Eigen::Index>(last.size()); }
};

// log(latency / SLO) of each graph, [graphs, 1].
struct PredictedLatency {
  Tape::Variable mean;
  Tape::Variable log_deviation;  // between -2.5 and 0.5
};

// `capacity`: log(speed that the fragment is given / speed of a core), [fragments, 1].
PredictedLatency predict_latency(const WeightsOnTape& network, const TaskGraphs& graphs,
                                 Tape::Variable capacity);

}  // namespace scinet
