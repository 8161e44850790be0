#include "serving/applications/text_lines.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace scinet {
namespace {

// A message: the mark, the number of lines, then for each line four corners (x, y), the width of
// its image and its pixels row by row. Numbers have 32 bits, least significant byte first.
constexpr std::string_view kMark = "SciNet text lines 1\n";
constexpr std::size_t kPixelBytes = 3;

void put(std::string& message, std::int32_t number) {
  const auto bits = static_cast<std::uint32_t>(number);
  for (int shift = 0; shift < 32; shift += 8) {
    message += static_cast<char>(bits >> shift & 0xffu);
  }
}

class MessageReader {
 public:
  explicit MessageReader(std::string_view rest) : rest_(rest) {}

  std::int32_t number() {
    std::uint32_t bits = 0;
    const std::string_view bytes = take(4);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bits |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return static_cast<std::int32_t>(bits);
  }

  // Empty, and all that follows too, when there are not that many bytes left.
  std::string_view take(std::size_t count) {
    complete_ = complete_ && count <= rest_.size();
    if (!complete_) return {};
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  bool complete() const { return complete_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool complete_ = true;
};

Error damaged() {
  return {ErrorCode::kInvalidInput,
          "the input is not what the fragment 'detect' of ocr gives; send that, unchanged"};
}

int middle(const TextLine& line) {  // twice its height in the picture
  return (line.box[0].y + line.box[1].y + line.box[2].y + line.box[3].y) / 2;
}

int height(const TextLine& line) {
  return std::max(std::abs(line.box[3].y - line.box[0].y), std::abs(line.box[2].y - line.box[1].y));
}

}  // namespace

bool same_row(const TextLine& a, const TextLine& b) {
  return std::abs(middle(a) - middle(b)) < std::min(height(a), height(b));
}

std::string to_message(const std::vector<TextLine>& lines) {
  std::string message(kMark);
  put(message, static_cast<std::int32_t>(lines.size()));
  for (const TextLine& line : lines) {
    for (const cv::Point& corner : line.box) {
      put(message, corner.x);
      put(message, corner.y);
    }
    put(message, line.image.cols);
    const std::size_t row_bytes = static_cast<std::size_t>(line.image.cols) * kPixelBytes;
    for (int y = 0; y < line.image.rows; ++y) {
      message.append(reinterpret_cast<const char*>(line.image.ptr(y)), row_bytes);
    }
  }
  return message;
}

Result<std::vector<TextLine>> from_message(std::string_view message) {
  if (!message.starts_with(kMark)) return damaged();
  MessageReader reader(message.substr(kMark.size()));
  const std::int32_t count = reader.number();
  int total_width = 0;
  std::vector<TextLine> lines;
  for (std::int32_t i = 0; i < count && reader.complete(); ++i) {
    TextLine line;
    for (cv::Point& corner : line.box) {
      corner.x = reader.number();
      corner.y = reader.number();
    }
    const int width = reader.number();
    if (width < 1 || width > kMaxLineWidth) return damaged();
    total_width += width;
    if (total_width > kMaxTotalWidth) return damaged();
    const std::string_view pixels =
        reader.take(static_cast<std::size_t>(width) * kLineHeight * kPixelBytes);
    if (!reader.complete()) return damaged();
    line.image.create(kLineHeight, width, CV_8UC3);
    std::memcpy(line.image.data, pixels.data(), pixels.size());
    lines.push_back(std::move(line));
  }
  if (count < 0 || !reader.complete() || !reader.at_end()) return damaged();
  return lines;
}

}  // namespace scinet
