// Grey images with the class of each: what a classifier is trained and judged on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace scinet {

struct LabelledImages {
  int size = 0;                      // pixels along each side
  std::vector<std::uint8_t> pixels;  // [count, size, size], 0 black
  std::vector<std::uint8_t> labels;  // [count], each below the number of classes

  std::size_t count() const { return labels.size(); }
  std::span<const std::uint8_t> image(std::size_t index) const {
    const auto area = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    return std::span(pixels).subspan(index * area, area);
  }
  // The first `count` images, or all where there are fewer.
  LabelledImages first(std::size_t count) const;

  friend bool operator==(const LabelledImages&, const LabelledImages&) = default;
};

// Reads a pair of IDX files. Errors name the file; they say when images are not square, the
// counts differ or a label is not below `classes`.
Result<LabelledImages> read_labelled_images(const std::filesystem::path& images,
                                            const std::filesystem::path& labels, int classes);

struct TrainingData {
  LabelledImages train;
  LabelledImages test;  // never trained on
};

inline constexpr int kFashionClasses = 10;
// Where Debian's package dataset-fashion-mnist puts its four files.
inline constexpr const char* kFashionDirectory = "/usr/share/datasets/fashion-mnist";

Result<TrainingData> read_fashion_mnist(const std::filesystem::path& directory);

// How one image is varied in training: mirrored or not, moved by whole pixels.
struct Variation {
  bool mirrored = false;
  int right = 0;
  int down = 0;
};

// Which variations are drawn, all equally likely.
struct Variations {
  bool mirror = true;  // half of the images
  int most_shift = 1;  // pixels, each way
};

// Takes the same number of draws whatever `variations` are.
Variation random_variation(RandomStream& random, const Variations& variations);

// Writes the image as numbers in 0..1, [size, size]. Pixels moved in from outside are black.
void write_varied(std::span<const std::uint8_t> image, int size, const Variation& variation,
                  std::span<float> to);

}  // namespace scinet
