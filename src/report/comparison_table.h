// A comparison as a table for people, one scenario at a time.
#pragma once

#include <string>

#include "report/comparison.h"

namespace scinet {

// One line a policy, best mean QoS first, with its 95 % interval and its difference to the
// reference; "*" marks a difference whose interval excludes 0. A column for the regret is there
// where the oracle took part. What does not exist is "-". Ends with a line end.
std::string comparison_table(const ScenarioComparison& compared, const std::string& reference);

}  // namespace scinet
