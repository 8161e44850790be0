#include "quantize/float_values.h"

#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "quantize/integer_scale.h"
#include "quantize/node_facts.h"

namespace scinet {
namespace {

bool is_one_a_channel(const onnx::TensorShapeProto& shape) {
  if (shape.dim_size() < 3) return false;
  return std::all_of(shape.dim().begin() + 2, shape.dim().end(),
                     [](const auto& dim) { return dim.dim_value() == 1; });
}

}  // namespace

std::map<std::size_t, const onnx::TensorProto*> float_constants(const OnnxGraph& graph) {
  std::map<std::string, const onnx::TensorProto*> tensors;
  for (const onnx::TensorProto& tensor : graph.model().graph().initializer()) {
    if (tensor.data_type() == onnx::TensorProto::FLOAT) tensors[tensor.name()] = &tensor;
  }
  std::map<std::size_t, const onnx::TensorProto*> constants;
  for (std::size_t i = 0; i < graph.values().size(); ++i) {
    const auto tensor = tensors.find(graph.values()[i].name);
    if (tensor == tensors.end()) continue;
    const std::vector<float> numbers = floats_of(*tensor->second);
    const bool fit =
        std::ranges::all_of(numbers, [](float number) { return std::abs(number) <= kLargestReal; });
    if (fit) constants[i] = tensor->second;
  }
  return constants;
}

FloatValues float_values(const OnnxGraph& graph) {
  onnx::ModelProto model = graph.model();
  try {
    onnx::shape_inference::InferShapes(model);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {  // what the file says itself remains
  }
  FloatValues floats;
  const onnx::GraphProto& proto = model.graph();
  for (const auto* list : {&proto.value_info(), &proto.input(), &proto.output()}) {
    for (const onnx::ValueInfoProto& value : *list) {
      if (value.type().tensor_type().elem_type() != onnx::TensorProto::FLOAT) continue;
      floats.names.insert(value.name());
      if (is_one_a_channel(value.type().tensor_type().shape())) {
        floats.one_a_channel.insert(value.name());
      }
    }
  }
  return floats;
}

}  // namespace scinet
