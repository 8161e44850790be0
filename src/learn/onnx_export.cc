#include "learn/onnx_export.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/ensure.h"

namespace scinet {
namespace {

static_assert(std::endian::native == std::endian::little, "raw ONNX tensors are little-endian");

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 13;

void add_tensor(onnx::GraphProto& graph, const std::string& name,
                std::initializer_list<std::int64_t> shape, const std::vector<float>& values) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t length : shape) tensor.add_dims(length);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
}

onnx::NodeProto& add_node(onnx::GraphProto& graph, const std::string& name,
                          const std::string& operation, std::initializer_list<std::string> inputs,
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

void add_head(onnx::GraphProto& graph, const ConvClassifier& classifier, const std::string& input) {
  add_node(graph, "mean", "GlobalAveragePool", {input}, "mean.out");
  add_node(graph, "flatten", "Flatten", {"mean.out"}, "features");
  add_tensor(graph, "head.weight",
             {classifier.shape.classes, classifier.shape.convs.back().outputs},
             classifier.head.weights);
  add_tensor(graph, "head.bias", {classifier.shape.classes}, classifier.head.biases);
  onnx::NodeProto& head =
      add_node(graph, "head", "Gemm", {"features", "head.weight", "head.bias"}, "logits");
  set_integer(head, "transB", 1);
}

std::string deterministic_bytes(const onnx::ModelProto& model) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    ensure(model.SerializeToCodedStream(&coded), "a complete model can be written");
  }  // the streams flush when they end
  return bytes;
}

}  // namespace

std::string to_onnx(const ConvClassifier& classifier,
                    const std::map<std::string, std::string>& properties) {
  ensure(is_consistent(classifier), "weights have the lengths of the classifier's shape");
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("scinet");
  model.add_opset_import()->set_version(kOpset);
  for (const auto& [key, value] : properties) {
    onnx::StringStringEntryProto& property = *model.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  }

  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("classifier");
  describe(*graph.add_input(), "image", {1, classifier.shape.size, classifier.shape.size});
  describe(*graph.add_output(), "logits", {classifier.shape.classes});
  std::string value = "image";
  for (std::size_t i = 0; i < classifier.convs.size(); ++i) {
    value = add_convolution(graph, classifier, i, value);
  }
  add_head(graph, classifier, value);
  return deterministic_bytes(model);
}

}  // namespace scinet
