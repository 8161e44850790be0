#include "quantize/calibration_images.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <set>

#include "base/text.h"
#include "serving/application_file.h"
#include "serving/examples.h"

namespace scinet {
namespace {

Error problem(const OnnxGraph& model, const std::string& words) {
  return {ErrorCode::kInvalidInput, fmt::format("{}: {}", model.file(), words)};
}

Result<ImageInput> input_of_application(const std::filesystem::path& file,
                                        const PictureChoice& choice) {
  const Result<ApplicationFile> application = read_application_file(file);
  if (!application) return application.error();
  if (!application.value().image) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("{}: its input is no picture; only pictures can be taken from a folder",
                    file.string())};
  }
  if (choice.width || choice.height || choice.is_bgr || !choice.mean.empty() ||
      !choice.deviation.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} says how pictures become inputs; leave out --size, --bgr, --mean "
                             "and --deviation",
                             file.string())};
  }
  return *application.value().image;
}

// Inputs that a request brings.
std::vector<const onnx::ValueInfoProto*> brought_inputs(const OnnxGraph& model) {
  std::set<std::string> brought;
  for (const GraphValue& value : model.values()) {
    if (value.is_input) brought.insert(value.name);
  }
  std::vector<const onnx::ValueInfoProto*> inputs;
  for (const auto& input : model.model().graph().input()) {
    if (brought.contains(input.name())) inputs.push_back(&input);
  }
  return inputs;
}

Result<int> side_of(const OnnxGraph& model, const onnx::ValueInfoProto& input, int place,
                    const std::optional<int>& chosen) {
  const auto& dim = input.type().tensor_type().shape().dim(place);
  const std::string which = place == 2 ? "height" : "width";
  if (!dim.has_dim_value()) {
    if (chosen) return *chosen;
    return problem(model, fmt::format("input {} leaves its {} open; choose a size, such as --size "
                                      "320x240",
                                      in_quotes(input.name()), which));
  }
  constexpr std::int64_t kMostPixels = 20'000;
  if (dim.dim_value() < 1 || dim.dim_value() > kMostPixels) {
    return problem(
        model, fmt::format("input {} has the {} {}; pictures have 1 to {}", in_quotes(input.name()),
                           which, dim.dim_value(), kMostPixels));
  }
  if (chosen && *chosen != dim.dim_value()) {
    return problem(model, fmt::format("input {} has the {} {}, --size says {}",
                                      in_quotes(input.name()), which, dim.dim_value(), *chosen));
  }
  return static_cast<int>(dim.dim_value());
}

Status check_count(const std::string& option, const std::vector<double>& numbers, int channels) {
  if (numbers.empty() || std::cmp_equal(numbers.size(), channels)) return ok_status();
  return Error{ErrorCode::kInvalidInput, fmt::format("{} has {} numbers; the model has {} channels",
                                                     option, numbers.size(), channels)};
}

}  // namespace

Result<ImageInput> picture_input(const OnnxGraph& model, const PictureChoice& choice) {
  const std::filesystem::path described =
      std::filesystem::path(model.file()).parent_path() / kApplicationFile;
  std::error_code ignored;
  if (std::filesystem::exists(described, ignored)) return input_of_application(described, choice);

  const auto inputs = brought_inputs(model);
  if (inputs.size() != 1) {
    return problem(
        model, fmt::format("it has {} inputs; one that takes pictures is needed", inputs.size()));
  }
  const onnx::TypeProto::Tensor& type = inputs.front()->type().tensor_type();
  const bool is_picture =
      type.elem_type() == onnx::TensorProto::FLOAT && type.shape().dim_size() == 4 &&
      (type.shape().dim(1).dim_value() == 1 || type.shape().dim(1).dim_value() == 3);
  if (!is_picture) {
    return problem(model, fmt::format("input {} takes no pictures: those are float32 [N, 1 or 3, "
                                      "height, width]",
                                      in_quotes(inputs.front()->name())));
  }
  const Result<int> height = side_of(model, *inputs.front(), 2, choice.height);
  if (!height) return height.error();
  const Result<int> width = side_of(model, *inputs.front(), 3, choice.width);
  if (!width) return width.error();
  ImageInput input{.name = inputs.front()->name(),
                   .width = width.value(),
                   .height = height.value(),
                   .mean = choice.mean,
                   .deviation = choice.deviation};
  if (type.shape().dim(1).dim_value() == 1) {
    input.channels = ChannelOrder::kGray;
  } else if (choice.is_bgr) {
    input.channels = ChannelOrder::kBgr;
  }
  for (const Status& counted :
       {check_count("--mean", choice.mean, input.channel_count()),
        check_count("--deviation", choice.deviation, input.channel_count())}) {
    if (!counted) return counted.error();
  }
  return input;
}

Result<std::vector<CalibrationInput>> calibration_images(const std::filesystem::path& folder,
                                                         const ImageInput& input,
                                                         std::size_t most) {
  const Result<std::vector<Example>> pictures = read_examples(folder);
  if (!pictures) return pictures.error();
  work_on_one_thread();  // the model is run in a process of its own, which must not start from
                         // several
  std::vector<CalibrationInput> inputs;
  for (const Example& picture : pictures.value()) {
    if (inputs.size() == most) break;
    Result<Tensor> tensor = image_tensor(input, picture.bytes);
    if (!tensor) {
      return Error{tensor.error().code,
                   fmt::format("{}: {}", (folder / picture.name).string(), tensor.error().message)};
    }
    inputs.push_back({{input.name, std::move(tensor).value()}});
  }
  if (inputs.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: labels.csv lists no pictures", folder.string())};
  }
  return inputs;
}

}  // namespace scinet
