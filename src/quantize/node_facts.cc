#include "quantize/node_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace scinet {
namespace {

static_assert(std::endian::native == std::endian::little, "raw ONNX tensors are little-endian");

const onnx::AttributeProto* attribute_of(const onnx::NodeProto& node, std::string_view name) {
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

}  // namespace

bool has_attribute(const onnx::NodeProto& node, std::string_view name) {
  return attribute_of(node, name) != nullptr;
}

std::int64_t integer_attribute(const onnx::NodeProto& node, std::string_view name,
                               std::int64_t otherwise) {
  const onnx::AttributeProto* attribute = attribute_of(node, name);
  return attribute ? attribute->i() : otherwise;
}

float real_attribute(const onnx::NodeProto& node, std::string_view name, float otherwise) {
  const onnx::AttributeProto* attribute = attribute_of(node, name);
  return attribute ? attribute->f() : otherwise;
}

std::string word_attribute(const onnx::NodeProto& node, std::string_view name,
                           const std::string& otherwise) {
  const onnx::AttributeProto* attribute = attribute_of(node, name);
  return attribute ? attribute->s() : otherwise;
}

void collect_names(const onnx::GraphProto& graph, std::set<std::string>& names) {
  for (const auto& tensor : graph.initializer()) names.insert(tensor.name());
  for (const auto& tensor : graph.sparse_initializer()) names.insert(tensor.values().name());
  for (const auto& input : graph.input()) names.insert(input.name());
  for (const onnx::NodeProto& node : graph.node()) {
    names.insert(node.name());
    names.insert(node.output().begin(), node.output().end());
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) collect_names(attribute.g(), names);
      for (const auto& inner : attribute.graphs()) collect_names(inner, names);
    }
  }
}

std::string fresh_name(const std::string& wanted, std::set<std::string>& names) {
  std::string name = wanted;
  for (int i = 2; !names.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
  return name;
}

std::int64_t count_of(const onnx::TensorProto& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t length : tensor.dims()) count *= length;
  return count;
}

std::vector<float> floats_of(const onnx::TensorProto& tensor) {
  if (!tensor.has_raw_data()) return {tensor.float_data().begin(), tensor.float_data().end()};
  std::vector<float> numbers(tensor.raw_data().size() / sizeof(float));
  std::memcpy(numbers.data(), tensor.raw_data().data(), numbers.size() * sizeof(float));
  return numbers;
}

}  // namespace scinet
