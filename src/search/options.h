// Problems that the searches of this module solve: a number of variables, each with a number of
// options to choose from, and a score of any full choice. What the options stand for is the
// caller's business.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace scinet {

using Choice = std::vector<int>;  // an option for each variable, counted from 0

struct OptionProblem {
  std::vector<int> options;                    // of each variable, at least one
  std::function<double(const Choice&)> score;  // larger is better; the same choice, the same score
};

struct Found {
  Choice choice;
  double score = 0.0;
  std::int64_t steps = 0;  // scores that were asked for
};

}  // namespace scinet
