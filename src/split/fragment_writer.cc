#include "split/fragment_writer.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/ensure.h"
#include "base/text.h"
#include "split/deterministic_bytes.h"

namespace scinet {
namespace {

// Of a step, its place among the steps.
std::map<std::size_t, std::size_t> places_of_steps(const OnnxGraph& graph) {
  std::map<std::size_t, std::size_t> places;
  for (std::size_t i = 0; i < graph.steps().size(); ++i) places[graph.steps()[i]] = i;
  return places;
}

// The nodes that make constants for these nodes, and so on.
void add_constant_nodes(const OnnxGraph& graph, std::set<std::size_t>& nodes) {
  std::vector<std::size_t> open(nodes.begin(), nodes.end());
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    for (const std::size_t input : graph.nodes()[node].inputs) {
      const GraphValue& value = graph.values()[input];
      if (!value.is_constant || !value.producer) continue;
      if (nodes.insert(*value.producer).second) open.push_back(*value.producer);
    }
  }
}

// What the nodes read of outside, without constants.
std::vector<std::size_t> taken_by(const OnnxGraph& graph, const std::set<std::size_t>& nodes) {
  std::set<std::size_t> taken;
  for (const std::size_t node : nodes) {
    for (const std::size_t input : graph.nodes()[node].inputs) {
      const GraphValue& value = graph.values()[input];
      const bool is_inside = value.producer && nodes.contains(*value.producer);
      if (!value.is_constant && !is_inside) taken.insert(input);
    }
  }
  return {taken.begin(), taken.end()};
}

class FragmentBuilder {
 public:
  FragmentBuilder(const OnnxGraph& graph, const ModelProfile& profile, const ModelPart& part)
      : graph_(graph), profile_(profile), part_(part), whole_(graph.model().graph()) {
    for (const std::size_t node : part.nodes) {
      for (const std::size_t value : graph.nodes()[node].inputs) add_name(value);
      for (const std::size_t value : graph.nodes()[node].outputs) add_name(value);
    }
    for (const std::size_t value : part.gives) add_name(value);
  }

  onnx::ModelProto build(const std::string& name) const {
    onnx::ModelProto model;
    const onnx::ModelProto& whole = graph_.model();
    model.set_ir_version(whole.ir_version());
    *model.mutable_opset_import() = whole.opset_import();
    *model.mutable_metadata_props() = whole.metadata_props();
    if (whole.has_producer_name()) model.set_producer_name(whole.producer_name());
    if (whole.has_producer_version()) model.set_producer_version(whole.producer_version());
    if (whole.has_domain()) model.set_domain(whole.domain());
    if (whole.has_model_version()) model.set_model_version(whole.model_version());
    if (whole.has_doc_string()) model.set_doc_string(whole.doc_string());

    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(name);
    for (const std::size_t node : part_.nodes) {
      *graph.add_node() = whole_.node(static_cast<int>(node));
    }
    add_constants(graph);
    for (const std::size_t value : part_.takes) *graph.add_input() = described(value);
    for (const onnx::ValueInfoProto& input : whole_.input()) {
      // With a default: old versions want each initializer to be an input as well.
      if (constants_.contains(input.name())) *graph.add_input() = input;
    }
    for (const std::size_t value : part_.gives) *graph.add_output() = described(value);
    for (const onnx::ValueInfoProto& value : whole_.value_info()) {
      if (made_.contains(value.name())) *graph.add_value_info() = value;
    }
    return model;
  }

 private:
  void add_name(std::size_t id) {
    const GraphValue& value = graph_.values()[id];
    if (value.producer) {
      const bool is_given = std::ranges::count(part_.gives, id) > 0;
      const bool is_taken = std::ranges::count(part_.takes, id) > 0;
      if (!is_given && !is_taken) made_.insert(value.name);
    } else if (value.is_constant) {
      constants_.insert(value.name);
    }
  }

  void add_constants(onnx::GraphProto& graph) const {
    for (const onnx::TensorProto& tensor : whole_.initializer()) {
      if (constants_.contains(tensor.name())) *graph.add_initializer() = tensor;
    }
    for (const onnx::SparseTensorProto& tensor : whole_.sparse_initializer()) {
      if (constants_.contains(tensor.values().name())) *graph.add_sparse_initializer() = tensor;
    }
  }

  // Inputs and outputs of the whole model stay as they were.
  onnx::ValueInfoProto described(std::size_t id) const {
    const GraphValue& value = graph_.values()[id];
    for (const auto* list : {&whole_.input(), &whole_.output()}) {
      const auto found = std::ranges::find_if(
          *list, [&value](const auto& entry) { return entry.name() == value.name; });
      if (found != list->end()) return *found;
    }
    const ValueFacts& facts = profile_.values[id];
    ensure(facts.has_sample_shape, "a value that crosses a cut has a known shape");
    onnx::ValueInfoProto info;
    info.set_name(value.name);
    onnx::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(facts.element_type);
    onnx::TensorShapeProto& shape = *type.mutable_shape();
    const bool has_rank = facts.dims.size() == facts.sample_shape.size();
    for (std::size_t i = 0; i < facts.sample_shape.size(); ++i) {
      onnx::TensorShapeProto::Dimension& dim = *shape.add_dim();
      if (!has_rank || facts.dims[i].empty()) continue;  // open
      const auto length = parse_number<std::int64_t>(facts.dims[i]);
      if (!length) {
        dim.set_dim_param(facts.dims[i]);
      } else if (*length == facts.sample_shape[i]) {
        dim.set_dim_value(*length);
      }
    }
    return info;
  }

  const OnnxGraph& graph_;
  const ModelProfile& profile_;
  const ModelPart& part_;
  const onnx::GraphProto& whole_;
  std::set<std::string> made_;       // values that stay inside
  std::set<std::string> constants_;  // initializers in use
};

}  // namespace

std::vector<std::size_t> values_across(const OnnxGraph& graph, std::size_t position) {
  const auto places = places_of_steps(graph);
  std::vector<std::size_t> across;
  for (std::size_t i = 0; i < graph.values().size(); ++i) {
    const GraphValue& value = graph.values()[i];
    if (value.is_constant) continue;
    if (value.producer && !places.contains(*value.producer)) continue;  // of no use
    const bool exists = !value.producer || places.at(*value.producer) < position;
    const bool is_needed =
        value.is_output || (value.last_use && places.at(*value.last_use) >= position);
    if (exists && is_needed) across.push_back(i);
  }
  return across;
}

std::vector<ModelPart> parts_of(const OnnxGraph& graph, const std::vector<std::size_t>& cuts) {
  std::vector<ModelPart> parts;
  const std::vector<std::size_t>& steps = graph.steps();
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const bool is_last = i == cuts.size();
    const std::size_t end = is_last ? steps.size() : cuts[i];
    ModelPart part{.nodes = {},
                   .steps = end - begin,
                   .takes = {},
                   .gives = {},
                   .arrives = values_across(graph, begin),
                   .leaves = values_across(graph, end)};
    std::set<std::size_t> nodes;
    for (std::size_t step = begin; step < end; ++step) nodes.insert(steps[step]);
    part.takes = taken_by(graph, nodes);
    for (const std::size_t value : part.leaves) {
      const auto producer = graph.values()[value].producer;
      if (producer && nodes.contains(*producer)) part.gives.push_back(value);
    }
    // An answer that is the same for every request is left to the last part.
    for (std::size_t value = 0; is_last && value < graph.values().size(); ++value) {
      if (!graph.values()[value].is_constant || !graph.values()[value].is_output) continue;
      part.gives.push_back(value);
      part.leaves.push_back(value);
      if (const auto producer = graph.values()[value].producer) nodes.insert(*producer);
    }
    add_constant_nodes(graph, nodes);
    part.nodes.assign(nodes.begin(), nodes.end());
    std::ranges::sort(part.gives);
    std::ranges::sort(part.leaves);
    parts.push_back(std::move(part));
    begin = end;
  }
  return parts;
}

std::string fragment_bytes(const OnnxGraph& graph, const ModelProfile& profile,
                           const ModelPart& part, const std::string& name) {
  return deterministic_bytes(FragmentBuilder(graph, profile, part).build(name));
}

}  // namespace scinet
