#include "learn/onnx_export.h"

#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <cstring>

namespace scinet {
namespace {

ConvClassifier small_classifier() {
  ConvClassifier classifier{
      .shape = {.size = 4, .classes = 3, .convs = {{2, true}, {5, false}}},
      .convs = {{std::vector<float>(18), {1, 2}}, {std::vector<float>(90), std::vector<float>(5)}},
      .head = {std::vector<float>(15), {7, 8, 9}}};
  classifier.convs[0].weights[17] = -0.5f;
  return classifier;
}

onnx::ModelProto parsed(const std::string& bytes) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes));
  return model;
}

TEST(OnnxExport, PassesTheCheckerOfOnnx) {
  const onnx::ModelProto model = parsed(to_onnx(small_classifier(), {{"seed", "1"}}));
  EXPECT_NO_THROW(onnx::checker::check_model(model));
  EXPECT_EQ(model.ir_version(), 8);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.producer_name(), "scinet");
  ASSERT_EQ(model.metadata_props_size(), 1);
  EXPECT_EQ(model.metadata_props(0).value(), "1");
}

TEST(OnnxExport, TakesAnyNumberOfImagesAtOnce) {
  const onnx::ModelProto model = parsed(to_onnx(small_classifier(), {}));
  const onnx::ValueInfoProto& image = model.graph().input(0);
  EXPECT_EQ(image.name(), "image");
  const onnx::TensorShapeProto& shape = image.type().tensor_type().shape();
  ASSERT_EQ(shape.dim_size(), 4);
  EXPECT_EQ(shape.dim(0).dim_param(), "N");
  EXPECT_EQ(shape.dim(3).dim_value(), 4);
  EXPECT_EQ(model.graph().output(0).name(), "logits");
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(1).dim_value(), 3);
}

TEST(OnnxExport, ChainsTheLayersInOrder) {
  const onnx::ModelProto model = parsed(to_onnx(small_classifier(), {}));
  std::vector<std::string> operations;
  std::string value = "image";
  for (const onnx::NodeProto& node : model.graph().node()) {
    operations.push_back(node.op_type());
    EXPECT_EQ(node.input(0), value) << node.name();
    value = node.output(0);
  }
  EXPECT_EQ(value, "logits");
  EXPECT_EQ(operations, (std::vector<std::string>{"Conv", "Relu", "MaxPool", "Conv", "Relu",
                                                  "GlobalAveragePool", "Flatten", "Gemm"}));
}

TEST(OnnxExport, KeepsEveryNumber) {
  const onnx::ModelProto model = parsed(to_onnx(small_classifier(), {}));
  const onnx::TensorProto& weights = model.graph().initializer(0);
  EXPECT_EQ(weights.name(), "conv1.weight");
  ASSERT_EQ(weights.raw_data().size(), 18 * sizeof(float));
  float last = 0;
  std::memcpy(&last, weights.raw_data().data() + 17 * sizeof(float), sizeof last);
  EXPECT_EQ(last, -0.5f);
}

TEST(OnnxExport, ReadsBackWhatItWrote) {
  const std::string bytes = to_onnx(small_classifier(), {{"seed", "1"}, {"epochs", "2"}});
  const Result<ConvClassifier> read = from_onnx(bytes, "whole.onnx");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value(), small_classifier());
}

TEST(OnnxExport, ReadsNothingElse) {
  const std::string bytes = to_onnx(small_classifier(), {{"seed", "1"}});
  onnx::ModelProto other = parsed(bytes);
  other.mutable_graph()->mutable_node(1)->set_op_type("Tanh");
  onnx::ModelProto shorter = parsed(bytes);
  shorter.mutable_graph()->mutable_initializer(0)->mutable_raw_data()->pop_back();
  onnx::ModelProto fewer = parsed(bytes);
  fewer.mutable_graph()->mutable_initializer()->RemoveLast();
  for (const std::string& damaged :
       {std::string(), std::string("text"), bytes.substr(0, bytes.size() - 1), bytes + "\n",
        other.SerializeAsString(), shorter.SerializeAsString(), fewer.SerializeAsString(),
        merge_to_onnx({{0}, {1}}, {}), to_onnx(small_classifier(), {}, "logits-1")}) {
    const Result<ConvClassifier> read = from_onnx(damaged, "whole.onnx");
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidInput);
    EXPECT_EQ(read.error().message,
              "whole.onnx: is not a classifier that `scinet train-app` has written, or it was "
              "changed since");
  }
}

TEST(OnnxExport, NamesTheOutputOfABranch) {
  const onnx::ModelProto model = parsed(to_onnx(small_classifier(), {}, branch_output(1)));
  EXPECT_NO_THROW(onnx::checker::check_model(model));
  EXPECT_EQ(model.graph().output(0).name(), "logits-2");
}

TEST(OnnxExport, WritesTheMergeAsAModelOfItsOwn) {
  const ClassGroups groups = {{0, 3}, {1, 2, 4}};
  const onnx::ModelProto model = parsed(merge_to_onnx(groups, {{"seed", "1"}}));
  EXPECT_NO_THROW(onnx::checker::check_model(model));
  EXPECT_EQ(model.metadata_props(0).key(), "seed");
  ASSERT_EQ(model.graph().input_size(), 2);
  EXPECT_EQ(model.graph().input(1).name(), "logits-2");
  EXPECT_EQ(model.graph().input(1).type().tensor_type().shape().dim(1).dim_value(), 4);
  EXPECT_EQ(model.graph().output(0).name(), "logits");
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(1).dim_value(), 5);
  EXPECT_EQ(merge_to_onnx(groups, {}), merge_to_onnx(groups, {}));
}

TEST(OnnxExport, GivesTheSameBytesTwice) {
  const std::map<std::string, std::string> properties = {{"seed", "1"}, {"data", "none"}};
  EXPECT_EQ(to_onnx(small_classifier(), properties), to_onnx(small_classifier(), properties));
}

}  // namespace
}  // namespace scinet
