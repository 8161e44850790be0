#include "quantize/float_model.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/text.h"
#include "quantize/node_facts.h"
#include "quantize/thin_convolutions.h"
#include "split/deterministic_bytes.h"
#include "split/runtime_profile.h"

namespace scinet {
namespace {

// Since this version of the format no initializer need be an input.
constexpr std::int64_t kOldestIr = 8;

// Inputs with a default are taken to be the default, as all over this program.
onnx::ModelProto without_defaults(onnx::ModelProto model) {
  std::set<std::string> constants;
  for (const auto& tensor : model.graph().initializer()) constants.insert(tensor.name());
  for (const auto& tensor : model.graph().sparse_initializer()) {
    constants.insert(tensor.values().name());
  }
  auto& inputs = *model.mutable_graph()->mutable_input();
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                              [&](const auto& input) { return constants.contains(input.name()); }),
               inputs.end());
  model.set_ir_version(std::max(model.ir_version(), kOldestIr));
  return model;
}

void collect_domains(const onnx::GraphProto& graph, std::set<std::string>& domains) {
  for (const onnx::NodeProto& node : graph.node()) {
    domains.insert(is_standard_domain(node.domain()) ? "" : node.domain());
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) collect_domains(attribute.g(), domains);
      for (const auto& inner : attribute.graphs()) collect_domains(inner, domains);
    }
  }
}

// The engine names all operators that it has, whether they are in use or not.
void keep_used_domains(onnx::ModelProto& model) {
  std::set<std::string> used = {""};
  collect_domains(model.graph(), used);
  auto& imports = *model.mutable_opset_import();
  imports.erase(std::remove_if(imports.begin(), imports.end(),
                               [&](const auto& opset) {
                                 return !is_standard_domain(opset.domain()) &&
                                        !used.contains(opset.domain());
                               }),
                imports.end());
}

std::int64_t opset_of(const onnx::ModelProto& model) {
  for (const auto& opset : model.opset_import()) {
    if (is_standard_domain(opset.domain())) return opset.version();
  }
  return 0;
}

Result<OnnxGraph> simplified(const OnnxGraph& model, const OnnxRuntime& runtime,
                             const std::filesystem::path& scratch) {
  const std::filesystem::path before = scratch / "before.onnx";
  const std::filesystem::path after = scratch / "simplified.onnx";
  std::ofstream(before, std::ios::binary) << without_defaults(model.model()).SerializeAsString();
  const Status saved = runtime.save_simplified(before, after);
  if (!saved) return saved.error();
  const Result<OnnxGraph> read = OnnxGraph::read(after);
  if (!read) return read.error();
  onnx::ModelProto proto = read.value().model();
  keep_used_domains(proto);
  return OnnxGraph::parse(deterministic_bytes(proto), model.file());
}

// Says of each value how many lengths it has, and leaves all of them open: the converter asks for
// no more, and must not take the sample's lengths for those of every request.
void add_ranks(const OnnxGraph& graph, const ModelProfile& profile, onnx::ModelProto& model) {
  model.mutable_graph()->clear_value_info();
  for (std::size_t i = 0; i < graph.values().size(); ++i) {
    const GraphValue& value = graph.values()[i];
    const ValueFacts& facts = profile.values[i];
    if (!value.producer || value.is_output || !facts.has_sample_shape || facts.element_type == 0) {
      continue;
    }
    onnx::ValueInfoProto& info = *model.mutable_graph()->add_value_info();
    info.set_name(value.name);
    onnx::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(facts.element_type);
    type.mutable_shape();
    for (std::size_t d = 0; d < facts.sample_shape.size(); ++d) {
      type.mutable_shape()->add_dim()->set_dim_param(fmt::format("{}.{}", value.name, d));
    }
  }
}

Result<OnnxGraph> at_integer_opset(const OnnxGraph& graph, const std::filesystem::path& library,
                                   const CalibrationInput& input,
                                   const std::filesystem::path& scratch) {
  ModelProfile profile;
  profile.values.resize(graph.values().size());
  profile.work.resize(graph.nodes().size());
  const Status measured = measure_profile(graph, library, input, scratch, profile);
  if (!measured) return measured.error();
  onnx::ModelProto model = graph.model();
  add_ranks(graph, profile, model);
  try {
    onnx::ModelProto converted =
        onnx::version_conversion::ConvertVersion(model, static_cast<int>(kIntegerOpset));
    *converted.mutable_metadata_props() = model.metadata_props();
    converted.set_ir_version(kOldestIr);
    return OnnxGraph::parse(deterministic_bytes(converted), graph.file());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& fault) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: opset_import has version {}; scales by channel need {}, and "
                             "ONNX's converter says: {}; export the model with opset {}",
                             graph.file(), opset_of(model), kIntegerOpset, printable(fault.what()),
                             kIntegerOpset)};
  }
}

Result<OnnxGraph> up_to_date(const OnnxGraph& model, const std::filesystem::path& library,
                             const CalibrationInput& input, const std::filesystem::path& scratch) {
  const Result<OnnxRuntime> runtime = OnnxRuntime::load(library);
  if (!runtime) return runtime.error();
  Result<OnnxGraph> graph = simplified(model, runtime.value(), scratch);
  if (!graph || opset_of(graph.value().model()) >= kIntegerOpset) return graph;
  Result<OnnxGraph> converted = at_integer_opset(graph.value(), library, input, scratch);
  if (!converted) return converted;
  return simplified(converted.value(), runtime.value(), scratch);
}

}  // namespace

Result<OnnxGraph> float_model(const OnnxGraph& model, const std::filesystem::path& library,
                              const CalibrationInput& input, const std::filesystem::path& scratch) {
  const Result<OnnxGraph> graph = up_to_date(model, library, input, scratch);
  if (!graph) return graph.error();
  return OnnxGraph::parse(deterministic_bytes(with_four_channels(graph.value())), model.file());
}

}  // namespace scinet
