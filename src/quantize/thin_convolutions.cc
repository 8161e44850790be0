#include "quantize/thin_convolutions.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "quantize/node_facts.h"

namespace scinet {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

constexpr std::int64_t kChannels = 4;

class Widener {
 public:
  explicit Widener(const OnnxGraph& graph) : model_(graph.model()) {
    collect_names(model_.graph(), names_);
    for (const TensorProto& tensor : graph.model().graph().initializer()) {
      if (tensor.data_type() == TensorProto::FLOAT) constants_[tensor.name()] = &tensor;
    }
  }

  onnx::ModelProto widened() {
    google::protobuf::RepeatedPtrField<NodeProto> nodes;
    nodes.Swap(model_.mutable_graph()->mutable_node());
    for (NodeProto& node : nodes) {
      if (const TensorProto* weights = thin_weights(node)) {
        node.set_input(0, padded_value(node.input(0), *weights));
        node.set_input(1, padded_weights(*weights));
      }
      *model_.mutable_graph()->add_node() = std::move(node);
    }
    return std::move(model_);
  }

 private:
  const TensorProto* thin_weights(const NodeProto& node) const {
    if (!is_standard_domain(node.domain()) || node.op_type() != "Conv" || node.input_size() < 2 ||
        integer_attribute(node, "group", 1) != 1) {
      return nullptr;
    }
    const auto found = constants_.find(node.input(1));
    if (found == constants_.end() || constants_.contains(node.input(0))) return nullptr;
    const TensorProto& weights = *found->second;
    const bool is_thin =
        weights.dims_size() >= 3 && count_of(weights) > 0 && weights.dims(1) < kChannels;
    return is_thin ? &weights : nullptr;
  }

  // Zeros behind its channels, once for all that read it.
  std::string padded_value(const std::string& value, const TensorProto& weights) {
    const auto [known, is_new] = values_.try_emplace({value, weights.dims_size(), weights.dims(1)});
    if (!is_new) return known->second;
    TensorProto& pads = *model_.mutable_graph()->add_initializer();
    pads.set_name(fresh_name(value + "_pads", names_));
    pads.set_data_type(TensorProto::INT64);
    pads.add_dims(2 * weights.dims_size());
    for (int i = 0; i < 2 * weights.dims_size(); ++i) {
      const bool is_behind_channels = i == weights.dims_size() + 1;
      pads.add_int64_data(is_behind_channels ? kChannels - weights.dims(1) : 0);
    }
    NodeProto& node = *model_.mutable_graph()->add_node();
    node.set_op_type("Pad");
    node.set_name(fresh_name(value + "_Pad", names_));
    node.add_input(value);
    node.add_input(pads.name());
    node.add_output(fresh_name(value + "_of_4", names_));
    return known->second = node.output(0);
  }

  std::string padded_weights(const TensorProto& weights) {
    const auto [known, is_new] = weights_.try_emplace(weights.name());
    if (!is_new) return known->second;
    const std::vector<float> numbers = floats_of(weights);
    const auto rows = static_cast<std::size_t>(weights.dims(0));
    const std::size_t row = numbers.size() / rows;
    const std::size_t wide_row = row / static_cast<std::size_t>(weights.dims(1)) * kChannels;
    std::vector<float> wide(rows * wide_row, 0.0f);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      wide[i / row * wide_row + i % row] = numbers[i];

    TensorProto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(fresh_name(weights.name() + "_of_4", names_));
    tensor.set_data_type(TensorProto::FLOAT);
    *tensor.mutable_dims() = weights.dims();
    tensor.set_dims(1, kChannels);
    tensor.set_raw_data(wide.data(), wide.size() * sizeof(float));
    return known->second = tensor.name();
  }

  onnx::ModelProto model_;
  std::set<std::string> names_;
  std::map<std::string, const TensorProto*> constants_;
  std::map<std::tuple<std::string, int, std::int64_t>, std::string> values_;
  std::map<std::string, std::string> weights_;
};

}  // namespace

onnx::ModelProto with_four_channels(const OnnxGraph& graph) { return Widener(graph).widened(); }

}  // namespace scinet
