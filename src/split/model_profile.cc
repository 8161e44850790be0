#include "split/model_profile.h"

#include <fmt/format.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "split/apart.h"
#include "split/onnx_checker.h"
#include "split/onnx_tensors.h"
#include "split/runtime_profile.h"
#include "split/temporary_folder.h"
#include "split/work_estimate.h"

namespace scinet {
namespace {

using nlohmann::json;

std::vector<std::string> dims_in_words(const onnx::TensorShapeProto& shape) {
  std::vector<std::string> words;
  for (const onnx::TensorShapeProto::Dimension& dim : shape.dim()) {
    words.push_back(dim.has_dim_value() ? std::to_string(dim.dim_value()) : dim.dim_param());
  }
  return words;
}

// Infers the types of all values; where inference gives up, what the file says itself remains.
onnx::ModelProto inferred(onnx::ModelProto model) {
  if (!is_known_to_checker(model)) return model;
  try {
    onnx::shape_inference::InferShapes(
        model, onnx::OpSchemaRegistry::Instance(),
        onnx::ShapeInferenceOptions(/*check_type=*/false, /*strict_mode=*/0, /*data_prop=*/true));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
  }
  return model;
}

std::map<std::string, const onnx::TypeProto*> types_of(const onnx::GraphProto& graph) {
  std::map<std::string, const onnx::TypeProto*> types;
  for (const auto* list : {&graph.value_info(), &graph.input(), &graph.output()}) {
    for (const onnx::ValueInfoProto& value : *list) types[value.name()] = &value.type();
  }
  return types;
}

std::vector<ValueFacts> declared_facts(const OnnxGraph& graph) {
  const onnx::ModelProto model = inferred(graph.model());
  const auto types = types_of(model.graph());
  std::vector<ValueFacts> facts(graph.values().size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const auto type = types.find(graph.values()[i].name);
    if (type == types.end() || !type->second->has_tensor_type()) continue;
    facts[i].element_type = type->second->tensor_type().elem_type();
    if (type->second->tensor_type().has_shape()) {
      facts[i].dims = dims_in_words(type->second->tensor_type().shape());
    }
  }
  return facts;
}

void take_sample_shapes(const OnnxGraph& graph, const std::vector<SampleInput>& inputs,
                        std::vector<ValueFacts>& facts) {
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const auto input = std::ranges::find(inputs, graph.values()[i].name, &SampleInput::name);
    if (input == inputs.end()) continue;
    facts[i].sample_shape = input->tensor.shape;
    facts[i].has_sample_shape = true;
  }
}

// What the sample's shapes lead to, and the shapes of initializers.
void estimate_profile(const OnnxGraph& graph, const std::vector<SampleInput>& inputs,
                      ModelProfile& profile) {
  onnx::ModelProto model = graph.model();
  for (onnx::ValueInfoProto& input : *model.mutable_graph()->mutable_input()) {
    const auto sample = std::ranges::find(inputs, input.name(), &SampleInput::name);
    if (sample == inputs.end()) continue;
    onnx::TensorShapeProto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
    shape.Clear();
    for (const std::int64_t length : sample->tensor.shape) shape.add_dim()->set_dim_value(length);
  }
  // What the file says of values is about open lengths, and would hold inference back.
  model.mutable_graph()->clear_value_info();
  for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output()) {
    if (output.type().has_tensor_type()) {
      output.mutable_type()->mutable_tensor_type()->clear_shape();
    }
  }
  model = inferred(std::move(model));
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& [name, type] : types_of(model.graph())) {
    if (!type->has_tensor_type() || !type->tensor_type().has_shape()) continue;
    std::vector<std::int64_t> shape;
    for (const auto& dim : type->tensor_type().shape().dim()) {
      shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    }
    if (std::ranges::count(shape, -1) == 0) shapes[name] = std::move(shape);
  }
  for (const onnx::TensorProto& tensor : model.graph().initializer()) {
    shapes[tensor.name()] = {tensor.dims().begin(), tensor.dims().end()};
  }
  for (std::size_t i = 0; i < profile.values.size(); ++i) {
    const auto shape = shapes.find(graph.values()[i].name);
    if (shape == shapes.end()) continue;
    profile.values[i].sample_shape = shape->second;
    profile.values[i].has_sample_shape = true;
  }
  profile.work = estimate_work(graph, profile.values);
  profile.method =
      fmt::format("estimated from shapes, at {:.0f} thousand million operations a second",
                  kNominalOperationsPerSecond / 1e9);
}

// What a profile is between two processes.
std::string to_text(const ModelProfile& profile) {
  json values = json::array();
  for (const ValueFacts& facts : profile.values) {
    values.push_back({facts.element_type, facts.dims, facts.sample_shape, facts.has_sample_shape});
  }
  json work = json::array();
  for (const Seconds seconds : profile.work) work.push_back(seconds.count());
  return json{{"is_measured", profile.is_measured},
              {"method", profile.method},
              {"work", work},
              {"values", values}}
      .dump(-1, ' ', true, json::error_handler_t::replace);
}

ModelProfile from_text(const std::string& text) {
  const json read = json::parse(text);
  ModelProfile profile{
      .is_measured = read.at("is_measured"), .method = read.at("method"), .work = {}, .values = {}};
  for (const json& seconds : read.at("work")) profile.work.emplace_back(seconds.get<double>());
  for (const json& facts : read.at("values")) {
    profile.values.push_back({.element_type = facts[0],
                              .dims = facts[1],
                              .sample_shape = facts[2],
                              .has_sample_shape = facts[3]});
  }
  return profile;
}

Result<std::string> examine(const OnnxGraph& graph, const ProfileOptions& options,
                            const std::vector<SampleInput>& inputs,
                            const std::filesystem::path& scratch) {
  const Status checked = check_with_onnx(graph.model(), graph.file());
  if (!checked) return checked.error();
  ModelProfile profile;
  profile.values = declared_facts(graph);
  profile.work.assign(graph.nodes().size(), Seconds(0.0));
  take_sample_shapes(graph, inputs, profile.values);
  if (options.runtime) {
    const Status measured = measure_profile(graph, *options.runtime, inputs, scratch, profile);
    if (!measured) return measured.error();
  } else if (is_known_to_checker(graph.model())) {
    estimate_profile(graph, inputs, profile);
  } else {
    return Error{ErrorCode::kUnavailable,
                 graph.file() +
                     ": its operators are newer than what can be judged without ONNX "
                     "Runtime; tools/fetch_models.sh fetches it"};
  }
  return to_text(profile);
}

}  // namespace

std::optional<Bytes> ValueFacts::sample_size() const {
  const std::size_t width = element_bytes(element_type);
  if (!has_sample_shape || width == 0) return std::nullopt;
  double bytes = static_cast<double>(width);
  for (const std::int64_t length : sample_shape) bytes *= static_cast<double>(length);
  return Bytes(bytes);
}

Result<ModelProfile> profile_model(const OnnxGraph& graph, const ProfileOptions& options) {
  const Result<std::vector<SampleInput>> inputs = sample_inputs(graph, options.sample);
  if (!inputs) return inputs.error();
  const Result<TemporaryFolder> scratch = TemporaryFolder::make();
  if (!scratch) return scratch.error();
  const Result<std::string> text =
      run_apart(graph.file(), limits_for_model(graph.model().ByteSizeLong()),
                [&] { return examine(graph, options, inputs.value(), scratch.value().path()); });
  if (!text) return text.error();
  return from_text(text.value());
}

}  // namespace scinet
