// Trains the LSTM on the utilisation of hosts in runs on the twin.
#pragma once

#include <vector>

#include "learn/plan_training.h"
#include "workload/scenario.h"

namespace scinet {

// The utilisation of some hosts over the same beats: [hosts, beats], oldest first.
using SeriesExample = Matrix;

// Windows of 13 beats from `runs` runs, each of its own variation of a scenario; those of a run
// stay together. The same arguments give the same windows.
std::vector<SeriesExample> make_series_examples(const std::vector<Scenario>& bases, int runs,
                                                const RandomStreams& streams,
                                                const OnShareDone& on_share_done = {});

// Learns from the first four fifths, to foresee each value from those before it by Gaussian
// likelihood, and measures the last value of each window on the rest, beside persistence and the
// mean of the window. `examples` are at least ten.
TrainedNetwork train_lstm(const std::vector<SeriesExample>& examples, const FitSettings& settings,
                          const RandomStreams& streams, const OnFitProgress& on_epoch = {});

}  // namespace scinet
