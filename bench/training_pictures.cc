// training_pictures APPLICATION N DIR [DATA]: the first N images that the application's models were
// trained on, as PNG files with a labels.csv: what `scinet quantize --data` takes. DATA is where
// the data set is, if not at its usual place.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "learn/trainable_applications.h"
#include "serving/gray_png.h"

using namespace scinet;

namespace {

int fail(const std::string& words) {
  fmt::print(stderr, "training_pictures: {}\n", words);
  return 2;
}

bool write_pictures(const TrainableApplication& application, const LabelledImages& images,
                    const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream labels(folder / "labels.csv");
  labels << "file,label\n";
  for (std::size_t i = 0; i < images.count(); ++i) {
    const std::string name = fmt::format("train-{:05}.png", i);
    std::ofstream(folder / name, std::ios::binary)
        << gray_png(images.image(i), images.size, images.size);
    labels << name << ',' << application.labels[images.labels[i]] << '\n';
  }
  labels.close();
  return labels.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5) return fail("usage: training_pictures APPLICATION N DIR [DATA]");
  const auto& known = trainable_applications();
  const auto application =
      std::ranges::find(known, std::string_view(argv[1]), &TrainableApplication::name);
  if (application == known.end()) return fail(fmt::format("no data set trains {}", argv[1]));
  const auto count = parse_number<std::size_t>(argv[2]);
  if (!count || *count == 0) return fail(fmt::format("{} is no number of images", argv[2]));
  const std::filesystem::path data = argc == 5 ? argv[4] : application->directory;
  const Result<TrainingData> images = application->read(data);
  if (!images) return fail(images.error().message);
  if (write_pictures(*application, images.value().train.first(*count), argv[3])) return 0;
  return fail(fmt::format("cannot write to {}", argv[3]));
}
