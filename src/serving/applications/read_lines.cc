// Reading lines of text by PP-OCRv4: a network that says which of them stand on their head, then
// one that gives for each step along the line the probability of every character. Preparation and
// constants are those that PaddleOCR documents for the models.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "serving/applications/text_lines.h"
#include "serving/rounded.h"

namespace scinet {
namespace {

constexpr int kDirectionWidth = 192;
constexpr float kSureOfDirection = 0.9f;
constexpr int kReadingWidth = 320;  // shorter lines are filled up to this
constexpr double kMinConfidence = 0.5;

struct Reading {
  std::string text;
  double confidence = 0.0;  // mean probability of its characters
};

// Levels from -1 to 1, channel by channel, filled up with 0 on the right.
Tensor network_input(const cv::Mat& image, int width) {
  std::vector<float> values(3u * kLineHeight * static_cast<std::size_t>(width), 0.0f);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < kLineHeight; ++y) {
      const unsigned char* row = image.ptr(y);
      float* out = &values[(channel * kLineHeight + static_cast<std::size_t>(y)) *
                           static_cast<std::size_t>(width)];
      for (std::size_t x = 0; x < static_cast<std::size_t>(image.cols); ++x) {
        out[x] = static_cast<float>(row[3 * x + channel]) / 127.5f - 1.0f;
      }
    }
  }
  return {{1, 3, kLineHeight, width}, std::move(values)};
}

// The one output of these models, as rows of `columns` numbers.
Result<std::vector<float>> run(ModelStore& models, const char* file, const Tensor& input,
                               std::size_t columns) {
  const Result<const OnnxSession*> model = models.session(file);
  if (!model) return model.error();
  Result<std::vector<Tensor>> outputs = model.value()->run({&input, 1});
  if (!outputs) return outputs.error();
  Tensor& output = outputs.value().at(0);
  auto* values = std::get_if<std::vector<float>>(&output.values);
  if (!values || output.shape.empty() ||
      output.shape.back() != static_cast<std::int64_t>(columns)) {
    return Error{ErrorCode::kInternal,
                 std::string(file) + ": its output does not fit the list of characters"};
  }
  return std::move(*values);
}

Result<bool> looks_upside_down(ModelStore& models, const cv::Mat& line) {
  cv::Mat narrow;
  cv::resize(line, narrow, cv::Size(std::min(line.cols, kDirectionWidth), kLineHeight));
  const Result<std::vector<float>> directions =
      run(models, kDirectionModel, network_input(narrow, kDirectionWidth), 2);
  if (!directions) return directions.error();
  return directions.value().at(1) > kSureOfDirection;
}

// The class at each step is "nothing", a character of the alphabet, or a space. The same class at
// consecutive steps is one character (connectionist temporal classification).
Reading decode(const std::vector<float>& steps, const std::vector<std::string>& alphabet) {
  const std::size_t classes = alphabet.size() + 2;
  Reading reading;
  double sum = 0.0;
  int characters = 0;
  std::size_t previous = 0;
  for (auto step = steps.begin(); step != steps.end();
       step += static_cast<std::ptrdiff_t>(classes)) {
    const auto best = std::max_element(step, step + static_cast<std::ptrdiff_t>(classes));
    const auto choice = static_cast<std::size_t>(best - step);
    if (choice != 0 && choice != previous) {
      reading.text += choice <= alphabet.size() ? alphabet[choice - 1] : " ";
      sum += *best;
      ++characters;
    }
    previous = choice;
  }
  if (characters > 0) reading.confidence = sum / characters;
  const std::size_t first = std::min(reading.text.find_first_not_of(' '), reading.text.size());
  const std::size_t last = reading.text.find_last_not_of(' ');
  reading.text = reading.text.substr(first, last + 1 - first);
  return reading;
}

Result<Reading> read_as_it_stands(ModelStore& models, const cv::Mat& line) {
  const Result<const std::vector<std::string>*> alphabet = models.lines(kAlphabet);
  if (!alphabet) return alphabet.error();
  const Tensor input = network_input(line, std::max(kReadingWidth, line.cols));
  const Result<std::vector<float>> steps =
      run(models, kRecognitionModel, input, alphabet.value()->size() + 2);
  if (!steps) return steps.error();
  return decode(steps.value(), *alphabet.value());
}

// The direction network is sometimes wrong about short lines, so one that it would turn is read
// both ways, and the surer reading counts.
Result<Reading> read_line(ModelStore& models, const cv::Mat& line) {
  const Result<bool> upside_down = looks_upside_down(models, line);
  if (!upside_down) return upside_down.error();
  Result<Reading> reading = read_as_it_stands(models, line);
  if (!reading || !upside_down.value()) return reading;
  cv::Mat turned;
  cv::rotate(line, turned, cv::ROTATE_180);
  Result<Reading> other = read_as_it_stands(models, turned);
  if (!other) return other;
  return other.value().confidence > reading.value().confidence ? other : reading;
}

}  // namespace

Result<std::string> read_lines(ModelStore& models, const std::vector<TextLine>& lines) {
  std::string text;
  auto list = nlohmann::ordered_json::array();
  const TextLine* previous = nullptr;
  for (const TextLine& line : lines) {
    const Result<Reading> reading = read_line(models, line.image);
    if (!reading) return reading.error();
    const auto& [words, confidence] = reading.value();
    if (words.empty() || confidence < kMinConfidence) continue;
    if (previous) text += same_row(*previous, line) ? ' ' : '\n';
    text += words;
    previous = &line;
    auto box = nlohmann::ordered_json::array();
    for (const cv::Point& corner : line.box) box.push_back({corner.x, corner.y});
    list.push_back({{"text", words}, {"confidence", rounded(confidence)}, {"box", std::move(box)}});
  }
  return nlohmann::ordered_json{{"text", text}, {"lines", std::move(list)}}.dump();
}

}  // namespace scinet
