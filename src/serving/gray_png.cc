#include "serving/gray_png.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "base/ensure.h"

namespace scinet {

std::string gray_png(std::span<const std::uint8_t> levels, int width, int height) {
  ensure(levels.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
         "one level for each pixel");
  cv::Mat image(height, width, CV_8UC1);
  std::ranges::copy(levels, image.data);
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  return {bytes.begin(), bytes.end()};
}

}  // namespace scinet
