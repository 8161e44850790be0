#include "serving/image_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <vector>

namespace scinet {
namespace {

constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view kJpegSignature("\xff\xd8\xff", 3);

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

Error cut_short(std::string_view format, std::size_t size) {
  return invalid(fmt::format("the {} file is cut short: it ends after {} bytes", format, size));
}

// Most significant byte first, as both formats have it. The caller has checked the length.
std::uint32_t big_endian(std::string_view bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

Result<ImageSize> checked(std::uint32_t width, std::uint32_t height) {
  if (width == 0 || height == 0) {
    return invalid(fmt::format("the picture is {} x {} pixels; neither may be 0", width, height));
  }
  if (std::uint64_t{width} * height > kMaxPixels || std::max(width, height) > kMaxSide) {
    return Error{ErrorCode::kTooLarge,
                 fmt::format("the picture is {} x {} pixels; at most {} million are taken, and {} "
                             "a side",
                             width, height, kMaxPixels / 1'000'000, kMaxSide)};
  }
  return ImageSize{static_cast<int>(width), static_cast<int>(height)};
}

// PNG: a signature, then chunks (length, type, data, checksum) from IHDR to IEND.
Result<ImageSize> read_png_size(std::string_view bytes) {
  constexpr std::size_t kAround = 12;  // length, type and checksum
  std::size_t at = kPngSignature.size();
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  for (bool first = true;; first = false) {
    if (bytes.size() - at < kAround) return cut_short("PNG", bytes.size());
    const std::size_t length = big_endian(bytes, at, 4);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (first && (type != "IHDR" || length != 13)) {
      return invalid("the PNG file is damaged: it does not begin with its header");
    }
    if (bytes.size() - at - kAround < length) return cut_short("PNG", bytes.size());
    if (first) {
      width = big_endian(bytes, at + 8, 4);
      height = big_endian(bytes, at + 12, 4);
    }
    if (type == "IEND") return checked(width, height);
    at += kAround + length;
  }
}

bool is_frame_header(int marker) {  // SOF0 to SOF15; three codes between them mean other things
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// The next byte pair that is a marker, past the entropy-coded data of a scan, where a 0xff that is
// data is followed by 0x00 and restart markers are part of the data.
std::size_t skip_scan(std::string_view bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    if (static_cast<unsigned char>(bytes[at]) != 0xff) continue;
    const int next = static_cast<unsigned char>(bytes[at + 1]);
    if (next != 0x00 && next != 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.size();
}

// JPEG: segments (0xff, marker, length, data) up to the end marker; scans carry data after theirs.
Result<ImageSize> read_jpeg_size(std::string_view bytes) {
  std::size_t at = 2;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int scans = 0;
  while (true) {
    while (at + 1 < bytes.size() && bytes[at] == '\xff' && bytes[at + 1] == '\xff') ++at;  // fill
    if (bytes.size() - at < 2) return cut_short("JPEG", bytes.size());
    if (bytes[at] != '\xff') return invalid("the JPEG file is damaged: a marker is missing");
    const int marker = static_cast<unsigned char>(bytes[at + 1]);
    at += 2;
    if (marker == 0xd9) break;
    if (bytes.size() - at < 2) return cut_short("JPEG", bytes.size());
    const std::size_t length = big_endian(bytes, at, 2);
    if (bytes.size() - at < length) return cut_short("JPEG", bytes.size());
    if (length < 2) return invalid("the JPEG file is damaged: a segment has no length");

    if (is_frame_header(marker) && width == 0) {
      if (length < 8) return invalid("the JPEG file is damaged: its frame header is too short");
      height = big_endian(bytes, at + 3, 2);
      width = big_endian(bytes, at + 5, 2);
      if (Result<ImageSize> size = checked(width, height); !size) return size;
    }
    at += length;
    if (marker == 0xda) {
      if (++scans > kMaxScans) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("the JPEG file has more than {} scans", kMaxScans)};
      }
      at = skip_scan(bytes, at);
    }
  }
  if (width == 0 || scans == 0) return invalid("the JPEG file holds no picture");
  return checked(width, height);
}

}  // namespace

Result<ImageSize> read_image_size(std::string_view bytes) {
  if (bytes.empty()) return invalid("the input is empty; send the bytes of a PNG or JPEG picture");
  if (bytes.starts_with(kPngSignature)) return read_png_size(bytes);
  if (bytes.starts_with(kJpegSignature)) return read_jpeg_size(bytes);
  return invalid("the input is neither PNG nor JPEG; send the bytes of such a picture");
}

Result<cv::Mat> decode_image(std::string_view bytes, ImageColour colour) {
  const Result<ImageSize> size = read_image_size(bytes);
  if (!size) return size.error();
  const int flags = colour == ImageColour::kBgr ? cv::IMREAD_COLOR : cv::IMREAD_GRAYSCALE;
  cv::Mat image;
  try {
    // OpenCV only reads through this view.
    const cv::Mat view(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    image = cv::imdecode(view, flags);
  } catch (const cv::Exception&) {
    image.release();
  }
  if (image.empty()) return invalid("the picture is damaged: it cannot be decoded");
  return image;
}

Result<std::string> encode_jpeg(const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  try {
    cv::imencode(".jpg", image, bytes, {cv::IMWRITE_JPEG_QUALITY, 90});
  } catch (const cv::Exception& failure) {
    return Error{ErrorCode::kInternal, fmt::format("cannot encode a JPEG: {}", failure.err)};
  }
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace scinet
