// Which nodes of a model become integer, and which values they need as integers.
//
// Convolutions and products of matrices are worth it by themselves. What lies between them (sums,
// products, pooling, joining, moving) joins in where all it reads is integer already: there it
// saves a conversion, elsewhere it would cost one. All else stays as it is.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "quantize/float_values.h"
#include "split/onnx_graph.h"

namespace scinet {

struct IntegerNode {
  std::size_t node = 0;
  std::vector<int> values{};              // inputs, by position, that depend on the request
  std::vector<int> constants{};           // inputs that are constant numbers, with one scale each
  std::optional<int> weights{};           // the input with weights, and
  std::optional<std::size_t> channels{};  // their axis with a scale for each index
  std::optional<int> bias{};
  std::size_t gives = 0;     // the value that its integers stand for
  bool gives_reals = false;  // the sums themselves are handed on: nobody needs them as integers
};

struct IntegerPlan {
  std::vector<IntegerNode> nodes;  // ascending
  // The values that exist as integers, and the one whose range gives the scale of each: moving
  // numbers about does not change it.
  std::map<std::size_t, std::size_t> scale_from;
  // Rectifiers and limits: integers that cannot leave their range do the same.
  std::set<std::size_t> dissolved;
};

// Values in `unfit` stay real.
IntegerPlan plan_integers(const OnnxGraph& graph, const FloatValues& floats,
                          const std::set<std::size_t>& unfit);

}  // namespace scinet
