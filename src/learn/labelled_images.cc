#include "learn/labelled_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/ensure.h"
#include "learn/idx.h"

namespace scinet {
namespace {

Error unfit(const std::filesystem::path& file, std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("{}: {}", file.string(), what)};
}

Status check_labels(const IdxArray& labels, int classes, const std::filesystem::path& file) {
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    if (labels.values[i] < classes) continue;
    return unfit(file, fmt::format("label {} is {}, there are only the classes 0 to {}", i,
                                   labels.values[i], classes - 1));
  }
  return ok_status();
}

}  // namespace

LabelledImages LabelledImages::first(std::size_t wanted) const {
  LabelledImages part = *this;
  part.labels.resize(std::min(wanted, count()));
  part.pixels.resize(part.labels.size() * static_cast<std::size_t>(size) *
                     static_cast<std::size_t>(size));
  return part;
}

Result<LabelledImages> read_labelled_images(const std::filesystem::path& images_file,
                                            const std::filesystem::path& labels_file, int classes) {
  Result<IdxArray> images = read_idx(images_file);
  if (!images) return images.error();
  Result<IdxArray> labels = read_idx(labels_file);
  if (!labels) return labels.error();

  const std::vector<std::size_t>& shape = images.value().shape;
  if (shape.size() != 3 || shape[1] != shape[2]) {
    return unfit(images_file, fmt::format("has the shape {}, square images have the shape count x "
                                          "size x size",
                                          fmt::join(shape, " x ")));
  }
  if (labels.value().shape.size() != 1) {
    return unfit(labels_file, fmt::format("has the shape {}, labels have one dimension",
                                          fmt::join(labels.value().shape, " x ")));
  }
  if (labels.value().shape[0] != shape[0]) {
    return unfit(labels_file,
                 fmt::format("has {} labels for the {} images of {}", labels.value().shape[0],
                             shape[0], images_file.filename().string()));
  }
  if (Status status = check_labels(labels.value(), classes, labels_file); !status) {
    return status.error();
  }
  return LabelledImages{static_cast<int>(shape[1]), std::move(images).value().values,
                        std::move(labels).value().values};
}

Result<TrainingData> read_fashion_mnist(const std::filesystem::path& directory) {
  if (!std::filesystem::is_directory(directory)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{}: there is no such folder; the Debian package "
                             "dataset-fashion-mnist installs the images in {}",
                             directory.string(), kFashionDirectory)};
  }
  const auto read = [&directory](const std::string& part) {
    return read_labelled_images(directory / (part + "-images-idx3-ubyte.gz"),
                                directory / (part + "-labels-idx1-ubyte.gz"), kFashionClasses);
  };
  Result<LabelledImages> train = read("train");
  if (!train) return train.error();
  Result<LabelledImages> test = read("t10k");
  if (!test) return test.error();
  if (train.value().size != test.value().size) {
    return unfit(directory, fmt::format("images to train on have {} pixels a side, those to test "
                                        "on {}; both must be equal",
                                        train.value().size, test.value().size));
  }
  return TrainingData{std::move(train).value(), std::move(test).value()};
}

Variation random_variation(RandomStream& random, const Variations& variations) {
  const auto positions = static_cast<std::uint64_t>(2 * variations.most_shift + 1);
  const bool heads = random.below(2) == 1;
  const int right = static_cast<int>(random.below(positions)) - variations.most_shift;
  const int down = static_cast<int>(random.below(positions)) - variations.most_shift;
  return {variations.mirror && heads, right, down};
}

void write_varied(std::span<const std::uint8_t> image, int size, const Variation& variation,
                  std::span<float> to) {
  ensure(image.size() == to.size() && image.size() == static_cast<std::size_t>(size * size),
         "an image and its numbers have size x size elements");
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const int from_row = row - variation.down;
      const int moved = column - variation.right;
      const int from_column = variation.mirrored ? size - 1 - moved : moved;
      const bool inside =
          from_row >= 0 && from_row < size && from_column >= 0 && from_column < size;
      const std::uint8_t pixel =
          inside ? image[static_cast<std::size_t>(from_row * size + from_column)] : 0;
      to[static_cast<std::size_t>(row * size + column)] = static_cast<float>(pixel) / 255.0f;
    }
  }
}

}  // namespace scinet
