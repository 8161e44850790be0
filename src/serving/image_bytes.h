// Pictures as bytes: PNG and JPEG in, JPEG out. The size is read from the file's own header before
// a decoder sees it, so that a small file cannot ask for a large picture.
#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace scinet {

// A decoded picture takes three bytes a pixel: 75 MB at this limit.
inline constexpr std::size_t kMaxPixels = 25'000'000;
inline constexpr std::size_t kMaxSide = 20'000;  // OpenCV's geometry has 16-bit coordinates
// Scans of a progressive JPEG: each goes over the whole picture again. Cameras and tools make ten.
inline constexpr int kMaxScans = 32;

struct ImageSize {
  int width = 0;
  int height = 0;
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

// Walks the blocks of the file to its end without decoding any. kInvalidInput when this is neither
// PNG nor JPEG or the file is cut short or damaged, kTooLarge beyond the limits above.
Result<ImageSize> read_image_size(std::string_view bytes);

enum class ImageColour { kBgr, kGray };

// 8 bits a channel, transparency dropped, turned upright where a JPEG says how the camera was held.
// Errors as above.
Result<cv::Mat> decode_image(std::string_view bytes, ImageColour colour);

// An 8-bit picture as JPEG of quality 90.
Result<std::string> encode_jpeg(const cv::Mat& image);

}  // namespace scinet
