#include "adopt/adopt.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "base/text.h"
#include "quantize/quantize_model.h"
#include "serving/examples.h"
#include "split/layer_split.h"
#include "split/temporary_folder.h"

namespace scinet {
namespace {

constexpr std::size_t kLargestLabels = std::size_t{1} << 20;
constexpr std::size_t kMostCalibrationInputs = 300;

Status write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << bytes;
  stream.close();
  if (stream) return ok_status();
  return Error{ErrorCode::kUnavailable, fmt::format("{}: cannot be written", file.string())};
}

Result<std::vector<std::string>> read_labels(const AdoptOptions& options) {
  const std::filesystem::path file =
      options.labels.empty() ? options.inputs / "labels.txt" : options.labels;
  const Result<std::string> text = read_text_file(file, kLargestLabels);
  if (!text) {
    return Error{text.error().code,
                 fmt::format("{}; it must hold the label of each class that the model tells, one a "
                             "line, in the order of its scores",
                             text.error().message)};
  }
  std::vector<std::string> labels;
  std::string_view rest = text.value();
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) labels.emplace_back(line);
  }
  if (labels.empty()) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: found no label", file.string())};
  }
  return labels;
}

// Every label of the examples must be one of a class, or the model could never be right.
Status check_labels(const std::vector<Example>& examples, const std::vector<std::string>& labels,
                    const std::filesystem::path& folder) {
  const std::set<std::string> known(labels.begin(), labels.end());
  for (const Example& example : examples) {
    if (known.contains(example.label)) continue;
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: {} has the label {}, which no class has; the classes are {}",
                             (folder / "labels.csv").string(), example.name,
                             in_quotes(example.label), fmt::join(labels, ", "))};
  }
  return ok_status();
}

// The model must give one score for each class.
Result<std::string> score_name(const OnnxGraph& graph, std::size_t classes) {
  std::vector<std::string> outputs;
  for (const GraphValue& value : graph.values()) {
    if (value.is_output) outputs.push_back(value.name);
  }
  if (outputs.size() == 1) return outputs.front();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{}: found {} outputs ({}), expected one with {} scores", graph.file(),
                           outputs.size(), fmt::join(outputs, ", "), classes)};
}

ModelStrategy single(std::string name, std::string file) {
  return {std::move(name), {{"classify", std::move(file), {}, {}}}};
}

// Which tensors each part hands on: what later parts need, though they may not be its outputs.
ModelStrategy chain_of(const LayerSplit& split) {
  ModelStrategy strategy{"layer", {}};
  for (std::size_t i = 0; i < split.parts.size(); ++i) {
    ModelFragment& fragment = strategy.fragments.emplace_back();
    fragment.name = fmt::format("part-{}", i + 1);
    fragment.model = "layer/" + split.parts[i].file;
    if (i > 0) fragment.inputs = {i - 1};
    fragment.sends = split.parts[i].leaves;
  }
  return strategy;
}

class Adoption {
 public:
  Adoption(const std::filesystem::path& folder, const AdoptOptions& options)
      : folder_(folder), options_(options) {}

  Status make(const std::filesystem::path& model) {
    const Result<std::vector<Example>> examples = read_examples(options_.inputs);
    if (!examples) return examples.error();
    const Result<OnnxGraph> graph = OnnxGraph::read(model);
    if (!graph) return graph.error();
    if (Status described = describe(graph.value(), examples.value()); !described) return described;

    std::error_code failure;
    std::filesystem::copy_file(model, folder_ / "whole.onnx", failure);
    if (failure) {
      return Error{ErrorCode::kUnavailable,
                   fmt::format("{}: cannot be copied ({})", model.string(), failure.message())};
    }
    adopted_.application.strategies.push_back(single("whole", "whole.onnx"));
    add_layers();
    add_integers();
    const Status written =
        write_file(folder_ / kApplicationFile, application_yaml(adopted_.application));
    return written ? write_examples(examples.value()) : written;
  }

  Adopted&& adopted() { return std::move(adopted_); }

 private:
  Status describe(const OnnxGraph& graph, const std::vector<Example>& examples) {
    ApplicationFile& application = adopted_.application;
    const Result<std::vector<std::string>> labels = read_labels(options_);
    if (!labels) return labels.error();
    const Status known = check_labels(examples, labels.value(), options_.inputs);
    if (!known) return known;
    Result<ImageInput> image = picture_input(graph, options_.picture);
    if (!image) return image.error();
    if (options_.fit) image.value().fit = *options_.fit;
    const Result<std::string> scores = score_name(graph, labels.value().size());
    if (!scores) return scores.error();
    application.name = options_.name;
    application.summary = fmt::format("a PNG or JPEG picture in, one of {} classes out as JSON",
                                      labels.value().size());
    application.image = std::move(image).value();
    application.answer = ClassAnswer{scores.value(), options_.scale, labels.value()};
    return ok_status();
  }

  void add_layers() {
    LayerSplitOptions options;
    options.parts = options_.parts;
    options.runtime = options_.runtime;
    const ImageInput& image = *adopted_.application.image;
    options.sample.shapes[image.name] = image_shape(image);
    const Result<LayerSplit> split =
        split_by_layer(folder_ / "whole.onnx", folder_ / "layer", options);
    if (split) {
      adopted_.application.strategies.push_back(chain_of(split.value()));
    } else {
      adopted_.notices.push_back("no strategy 'layer': " + split.error().message);
    }
  }

  void add_integers() {
    const Result<std::vector<CalibrationInput>> calibration =
        calibration_images(options_.inputs, *adopted_.application.image, kMostCalibrationInputs);
    Status made = calibration ? ok_status() : Status(calibration.error());
    if (calibration) {
      const Result<QuantizedModel> integers =
          quantize_model(folder_ / "whole.onnx", folder_ / "int8.onnx", calibration.value(),
                         {.runtime = options_.runtime});
      if (!integers) made = integers.error();
    }
    if (made) {
      adopted_.application.strategies.push_back(single("int8", "int8.onnx"));
    } else {
      adopted_.notices.push_back("no strategy 'int8': " + made.error().message);
    }
  }

  Status write_examples(const std::vector<Example>& examples) {
    std::filesystem::create_directories(folder_ / "examples");
    std::string list = "file,label\n";
    for (std::size_t i = 0; i < std::min(examples.size(), options_.most_examples); ++i) {
      // Files of the folder may lie in folders of their own, one for each class, say.
      const std::string file =
          fmt::format("{:04}{}", i, std::filesystem::path(examples[i].name).extension().string());
      list += fmt::format("{},{}\n", file, examples[i].label);
      const Status written = write_file(folder_ / "examples" / file, examples[i].bytes);
      if (!written) return written;
      ++adopted_.examples;
    }
    return write_file(folder_ / "examples" / "labels.csv", list);
  }

  const std::filesystem::path folder_;
  const AdoptOptions& options_;
  Adopted adopted_;
};

}  // namespace

Result<Adopted> adopt_model(const std::filesystem::path& model, const std::filesystem::path& folder,
                            const AdoptOptions& options) {
  Result<TemporaryFolder> temporary = TemporaryFolder::make_beside(folder);
  if (!temporary) return temporary.error();
  Adoption adoption(temporary.value().path(), options);
  if (Status made = adoption.make(model); !made) return made.error();
  const Status kept = temporary.value().keep_as(folder);
  if (!kept) return kept.error();
  return adoption.adopted();
}

}  // namespace scinet
