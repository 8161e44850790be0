#include "apps/scinet/trained_application.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "learn/onnx_export.h"
#include "report/results.h"
#include "serving/application_file.h"

namespace scinet {
namespace {

using Json = nlohmann::ordered_json;
using Properties = std::map<std::string, std::string>;

// What the files of one strategy say about themselves.
Properties properties_of(const TrainableApplication& application, const Accuracy& accuracy,
                         const TrainingData& data) {
  return {{"seed", std::to_string(application.settings.seed)},
          {"epochs", std::to_string(application.settings.epochs)},
          {"test_accuracy", fmt::format("{:.4f}", accuracy.value())},
          {"test_images", std::to_string(accuracy.samples)},
          {"data", fmt::format("{}: {} images to train", application.data, data.train.count())}};
}

TrainedStrategy single(const std::string& name, const TrainedClassifier& trained,
                       const TrainableApplication& application, const TrainingData& data) {
  const Properties properties = properties_of(application, trained.accuracy, data);
  return {.name = name,
          .accuracy = trained.accuracy,
          .shapes = {trained.classifier.shape},
          .files = {{name + ".onnx", to_onnx(trained.classifier, properties)}}};
}

TrainedStrategy semantic(const TrainedBranches& trained, const TrainableApplication& application,
                         const TrainingData& data) {
  TrainedStrategy strategy{
      .name = "semantic", .accuracy = trained.accuracy, .shapes = {}, .files = {}};
  Properties properties = properties_of(application, trained.accuracy, data);
  for (std::size_t g = 0; g < trained.groups.size(); ++g) {
    properties["classes"] =
        fmt::format("{}; all others", fmt::join(labels_of(trained.groups[g], application), ", "));
    strategy.shapes.push_back(trained.branches[g].shape);
    strategy.files.push_back({fmt::format("semantic-{}.onnx", g + 1),
                              to_onnx(trained.branches[g], properties, branch_output(g))});
  }
  properties.erase("classes");
  strategy.files.push_back({"semantic-merge.onnx", merge_to_onnx(trained.groups, properties)});
  return strategy;
}

// Fragments side by side, and what joins them where there are several.
ModelStrategy served(const TrainedStrategy& trained) {
  ModelStrategy strategy{trained.name, {}};
  if (trained.files.size() == 1) {
    strategy.fragments.push_back({"classify", trained.files.front().name, {}, {}});
    return strategy;
  }
  ModelFragment merge{"merge", trained.files.back().name, {}, {}};
  for (std::size_t i = 0; i + 1 < trained.files.size(); ++i) {
    strategy.fragments.push_back({fmt::format("branch-{}", i + 1), trained.files[i].name, {}, {}});
    merge.inputs.push_back(i);
  }
  strategy.fragments.push_back(std::move(merge));
  return strategy;
}

ApplicationFile application_file(const std::vector<TrainedStrategy>& strategies,
                                 const TrainableApplication& application) {
  const int size = application.settings.whole.size;
  ApplicationFile file{
      .name = std::string(application.name),
      .summary = fmt::format("a PNG or JPEG picture in, one of {} classes out as JSON",
                             application.labels.size()),
      .image = ImageInput{.name = "image",  // as onnx_export.h names it
                          .width = size,
                          .height = size,
                          .channels = ChannelOrder::kGray,
                          .fit = ImageFit::kPad},
      .answer = ClassAnswer{.name = "logits",
                            .scale = ScoreScale::kLogits,
                            .labels = {application.labels.begin(), application.labels.end()}},
      .strategies = {}};
  for (const TrainedStrategy& strategy : strategies) file.strategies.push_back(served(strategy));
  return file;
}

}  // namespace

std::vector<std::string_view> labels_of(const std::vector<int>& group,
                                        const TrainableApplication& application) {
  std::vector<std::string_view> labels;
  for (const int label : group) {
    labels.push_back(application.labels[static_cast<std::size_t>(label)]);
  }
  return labels;
}

std::vector<TrainedStrategy> strategies_of(const TrainedClassifiers& trained,
                                           const TrainableApplication& application,
                                           const TrainingData& data) {
  std::vector<TrainedStrategy> strategies;
  if (trained.whole) strategies.push_back(single("whole", *trained.whole, application, data));
  if (trained.student) strategies.push_back(single("student", *trained.student, application, data));
  if (trained.semantic) strategies.push_back(semantic(*trained.semantic, application, data));
  return strategies;
}

Status write_application(const std::vector<TrainedStrategy>& strategies,
                         const TrainableApplication& application,
                         const std::filesystem::path& folder) {
  for (const TrainedStrategy& strategy : strategies) {
    for (const ModelFile& file : strategy.files) {
      if (Status status = write_whole(folder / file.name, file.bytes); !status) return status;
    }
  }
  std::error_code ignored;
  if (std::filesystem::exists(folder / kApplicationFile, ignored)) return ok_status();
  return write_whole(folder / kApplicationFile,
                     application_yaml(application_file(strategies, application)));
}

Json to_json(const TrainedStrategy& strategy, const std::filesystem::path& folder) {
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;
  std::int64_t slowest = 0;
  for (const ClassifierShape& shape : strategy.shapes) {
    parameters += count_parameters(shape);
    multiply_adds += count_multiply_adds(shape);
    slowest = std::max(slowest, count_multiply_adds(shape));
  }
  Json files;
  std::size_t bytes = 0;
  for (const ModelFile& file : strategy.files) {
    files.push_back({{"file", (folder / file.name).string()}, {"bytes", file.bytes.size()}});
    bytes += file.bytes.size();
  }
  const Accuracy& accuracy = strategy.accuracy;
  return {{"accuracy",
           {{"value", accuracy.value()},
            {"ci_low", accuracy.ci_low()},
            {"ci_high", accuracy.ci_high()},
            {"samples", accuracy.samples}}},
          {"parameters", parameters},
          {"multiply_adds", multiply_adds},
          {"slowest_multiply_adds", slowest},
          {"bytes", bytes},
          {"files", files}};
}

}  // namespace scinet
