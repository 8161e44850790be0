#include "quantize/calibration_images.h"

#include <gtest/gtest.h>

#include <fstream>

#include "serving/test_inputs.h"
#include "split/made_models.h"

namespace scinet {
namespace {

OnnxGraph taking(const Lengths& shape, const std::filesystem::path& file = "m.onnx") {
  ModelMaker maker;
  maker.output(maker.relu(maker.input("picture", shape)), shape);
  return OnnxGraph::parse(maker.bytes(), file.string()).value();
}

std::string error_of(const Lengths& shape, const PictureChoice& choice = {}) {
  const Result<ImageInput> input = picture_input(taking(shape), choice);
  EXPECT_FALSE(input.ok());
  return input.ok() ? "" : input.error().message;
}

TEST(PictureInput, FollowsFromTheShapeOfTheModelsInput) {
  const ImageInput gray = picture_input(taking({0, 1, 28, 30}), {}).value();
  EXPECT_EQ(gray, (ImageInput{.name = "picture",
                              .width = 30,
                              .height = 28,
                              .channels = ChannelOrder::kGray,
                              .mean = {},
                              .deviation = {}}));
  const ImageInput colour =
      picture_input(taking({1, 3, 0, 0}),
                    {.width = 64, .height = 32, .is_bgr = true, .mean = {0.5, 0.5, 0.5}})
          .value();
  EXPECT_EQ(colour.channels, ChannelOrder::kBgr);
  EXPECT_EQ(colour.width, 64);
  EXPECT_EQ(colour.height, 32);
  EXPECT_EQ(colour.mean.size(), 3u);
}

TEST(PictureInput, SaysWhatIsMissingOrWrong) {
  EXPECT_EQ(error_of({0, 3, 0, 8}),
            "m.onnx: input 'picture' leaves its height open; choose a size, such as --size "
            "320x240");
  EXPECT_EQ(error_of({0, 3, 8, 8}, {.width = 9, .height = 8}),
            "m.onnx: input 'picture' has the width 8, --size says 9");
  EXPECT_EQ(error_of({0, 4, 8, 8}),
            "m.onnx: input 'picture' takes no pictures: those are float32 [N, 1 or 3, height, "
            "width]");
  EXPECT_EQ(error_of({0, 3, 8, 8}, {.mean = {0.5}}),
            "--mean has 1 numbers; the model has 3 channels");
  EXPECT_NE(error_of({0, 1, 8, 1'000'000}).find("pictures have 1 to 20000"), std::string::npos);
}

TEST(PictureInput, IsThatOfTheApplicationBesideTheModel) {
  const auto folder = test_folder("application");
  std::ofstream(folder / "application.yaml")
      << "application: dark\nsummary: s\n"
         "input: {kind: image, name: picture, width: 8, height: 8, channels: gray, mean: [0.5]}\n"
         "answer: {kind: tensors}\n"
         "strategies:\n  - name: whole\n    fragments: [{name: all, model: m.onnx}]\n";
  const OnnxGraph model = taking({0, 1, 8, 8}, folder / "m.onnx");
  const Result<ImageInput> input = picture_input(model, {});
  ASSERT_TRUE(input.ok()) << input.error().message;
  EXPECT_EQ(input.value().mean, std::vector{0.5});
  const Result<ImageInput> twice = picture_input(model, {.mean = {0.1}});
  ASSERT_FALSE(twice.ok());
  EXPECT_NE(twice.error().message.find("says how pictures become inputs"), std::string::npos);
}

TEST(CalibrationImages, AreTheFirstOfTheList) {
  const ImageInput input{.name = "image",
                         .width = 28,
                         .height = 28,
                         .channels = ChannelOrder::kGray,
                         .mean = {},
                         .deviation = {}};
  const auto images = calibration_images(kInputDirectory / "fashion", input, 3);
  ASSERT_TRUE(images.ok()) << images.error().message;
  ASSERT_EQ(images.value().size(), 3u);
  EXPECT_EQ(images.value()[2].front().name, "image");
  EXPECT_EQ(images.value()[2].front().tensor.shape, (std::vector<std::int64_t>{1, 1, 28, 28}));

  const auto folder = test_folder("pictures");
  std::ofstream(folder / "labels.csv") << "file,label\nno.png,0\n";
  std::ofstream(folder / "no.png") << "not a picture";
  const auto wrong = calibration_images(folder, input, 3);
  ASSERT_FALSE(wrong.ok());
  EXPECT_TRUE(wrong.error().message.starts_with((folder / "no.png").string()))
      << wrong.error().message;
  std::ofstream(folder / "labels.csv") << "file,label\n";
  EXPECT_FALSE(calibration_images(folder, input, 3).ok());
}

}  // namespace
}  // namespace scinet
