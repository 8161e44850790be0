// What a node of a model file says: its attributes, and the numbers of constants.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scinet {

inline bool is_standard_domain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

bool has_attribute(const onnx::NodeProto& node, std::string_view name);
std::int64_t integer_attribute(const onnx::NodeProto& node, std::string_view name,
                               std::int64_t otherwise);
float real_attribute(const onnx::NodeProto& node, std::string_view name, float otherwise);
std::string word_attribute(const onnx::NodeProto& node, std::string_view name,
                           const std::string& otherwise);

// Of all values and nodes, in graphs inside nodes as well.
void collect_names(const onnx::GraphProto& graph, std::set<std::string>& names);

// The wanted name, or one like it that no other has; it is taken from then on.
std::string fresh_name(const std::string& wanted, std::set<std::string>& names);

// Of tensors that were checked (split/onnx_tensors.h).
std::int64_t count_of(const onnx::TensorProto& tensor);
std::vector<float> floats_of(const onnx::TensorProto& tensor);

}  // namespace scinet
