#include "quantize/quantize_model.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <optional>

#include "quantize/calibration_images.h"
#include "quantize/node_facts.h"
#include "quantize/random_inputs.h"
#include "serving/test_inputs.h"
#include "split/made_models.h"

namespace scinet {
namespace {

struct Made {
  QuantizedModel facts;
  onnx::ModelProto model;
  std::filesystem::path before;
  std::filesystem::path after;
  std::vector<CalibrationInput> inputs;

  // By name.
  const onnx::TensorProto* constant(const std::string& name) const {
    for (const auto& tensor : model.graph().initializer()) {
      if (tensor.name() == name) return &tensor;
    }
    return nullptr;
  }
  const onnx::NodeProto* maker_of(const std::string& value) const {
    for (const auto& node : model.graph().node()) {
      if (node.output(0) == value) return &node;
    }
    return nullptr;
  }
  const onnx::NodeProto* first(const std::string& operation) const {
    for (const auto& node : model.graph().node()) {
      if (node.op_type() == operation) return &node;
    }
    return nullptr;
  }
  // The scale of what a node reads at a position.
  std::vector<float> scale_of(const onnx::NodeProto& node, int position) const {
    const onnx::NodeProto* rounding = maker_of(node.input(position));
    if (!rounding || rounding->op_type() != "DequantizeLinear") return {};
    return floats_of(*constant(rounding->input(1)));
  }
  std::size_t integer(const std::string& operation) const {
    const auto found = facts.integer_nodes.find(operation);
    return found == facts.integer_nodes.end() ? 0 : found->second;
  }
};

class Quantizing : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kLibrary)) {
      GTEST_SKIP() << "no ONNX Runtime in " << kModelDirectory
                   << "; tools/fetch_models.sh fetches it";
    }
  }

  static Result<QuantizedModel> try_bytes(const std::string& bytes, const std::string& name) {
    const auto folder = test_folder(name);
    const auto model = write_model(folder / "m.onnx", bytes);
    const Result<OnnxGraph> graph = OnnxGraph::read(model);
    if (!graph) return graph.error();
    return quantize_model(model, folder / "int8.onnx", random_inputs(graph.value(), 8),
                          {.runtime = kLibrary});
  }

  // Answers must be as near as 8 bits a value allow: `tolerance` is a share of the largest number.
  static Made quantized(const ModelMaker& maker, double tolerance = 0.05,
                        const std::string& name = "made") {
    const Result<QuantizedModel> facts = try_bytes(maker.bytes(), name);
    EXPECT_TRUE(facts.ok()) << facts.error().message;
    if (!facts) return {};
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("scinet-split-{}-{}", getpid(), name);
    EXPECT_LE(facts.value().largest_difference, tolerance * facts.value().largest_number);
    Made made{facts.value(), {}, folder / "m.onnx", folder / "int8.onnx", {}};
    EXPECT_TRUE(made.model.ParseFromString(read_file(made.after)));
    made.inputs = random_inputs(OnnxGraph::read(made.before).value(), 8);
    return made;
  }

  static std::string error_of(const ModelMaker& maker) {
    const Result<QuantizedModel> made = try_bytes(maker.bytes(), "refused");
    EXPECT_FALSE(made.ok());
    return made.ok() ? "" : made.error().message;
  }
};

TEST_F(Quantizing, BlocksWithSkipsBecomeIntegerAsAWhole) {
  const Made made = quantized(residual_model(3));
  EXPECT_EQ(made.integer("Conv"), 7u);
  EXPECT_EQ(made.integer("Add"), 4u);
  EXPECT_EQ(made.facts.real_nodes, (std::map<std::string, std::size_t>{{"Pad", 1}}));
  EXPECT_EQ(made.first("Relu"), nullptr);  // saturation does it
  EXPECT_LT(made.facts.size_after.value() / made.facts.size_before.value(), 1.5);
}

TEST_F(Quantizing, JoinedBranchesAndPooling) {
  ModelMaker maker(5);
  const std::string image = maker.input("image", {0, 3, 12, 12});
  const std::string a = maker.relu(maker.conv(image, 3, 6));
  const std::string b = maker.conv(image, 3, 4, 1);
  const std::string joined = maker.concat({a, b}, 1);
  const std::string pooled = maker.node("MaxPool", {joined});
  maker.set_integers("kernel_shape", {2, 2});
  maker.set_integers("strides", {2, 2});
  maker.node("Add", {maker.conv(pooled, 10, 10), pooled});
  maker.rename_last("sum");
  maker.output("sum", {0, 10, 6, 6});
  const Made made = quantized(maker);
  EXPECT_EQ(made.integer("Concat"), 1u);
  EXPECT_EQ(made.integer("MaxPool"), 1u);
  // Pooling takes numbers as they are: one scale before and after.
  const onnx::NodeProto* pool = made.first("MaxPool");
  const onnx::NodeProto* sum = made.first("Add");
  EXPECT_EQ(made.scale_of(*pool, 0), made.scale_of(*sum, 1));
  quantized(branching_model(), 0.05, "branching");
}

TEST_F(Quantizing, WeightsHaveAScaleByChannelAndBiasesThatOfProducts) {
  for (const std::int64_t transposed : {0, 1}) {
    ModelMaker maker(6);
    const std::string row = maker.input("row", {0, 8});
    const std::string weights = maker.weights(transposed ? Lengths{5, 8} : Lengths{8, 5});
    maker.node("Gemm", {row, weights, maker.weights({5})});
    maker.set_integer("transB", transposed);
    maker.rename_last("scores");
    maker.output("scores", {0, 5});
    const Made made = quantized(maker, 0.02);
    const onnx::NodeProto* gemm = made.first("Gemm");
    ASSERT_NE(gemm, nullptr);
    EXPECT_EQ(gemm->output(0), "scores");  // sums that nobody reads as integers keep their digits
    const std::vector<float> input = made.scale_of(*gemm, 0);
    const std::vector<float> by_channel = made.scale_of(*gemm, 1);
    const std::vector<float> bias = made.scale_of(*gemm, 2);
    ASSERT_EQ(input.size(), 1u);
    ASSERT_EQ(by_channel.size(), 5u);
    ASSERT_EQ(bias.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(bias[i], input[0] * by_channel[i]);
    EXPECT_EQ(made.maker_of(gemm->input(1))->attribute(0).i(), transposed ? 0 : 1);

    // Each weight comes back within half a step of its channel.
    onnx::ModelProto whole;
    ASSERT_TRUE(whole.ParseFromString(maker.bytes()));
    const std::vector<float> exact = floats_of(whole.graph().initializer(0));
    const auto& integers = *made.constant(made.maker_of(gemm->input(1))->input(0));
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const float scale = by_channel[transposed ? i / 8 : i % 5];
      const auto integer = static_cast<signed char>(integers.raw_data()[i]);
      EXPECT_LE(std::abs(scale * static_cast<float>(integer) - exact[i]), 0.5001f * scale);
    }
  }
}

TEST_F(Quantizing, ProductsOfMatricesByConstantsAndByEachOther) {
  ModelMaker maker(7);
  const std::string rows = maker.input("rows", {0, 4, 8});
  const std::string left = maker.node("MatMul", {rows, maker.weights({8, 6})});
  const std::string right = maker.node("MatMul", {rows, maker.weights({8, 6})});
  const std::string turned = maker.node("Transpose", {right});
  maker.set_integers("perm", {0, 2, 1});
  maker.node("MatMul", {left, turned});
  maker.rename_last("scores");
  maker.output("scores", {0, 4, 4});
  const Made made = quantized(maker);
  EXPECT_EQ(made.integer("MatMul"), 3u);
  EXPECT_EQ(made.integer("Transpose"), 1u);
}

TEST_F(Quantizing, ConvolutionsOfFewChannelsGetFour) {
  ModelMaker maker(13);
  const std::string image = maker.input("image", {0, 3, 8, 8});
  const std::string once = maker.conv(image, 3, 4);
  maker.node("Conv", {image, maker.graph().initializer(0).name()});
  maker.set_integers("pads", {1, 1, 1, 1});
  const std::string same = maker.last().output(0);
  maker.node("Add", {maker.node("Add", {once, same}), maker.conv(image, 3, 4, 1)});
  maker.rename_last("sum");
  maker.output("sum", {0, 4, 8, 8});
  const Made made = quantized(maker);
  EXPECT_EQ(made.facts.real_nodes, (std::map<std::string, std::size_t>{{"Pad", 1}}));
  for (const auto& tensor : made.model.graph().initializer()) {
    if (tensor.data_type() != onnx::TensorProto::INT8 || tensor.dims_size() != 4) continue;
    EXPECT_EQ(tensor.dims(1), 4);
    // The first filter: three channels of its own, then zeros.
    const auto area = static_cast<std::size_t>(tensor.dims(2) * tensor.dims(3));
    EXPECT_EQ(tensor.raw_data().substr(3 * area, area), std::string(area, '\0'));
    EXPECT_NE(tensor.raw_data().substr(2 * area, area), std::string(area, '\0'));
  }
}

TEST_F(Quantizing, NodesThatShareWeightsShareTheirIntegers) {
  ModelMaker maker(8);
  const std::string image = maker.input("image", {0, 4, 8, 8});
  const std::string once = maker.relu(maker.conv(image, 4, 4));
  maker.node("Conv", {once, maker.graph().initializer(0).name()});
  maker.set_integers("pads", {1, 1, 1, 1});
  maker.rename_last("twice");
  maker.output("twice", {0, 4, 8, 8});
  const Made made = quantized(maker);
  EXPECT_EQ(made.integer("Conv"), 2u);
  const auto weights = std::ranges::count_if(made.model.graph().initializer(), [](const auto& t) {
    return t.data_type() == onnx::TensorProto::INT8 && t.dims_size() == 4;
  });
  EXPECT_EQ(weights, 1);
}

TEST_F(Quantizing, WeightsThatAreAnAnswerTooStayExact) {
  ModelMaker maker(9);
  const std::string image = maker.input("image", {1, 4, 8, 8});
  maker.output(maker.conv(image, 4, 4), {1, 4, 8, 8});
  const std::string weights = maker.graph().initializer(0).name();
  maker.output(weights, {4, 4, 3, 3});
  const Made made = quantized(maker);
  ASSERT_NE(made.constant(weights), nullptr);
  EXPECT_EQ(floats_of(*made.constant(weights)), floats_of(maker.graph().initializer(0)));
  EXPECT_EQ(made.integer("Conv"), 1u);
}

TEST_F(Quantizing, ValuesThatAreAlwaysZeroStayZero) {
  ModelMaker maker(10);
  const std::string image = maker.input("image", {1, 2, 4, 4});
  const std::string made_zero = maker.conv(image, 2, 4);
  for (float& weight : *maker.graph().mutable_initializer(0)->mutable_float_data()) weight = 0.0f;
  maker.output(maker.conv(made_zero, 4, 2), {1, 2, 4, 4});
  const Made made = quantized(maker, 0.0);
  EXPECT_EQ(made.facts.largest_number, 0.0);
  EXPECT_EQ(made.facts.largest_difference, 0.0);
}

TEST_F(Quantizing, ValuesThatAreNoNumbersStayReal) {
  ModelMaker maker(11);
  const std::string image = maker.input("image", {1, 2, 4, 4});
  const std::string first = maker.conv(image, 2, 2);
  const std::string unlimited = maker.node("Log", {maker.relu(first)});  // of 0
  maker.node("Add", {maker.conv(unlimited, 2, 2), first});
  maker.rename_last("sum");
  maker.output("sum", {1, 2, 4, 4});
  const Made made = quantized(maker, 1e9);
  EXPECT_EQ(made.integer("Conv"), 1u);
  EXPECT_EQ(made.facts.real_nodes.at("Conv"), 1u);
}

TEST_F(Quantizing, LimitsDissolveAndDivisionsBecomeProducts) {
  // The shape of a hard swish: x * clip(x + 3, 0, 6) / 6.
  ModelMaker maker(12);
  const auto number = [&](float value) {
    const std::string name = maker.weights({1});
    maker.graph()
        .mutable_initializer(maker.graph().initializer_size() - 1)
        ->set_float_data(0, value);
    return name;
  };
  const auto scalar = [&](float value) {
    const std::string name = number(value);
    maker.graph().mutable_initializer(maker.graph().initializer_size() - 1)->clear_dims();
    return name;
  };
  const std::string x = maker.conv(maker.input("image", {0, 3, 8, 8}), 3, 4);
  const std::string gate =
      maker.node("Clip", {maker.node("Add", {x, number(3.0f)}), scalar(0.0f), scalar(6.0f)});
  const std::string swish = maker.node("Div", {maker.node("Mul", {x, gate}), number(6.0f)});
  maker.output(maker.conv(swish, 4, 4), {0, 4, 8, 8});
  const Made made = quantized(maker);
  EXPECT_EQ(made.facts.real_nodes, (std::map<std::string, std::size_t>{{"Pad", 1}}));
  EXPECT_EQ(made.first("Clip"), nullptr);
  EXPECT_EQ(made.first("Div"), nullptr);
}

TEST_F(Quantizing, ModelsWithSeveralEndsAndGraphsInside) {
  const Made ends = quantized(many_ended_model(), 0.1);
  EXPECT_EQ(ends.integer("MatMul"), 5u);
  const Made choosing = quantized(choosing_model(), 0.1);
  EXPECT_EQ(choosing.integer("MatMul"), 5u);
  EXPECT_EQ(choosing.facts.real_nodes.at("If"), 1u);
}

TEST_F(Quantizing, OldOperatorsAreBroughtUpToDate) {
  ModelMaker maker = residual_model(1);
  maker.model.mutable_opset_import(0)->set_version(11);
  const Made made = quantized(maker);
  EXPECT_EQ(made.model.opset_import(0).version(), 13);
  EXPECT_EQ(made.integer("Conv"), 3u);
  // Newer than what ONNX's library here knows.
  maker.model.mutable_opset_import(0)->set_version(20);
  EXPECT_EQ(quantized(maker).integer("Conv"), 3u);
  // ONNX's converter knows nothing of others' operators.
  ModelMaker foreign;
  const std::string x = foreign.conv(foreign.input("image", {0, 3, 8, 8}), 3, 4);
  foreign.output(foreign.node("Gelu", {x}), {0, 4, 8, 8});
  foreign.last().set_domain("com.microsoft");
  foreign.model.mutable_opset_import(0)->set_version(11);
  onnx::OperatorSetIdProto& opset = *foreign.model.add_opset_import();
  opset.set_domain("com.microsoft");
  opset.set_version(1);
  const std::string error = error_of(foreign);
  EXPECT_NE(error.find("opset_import has version 11; scales by channel need 13"), std::string::npos)
      << error;
}

TEST_F(Quantizing, WhatTheFileSaidOfTheFloatModelIsMarkedSo) {
  ModelMaker maker = residual_model(1);
  onnx::StringStringEntryProto& entry = *maker.model.add_metadata_props();
  entry.set_key("test_accuracy");
  entry.set_value("0.9");
  const Made made = quantized(maker);
  ASSERT_EQ(made.model.metadata_props_size(), 2);
  EXPECT_EQ(made.model.metadata_props(0).key(), "float.test_accuracy");
  EXPECT_EQ(made.model.metadata_props(1).value(), "8 bits, ranges from 8 inputs");
}

TEST_F(Quantizing, EqualInputsGiveEqualBytes) {
  const std::string once = read_file(quantized(branching_model(), 0.05, "once").after);
  EXPECT_EQ(read_file(quantized(branching_model(), 0.05, "again").after), once);
}

TEST_F(Quantizing, ModelsWithNothingToDoAreRefused) {
  ModelMaker maker;
  maker.output(maker.node("Tanh", {maker.input("row", {0, 4})}), {0, 4});
  EXPECT_NE(error_of(maker).find("none of its nodes has an integer form; that needs a Conv, Gemm"),
            std::string::npos);
  const Made made = quantized(residual_model(1), 0.05, "first");
  ModelMaker again;
  again.model = made.model;
  const std::string error = error_of(again);
  EXPECT_NE(error.find("so is quantized already; give the float model"), std::string::npos)
      << error;
}

Made quantized_file(const std::filesystem::path& file, const std::string& pictures,
                    const PictureChoice& choice, std::size_t most = 32) {
  const auto folder = test_folder("file");
  const Result<OnnxGraph> graph = OnnxGraph::read(file);
  EXPECT_TRUE(graph.ok());
  const Result<ImageInput> input = picture_input(graph.value(), choice);
  EXPECT_TRUE(input.ok()) << input.error().message;
  const auto images = calibration_images(kInputDirectory / pictures, input.value(), most);
  EXPECT_TRUE(images.ok()) << images.error().message;
  const Result<QuantizedModel> made =
      quantize_model(file, folder / "int8.onnx", images.value(), {.runtime = kLibrary});
  EXPECT_TRUE(made.ok()) << made.error().message;
  if (!made) return {};
  return {made.value(), {}, file, folder / "int8.onnx", images.value()};
}

TEST_F(Quantizing, TheClassifierOfClothesAnswersTheSameInAThirdOfTheBytes) {
  const Made made =
      quantized_file(kSourceDirectory / "catalog/models/fashion/whole.onnx", "fashion", {});
  EXPECT_GE(made.facts.answers, 30u);
  EXPECT_GE(made.facts.same_answers + 1, made.facts.answers);
  EXPECT_LT(made.facts.size_after, made.facts.size_before * 0.33);
  EXPECT_EQ(made.integer("Conv"), 4u);
}

TEST_F(Quantizing, TheModelsThatReadTextRun) {
  const std::filesystem::path models = kModelDirectory / "ocr";
  if (!std::filesystem::exists(models / "ch_PP-OCRv4_det_infer.onnx")) GTEST_SKIP() << models;
  const std::vector<double> half = {0.5, 0.5, 0.5};
  const Made finder = quantized_file(
      models / "ch_PP-OCRv4_det_infer.onnx", "ocr",
      {.width = 160, .height = 160, .is_bgr = true, .mean = half, .deviation = half}, 4);
  EXPECT_EQ(finder.integer("Conv"), 62u);
  const Made reader = quantized_file(
      models / "ch_PP-OCRv4_rec_infer.onnx", "ocr",
      {.width = 160, .height = 48, .is_bgr = true, .mean = half, .deviation = half}, 4);
  EXPECT_EQ(reader.integer("MatMul"), 13u);
  EXPECT_GE(reader.facts.same_answers, reader.facts.answers * 7 / 10);
}

}  // namespace
}  // namespace scinet
