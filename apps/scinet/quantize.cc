// scinet quantize: makes a model integer, by what its values are on real inputs.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/scinet/picture_options.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "quantize/calibration_images.h"
#include "quantize/quantize_model.h"

namespace scinet {
namespace {

struct QuantizeVerbOptions {
  std::string model;
  std::string data;
  std::string out;
  std::size_t inputs = 300;
  std::string ranges = "least-error";
  PictureChoice picture;
  std::string models = "build/models";
  std::string format = "text";
};

Result<std::filesystem::path> runtime_in(const std::string& models) {
  const auto library = std::filesystem::path(models) / "onnxruntime/libonnxruntime.so.1";
  std::error_code ignored;
  if (std::filesystem::exists(library, ignored)) return library;
  return Error{ErrorCode::kUnavailable,
               fmt::format("{}: there is no ONNX Runtime to run the model with; "
                           "tools/fetch_models.sh fetches it",
                           library.string())};
}

// "4 Conv, 1 Gemm"
std::string counts_in_words(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::string> words;
  for (const auto& [operation, count] : counts) {
    words.push_back(fmt::format("{} {}", count, printable(operation)));
  }
  return joined(words);
}

std::string share_of(double after, double before) {
  return before > 0.0 ? fmt::format("{:.0f} %", after / before * 100.0) : "-";
}

void print_text(const QuantizedModel& made, const std::string& out) {
  const double bytes[] = {made.size_before.value(), made.size_after.value()};
  const double milliseconds[] = {made.time_before.count() * 1e3, made.time_after.count() * 1e3};
  fmt::print("{:<16}{:>12}{:>12}{:>10}\n", "", "before", "after", "share");
  fmt::print("{:<16}{:>12.0f}{:>12.0f}{:>10}\n", "bytes", bytes[0], bytes[1],
             share_of(bytes[1], bytes[0]));
  fmt::print("{:<16}{:>12.3f}{:>12.3f}{:>10}\n\n", "ms a run", milliseconds[0], milliseconds[1],
             share_of(milliseconds[1], milliseconds[0]));
  fmt::print("Integer: {}.\nReal:    {}.\n", counts_in_words(made.integer_nodes),
             counts_in_words(made.real_nodes));
  if (made.answers > 0) {
    fmt::print("The largest number is in the same place in {} of {} answers. ", made.same_answers,
               made.answers);
  }
  fmt::print("Numbers differ by up to {:.3g}; the largest is {:.3g}.\n", made.largest_difference,
             made.largest_number);
  fmt::print(
      "Both were seen on the {} inputs of the calibration. Time is processor time on one "
      "thread. Written to {}.\n",
      made.inputs, out);
}

Result<QuantizedModel> quantize(const QuantizeVerbOptions& given) {
  const Result<OnnxGraph> model = OnnxGraph::read_carefully(given.model);
  if (!model) return model.error();
  const Result<ImageInput> input = picture_input(model.value(), given.picture);
  if (!input) return input.error();
  const Result<std::filesystem::path> runtime = runtime_in(given.models);
  if (!runtime) return runtime.error();
  const auto images = calibration_images(given.data, input.value(), given.inputs);
  if (!images) return images.error();
  const RangeRule rule = given.ranges == "widest" ? RangeRule::kWidest : RangeRule::kLeastError;
  return quantize_model(given.model, given.out, images.value(), {runtime.value(), rule});
}

int run_quantize(const QuantizeVerbOptions& given) {
  const Result<QuantizedModel> made = quantize(given);
  if (!made) return report_error(made.error());
  if (given.format == "json") {
    fmt::print("{}\n",
               json_of(made.value()).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print_text(made.value(), given.out);
  }
  return 0;
}

}  // namespace

void add_quantize_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<QuantizeVerbOptions>();
  CLI::App& verb = *app.add_subcommand("quantize", "Make a model integer: smaller and faster");
  verb.add_option("model", options->model,
                  "The model, an .onnx file of float32 that takes pictures")
      ->required()
      ->type_name("FILE");
  verb.add_option("--data", options->data, "Folder of pictures like those to come, and labels.csv")
      ->required()
      ->type_name("DIR");
  verb.add_option("--out", options->out, "The integer model; a file that is there stays")
      ->required()
      ->type_name("FILE");
  verb.add_option("--inputs", options->inputs, "How many of the pictures, at most")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--ranges", options->ranges,
                  "Range of a value: all that was seen, or what errs least")
      ->check(CLI::IsMember({"widest", "least-error"}))
      ->type_name("RULE")
      ->capture_default_str();
  add_picture_options(verb, options->picture);
  verb.add_option("--models", options->models, "Folder with ONNX Runtime")
      ->type_name("DIR")
      ->capture_default_str();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = run_quantize(*options); });
}

}  // namespace scinet
