// A comparison as files: the JSON document that other tools and the HTML report read, and a flat
// table. docs/comparison.md describes every key and column.
#pragma once

#include <string>

#include "model/json.h"
#include "report/comparison.h"

namespace scinet {

Json json_of(const Comparison& comparison);

// One line for each scenario, policy and metric; the decision times and the regret are metrics
// here.
std::string comparison_csv(const Comparison& comparison);

}  // namespace scinet
