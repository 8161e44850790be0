#include "serving/image_bytes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "serving/test_inputs.h"

namespace scinet {
namespace {

std::string bytes_of(std::initializer_list<int> numbers) {
  std::string bytes;
  for (const int number : numbers) bytes += static_cast<char>(number);
  return bytes;
}

std::string big_endian(std::uint32_t number) {
  return bytes_of({static_cast<int>(number >> 24), static_cast<int>(number >> 16 & 0xff),
                   static_cast<int>(number >> 8 & 0xff), static_cast<int>(number & 0xff)});
}

// As much of a PNG as says how large it claims to be.
std::string png_claiming(std::uint32_t width, std::uint32_t height) {
  const std::string checksum(4, '\0');
  return std::string("\x89PNG\r\n\x1a\n", 8) + big_endian(13) + "IHDR" + big_endian(width) +
         big_endian(height) + bytes_of({8, 2, 0, 0, 0}) + checksum + big_endian(0) + "IEND" +
         checksum;
}

std::string jpeg_claiming(int width, int height, int scans) {
  std::string bytes = bytes_of({0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, height >> 8, height & 0xff,
                                width >> 8, width & 0xff, 1, 1, 0x11, 0});
  for (int i = 0; i < scans; ++i) bytes += bytes_of({0xff, 0xda, 0, 2, 0x55, 0xff, 0x00, 0x55});
  return bytes + bytes_of({0xff, 0xd9});
}

ErrorCode refusal(std::string_view bytes) {
  const Result<ImageSize> size = read_image_size(bytes);
  EXPECT_FALSE(size.ok());
  return size.ok() ? ErrorCode::kInternal : size.error().code;
}

TEST(ImageBytes, ReadTheSizeThatTheDecoderFinds) {
  for (const LabelledInput& input : labelled_inputs("images")) {
    const Result<ImageSize> size = read_image_size(input.bytes);
    ASSERT_TRUE(size.ok()) << input.file << ": " << size.error().message;
    EXPECT_EQ(fmt::format("{}x{}", size.value().width, size.value().height), input.label);
    const Result<cv::Mat> image = decode_image(input.bytes, ImageColour::kBgr);
    ASSERT_TRUE(image.ok()) << input.file;
    EXPECT_EQ(image.value().size(), cv::Size(size.value().width, size.value().height));
    EXPECT_EQ(image.value().type(), CV_8UC3);
  }
}

TEST(ImageBytes, AreRefusedAtEveryLengthButTheWholeOne) {
  for (const LabelledInput& input : labelled_inputs("images")) {
    const std::size_t step = input.bytes.size() / 500 + 1;
    for (std::size_t length = 0; length < input.bytes.size(); length += step) {
      EXPECT_EQ(refusal(std::string_view(input.bytes).substr(0, length)), ErrorCode::kInvalidInput)
          << input.file << " cut to " << length;
    }
    EXPECT_EQ(refusal(std::string_view(input.bytes).substr(0, input.bytes.size() - 1)),
              ErrorCode::kInvalidInput);
  }
}

TEST(ImageBytes, MayNotClaimMorePixelsThanTheLimit) {
  EXPECT_TRUE(read_image_size(png_claiming(5000, 5000)).ok());  // 25 million
  EXPECT_EQ(refusal(png_claiming(5001, 5000)), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(png_claiming(0xffffffff, 0xffffffff)), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(png_claiming(0, 5)), ErrorCode::kInvalidInput);
  EXPECT_EQ(refusal(png_claiming(20001, 1)), ErrorCode::kTooLarge);
  EXPECT_TRUE(read_image_size(jpeg_claiming(5000, 5000, 1)).ok());
  EXPECT_EQ(refusal(jpeg_claiming(65535, 65535, 1)), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(jpeg_claiming(0, 0, 1)), ErrorCode::kInvalidInput);
  // The claim is believed only so far: these bytes hold no picture.
  EXPECT_EQ(decode_image(png_claiming(5000, 5000), ImageColour::kBgr).error().code,
            ErrorCode::kInvalidInput);
}

TEST(ImageBytes, MayNotHaveMoreScansThanTheLimit) {
  EXPECT_TRUE(read_image_size(jpeg_claiming(100, 100, kMaxScans)).ok());
  EXPECT_EQ(refusal(jpeg_claiming(100, 100, kMaxScans + 1)), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(jpeg_claiming(100, 100, 0)), ErrorCode::kInvalidInput);
}

TEST(ImageBytes, OfOtherFormatsAreRefused) {
  EXPECT_EQ(read_image_size("").error().message,
            "the input is empty; send the bytes of a PNG or JPEG picture");
  for (const std::string& bytes : {std::string("GIF89a\1\0\1\0"), std::string("BM......"),
                                   std::string("II*\0"), std::string("RIFF....WEBPVP8 ")}) {
    EXPECT_EQ(read_image_size(bytes).error().message,
              "the input is neither PNG nor JPEG; send the bytes of such a picture");
  }
}

TEST(ImageBytes, OfAJpegComeBack) {
  cv::Mat gray(40, 60, CV_8UC3, cv::Scalar(90, 120, 150));
  const Result<std::string> bytes = encode_jpeg(gray);
  ASSERT_TRUE(bytes.ok());
  const Result<cv::Mat> image = decode_image(bytes.value(), ImageColour::kBgr);
  ASSERT_TRUE(image.ok());
  EXPECT_LE(cv::norm(image.value(), gray, cv::NORM_INF), 2.0);
}

}  // namespace
}  // namespace scinet
