// Files that are damaged, too large or made to harm: each is refused with a sentence, none crashes.
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "serving/test_inputs.h"
#include "split/layer_split.h"
#include "split/made_models.h"
#include "split/mutation.h"
#include "split/onnx_graph.h"

namespace scinet {
namespace {

std::string error_of(const std::string& bytes) {
  const Result<OnnxGraph> graph = OnnxGraph::parse(bytes, "m.onnx");
  EXPECT_FALSE(graph.ok());
  if (graph) return "";
  EXPECT_EQ(graph.error().code, ErrorCode::kInvalidInput);
  return graph.error().message;
}

std::string error_after(const std::function<void(ModelMaker&)>& change) {
  ModelMaker maker = residual_model(1);
  change(maker);
  return error_of(maker.bytes());
}

TEST(HostileModel, WhatIsNoModel) {
  const std::string whole = residual_model(1).bytes();
  EXPECT_NE(error_of("").find("field 'graph' is missing"), std::string::npos);
  EXPECT_NE(error_of("not a model at all").find("this is no ONNX model: after"), std::string::npos);
  EXPECT_NE(error_of(whole.substr(0, whole.size() / 2)).find("a damaged or cut file"),
            std::string::npos);
  EXPECT_EQ(OnnxGraph::read("/no/such.onnx").error().code, ErrorCode::kNotFound);
}

TEST(HostileModel, VersionsThatNobodyReads) {
  EXPECT_EQ(error_after([](ModelMaker& maker) { maker.model.set_ir_version(99); }),
            "m.onnx: ir_version is 99; 3 to 10 can be read");
  EXPECT_EQ(
      error_after([](ModelMaker& maker) { maker.model.mutable_opset_import(0)->set_version(99); }),
      "m.onnx: opset_import has version 99; 7 to 21 can be read");
  EXPECT_EQ(error_after([](ModelMaker& maker) { maker.model.clear_opset_import(); }),
            "m.onnx: opset_import does not name the operators of ONNX itself");
}

TEST(HostileModel, GraphsThatDoNotHold) {
  EXPECT_EQ(error_after([](ModelMaker& maker) {
              maker.graph().mutable_node(1)->set_output(0, maker.graph().node(0).output(0));
            }),
            "m.onnx: node 'Relu.3.node' (Relu) makes 'Conv.2', which exists already; names must "
            "differ");
  EXPECT_EQ(
      error_after([](ModelMaker& maker) { maker.graph().mutable_node(1)->set_input(0, "gone"); }),
      "m.onnx: node 'Relu.3.node' (Relu) reads 'gone', which no node, input or initializer makes");
  EXPECT_EQ(error_after([](ModelMaker& maker) {
              maker.graph().mutable_node(0)->set_input(0, maker.graph().node(3).output(0));
            }),
            "m.onnx: node 'Conv.2.node' (Conv) needs its own result, directly or through others: "
            "a circle");
  EXPECT_EQ(
      error_after([](ModelMaker& maker) { maker.graph().mutable_output(0)->set_name("gone"); }),
      "m.onnx: output 'gone' is made by no node");
  EXPECT_EQ(error_after(
                [](ModelMaker& maker) { *maker.graph().add_input() = tensor_info("image", {1}); }),
            "m.onnx: there are two inputs 'image'");
  EXPECT_EQ(error_after([](ModelMaker& maker) { maker.graph().clear_node(); }),
            "m.onnx: field 'graph.node' is empty: there is no work");
}

TEST(HostileModel, MoreNodesThanAreCut) {
  EXPECT_EQ(error_after([](ModelMaker& maker) {
              for (int i = 0; i < 20'000; ++i) maker.graph().add_node();
            }),
            "m.onnx: it has 20008 nodes; at most 20000 can be cut");
}

TEST(HostileModel, DataInOtherFilesIsNeverOpened) {
  const auto point_elsewhere = [](onnx::TensorProto& tensor) {
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    onnx::StringStringEntryProto& place = *tensor.add_external_data();
    place.set_key("location");
    place.set_value("../../../etc/passwd");
  };
  EXPECT_EQ(error_after(
                [&](ModelMaker& maker) { point_elsewhere(*maker.graph().mutable_initializer(0)); }),
            "m.onnx: tensor 'w.1': its data lies in another file, which is never opened; save the "
            "model as one file");
  // The same in a graph inside a node.
  ModelMaker maker = choosing_model();
  for (onnx::NodeProto& node : *maker.graph().mutable_node()) {
    if (node.op_type() != "If") continue;
    point_elsewhere(*node.mutable_attribute(0)->mutable_g()->add_initializer());
  }
  EXPECT_NE(error_of(maker.bytes()).find("its data lies in another file"), std::string::npos);
}

TEST(HostileModel, TensorsWhoseDimsLie) {
  EXPECT_EQ(error_after([](ModelMaker& maker) {
              maker.graph().mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62);
            }),
            "m.onnx: tensor 'w.1': dims are negative, or more than can exist");
  EXPECT_EQ(
      error_after([](ModelMaker& maker) { maker.graph().mutable_initializer(0)->set_dims(0, 9); }),
      "m.onnx: tensor 'w.1': dims say 243 values, there are 216");
  EXPECT_EQ(error_after(
                [](ModelMaker& maker) { maker.graph().mutable_initializer(0)->set_data_type(77); }),
            "m.onnx: tensor 'w.1': data_type 77 is not known");
}

TEST(HostileModel, GraphsNestedWithoutEnd) {
  onnx::GraphProto inner;
  for (int depth = 0; depth < 60; ++depth) {
    onnx::GraphProto outer;
    onnx::AttributeProto& attribute = *outer.add_node()->add_attribute();
    attribute.set_name("body");
    attribute.mutable_g()->Swap(&inner);
    outer.Swap(&inner);
  }
  EXPECT_NE(error_after([&](ModelMaker& maker) {
              onnx::AttributeProto& attribute = *maker.graph().mutable_node(0)->add_attribute();
              *attribute.mutable_g() = inner;
            }).find("graphs nested too deeply"),
            std::string::npos);
}

std::string split_error(const ModelMaker& maker, const SampleChoice& sample = {},
                        bool measured = false) {
  const auto folder = test_folder("hostile");
  const auto model = write_model(folder / "m.onnx", maker.bytes());
  LayerSplitOptions options{.sample = sample};
  if (measured) options.runtime = kLibrary;
  const Result<LayerSplit> split = split_by_layer(model, folder / "out", options);
  EXPECT_FALSE(split.ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  return split.ok() ? "" : split.error().message;
}

TEST(HostileModel, InputsThatCannotBeMade) {
  ModelMaker huge;
  huge.output(huge.relu(huge.input("x", {1'000'000, 1'000'000})), {0, 0});
  EXPECT_NE(split_error(huge).find("input 'x' of shape 1000000x1000000 has too many elements"),
            std::string::npos);
  ModelMaker open;
  open.output(open.relu(open.input("x", {0, 0})), {0, 0});
  EXPECT_NE(split_error(open).find("input 'x' leaves length 2 of its shape open; choose one, such "
                                   "as --shape x=1x8"),
            std::string::npos);
  EXPECT_NE(split_error(open, {.shapes = {{"y", {1, 2}}}, .values = {}})
                .find("there is no input 'y'; its inputs are: x"),
            std::string::npos);
  ModelMaker words;
  words.output(words.relu(words.input("x", {1, 4}, onnx::TensorProto::DOUBLE)), {1, 4});
  EXPECT_NE(split_error(words).find("input 'x' is double; workers take float and int64"),
            std::string::npos);
}

TEST(HostileModel, WhatOnlyTheCheckerSees) {
  ModelMaker maker = residual_model(1);
  maker.graph().mutable_node(1)->set_op_type("NoSuchOperator");
  const std::string error = split_error(maker);
  EXPECT_NE(error.find("ONNX's checker says:"), std::string::npos) << error;
  EXPECT_NE(error.find("NoSuchOperator"), std::string::npos) << error;
}

TEST(HostileModel, NodesThatAskForTooMuchMemory) {
  if (!std::filesystem::exists(kLibrary)) GTEST_SKIP() << "no ONNX Runtime";
  ModelMaker maker;
  const std::string row = maker.input("row", {0, 4});
  const std::string tall = maker.node("Expand", {row, maker.integers({std::int64_t{1} << 40, 4})});
  maker.output(maker.relu(tall), {0, 4});
  EXPECT_NE(split_error(maker, {}, true), "");
}

// Whatever bytes change, the answer is a result or a sentence.
TEST(HostileModel, MutatedModelsNeverCrash) {
  const std::vector<std::string> models = {residual_model(2).bytes(), branching_model().bytes(),
                                           many_ended_model().bytes(), choosing_model().bytes()};
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    RandomStream random(seed);
    const std::string bytes = mutated(models[seed % models.size()], random);
    const Result<OnnxGraph> graph = OnnxGraph::parse(bytes, "m.onnx");
    if (graph) continue;
    ++refused;
    EXPECT_TRUE(graph.error().message.starts_with("m.onnx: ")) << "seed " << seed;
  }
  EXPECT_GT(refused, 200);
  EXPECT_LT(refused, 1'900);
}

TEST(HostileModel, MutatedModelsAreSplitOrRefused) {
  std::optional<std::filesystem::path> runtime;
  if (std::filesystem::exists(kLibrary)) runtime = kLibrary;
  const std::string whole = choosing_model().bytes();
  int split = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed);
    const auto folder = test_folder("mutated");
    const auto model = write_model(folder / "m.onnx", mutated(whole, random));
    const Result<LayerSplit> result =
        split_by_layer(model, folder / "out", {.parts = 3, .runtime = runtime});
    EXPECT_EQ(std::filesystem::exists(folder / "out"), result.ok()) << "seed " << seed;
    split += result.ok() ? 1 : 0;
  }
  EXPECT_GT(split, 0);
  EXPECT_LT(split, 60);
}

}  // namespace
}  // namespace scinet
