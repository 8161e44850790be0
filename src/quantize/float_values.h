// Which values of a model are numbers that can become integers.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "split/onnx_graph.h"

namespace onnx {
class TensorProto;
}

namespace scinet {

// The initializers that are float tensors of numbers that fit, by value.
std::map<std::size_t, const onnx::TensorProto*> float_constants(const OnnxGraph& graph);

// By name.
struct FloatValues {
  std::set<std::string> names;          // that are float tensors for sure
  std::set<std::string> one_a_channel;  // and of shape [N, C, 1, 1]: small beside others
};
FloatValues float_values(const OnnxGraph& graph);

}  // namespace scinet
