// A recurrent network that foresees a series such as the utilisation of a host: one layer of long
// short-term memory (Hochreiter, Schmidhuber, Neural Computation 9(8), 1997; with the forget gate
// of Gers et al., 2000).
//
//   i, f, o = sigmoid(W [x, h] + b), g = tanh(W [x, h] + b)
//   c <- f c + i g,   h <- o tanh(c),   next value = x + V h
//
// What it learns is the change, so that an untrained network is persistence. Weights are shared by
// all series.
#pragma once

#include <vector>

#include "learn/weights.h"
#include "policy/predictive.h"

namespace scinet {

std::vector<WeightShape> lstm_shapes();

struct ForeseenStep {
  Tape::Variable mean;           // [series, 1]
  Tape::Variable log_deviation;  // [series, 1]
};

// Of many series at once: the state after what was read.
class LstmReader {
 public:
  LstmReader(const WeightsOnTape& network, Eigen::Index series);

  // Reads one value of each series, [series, 1], and foresees the next one.
  ForeseenStep read(Tape::Variable x);

 private:
  const WeightsOnTape& network_;
  Tape::Variable cell_;
  Tape::Variable hidden_;
};

// All series at once. Reads the last 12 values at most; what it foresees further ahead follows from
// what it foresaw.
SeriesPredictor predict_by_lstm(Weights weights);

}  // namespace scinet
