#include "split/layer_split.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "serving/image_bytes.h"
#include "serving/sound_bytes.h"
#include "serving/test_inputs.h"
#include "split/made_models.h"
#include "split/onnx_graph.h"
#include "split/split_check.h"

namespace scinet {
namespace {

using Inputs = std::vector<SampleInput>;

// Height and width as multiples of 32, three channels, 0 to 1.
Tensor picture(const std::string& file) {
  const Result<cv::Mat> image = decode_image(read_file(kInputDirectory / file), ImageColour::kBgr);
  EXPECT_TRUE(image.ok());
  const int height = image.value().rows / 32 * 32;
  const int width = image.value().cols / 32 * 32;
  std::vector<float> levels;
  for (int channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const unsigned char* pixel = image.value().ptr(y, x);
        levels.push_back(static_cast<float>(pixel[channel]) / 255.0f);
      }
    }
  }
  return {{1, 3, height, width}, std::move(levels)};
}

// The top left corner, and grey repeated as colours where the file is grey.
Tensor corner(const Tensor& whole, std::int64_t height, std::int64_t width) {
  const auto& from = std::get<std::vector<float>>(whole.values);
  std::vector<float> levels;
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t row = channel * whole.shape[2] + y % whole.shape[2];
        levels.push_back(from[static_cast<std::size_t>(row * whole.shape[3] + x % whole.shape[3])]);
      }
    }
  }
  return {{1, 3, height, width}, std::move(levels)};
}

std::vector<Inputs> clothes() {
  std::vector<Inputs> all;
  for (const LabelledInput& input : labelled_inputs("fashion")) {
    const Result<cv::Mat> image = decode_image(input.bytes, ImageColour::kGray);
    EXPECT_TRUE(image.ok() && image.value().rows == 28 && image.value().cols == 28);
    std::vector<float> levels;
    for (int i = 0; i < 28 * 28; ++i) {
      levels.push_back(static_cast<float>(*image.value().ptr(i / 28, i % 28)) / 255.0f);
    }
    all.push_back({{"image", {{1, 1, 28, 28}, std::move(levels)}}});
  }
  return all;
}

class LayerSplitting : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kLibrary)) {
      GTEST_SKIP() << "no models in " << kModelDirectory << "; tools/fetch_models.sh fetches them";
    }
  }

  // Loaded late: what runs apart starts from a process without the engine.
  OnnxSession open(const std::filesystem::path& file) {
    if (!runtime_) runtime_.emplace(OnnxRuntime::load(kLibrary).value());
    Result<OnnxSession> session = runtime_->open(file);
    EXPECT_TRUE(session.ok()) << session.error().message;
    return std::move(session).value();
  }

  // Cuts, and holds the chain against the whole model on each of the inputs.
  LayerSplit expect_same(const std::filesystem::path& model, std::size_t parts,
                         const std::vector<Inputs>& inputs, const SampleChoice& sample = {}) {
    SCOPED_TRACE(fmt::format("{} in {} parts", model.filename().string(), parts));
    const std::filesystem::path folder = test_folder("parts") / "out";
    const Result<LayerSplit> split = split_by_layer(
        model, folder, {.parts = parts, .runtime = kLibrary, .sample = sample, .rounds = 1});
    EXPECT_TRUE(split.ok()) << split.error().message;
    if (!split) return {};
    EXPECT_EQ(split.value().parts.size(), parts);
    EXPECT_TRUE(split.value().work_is_measured);
    EXPECT_LE(split.value().largest_difference.value_or(1.0), kSameOutputs);

    const OnnxSession whole = open(model);
    std::vector<OnnxSession> chain;
    for (const SplitPart& part : split.value().parts) chain.push_back(open(folder / part.file));
    for (const Inputs& given : inputs) {
      std::vector<Tensor> tensors;
      for (const std::string& name : whole.input_names()) {
        tensors.push_back(std::ranges::find(given, name, &SampleInput::name)->tensor);
      }
      const Result<std::vector<Tensor>> expected = whole.run(tensors);
      const auto found = run_chain(chain, given);
      EXPECT_TRUE(expected.ok() && found.ok());
      if (!expected || !found) return split.value();
      for (std::size_t i = 0; i < whole.output_names().size(); ++i) {
        EXPECT_LE(
            largest_difference(expected.value()[i], found.value().at(whole.output_names()[i])),
            kSameOutputs);
      }
    }
    return split.value();
  }

  // Several seeded samples, with two requests at once where that is left open.
  void expect_same(const ModelMaker& maker) {
    const auto file = write_model(test_folder("made") / "made.onnx", maker.bytes());
    const Result<OnnxGraph> graph = OnnxGraph::read(file);
    ASSERT_TRUE(graph.ok()) << graph.error().message;
    Inputs inputs = sample_inputs(graph.value(), {}).value();
    std::vector<Inputs> several = {inputs};
    for (SampleInput& input : inputs) {
      std::visit(
          [](auto& values) {
            for (std::size_t i = 0, count = values.size(); i < count; ++i) {
              values.push_back(values[count - 1 - i]);
            }
          },
          input.tensor.values);
      input.tensor.shape[0] = 2;
    }
    several.push_back(inputs);
    for (std::size_t parts = 2; parts <= 8; ++parts) expect_same(file, parts, several);
  }

  std::optional<OnnxRuntime> runtime_;
};

TEST_F(LayerSplitting, TheClassifiersOfTheCatalogAnswerTheSameOnRealPictures) {
  for (const char* name : {"fashion/whole.onnx", "fashion/student.onnx"}) {
    for (std::size_t parts = 2; parts <= 8; ++parts) {
      expect_same(kSourceDirectory / "catalog/models" / name, parts, clothes());
    }
  }
}

TEST_F(LayerSplitting, TheDetectorAnswersTheSameOnARealPage) {
  const Tensor page = corner(picture("ocr/menu.png"), 192, 256);
  for (const std::size_t parts : {2, 8}) {
    expect_same(kModelDirectory / "ocr/ch_PP-OCRv4_det_infer.onnx", parts, {{{"x", page}}},
                {.shapes = {{"x", {1, 3, 96, 96}}}, .values = {}});
  }
}

TEST_F(LayerSplitting, TheReadersAnswerTheSameOnRealLines) {
  const Tensor line = corner(picture("ocr/sign-exit.png"), 48, 192);
  for (const char* name : {"ch_PP-OCRv4_rec_infer.onnx", "ch_ppocr_mobile_v2.0_cls_infer.onnx"}) {
    expect_same(kModelDirectory / "ocr" / name, 4, {{{"x", line}}},
                {.shapes = {{"x", {1, 3, 48, 192}}}, .values = {}});
  }
}

TEST_F(LayerSplitting, GraphsWithSkipsAndBranchesAnswerTheSame) {
  expect_same(residual_model(4));
  expect_same(branching_model());
}

TEST_F(LayerSplitting, GraphsOfManyEndsAnswerTheSame) { expect_same(many_ended_model()); }

TEST_F(LayerSplitting, GraphsWithGraphsInsideAnswerTheSame) { expect_same(choosing_model()); }

TEST_F(LayerSplitting, WritesAllOrNothing) {
  const auto folder = test_folder("all-or-nothing");
  const auto model = write_model(folder / "made.onnx", residual_model(1).bytes());
  const LayerSplitOptions two = {.parts = 2, .runtime = kLibrary};
  ASSERT_TRUE(split_by_layer(model, folder / "deep/out/", two).ok());
  const auto description = nlohmann::json::parse(read_file(folder / "deep/out/split.json"));
  EXPECT_EQ(description.at("strategy"), "layer");
  EXPECT_EQ(description.at("parts").size(), 2u);
  EXPECT_EQ(description.at("outputs"), nlohmann::json({"sum"}));
  EXPECT_TRUE(std::filesystem::exists(folder / "deep/out/part-2.onnx"));
  EXPECT_LE(description.at("largest_difference"), kSameOutputs);
  EXPECT_GE(description.at("slowest_part_ms"), description.at("parts")[1].at("time_ms"));

  const Result<LayerSplit> again = split_by_layer(model, folder / "deep/out", two);
  ASSERT_FALSE(again.ok());
  EXPECT_TRUE(again.error().message.ends_with(
      "this exists and is no empty folder; name another, or remove it"))
      << again.error().message;
  const Result<LayerSplit> many =
      split_by_layer(write_model(model, residual_model(0).bytes()), folder / "many",
                     {.parts = 4, .runtime = kLibrary});
  ASSERT_FALSE(many.ok());
  EXPECT_NE(many.error().message.find("3 steps cannot be shared by 4 parts; ask for at most 3"),
            std::string::npos)
      << many.error().message;
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    left.push_back(entry.path().filename().string());
  }
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector<std::string>{"deep", "made.onnx"}));
}

TEST(LayerSplit, WithoutARuntimeTheWorkIsEstimatedAndSaysSo) {
  const auto folder = test_folder("estimated");
  const auto model = write_model(folder / "made.onnx", residual_model(3).bytes());
  const Result<LayerSplit> split =
      split_by_layer(model, folder / "out", {.parts = 3, .link = BytesPerSecond(1e12)});
  ASSERT_TRUE(split.ok()) << split.error().message;
  EXPECT_FALSE(split.value().work_is_measured);
  EXPECT_TRUE(split.value().work_method.starts_with("estimated from shapes"));
  EXPECT_FALSE(split.value().largest_difference.has_value());
  // Where sending costs nothing: a convolution of 8 channels: 2 x 8 x 3 x 3 operations for each of
  // 8 x 16 x 16 elements, at 10 thousand million a second, 29.5 us; six of them and one of 3
  // channels in three parts.
  double longest = 0.0;
  for (const SplitPart& part : split.value().parts) {
    longest = std::max(longest, part.work.count());
  }
  EXPECT_GT(longest, 2 * 29.4e-6);
  EXPECT_LT(longest, 3 * 29.5e-6 + 1e-6);
}

}  // namespace
}  // namespace scinet
