#include "serving/image_input.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "serving/image_bytes.h"

namespace scinet {
namespace {

// The smallest canvas in the proportion of the model's input that holds all of the picture.
cv::Mat padded(const cv::Mat& image, const ImageInput& input) {
  const auto wanted = [](int other, int side, int other_side) {  // rounded up
    return static_cast<int>((static_cast<std::int64_t>(other) * side + other_side - 1) /
                            other_side);
  };
  const int width = std::max(image.cols, wanted(image.rows, input.width, input.height));
  const int height = std::max(image.rows, wanted(image.cols, input.height, input.width));
  const int left = (width - image.cols) / 2;
  const int top = (height - image.rows) / 2;
  cv::Mat canvas;
  cv::copyMakeBorder(image, canvas, top, height - image.rows - top, left, width - image.cols - left,
                     cv::BORDER_CONSTANT, cv::Scalar::all(input.background));
  return canvas;
}

cv::Mat scaled(const cv::Mat& image, const ImageInput& input) {
  const bool shrinks = image.cols > input.width || image.rows > input.height;
  cv::Mat small;
  cv::resize(image, small, cv::Size(input.width, input.height), 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return small;
}

std::vector<float> values_of(const cv::Mat& image, const ImageInput& input) {
  const auto channels = static_cast<std::size_t>(input.channel_count());
  const auto area = static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.cols);
  std::vector<float> values(channels * area);
  for (std::size_t c = 0; c < channels; ++c) {
    // OpenCV holds blue, green, red.
    const std::size_t from = input.channels == ChannelOrder::kRgb ? channels - 1 - c : c;
    const auto mean = input.mean.empty() ? 0.0f : static_cast<float>(input.mean[c]);
    const auto deviation = input.deviation.empty() ? 1.0f : static_cast<float>(input.deviation[c]);
    for (std::size_t i = 0; i < area; ++i) {
      const auto level = static_cast<float>(image.data[i * channels + from]);
      const std::size_t to =
          input.layout == TensorLayout::kChannelsFirst ? c * area + i : i * channels + c;
      values[to] = (level / 255.0f - mean) / deviation;
    }
  }
  return values;
}

}  // namespace

std::vector<std::int64_t> image_shape(const ImageInput& input) {
  if (input.layout == TensorLayout::kChannelsLast) {
    return {1, input.height, input.width, input.channel_count()};
  }
  return {1, input.channel_count(), input.height, input.width};
}

Result<Tensor> image_tensor(const ImageInput& input, std::string_view bytes) {
  const bool is_gray = input.channels == ChannelOrder::kGray;
  const Result<cv::Mat> image =
      decode_image(bytes, is_gray ? ImageColour::kGray : ImageColour::kBgr);
  if (!image) return image.error();
  const cv::Mat small =
      scaled(input.fit == ImageFit::kPad ? padded(image.value(), input) : image.value(), input);
  return Tensor{image_shape(input), values_of(small, input)};
}

void work_on_one_thread() { cv::setNumThreads(1); }

}  // namespace scinet
