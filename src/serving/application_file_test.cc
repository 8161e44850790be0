#include "serving/application_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "serving/test_inputs.h"

namespace scinet {
namespace {

constexpr const char* kGood = R"(application: fruit
summary: a picture of a fruit in, its kind out
input: {kind: image, name: pixels, width: 32, height: 24, channels: rgb, mean: [0.5, 0.4, 0.3]}
answer: {kind: class, name: scores, scale: probabilities, labels: [apple, pear]}
strategies:
  - name: semantic
    fragments:
      - {name: merge, model: merge.onnx, inputs: [left, right]}
      - {name: left, model: left.onnx}
      - {name: right, model: right.onnx, sends: [scores-2]}
)";

class ApplicationFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("application_file_test." + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<ApplicationFile> read(const std::string& text) {
    std::ofstream(folder_ / kApplicationFile) << text;
    return read_application_file(folder_ / kApplicationFile);
  }

  // With one piece of kGood replaced.
  std::string problem(const std::string& piece, const std::string& with) {
    std::string text = kGood;
    const std::size_t at = text.find(piece);
    EXPECT_NE(at, std::string::npos) << piece;
    text.replace(at, piece.size(), with);
    const Result<ApplicationFile> result = read(text);
    if (result.ok()) return "";
    const std::string prefix = (folder_ / kApplicationFile).string() + ":";
    EXPECT_TRUE(result.error().message.starts_with(prefix)) << result.error().message;
    return result.error().message.substr(prefix.size());
  }

  std::filesystem::path folder_;
};

TEST_F(ApplicationFiles, AreReadInTheOrderOfTheGraph) {
  const Result<ApplicationFile> read_back = read(kGood);
  ASSERT_TRUE(read_back.ok()) << read_back.error().message;
  const ApplicationFile& file = read_back.value();
  EXPECT_EQ(file.name, "fruit");
  ASSERT_TRUE(file.image);
  EXPECT_EQ(file.image->height, 24);
  EXPECT_EQ(file.image->mean, (std::vector{0.5, 0.4, 0.3}));
  EXPECT_EQ(file.image->fit, ImageFit::kStretch);
  ASSERT_TRUE(file.answer);
  EXPECT_EQ(file.answer->scale, ScoreScale::kProbabilities);
  EXPECT_EQ(file.answer->labels, (std::vector<std::string>{"apple", "pear"}));
  const std::vector<ModelFragment>& fragments = file.strategies.at(0).fragments;
  ASSERT_EQ(fragments.size(), 3u);
  EXPECT_EQ(fragments[0].name, "left");
  EXPECT_EQ(fragments[1].sends, std::vector<std::string>{"scores-2"});
  EXPECT_EQ(fragments[2].model, "merge.onnx");
  EXPECT_EQ(fragments[2].inputs, (std::vector<std::size_t>{0, 1}));
}

TEST_F(ApplicationFiles, AreWrittenAsTheyAreRead) {
  const ApplicationFile file = read(kGood).value();
  const std::string text = application_yaml(file);
  const Result<ApplicationFile> again = read(text);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(application_yaml(again.value()), text);
  EXPECT_EQ(again.value().image, file.image);

  const ApplicationFile tensors = {"t", "any \"tensors\"", {}, {}, file.strategies};
  const Result<ApplicationFile> read_back = read(application_yaml(tensors));
  ASSERT_TRUE(read_back.ok()) << read_back.error().message;
  EXPECT_EQ(read_back.value().summary, "any \"tensors\"");
  EXPECT_FALSE(read_back.value().image);
  EXPECT_FALSE(read_back.value().answer);
}

TEST_F(ApplicationFiles, AreRefusedWithThePlaceAndWhatWouldWork) {
  EXPECT_EQ(problem("channels: rgb", "channels: green"),
            "3: input.channels: found 'green', expected one of gray, rgb, bgr");
  EXPECT_EQ(problem("[0.5, 0.4, 0.3]", "[0.5]"),
            "3: input.mean: found 1 numbers, expected one for each of 3 channels");
  EXPECT_EQ(problem("[apple, pear]", "[]"),
            "4: answer.labels: found 0 labels, expected 1 to 100000");
  EXPECT_EQ(problem("left.onnx", "../left.onnx"),
            "9: strategies[0].fragments[1].model: found '../left.onnx', expected a file in the "
            "folder of application.yaml");
  EXPECT_NE(problem("[left, right]", "[left, middle]").find("middle"), std::string::npos);
  EXPECT_NE(
      problem("{name: left, model: left.onnx}", "{name: left, model: left.onnx, inputs: [merge]}")
          .find("circle"),
      std::string::npos);
  EXPECT_NE(problem("inputs: [left, right]", "inputs: [left]"), "");  // two last fragments
  EXPECT_NE(problem("kind: image", "kind: sound").find("image, tensors"), std::string::npos);
  EXPECT_NE(problem("width: 32", "width: 0").find("input.width"), std::string::npos);
}

}  // namespace
}  // namespace scinet
