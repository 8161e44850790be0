// Puts the fragments of a strategy, given in any order, into the order that Strategy promises.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/application.h"

namespace scinet {

// A fragment whose inputs are still names. `fragment.inputs` is not read.
struct NamedFragment {
  Fragment fragment;
  std::vector<std::string> inputs;
};

// Topological order, otherwise as given. kInvalidInput, with a sentence, when a name is taken
// twice or unknown, the inputs run in a circle, or not exactly one fragment is last.
Result<std::vector<Fragment>> in_topological_order(std::vector<NamedFragment> given);

}  // namespace scinet
