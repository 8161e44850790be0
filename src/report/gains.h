// By how much the reference of a comparison is ahead, as published work quotes it: "energy by up to
// 71 %". Such a figure is against the worst rival on the scenario where that is furthest behind;
// the same against the best rival is what says something.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/comparison.h"

namespace scinet {

struct Gain {
  double change = 0.0;  // (reference - rival) / rival, of means; energy less by a half is -0.5
  std::string scenario;
  std::string rival;
};

struct Gains {
  std::string_view metric;  // one of compared_metrics()
  std::string_view title;   // for people
  Gain over_worst;          // the largest over all scenarios
  Gain over_best;           // the largest over all scenarios, of those over the best rival there
  double mean_over_best = 0.0;  // over the scenarios
};

// Of energy, cost, response and accuracy. Rivals are all other policies but the oracle, which is no
// policy for everyday use. A metric that does not exist everywhere is left out; all are, without a
// rival.
std::vector<Gains> gains_of(const Comparison& comparison);

// Ends with a line end; empty where there are no gains to tell.
std::string gains_table(const Comparison& comparison);

}  // namespace scinet
