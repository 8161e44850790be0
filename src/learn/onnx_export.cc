#include "learn/onnx_export.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <optional>
#include <vector>

#include "base/ensure.h"
#include "split/deterministic_bytes.h"

namespace scinet {
namespace {

static_assert(std::endian::native == std::endian::little, "raw ONNX tensors are little-endian");

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 13;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

void add_tensor(onnx::GraphProto& graph, const std::string& name,
                std::initializer_list<std::int64_t> shape, const std::vector<float>& values) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t length : shape) tensor.add_dims(length);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
}

void add_indices(onnx::GraphProto& graph, const std::string& name,
                 const std::vector<std::int64_t>& values) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(std::ssize(values));
  tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
}

onnx::NodeProto& add_node(onnx::GraphProto& graph, const std::string& name,
                          const std::string& operation, const std::vector<std::string>& inputs,
                          const std::string& output) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_name(name);
  node.set_op_type(operation);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

void set_integers(onnx::NodeProto& node, const std::string& name,
                  std::initializer_list<std::int64_t> values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void set_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

// A float tensor with a free first dimension.
void describe(onnx::ValueInfoProto& value, const std::string& name,
              std::initializer_list<std::int64_t> shape_after_first) {
  value.set_name(name);
  onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("N");
  for (const std::int64_t length : shape_after_first) {
    tensor.mutable_shape()->add_dim()->set_dim_value(length);
  }
}

// Returns the name of the value that the layer leaves.
std::string add_convolution(onnx::GraphProto& graph, const ConvClassifier& classifier,
                            std::size_t index, const std::string& input) {
  const ConvShape& shape = classifier.shape.convs[index];
  const LinearWeights& layer = classifier.convs[index];
  const std::string name = fmt::format("conv{}", index + 1);
  add_tensor(graph, name + ".weight", {shape.outputs, classifier.shape.inputs_of(index), 3, 3},
             layer.weights);
  add_tensor(graph, name + ".bias", {shape.outputs}, layer.biases);

  onnx::NodeProto& convolution =
      add_node(graph, name, "Conv", {input, name + ".weight", name + ".bias"}, name + ".sum");
  set_integers(convolution, "kernel_shape", {3, 3});
  set_integers(convolution, "pads", {1, 1, 1, 1});
  add_node(graph, name + ".relu", "Relu", {name + ".sum"}, name + ".out");
  if (!shape.pool) return name + ".out";

  onnx::NodeProto& pool =
      add_node(graph, name + ".pool", "MaxPool", {name + ".out"}, name + ".pooled");
  set_integers(pool, "kernel_shape", {2, 2});
  set_integers(pool, "strides", {2, 2});
  return name + ".pooled";
}

void add_head(onnx::GraphProto& graph, const ConvClassifier& classifier, const std::string& input,
              const std::string& output) {
  add_node(graph, "mean", "GlobalAveragePool", {input}, "mean.out");
  add_node(graph, "flatten", "Flatten", {"mean.out"}, "features");
  add_tensor(graph, "head.weight",
             {classifier.shape.classes, classifier.shape.convs.back().outputs},
             classifier.head.weights);
  add_tensor(graph, "head.bias", {classifier.shape.classes}, classifier.head.biases);
  onnx::NodeProto& head =
      add_node(graph, "head", "Gemm", {"features", "head.weight", "head.bias"}, output);
  set_integer(head, "transB", 1);
}

// Picks columns of `input` by their numbers.
void add_gather(onnx::GraphProto& graph, const std::string& name, const std::string& input,
                const std::vector<std::int64_t>& columns, const std::string& output) {
  add_indices(graph, name + ".columns", columns);
  set_integer(add_node(graph, name, "Gather", {input, name + ".columns"}, output), "axis", 1);
}

onnx::ModelProto empty_model(const std::string& name,
                             const std::map<std::string, std::string>& properties) {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("scinet");
  model.add_opset_import()->set_version(kOpset);
  for (const auto& [key, value] : properties) {
    onnx::StringStringEntryProto& property = *model.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  }
  model.mutable_graph()->set_name(name);
  return model;
}

std::vector<float> numbers_of(const onnx::TensorProto& tensor) {
  std::vector<float> numbers(tensor.raw_data().size() / sizeof(float));
  std::memcpy(numbers.data(), tensor.raw_data().data(), numbers.size() * sizeof(float));
  return numbers;
}

LinearWeights layer_of(const onnx::GraphProto& graph, int index) {
  return {numbers_of(graph.initializer(2 * index)), numbers_of(graph.initializer(2 * index + 1))};
}

// Takes from the graph what a classifier has, and looks at nothing else.
std::optional<ConvClassifier> found_classifier(const onnx::GraphProto& graph) {
  if (graph.input_size() != 1) return std::nullopt;
  const onnx::TensorShapeProto& image = graph.input(0).type().tensor_type().shape();
  if (image.dim_size() != 4) return std::nullopt;

  ConvClassifier classifier;
  classifier.shape.size = static_cast<int>(image.dim(3).dim_value());
  for (const onnx::NodeProto& node : graph.node()) {
    std::vector<ConvShape>& convs = classifier.shape.convs;
    if (node.op_type() == "Conv") convs.push_back({});
    if (node.op_type() == "MaxPool" && !convs.empty()) convs.back().pool = true;
  }
  const int layers = static_cast<int>(classifier.shape.convs.size());
  if (graph.initializer_size() != 2 * layers + 2) return std::nullopt;
  for (int i = 0; i < layers; ++i) {
    classifier.convs.push_back(layer_of(graph, i));
    classifier.shape.convs[static_cast<std::size_t>(i)].outputs =
        static_cast<int>(classifier.convs.back().biases.size());
  }
  classifier.head = layer_of(graph, layers);
  classifier.shape.classes = static_cast<int>(classifier.head.biases.size());
  if (!is_consistent(classifier)) return std::nullopt;
  return classifier;
}

}  // namespace

std::string to_onnx(const ConvClassifier& classifier,
                    const std::map<std::string, std::string>& properties,
                    const std::string& output) {
  ensure(is_consistent(classifier), "weights have the lengths of the classifier's shape");
  onnx::ModelProto model = empty_model("classifier", properties);
  onnx::GraphProto& graph = *model.mutable_graph();
  describe(*graph.add_input(), "image", {1, classifier.shape.size, classifier.shape.size});
  describe(*graph.add_output(), output, {classifier.shape.classes});
  std::string value = "image";
  for (std::size_t i = 0; i < classifier.convs.size(); ++i) {
    value = add_convolution(graph, classifier, i, value);
  }
  add_head(graph, classifier, value, output);
  return deterministic_bytes(model);
}

// What was found is written again: only the same bytes say that nothing was overlooked.
Result<ConvClassifier> from_onnx(std::string_view bytes, std::string_view name) {
  onnx::ModelProto model;
  if (bytes.size() <= kMostBytes &&
      model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    std::map<std::string, std::string> properties;
    for (const auto& property : model.metadata_props()) {
      properties[property.key()] = property.value();
    }
    std::optional<ConvClassifier> classifier = found_classifier(model.graph());
    if (classifier && to_onnx(*classifier, properties) == bytes) return *std::move(classifier);
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{}: is not a classifier that `scinet train-app` has written, or it was "
                           "changed since",
                           name)};
}

std::string branch_output(std::size_t index) { return fmt::format("logits-{}", index + 1); }

std::string merge_to_onnx(const ClassGroups& groups,
                          const std::map<std::string, std::string>& properties) {
  onnx::ModelProto model = empty_model("merge", properties);
  onnx::GraphProto& graph = *model.mutable_graph();
  std::vector<std::string> answers;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::string input = branch_output(g);
    const std::int64_t classes = std::ssize(groups[g]);
    describe(*graph.add_input(), input, {classes + 1});
    std::vector<std::int64_t> own(groups[g].size());
    std::iota(own.begin(), own.end(), std::int64_t{0});
    add_gather(graph, fmt::format("classes{}", g + 1), input, own, input + ".classes");
    add_gather(graph, fmt::format("others{}", g + 1), input, {classes}, input + ".others");
    answers.push_back(input + ".answers");
    add_node(graph, fmt::format("less{}", g + 1), "Sub", {input + ".classes", input + ".others"},
             answers.back());
  }
  const std::vector<std::int64_t> places = places_of_classes(groups);
  describe(*graph.add_output(), "logits", {std::ssize(places)});
  set_integer(add_node(graph, "join", "Concat", answers, "joined"), "axis", 1);
  add_gather(graph, "order", "joined", places, "logits");
  return deterministic_bytes(model);
}

}  // namespace scinet
