#include "apps/scinet/labelled_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "learn/trainable_applications.h"
#include "serving/gray_png.h"

namespace scinet {
namespace {

ProfileInputs from_data_set(const TrainableApplication& application, const LabelledImages& images) {
  ProfileInputs inputs;
  inputs.labelled_by = fmt::format("the {} test images of {}", images.count(), application.data);
  for (std::size_t i = 0; i < images.count(); ++i) {
    inputs.examples.push_back({.name = fmt::format("test image {}", i),
                               .bytes = gray_png(images.image(i), images.size, images.size),
                               .label = std::string(application.labels[images.labels[i]])});
  }
  return inputs;
}

Result<ProfileInputs> from_folder(const std::filesystem::path& folder,
                                  const std::filesystem::path& name) {
  Result<std::vector<Example>> examples = read_examples(folder);
  if (!examples) return examples.error();
  return ProfileInputs{std::move(examples).value(), name.string()};
}

}  // namespace

Result<ProfileInputs> labelled_inputs(const std::string& application,
                                      const std::filesystem::path& folder,
                                      const std::filesystem::path& data,
                                      const std::filesystem::path& models) {
  if (!folder.empty()) return from_folder(folder, folder);

  const auto& trainable = trainable_applications();
  const auto trained = std::ranges::find(trainable, application, &TrainableApplication::name);
  if (trained != trainable.end()) {
    const std::filesystem::path place(trained->directory);
    Result<TrainingData> images = trained->read(place.is_absolute() ? place : data / place);
    if (images) return from_data_set(*trained, images.value().test);
    // Where it is not installed others do; one that is damaged is no reason to measure less.
    if (images.error().code != ErrorCode::kNotFound) return images.error();
  }

  // Named as in the project: a catalogue says the same wherever it was made.
  const std::filesystem::path labelled = std::filesystem::path("data") / "labelled" / application;
  std::error_code ignored;
  if (std::filesystem::exists(data / labelled, ignored)) {
    return from_folder(data / labelled, labelled);
  }

  Result<std::vector<Example>> examples =
      load_examples(application, data / "data" / "inputs", models);
  if (!examples) return examples.error();
  if (examples.value().empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there are no inputs to measure {} with; --inputs DIR names a folder "
                             "of them with a labels.csv (file,label)",
                             application)};
  }
  return ProfileInputs{std::move(examples).value(), "the labelled examples of this project"};
}

}  // namespace scinet
