#include "serving/examples.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace scinet {
namespace {

const std::filesystem::path kInputs = std::filesystem::path(SCINET_SOURCE_DIR) / "data/inputs";

TEST(Examples, ComeWithTheirBytesAndLabels) {
  const auto examples = load_examples("fashion", kInputs);
  ASSERT_TRUE(examples) << examples.error().message;
  ASSERT_EQ(examples.value().size(), 40u);
  EXPECT_EQ(examples.value()[0].name, "test-00.png");
  EXPECT_EQ(examples.value()[0].label, "Ankle boot");
  EXPECT_EQ(examples.value()[0].bytes.substr(1, 3), "PNG");
}

TEST(Examples, HaveNoLabelWhereAnswersHaveNone) {
  const auto examples = load_examples("blur", kInputs);
  ASSERT_TRUE(examples) << examples.error().message;
  ASSERT_FALSE(examples.value().empty());
  for (const Example& example : examples.value()) EXPECT_EQ(example.label, "") << example.name;
}

TEST(Examples, AreNoneForAnApplicationWithoutAFolder) {
  const auto examples = load_examples("translate", kInputs);
  ASSERT_TRUE(examples);
  EXPECT_TRUE(examples.value().empty());
}

TEST(Examples, LieWithTheModelsOfAnApplicationThatIsNotOurs) {
  const auto models = std::filesystem::path(testing::TempDir()) / "models_with_examples";
  std::filesystem::create_directories(models / "fruit/examples");
  std::ofstream(models / "fruit/examples/labels.csv") << "file,label\na.png,apple\n";
  std::ofstream(models / "fruit/examples/a.png") << "bytes";
  const auto examples = load_examples("fruit", kInputs, models);
  ASSERT_TRUE(examples) << examples.error().message;
  ASSERT_EQ(examples.value().size(), 1u);
  EXPECT_EQ(examples.value()[0].label, "apple");
  EXPECT_EQ(examples.value()[0].bytes, "bytes");
  EXPECT_EQ(is_right("fruit", "apple", R"({"label":"apple"})"), true);
}

TEST(Examples, NameTheLineThatIsWrong) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "examples";
  std::filesystem::create_directories(folder / "vad");
  std::ofstream(folder / "vad/labels.csv") << "file,label\nno-comma\n";
  const auto examples = load_examples("vad", folder);
  ASSERT_FALSE(examples);
  EXPECT_NE(examples.error().message.find("labels.csv:2: found 'no-comma', expected file,label"),
            std::string::npos)
      << examples.error().message;
}

TEST(RightAnswers, SayWhatTheLabelSays) {
  EXPECT_EQ(is_right("fashion", "Bag", R"({"label":"Bag","index":8})"), true);
  EXPECT_EQ(is_right("fashion", "Bag", R"({"label":"Coat","index":4})"), false);
  EXPECT_EQ(is_right("ocr", "two|lines", R"({"text":"two\nlines"})"), true);
  EXPECT_EQ(is_right("ocr", "two|lines", R"({"text":"two lines"})"), false);
  EXPECT_EQ(is_right("vad", "yes", R"({"speech":true})"), true);
  EXPECT_EQ(is_right("vad", "no", R"({"speech":true})"), false);
}

TEST(RightAnswers, AreNotThoseOfAnotherForm) {
  EXPECT_EQ(is_right("vad", "yes", "not JSON"), false);
  EXPECT_EQ(is_right("vad", "yes", R"({"speech":"yes"})"), false);
  EXPECT_EQ(is_right("vad", "yes", R"({})"), false);
}

TEST(RightAnswers, AreNotJudgedWhereNothingIsKnown) {
  EXPECT_EQ(is_right("blur", "", "a picture"), std::nullopt);
  EXPECT_EQ(is_right("fashion", "", R"({"label":"Bag","index":8})"), std::nullopt);
}

}  // namespace
}  // namespace scinet
