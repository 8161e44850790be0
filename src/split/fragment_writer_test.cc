#include "split/fragment_writer.h"

#include <gtest/gtest.h>

#include "split/made_models.h"

namespace scinet {
namespace {

class Fragments : public testing::Test {
 protected:
  void cut(const ModelMaker& maker, const std::vector<std::size_t>& cuts) {
    Result<OnnxGraph> read = OnnxGraph::parse(maker.bytes(), "m.onnx");
    ASSERT_TRUE(read.ok()) << read.error().message;
    graph_.emplace(std::move(read).value());
    const Result<ModelProfile> profile = profile_model(*graph_, {});
    ASSERT_TRUE(profile.ok()) << profile.error().message;
    parts_ = parts_of(*graph_, cuts);
    for (const ModelPart& part : parts_) {
      onnx::ModelProto model;
      ASSERT_TRUE(model.ParseFromString(fragment_bytes(*graph_, profile.value(), part, "a part")));
      models_.push_back(std::move(model));
    }
  }

  std::vector<std::string> names(const std::vector<std::size_t>& values) const {
    std::vector<std::string> names;
    for (const std::size_t value : values) names.push_back(graph_->values()[value].name);
    return names;
  }

  std::optional<OnnxGraph> graph_;
  std::vector<ModelPart> parts_;
  std::vector<onnx::ModelProto> models_;
};

using Names = std::vector<std::string>;

// row -> Exp -> Tanh -> Neg -> Add(row): a skip over two parts.
ModelMaker skipping_model() {
  ModelMaker maker;
  const std::string row = maker.input("row", {0, 4});
  std::string value = row;
  for (const char* operation : {"Exp", "Tanh", "Neg"}) {
    maker.node(operation, {value});
    maker.rename_last(operation);
    value = operation;
  }
  maker.node("Add", {value, row});
  maker.rename_last("sum");
  maker.output("sum", {0, 4});
  return maker;
}

TEST_F(Fragments, ASkipTravelsPastThePartsThatDoNotReadIt) {
  cut(skipping_model(), {1, 3});
  ASSERT_EQ(parts_.size(), 3u);
  EXPECT_EQ(names(parts_[0].takes), Names{"row"});
  EXPECT_EQ(names(parts_[0].leaves), (Names{"row", "Exp"}));
  EXPECT_EQ(names(parts_[1].arrives), (Names{"row", "Exp"}));
  EXPECT_EQ(names(parts_[1].takes), Names{"Exp"});
  EXPECT_EQ(names(parts_[1].gives), Names{"Neg"});
  EXPECT_EQ(names(parts_[1].leaves), (Names{"row", "Neg"}));
  EXPECT_EQ(names(parts_[2].takes), (Names{"row", "Neg"}));
  EXPECT_EQ(names(parts_[2].leaves), Names{"sum"});
}

TEST_F(Fragments, KeepOpenLengthsOpen) {
  cut(skipping_model(), {2});
  const onnx::ValueInfoProto& input = models_[1].graph().input(1);
  EXPECT_EQ(input.name(), "Tanh");
  const onnx::TensorShapeProto& shape = input.type().tensor_type().shape();
  ASSERT_EQ(shape.dim_size(), 2);
  EXPECT_EQ(shape.dim(0).dim_param(), "N");
  EXPECT_EQ(shape.dim(1).dim_value(), 4);
}

TEST_F(Fragments, HoldOnlyTheWeightsInUseAndTheConstantsOfEach) {
  ModelMaker maker;
  const std::string row = maker.input("row", {0, 4});
  const std::string constant = maker.node("Tanh", {maker.weights({4})});
  const std::string first = maker.node("Add", {row, constant});
  const std::string second = maker.node("MatMul", {first, maker.weights({4, 4})});
  maker.node("Mul", {second, constant});
  maker.rename_last("out");
  maker.output("out", {0, 4});
  cut(maker, {1, 2});
  ASSERT_EQ(models_.size(), 3u);
  EXPECT_EQ(models_[0].graph().node_size(), 2);  // the constant's too
  EXPECT_EQ(models_[1].graph().node_size(), 1);
  EXPECT_EQ(models_[2].graph().node_size(), 2);
  for (const onnx::ModelProto& model : models_) EXPECT_EQ(model.graph().initializer_size(), 1);
  EXPECT_EQ(names(parts_[0].leaves), Names{first});
}

TEST_F(Fragments, KeepVersionsAndMetadata) {
  ModelMaker maker = skipping_model();
  maker.model.set_producer_name("maker");
  onnx::StringStringEntryProto& property = *maker.model.add_metadata_props();
  property.set_key("licence");
  property.set_value("BSD-3-Clause");
  cut(maker, {2});
  for (const onnx::ModelProto& model : models_) {
    EXPECT_EQ(model.ir_version(), 8);
    ASSERT_EQ(model.opset_import_size(), 1);
    EXPECT_EQ(model.opset_import(0).version(), 13);
    EXPECT_EQ(model.producer_name(), "maker");
    ASSERT_EQ(model.metadata_props_size(), 1);
    EXPECT_EQ(model.metadata_props(0).value(), "BSD-3-Clause");
  }
}

TEST_F(Fragments, AnAnswerThatNeedsNoRequestComesWithTheLastPart) {
  ModelMaker maker = skipping_model();
  maker.node("Tanh", {maker.weights({4})});
  maker.rename_last("fixed");
  maker.output("fixed", {4});
  cut(maker, {2});
  EXPECT_EQ(models_[0].graph().node_size(), 2);
  EXPECT_EQ(models_[1].graph().node_size(), 3);
  EXPECT_EQ(names(parts_[1].leaves).size(), 2u);
}

}  // namespace
}  // namespace scinet
