#include "quantize/integer_model.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantize/node_facts.h"

namespace scinet {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

class IntegerWriter {
 public:
  IntegerWriter(const OnnxGraph& graph, const IntegerPlan& plan,
                const std::map<std::size_t, ValueScale>& scales)
      : graph_(graph), plan_(plan), scales_(scales), whole_(graph.model().graph()) {
    collect_names(whole_, names_);
    for (const auto& tensor : whole_.initializer()) constants_[tensor.name()] = &tensor;
    for (std::size_t i = 0; i < graph.values().size(); ++i) ids_[graph.values()[i].name] = i;
  }

  onnx::ModelProto write() {
    onnx::ModelProto model = graph_.model();
    model.mutable_graph()->Clear();
    made_ = model.mutable_graph();
    made_->set_name(whole_.name());
    *made_->mutable_input() = whole_.input();
    *made_->mutable_output() = whole_.output();
    for (const auto& input : whole_.input()) add_integers_of(ids_.at(input.name()));
    std::size_t next = 0;
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
      if (!graph_.nodes()[i].is_needed || plan_.dissolved.contains(i)) continue;
      const bool is_integer = next < plan_.nodes.size() && plan_.nodes[next].node == i;
      is_integer ? add_integer_node(plan_.nodes[next++]) : add_real_node(i);
    }
    add_constants();
    add_shapes();
    return model;
  }

 private:
  const NodeProto& proto(std::size_t node) const { return whole_.node(static_cast<int>(node)); }

  std::string fresh(const std::string& wanted) { return fresh_name(wanted, names_); }

  void add_real_node(std::size_t node) {
    *made_->add_node() = proto(node);
    real_nodes_.push_back(node);
    for (const std::size_t value : graph_.nodes()[node].outputs) add_integers_of(value);
  }

  // Of a value that exists as a real number: its integers, for those that read them.
  void add_integers_of(std::size_t value) {
    const auto scale = scales_.find(value);
    if (scale == scales_.end()) return;
    const std::string& name = graph_.values()[value].name;
    rounded_[value] = fresh(name + "_rounded");
    add_rounding(name, name, rounded_[value], scale->second);
  }

  void add_integer_node(const IntegerNode& plan) {
    NodeProto node = proto(plan.node);
    std::vector<float> input_scales;
    for (const int position : plan.values) {
      const std::size_t value = ids_.at(node.input(position));
      const auto rounded = rounded_.find(value);
      if (rounded != rounded_.end()) node.set_input(position, rounded->second);
      input_scales.push_back(scales_.at(value).scale);
    }
    const bool inverts = node.op_type() == "Div";
    if (inverts) node.set_op_type("Mul");
    for (const int position : plan.constants) {
      node.set_input(position, add_constant_numbers(node.input(position), inverts));
    }
    if (plan.weights) add_weights(plan, input_scales.front(), node);
    if (plan.gives_reals) {
      *made_->add_node() = node;
      return;
    }
    // Whoever reads the value, reads what its integers stand for.
    const std::string& name = graph_.values()[plan.gives].name;
    const std::string exact = fresh(name + "_exact");
    node.set_output(0, exact);
    *made_->add_node() = node;
    add_rounding(exact, name, name, scales_.at(plan.gives));
  }

  // from -> integers -> to
  void add_rounding(const std::string& from, const std::string& stem, const std::string& to,
                    const ValueScale& scale) {
    const std::string scale_name = add_numbers(stem + "_scale", {}, std::vector{scale.scale});
    const std::string zero_name =
        add_numbers(stem + "_zero_point", {}, std::vector{scale.zero_point});
    const std::string integers = fresh(stem + "_uint8");
    add_node("QuantizeLinear", {from, scale_name, zero_name}, integers);
    add_node("DequantizeLinear", {integers, scale_name, zero_name}, to);
  }

  std::string add_constant_numbers(const std::string& name, bool inverts) {
    const auto [known, is_new] = constant_numbers_.try_emplace({name, inverts});
    if (!is_new) return known->second;
    const TensorProto& tensor = *constants_.at(name);
    std::vector<float> numbers = floats_of(tensor);
    if (inverts) {
      for (float& number : numbers) number = 1.0f / number;
    }
    const auto [low, high] = std::ranges::minmax(numbers);
    const ValueScale scale = scale_for(low, high);
    std::vector<std::uint8_t> integers;
    for (const float number : numbers) integers.push_back(to_integer(number, scale));
    const std::string made = fresh(name + "_rounded");
    add_node("DequantizeLinear",
             {add_numbers(name + "_uint8", {tensor.dims().begin(), tensor.dims().end()}, integers),
              add_numbers(name + "_scale", {}, std::vector{scale.scale}),
              add_numbers(name + "_zero_point", {}, std::vector{scale.zero_point})},
             made);
    return known->second = made;
  }

  void add_weights(const IntegerNode& plan, float input_scale, NodeProto& node) {
    const std::string name = node.input(*plan.weights);
    const TensorProto& tensor = *constants_.at(name);
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    std::vector<float> bias;
    std::vector<double> least;
    if (plan.bias) bias = floats_of(*constants_.at(node.input(*plan.bias)));
    if (plan.channels) least.resize(static_cast<std::size_t>(shape[*plan.channels]), 0.0);
    for (std::size_t i = 0; i < bias.size(); ++i) {
      least[i] = least_weight_scale(bias[i], input_scale);
    }
    const IntegerWeights weights = quantize_weights(floats_of(tensor), shape, plan.channels, least);
    node.set_input(*plan.weights, add_weight_numbers(name, shape, plan.channels, weights));
    if (plan.bias) {
      const std::string& bias_name = node.input(*plan.bias);
      node.set_input(*plan.bias, add_bias(bias_name, bias, input_scale, weights.scales));
    }
  }

  // Nodes that share weights share their integers, unless a bias made the scales differ.
  std::string add_weight_numbers(const std::string& name, const std::vector<std::int64_t>& shape,
                                 std::optional<std::size_t> axis, const IntegerWeights& weights) {
    const auto [known, is_new] = weight_numbers_.try_emplace({name, axis, weights.scales});
    if (!is_new) return known->second;
    const auto channels = static_cast<std::int64_t>(weights.scales.size());
    const Lengths lengths = axis ? Lengths{channels} : Lengths{};
    known->second = fresh(name + "_rounded");
    NodeProto& node = add_node("DequantizeLinear",
                               {add_numbers(name + "_int8", shape, weights.integers),
                                add_numbers(name + "_scale", lengths, weights.scales),
                                add_numbers(name + "_zero_point", lengths,
                                            std::vector<std::int8_t>(weights.scales.size(), 0))},
                               known->second);
    if (axis) set_axis(node, static_cast<std::int64_t>(*axis));
    return known->second;
  }

  std::string add_bias(const std::string& name, const std::vector<float>& bias, float input_scale,
                       const std::vector<float>& weight_scales) {
    std::vector<float> scales;
    std::vector<std::int32_t> integers;
    for (std::size_t i = 0; i < bias.size(); ++i) {
      scales.push_back(bias_scale(input_scale, weight_scales[i]));
      integers.push_back(bias_to_integer(bias[i], scales.back()));
    }
    const Lengths lengths = {static_cast<std::int64_t>(bias.size())};
    const std::string made = fresh(name + "_rounded");
    NodeProto& node = add_node(
        "DequantizeLinear",
        {add_numbers(name + "_int32", lengths, integers),
         add_numbers(name + "_scale", lengths, scales),
         add_numbers(name + "_zero_point", lengths, std::vector<std::int32_t>(bias.size(), 0))},
        made);
    set_axis(node, 0);
    return made;
  }

  using Lengths = std::vector<std::int64_t>;

  template <class Number>
  std::string add_numbers(const std::string& wanted, const Lengths& shape,
                          const std::vector<Number>& numbers) {
    TensorProto& tensor = *made_->add_initializer();
    tensor.set_name(fresh(wanted));
    if constexpr (std::is_same_v<Number, float>) tensor.set_data_type(TensorProto::FLOAT);
    if constexpr (std::is_same_v<Number, std::int8_t>) tensor.set_data_type(TensorProto::INT8);
    if constexpr (std::is_same_v<Number, std::uint8_t>) tensor.set_data_type(TensorProto::UINT8);
    if constexpr (std::is_same_v<Number, std::int32_t>) tensor.set_data_type(TensorProto::INT32);
    for (const std::int64_t length : shape) tensor.add_dims(length);
    tensor.set_raw_data(numbers.data(), numbers.size() * sizeof(Number));
    return tensor.name();
  }

  NodeProto& add_node(const std::string& operation, const std::vector<std::string>& inputs,
                      const std::string& output) {
    NodeProto& node = *made_->add_node();
    node.set_op_type(operation);
    node.set_name(fresh(fmt::format("{}_{}", output, operation)));
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return node;
  }

  static void set_axis(NodeProto& node, std::int64_t axis) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name("axis");
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(axis);
  }

  // Of the whole model, what is still read.
  void add_constants() {
    std::set<std::string> read;
    for (const auto& output : made_->output()) read.insert(output.name());
    for (const NodeProto& node : made_->node()) {
      read.insert(node.input().begin(), node.input().end());
    }
    for (const std::size_t node : real_nodes_) {  // graphs inside nodes read as well
      for (const std::size_t value : graph_.nodes()[node].inputs) {
        read.insert(graph_.values()[value].name);
      }
    }
    for (const TensorProto& tensor : whole_.initializer()) {
      if (read.contains(tensor.name())) *made_->add_initializer() = tensor;
    }
    for (const auto& tensor : whole_.sparse_initializer()) {
      if (read.contains(tensor.values().name())) *made_->add_sparse_initializer() = tensor;
    }
  }

  void add_shapes() {
    std::set<std::string> made;
    for (const NodeProto& node : made_->node()) {
      made.insert(node.output().begin(), node.output().end());
    }
    for (const auto& value : whole_.value_info()) {
      if (made.contains(value.name())) *made_->add_value_info() = value;
    }
  }

  const OnnxGraph& graph_;
  const IntegerPlan& plan_;
  const std::map<std::size_t, ValueScale>& scales_;
  const onnx::GraphProto& whole_;
  onnx::GraphProto* made_ = nullptr;
  std::vector<std::size_t> real_nodes_;
  std::set<std::string> names_;
  std::map<std::string, const TensorProto*> constants_;
  std::map<std::string, std::size_t> ids_;
  std::map<std::size_t, std::string> rounded_;  // of real values, what their integers stand for
  std::map<std::pair<std::string, bool>, std::string> constant_numbers_;
  std::map<std::tuple<std::string, std::optional<std::size_t>, std::vector<float>>, std::string>
      weight_numbers_;
};

}  // namespace

onnx::ModelProto integer_model(const OnnxGraph& graph, const IntegerPlan& plan,
                               const std::map<std::size_t, ValueScale>& scales) {
  return IntegerWriter(graph, plan, scales).write();
}

}  // namespace scinet
