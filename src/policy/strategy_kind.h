// What kind of split a strategy is, told by the shape of its fragment graph, since names are never
// read.
#pragma once

#include "model/application.h"

namespace scinet {

enum class StrategyKind {
  kSingle,    // one fragment: the whole model, or a compressed one
  kChain,     // fragments one after the other: split by layer
  kBranches,  // anything else: fragments side by side, as in a semantic split
};

StrategyKind kind_of(const Strategy& strategy);

Mi total_work(const Strategy& strategy);  // mean, over all fragments

}  // namespace scinet
