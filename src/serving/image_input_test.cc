#include "serving/image_input.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

namespace scinet {
namespace {

std::string png(const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  return {bytes.begin(), bytes.end()};
}

std::vector<float> values(const Tensor& tensor) {
  return std::get<std::vector<float>>(tensor.values);
}

// Two pixels: pure blue, then a red of 51.
std::string blue_and_red() {
  cv::Mat image(1, 2, CV_8UC3);
  image.at<cv::Vec3b>(0, 0) = {255, 0, 0};
  image.at<cv::Vec3b>(0, 1) = {0, 0, 51};
  return png(image);
}

TEST(ImageInput, OrdersChannelsAndAxesAsTheModelWants) {
  ImageInput input{.name = "x", .width = 2, .height = 1};
  const Tensor rgb = image_tensor(input, blue_and_red()).value();
  EXPECT_EQ(rgb.shape, (std::vector<std::int64_t>{1, 3, 1, 2}));
  EXPECT_EQ(values(rgb), (std::vector<float>{0, 0.2f, 0, 0, 1, 0}));

  input.channels = ChannelOrder::kBgr;
  EXPECT_EQ(values(image_tensor(input, blue_and_red()).value()),
            (std::vector<float>{1, 0, 0, 0, 0, 0.2f}));

  input.layout = TensorLayout::kChannelsLast;
  const Tensor last = image_tensor(input, blue_and_red()).value();
  EXPECT_EQ(last.shape, (std::vector<std::int64_t>{1, 1, 2, 3}));
  EXPECT_EQ(values(last), (std::vector<float>{1, 0, 0, 0, 0, 0.2f}));
}

TEST(ImageInput, NormalisesEachChannel) {
  const ImageInput input{
      .name = "x", .width = 2, .height = 1, .mean = {0.1, 0, 0.5}, .deviation = {0.1, 1, 0.25}};
  const std::vector<float> found = values(image_tensor(input, blue_and_red()).value());
  const std::vector<float> expected = {-1, 1, 0, 0, 2, -2};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-6) << i;
}

TEST(ImageInput, PadsOrStretches) {
  const std::string wide = png(cv::Mat(1, 4, CV_8UC1, cv::Scalar(255)));
  ImageInput input{.name = "x", .width = 4, .height = 4, .channels = ChannelOrder::kGray};
  EXPECT_EQ(values(image_tensor(input, wide).value()), std::vector<float>(16, 1.0f));

  input.fit = ImageFit::kPad;
  std::vector<float> line(16, 0.0f);
  std::fill(line.begin() + 4, line.begin() + 8, 1.0f);
  EXPECT_EQ(values(image_tensor(input, wide).value()), line);

  input.background = 51;
  std::ranges::replace(line, 0.0f, 0.2f);
  EXPECT_EQ(values(image_tensor(input, wide).value()), line);
}

TEST(ImageInput, RefusesWhatIsNoPicture) {
  const ImageInput input{.name = "x", .width = 2, .height = 1};
  EXPECT_EQ(image_tensor(input, "hello").error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace scinet
