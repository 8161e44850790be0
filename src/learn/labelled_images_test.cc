#include "learn/labelled_images.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace scinet {
namespace {

using namespace std::string_literals;

std::filesystem::path written(const std::string& name, const std::string& bytes) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

const std::string kTwoImages = "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02"s + "abcdefgh";
const std::string kTwoLabels = "\0\0\x08\x01\0\0\0\x02\x09\x00"s;

TEST(LabelledImages, PairsImagesWithLabels) {
  const Result<LabelledImages> read =
      read_labelled_images(written("images", kTwoImages), written("labels", kTwoLabels), 10);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const LabelledImages& data = read.value();
  EXPECT_EQ(data.count(), 2u);
  EXPECT_EQ(data.size, 2);
  EXPECT_EQ(data.image(1)[0], 'e');
  EXPECT_EQ(data.labels, (std::vector<std::uint8_t>{9, 0}));
  EXPECT_EQ(data.first(1), (LabelledImages{2, {'a', 'b', 'c', 'd'}, {9}}));
  EXPECT_EQ(data.first(5), data);
}

TEST(LabelledImages, RefusesFilesThatDoNotFitTogether) {
  struct Case {
    std::string images, labels, sentence;
  };
  const std::vector<Case> cases = {
      {"\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02"s + "ab", kTwoLabels,
       "images: has the shape 1 x 1 x 2, square images have the shape count x size x size"},
      {kTwoLabels, kTwoLabels,
       "images: has the shape 2, square images have the shape count x size x size"},
      {kTwoImages, kTwoImages, "labels: has the shape 2 x 2 x 2, labels have one dimension"},
      {kTwoImages, "\0\0\x08\x01\0\0\0\x01\x09"s,
       "labels: has 1 labels for the 2 images of images"},
      {kTwoImages, "\0\0\x08\x01\0\0\0\x02\x09\x0a"s,
       "labels: label 1 is 10, there are only the classes 0 to 9"},
  };
  for (const Case& c : cases) {
    const Result<LabelledImages> read =
        read_labelled_images(written("images", c.images), written("labels", c.labels), 10);
    ASSERT_FALSE(read.ok()) << c.sentence;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidInput);
    EXPECT_TRUE(read.error().message.ends_with(c.sentence)) << read.error().message;
  }
}

TEST(LabelledImages, SaysWhichPackageHasTheDataSet) {
  const Result<TrainingData> data = read_fashion_mnist("/nowhere");
  ASSERT_FALSE(data.ok());
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_NE(data.error().message.find("dataset-fashion-mnist"), std::string::npos);
}

TEST(LabelledImages, ReadsTheInstalledDataSet) {
  if (!std::filesystem::exists(kFashionDirectory)) {
    GTEST_SKIP() << "the Debian package dataset-fashion-mnist is not installed";
  }
  const Result<TrainingData> data = read_fashion_mnist(kFashionDirectory);
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_EQ(data.value().train.count(), 60'000u);
  EXPECT_EQ(data.value().test.count(), 10'000u);
  EXPECT_EQ(data.value().test.size, 28);
  EXPECT_EQ(data.value().test.labels[0], 9);  // the first test image is an ankle boot
}

TEST(Variation, MirrorsAndMoves) {
  const std::vector<std::uint8_t> image = {255, 0, 0,   //
                                           0,   0, 51,  //
                                           0,   0, 0};
  std::vector<float> numbers(9);
  write_varied(image, 3, {}, numbers);
  EXPECT_EQ(numbers, (std::vector<float>{1, 0, 0, 0, 0, 0.2f, 0, 0, 0}));
  write_varied(image, 3, {.mirrored = true}, numbers);
  EXPECT_EQ(numbers, (std::vector<float>{0, 0, 1, 0.2f, 0, 0, 0, 0, 0}));
  write_varied(image, 3, {.right = 1, .down = 1}, numbers);
  EXPECT_EQ(numbers, (std::vector<float>{0, 0, 0, 0, 1, 0, 0, 0, 0}));
  write_varied(image, 3, {.mirrored = true, .right = -1}, numbers);
  EXPECT_EQ(numbers, (std::vector<float>{0, 1, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Variation, DrawsEveryMoveAndBothMirrors) {
  RandomStream random = RandomStreams(1).stream("variations");
  std::vector<int> seen(18);
  for (int i = 0; i < 1800; ++i) {
    const Variation v = random_variation(random, {.mirror = true, .most_shift = 1});
    ASSERT_TRUE(std::abs(v.right) <= 1 && std::abs(v.down) <= 1);
    ++seen[static_cast<std::size_t>((v.right + 1) * 6 + (v.down + 1) * 2 + (v.mirrored ? 1 : 0))];
  }
  for (const int count : seen) EXPECT_GT(count, 50);  // 100 expected, standard deviation 10
}

TEST(Variation, MirrorsNothingThatMustNotBe) {
  RandomStream random = RandomStreams(1).stream("variations");
  RandomStream same = random;
  for (int i = 0; i < 100; ++i) {
    const Variation plain = random_variation(random, {.mirror = false, .most_shift = 2});
    const Variation other = random_variation(same, {.mirror = true, .most_shift = 2});
    EXPECT_FALSE(plain.mirrored);
    EXPECT_EQ(plain.right, other.right);
    EXPECT_EQ(plain.down, other.down);
  }
}

}  // namespace
}  // namespace scinet
