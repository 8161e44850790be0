// Puts the fragments of a strategy, given in any order, into the order that Strategy promises.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/application.h"

namespace scinet {

// A fragment whose inputs are still names. `fragment.inputs` is not read.
struct NamedFragment {
  Fragment fragment;
  std::vector<std::string> inputs;
};

// What makes a graph impossible, and the position of the fragment that shows it.
struct GraphProblem {
  std::size_t fragment = 0;
  std::string sentence;

  friend bool operator==(const GraphProblem&, const GraphProblem&) = default;
};

// The most inputs of one fragment: platforms note in one word which of them have arrived.
inline constexpr std::size_t kMostInputs = 64;

// A name that is taken twice or unknown, too many inputs, inputs that run in a circle, or more than
// one last fragment. Nothing where the graph is sound.
std::optional<GraphProblem> find_graph_problem(const std::vector<NamedFragment>& given);

// Topological order, otherwise as given. Of a sound graph.
std::vector<Fragment> in_topological_order(std::vector<NamedFragment> given);

}  // namespace scinet
