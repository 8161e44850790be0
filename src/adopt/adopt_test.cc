#include "adopt/adopt.h"

#include <gtest/gtest.h>

#include <fstream>

#include "serving/application_set.h"
#include "serving/examples.h"

namespace scinet {
namespace {

const std::filesystem::path kSource = SCINET_SOURCE_DIR;
const std::filesystem::path kModels = kSource / "build/models";

// A model of ours, taken for one that somebody brings.
class Adopting : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("adopt_test." + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "garments");
    for (const auto& entry : std::filesystem::directory_iterator(kSource / "data/inputs/fashion")) {
      std::filesystem::copy(entry.path(), folder_ / "garments" / entry.path().filename());
    }
    const ApplicationFile fashion =
        read_application_file(kSource / "catalog/models/fashion/application.yaml").value();
    std::ofstream labels(folder_ / "garments/labels.txt");
    for (const std::string& label : fashion.answer->labels) labels << label << "\n";
    std::filesystem::copy(kSource / "catalog/models/fashion/student.onnx", folder_ / "mine.onnx");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Adopted> adopt(const std::string& model = "mine.onnx") {
    return adopt_model(folder_ / model, folder_ / "models/mine",
                       {.name = "mine",
                        .inputs = folder_ / "garments",
                        .runtime = kModels / "onnxruntime/libonnxruntime.so.1",
                        .most_examples = 10});
  }

  void replace_in_labels(const std::string& file, const std::string& text) {
    std::ofstream(folder_ / "garments" / file) << text;
  }

  std::filesystem::path folder_;
};

TEST_F(Adopting, MakesAnApplicationThatServesThreeStrategies) {
  if (!std::filesystem::exists(kModels / "onnxruntime")) GTEST_SKIP() << "no ONNX Runtime here";
  const Result<Adopted> adopted = adopt();
  ASSERT_TRUE(adopted.ok()) << adopted.error().message;
  EXPECT_EQ(adopted.value().notices, std::vector<std::string>{});
  EXPECT_EQ(adopted.value().examples, 10u);

  std::filesystem::create_directory_symlink(kModels / "onnxruntime",
                                            folder_ / "models/onnxruntime");
  ApplicationSet applications(folder_ / "models");
  const ServedApplication* mine = applications.find("mine");
  ASSERT_NE(mine, nullptr);
  ASSERT_EQ(mine->unavailable, "");
  ASSERT_EQ(mine->strategies.size(), 3u);
  const auto examples = load_examples("mine", "nowhere", folder_ / "models");
  ASSERT_TRUE(examples.ok()) << examples.error().message;
  ASSERT_EQ(examples.value().size(), 10u);
  for (const ServedStrategy& strategy : mine->strategies) {
    int right = 0;
    for (const Example& example : examples.value()) {
      const Result<std::string> answer = applications.run_all("mine", strategy.name, example.bytes);
      ASSERT_TRUE(answer.ok()) << strategy.name << ": " << answer.error().message;
      right += is_right("mine", example.label, answer.value()).value() ? 1 : 0;
      if (strategy.name == "layer") {
        EXPECT_EQ(answer.value(), applications.run_all("mine", "whole", example.bytes).value());
      }
    }
    EXPECT_GE(right, 8) << strategy.name;
  }
}

TEST_F(Adopting, SaysWhatIsMissingAndWritesNothing) {
  EXPECT_NE(adopt("other.onnx").error().message.find("other.onnx"), std::string::npos);

  replace_in_labels("labels.txt", "Trouser\nBag\n");
  const std::string unknown = adopt().error().message;
  EXPECT_NE(unknown.find("test-00.png has the label 'Ankle boot', which no class has; the classes "
                         "are Trouser, Bag"),
            std::string::npos)
      << unknown;

  std::filesystem::remove(folder_ / "garments/labels.txt");
  const std::string missing = adopt().error().message;
  EXPECT_NE(missing.find("the label of each class"), std::string::npos) << missing;

  std::filesystem::remove(folder_ / "garments/labels.csv");
  EXPECT_NE(adopt().error().message.find("labels.csv"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "models/mine"));
}

}  // namespace
}  // namespace scinet
