#include "quantize/integer_plan.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "quantize/integer_scale.h"
#include "quantize/node_facts.h"

namespace scinet {
namespace {

using onnx::NodeProto;
using onnx::TensorProto;

bool is_one_of(const std::string& operation, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, operation) != names.end();
}

class Planner {
 public:
  Planner(const OnnxGraph& graph, const FloatValues& floats, const std::set<std::size_t>& unfit)
      : graph_(graph), floats_(floats), unfit_(unfit), constants_(float_constants(graph)) {
    for (std::size_t i = 0; i < graph.values().size(); ++i) ids_[graph.values()[i].name] = i;
    for (const std::size_t step : graph.steps()) {
      for (const std::size_t value : graph.nodes()[step].inputs) readers_[value].push_back(step);
    }
  }

  IntegerPlan plan() {
    for (const std::size_t step : graph_.steps()) consider(step);
    hand_on_reals();
    for (const IntegerNode& node : plan_.nodes) {
      for (const int position : node.values) add_scaled(input(node.node, position));
      if (!node.gives_reals) add_scaled(node.gives);
    }
    return std::move(plan_);
  }

 private:
  const NodeProto& proto(std::size_t node) const {
    return graph_.model().graph().node(static_cast<int>(node));
  }
  std::size_t input(std::size_t node, int position) const {
    return ids_.at(proto(node).input(position));
  }
  bool has_input(std::size_t node, int position) const {
    return position < proto(node).input_size() && !proto(node).input(position).empty();
  }
  const TensorProto* constant(std::size_t node, int position) const {
    if (!has_input(node, position)) return nullptr;
    const auto found = constants_.find(input(node, position));
    return found == constants_.end() ? nullptr : found->second;
  }
  // A float value that depends on the request and may become integer.
  bool is_value(std::size_t node, int position) const {
    if (!has_input(node, position)) return false;
    const std::size_t id = input(node, position);
    const GraphValue& value = graph_.values()[id];
    return !value.is_constant && floats_.names.contains(value.name) && !unfit_.contains(id);
  }
  bool is_small_value(std::size_t node, int position) const {
    return is_value(node, position) && floats_.one_a_channel.contains(proto(node).input(position));
  }
  bool is_integer(std::size_t node, int position) const {
    return has_input(node, position) && integers_.contains(input(node, position));
  }

  void consider(std::size_t node) {
    if (plan_.dissolved.contains(node) || !is_standard_domain(proto(node).domain())) return;
    if (graph_.nodes()[node].outputs.size() != 1) return;
    std::optional<IntegerNode> found = form_of(node);
    if (!found) return;
    found->node = node;
    found->gives = graph_.nodes()[node].outputs.front();
    const std::vector<std::size_t> dissolved = dissolve_behind(*found);
    if (unfit_.contains(found->gives) ||
        !floats_.names.contains(graph_.values()[found->gives].name)) {
      return;
    }
    plan_.dissolved.insert(dissolved.begin(), dissolved.end());
    integers_.insert(found->gives);
    if (moves_only(node)) moved_from_[found->gives] = input(node, 0);
    plan_.nodes.push_back(std::move(*found));
  }

  std::optional<IntegerNode> form_of(std::size_t node) const {
    const std::string& operation = proto(node).op_type();
    if (operation == "Conv") return convolution(node);
    if (operation == "Gemm") return linear(node);
    if (operation == "MatMul") return product(node);
    if (operation == "Add" || operation == "Mul") return elementwise(node);
    if (operation == "Div") return quotient(node);
    if (operation == "Concat") return all_integer(node);
    if (has_attribute(proto(node), "dilations") && operation == "AveragePool") return std::nullopt;
    if (is_one_of(operation, {"AveragePool", "GlobalAveragePool", "Sigmoid", "LeakyRelu"}) ||
        moves_only(node)) {
      if (is_integer(node, 0)) return IntegerNode{.values = {0}};
    }
    return std::nullopt;
  }

  // Its outputs are some of its inputs' numbers.
  bool moves_only(std::size_t node) const {
    const std::string& operation = proto(node).op_type();
    if (operation == "Resize") return word_attribute(proto(node), "mode", "nearest") == "nearest";
    return is_one_of(operation, {"MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze"});
  }

  std::optional<IntegerNode> convolution(std::size_t node) const {
    const TensorProto* weights = constant(node, 1);
    if (!is_value(node, 0) || !weights || weights->dims_size() < 3) return std::nullopt;
    IntegerNode found{.values = {0}, .weights = 1, .channels = 0};
    return with_bias(node, found, weights->dims(0));
  }

  std::optional<IntegerNode> linear(std::size_t node) const {
    const TensorProto* weights = constant(node, 1);
    if (!is_value(node, 0) || !weights || weights->dims_size() != 2) return std::nullopt;
    if (real_attribute(proto(node), "alpha", 1.0f) != 1.0f) return std::nullopt;
    if (has_input(node, 2) && real_attribute(proto(node), "beta", 1.0f) != 1.0f) {
      return std::nullopt;
    }
    const std::size_t axis = integer_attribute(proto(node), "transB", 0) != 0 ? 0 : 1;
    IntegerNode found{.values = {0}, .weights = 1, .channels = axis};
    return with_bias(node, found, weights->dims(static_cast<int>(axis)));
  }

  // A bias may be left out, but not be of another kind: one constant number for each channel.
  std::optional<IntegerNode> with_bias(std::size_t node, IntegerNode found,
                                       std::int64_t channels) const {
    if (channels < 1) return std::nullopt;
    if (!has_input(node, 2)) return found;
    const TensorProto* bias = constant(node, 2);
    if (!bias || bias->dims_size() < 1 || count_of(*bias) != channels ||
        bias->dims(bias->dims_size() - 1) != channels) {
      return std::nullopt;
    }
    found.bias = 2;
    return found;
  }

  std::optional<IntegerNode> product(std::size_t node) const {
    if (!is_value(node, 0)) return std::nullopt;
    if (is_value(node, 1)) return IntegerNode{.values = {0, 1}};
    const TensorProto* weights = constant(node, 1);
    if (!weights || weights->dims_size() < 2 || count_of(*weights) == 0) return std::nullopt;
    IntegerNode found{.values = {0}, .weights = 1};
    if (weights->dims_size() == 2) found.channels = 1;
    return found;
  }

  // At least one integer, and constants or what costs next to nothing to convert.
  std::optional<IntegerNode> elementwise(std::size_t node) const {
    if (!is_integer(node, 0) && !is_integer(node, 1)) return std::nullopt;
    IntegerNode found;
    for (int position = 0; position < 2; ++position) {
      const TensorProto* numbers = constant(node, position);
      if (is_integer(node, position) || is_small_value(node, position)) {
        found.values.push_back(position);
      } else if (numbers && count_of(*numbers) > 0) {
        found.constants.push_back(position);
      } else {
        return std::nullopt;
      }
    }
    return found;
  }

  // By constants: written as a product with their inverses.
  std::optional<IntegerNode> quotient(std::size_t node) const {
    const TensorProto* divisors = constant(node, 1);
    if (!is_integer(node, 0) || !divisors || count_of(*divisors) == 0) return std::nullopt;
    const bool have_inverses = std::ranges::all_of(floats_of(*divisors), [](float divisor) {
      return std::abs(divisor) >= 1.0 / kLargestReal;
    });
    if (!have_inverses) return std::nullopt;
    return IntegerNode{.values = {0}, .constants = {1}};
  }

  std::optional<IntegerNode> all_integer(std::size_t node) const {
    IntegerNode found;
    for (int position = 0; position < proto(node).input_size(); ++position) {
      if (!is_integer(node, position)) return std::nullopt;
      found.values.push_back(position);
    }
    return found;
  }

  // Rectifiers and limits that alone read what the node gives, one after the other.
  std::vector<std::size_t> dissolve_behind(IntegerNode& found) const {
    std::vector<std::size_t> dissolved;
    for (;;) {
      const auto readers = readers_.find(found.gives);
      if (moves_only(found.node) || graph_.values()[found.gives].is_output ||
          readers == readers_.end() || readers->second.size() != 1 ||
          !is_saturation(readers->second.front())) {
        return dissolved;
      }
      dissolved.push_back(readers->second.front());
      found.gives = graph_.nodes()[dissolved.back()].outputs.front();
    }
  }

  // Whether integers whose range is that of the node's output, and 0, do the same.
  bool is_saturation(std::size_t node) const {
    if (!is_standard_domain(proto(node).domain())) return false;
    if (proto(node).op_type() == "Relu") return true;
    if (proto(node).op_type() != "Clip" || proto(node).attribute_size() > 0) return false;
    for (const int position : {1, 2}) {
      if (!has_input(node, position)) continue;
      const TensorProto* limit = constant(node, position);
      if (!limit || count_of(*limit) != 1) return false;
      const float number = floats_of(*limit).front();
      if (position == 1 ? number > 0.0f : number < 0.0f) return false;
    }
    return has_input(node, 0);
  }

  // Sums of products that nobody reads as integers keep all their digits.
  void hand_on_reals() {
    std::set<std::size_t> read;
    for (const IntegerNode& node : plan_.nodes) {
      for (const int position : node.values) read.insert(input(node.node, position));
    }
    for (IntegerNode& node : plan_.nodes) {
      if (!is_one_of(proto(node.node).op_type(), {"Gemm", "MatMul"}) || read.contains(node.gives)) {
        continue;
      }
      node.gives_reals = true;
      for (std::size_t output = graph_.nodes()[node.node].outputs.front(); output != node.gives;) {
        const std::size_t reader = readers_.at(output).front();
        plan_.dissolved.erase(reader);
        output = graph_.nodes()[reader].outputs.front();
      }
    }
  }

  void add_scaled(std::size_t value) {
    std::size_t from = value;
    for (auto moved = moved_from_.find(from); moved != moved_from_.end();
         moved = moved_from_.find(from)) {
      from = moved->second;
    }
    plan_.scale_from[value] = from;
  }

  const OnnxGraph& graph_;
  const FloatValues& floats_;
  const std::set<std::size_t>& unfit_;
  std::map<std::size_t, const TensorProto*> constants_;
  std::map<std::string, std::size_t> ids_;
  std::map<std::size_t, std::vector<std::size_t>> readers_;
  std::set<std::size_t> integers_;  // values that integer nodes give
  std::map<std::size_t, std::size_t> moved_from_;
  IntegerPlan plan_;
};

}  // namespace

IntegerPlan plan_integers(const OnnxGraph& graph, const FloatValues& floats,
                          const std::set<std::size_t>& unfit) {
  return Planner(graph, floats, unfit).plan();
}

}  // namespace scinet
