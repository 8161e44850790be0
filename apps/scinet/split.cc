// scinet split: cuts a model into fragments for different hosts.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "split/layer_split.h"

namespace scinet {
namespace {

struct SplitLayerOptions {
  std::string model;
  std::string out;
  std::string models = "build/models";
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  std::string link = "1 Gbit/s";
  bool estimate = false;
  std::string format = "text";
  LayerSplitOptions split;
};

Error wrong_option(const std::string& option, const std::string& text, const std::string& example) {
  return {ErrorCode::kInvalidInput,
          fmt::format("{} has {}; it is written like {}", option, in_quotes(text), example)};
}

// "image=1x3x640x640": the part behind the last '=', as names may hold one.
Status add_shape(const std::string& text, SampleChoice& sample) {
  const Error wrong = wrong_option("--shape", text, "'image=1x3x640x640'");
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) return wrong;
  std::vector<std::int64_t> shape;
  for (std::size_t begin = equals + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find('x', begin), text.size());
    const auto length = parse_number<std::int64_t>(text.substr(begin, end - begin));
    if (!length || *length < 1) return wrong;
    shape.push_back(*length);
    begin = end + 1;
  }
  sample.shapes[text.substr(0, equals)] = std::move(shape);
  return ok_status();
}

Status add_value(const std::string& text, SampleChoice& sample) {
  const std::size_t equals = text.rfind('=');
  const auto value =
      equals == std::string::npos ? std::nullopt : parse_number<double>(text.substr(equals + 1));
  if (!value) return wrong_option("--value", text, "'rate=16000'");
  sample.values[text.substr(0, equals)] = *value;
  return ok_status();
}

Result<LayerSplitOptions> read_options(const SplitLayerOptions& given) {
  LayerSplitOptions options = given.split;
  for (const std::string& shape : given.shapes) {
    const Status added = add_shape(shape, options.sample);
    if (!added) return added.error();
  }
  for (const std::string& value : given.values) {
    const Status added = add_value(value, options.sample);
    if (!added) return added.error();
  }
  const std::optional<BytesPerSecond> link = parse_quantity<BytesPerSecond>(given.link);
  if (!link || link->value() <= 0.0) return wrong_option("--link", given.link, "'1 Gbit/s'");
  options.link = *link;
  const auto library = std::filesystem::path(given.models) / "onnxruntime/libonnxruntime.so.1";
  if (!given.estimate) options.runtime = library;
  std::error_code ignored;
  if (options.runtime && !std::filesystem::exists(library, ignored)) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("{}: there is no ONNX Runtime to measure with; tools/fetch_models.sh "
                             "fetches it, --estimate goes without",
                             library.string())};
  }
  return options;
}

// What a part takes, as well as that is known.
Seconds effort(const SplitPart& part) { return part.time.value_or(part.work); }

void print_text(const LayerSplit& split, const std::string& folder) {
  Seconds total(0.0);
  for (const SplitPart& part : split.parts) total += effort(part);
  fmt::print("{:<14}{:>6}{:>10}{:>10}{:>7}{:>12}{:>12}{:>12}\n", "part", "nodes", "work ms",
             "time ms", "share", "bytes in", "bytes out", "file bytes");
  for (const SplitPart& part : split.parts) {
    const double share = total > Seconds(0.0) ? effort(part) / total : 0.0;
    fmt::print("{:<14}{:>6}{:>10.3f}{:>10}{:>6.0f}%{:>12.0f}{:>12.0f}{:>12.0f}\n", part.file,
               part.steps, part.work.count() * 1e3,
               part.time ? fmt::format("{:.3f}", part.time->count() * 1e3) : "-", share * 100.0,
               part.bytes_in.value(), part.bytes_out.value(), part.file_size.value());
  }
  fmt::print("\nWork is {}.\n", split.work_method);
  if (split.largest_difference) {
    fmt::print(
        "Time is processor time, measured as served; the whole model takes {:.3f} ms. The chain "
        "answers {} "
        "the whole model{}.\n",
        split.whole_time->count() * 1e3, *split.largest_difference == 0.0 ? "exactly like" : "like",
        *split.largest_difference == 0.0 ? ""
                                         : fmt::format(", to {:.1e}", *split.largest_difference));
  } else {
    fmt::print("The parts were checked, but not run.\n");
  }
  fmt::print("Written to {}.\n", folder);
}

int split_layer(const SplitLayerOptions& given) {
  const Result<LayerSplitOptions> options = read_options(given);
  if (!options) return report_error(options.error());
  const Result<LayerSplit> split = split_by_layer(given.model, given.out, options.value());
  if (!split) return report_error(split.error());
  if (given.format == "json") {
    fmt::print(
        "{}\n",
        json_of(split.value()).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print_text(split.value(), given.out);
  }
  return 0;
}

}  // namespace

void add_split_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SplitLayerOptions>();
  CLI::App& verb = *app.add_subcommand("split", "Cut a model into fragments for different hosts");
  verb.require_subcommand(1);
  CLI::App& layer = *verb.add_subcommand(
      "layer", "Into parts that run one after the other and together answer like the whole");
  layer.add_option("model", options->model, "The model, an .onnx file")
      ->required()
      ->type_name("FILE");
  layer.add_option("--parts", options->split.parts, "How many, 2 to 8")
      ->required()
      ->check(CLI::Range(2, 8))
      ->type_name("N");
  layer.add_option("--out", options->out, "Folder for the parts and split.json; new or empty")
      ->required()
      ->type_name("DIR");
  layer
      .add_option("--shape", options->shapes,
                  "Shape of an input where the model leaves it open: image=1x3x640x640")
      ->type_name("NAME=AxB");
  layer.add_option("--value", options->values, "Fill an input with a number: rate=16000")
      ->type_name("NAME=X");
  layer.add_option("--link", options->link, "Speed of the link between two hosts")
      ->type_name("SPEED")
      ->capture_default_str();
  layer.add_option("--models", options->models, "Folder with ONNX Runtime")
      ->type_name("DIR")
      ->capture_default_str();
  layer.add_flag("--estimate", options->estimate,
                 "Count the work from shapes instead of measuring it; nothing is run");
  add_output_option(layer, options->format);
  layer.callback([options, &exit_code] { exit_code = split_layer(*options); });
}

}  // namespace scinet
