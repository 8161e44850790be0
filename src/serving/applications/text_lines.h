// Lines of text cut out of a picture: what `ocr` finds first and reads second, in one process or,
// as a message, from one host to the next.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/model_store.h"

namespace scinet {

struct TextLine {
  std::array<cv::Point, 4> box;  // in the picture: upper left, upper right, lower right, lower left
  cv::Mat image;                 // 8-bit BGR, kLineHeight high, as wide as the proportions make it
};

inline constexpr int kLineHeight = 48;  // what the recogniser reads
// Bounds on what one picture may cost: a longer line is squeezed, more lines are refused.
inline constexpr int kMaxLineWidth = 3'200;
inline constexpr int kMaxTotalWidth = 128'000;

inline constexpr const char* kDetectionModel = "ocr/ch_PP-OCRv4_det_infer.onnx";
inline constexpr const char* kDirectionModel = "ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx";
inline constexpr const char* kRecognitionModel = "ocr/ch_PP-OCRv4_rec_infer.onnx";
inline constexpr const char* kAlphabet = "ocr/ppocr_keys_v1.txt";

// In reading order. kTooLarge when there is more text than the bound above.
Result<std::vector<TextLine>> find_lines(ModelStore& models, const cv::Mat& image);

// The answer to the client, as JSON.
Result<std::string> read_lines(ModelStore& models, const std::vector<TextLine>& lines);

// The same lines as bytes and back. kInvalidInput when the bytes are not such a message.
std::string to_message(const std::vector<TextLine>& lines);
Result<std::vector<TextLine>> from_message(std::string_view message);

// Whether two lines stand side by side, so that they are read as one row.
bool same_row(const TextLine& a, const TextLine& b);

}  // namespace scinet
