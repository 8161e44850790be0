// `fashion`: what piece of clothing a picture shows, by a small convolutional network trained on
// Fashion-MNIST. As in that set, the piece must be brighter than the background.
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "serving/applications/applications.h"
#include "serving/image_bytes.h"
#include "serving/rounded.h"

namespace scinet {
namespace {

constexpr int kSide = 28;
constexpr std::array<const char*, 10> kLabels = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                                 "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                                 "Bag",         "Ankle boot"};

// Centred on a black square, then shrunk (or grown) to 28 x 28; grey levels from 0 to 1.
Tensor model_input(const cv::Mat& gray) {
  const int side = std::max(gray.cols, gray.rows);
  const int left = (side - gray.cols) / 2;
  const int top = (side - gray.rows) / 2;
  cv::Mat square;
  cv::copyMakeBorder(gray, square, top, side - gray.rows - top, left, side - gray.cols - left,
                     cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::Mat small;
  cv::resize(square, small, cv::Size(kSide, kSide), 0, 0,
             side > kSide ? cv::INTER_AREA : cv::INTER_LINEAR);
  std::vector<float> levels;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      levels.push_back(static_cast<float>(small.at<unsigned char>(y, x)) / 255.0f);
    }
  }
  return {{1, 1, kSide, kSide}, std::move(levels)};
}

Result<std::string> classify(ModelStore& models, const std::string& file, std::string_view input) {
  const Result<cv::Mat> gray = decode_image(input, ImageColour::kGray);
  if (!gray) return gray.error();
  const Result<const OnnxSession*> model = models.session(file);
  if (!model) return model.error();
  const Tensor tensor = model_input(gray.value());
  const Result<std::vector<Tensor>> outputs = model.value()->run({&tensor, 1});
  if (!outputs) return outputs.error();
  const auto* logits = std::get_if<std::vector<float>>(&outputs.value().front().values);
  if (!logits || logits->size() != kLabels.size()) {
    return Error{ErrorCode::kInternal, file + ": the model does not give ten numbers"};
  }

  const auto best = std::max_element(logits->begin(), logits->end());
  double total = 0.0;  // of the softmax, relative to its largest term
  for (const float logit : *logits) total += std::exp(static_cast<double>(logit - *best));
  const auto index = static_cast<std::size_t>(best - logits->begin());
  return nlohmann::ordered_json{
      {"label", kLabels[index]}, {"index", index}, {"probability", rounded(1.0 / total)}}
      .dump();
}

StrategyDefinition strategy(std::string name, const std::string& file) {
  const auto run = [file](ModelStore& models, std::string_view input) {
    return classify(models, file, input);
  };
  return {std::move(name), {{"classify", {file}, of_one_input(run)}}};
}

}  // namespace

ApplicationDefinition fashion_application() {
  return {"fashion",
          "a PNG or JPEG picture of a piece of clothing in, its kind out as JSON",
          "application/json",
          {strategy("whole", "fashion.onnx"), strategy("compression", "fashion-small.onnx")}};
}

}  // namespace scinet
