// scinet adopt: makes an application with several strategies out of a model that somebody brings.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adopt/adopt.h"
#include "apps/scinet/data_directory.h"
#include "apps/scinet/picture_options.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"

namespace scinet {
namespace {

struct AdoptVerbOptions {
  std::string model;
  std::string out;
  std::string models;
  std::string data;
  std::string fit;
  std::string scores = "logits";
  std::string format = "text";
  AdoptOptions adopt;
};

// The name becomes a folder, a part of addresses and a word of catalogue files.
Status check_name(const std::string& name) {
  const bool is_plain =
      !name.empty() && name.size() <= 64 &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
          std::string::npos;
  if (is_plain) return ok_status();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("--name is {}; it must be 1 to 64 letters, digits, '-' and '_'",
                           in_quotes(name))};
}

int adopt(AdoptVerbOptions options) {
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return report_error(data.error());
  if (Status named = check_name(options.adopt.name); !named) return report_error(named.error());
  const std::filesystem::path models = models_directory(options.models, data.value());
  const std::filesystem::path folder =
      options.out.empty() ? models / options.adopt.name : std::filesystem::path(options.out);
  options.adopt.runtime = models / "onnxruntime/libonnxruntime.so.1";
  if (!options.fit.empty()) {
    options.adopt.fit = options.fit == "pad" ? ImageFit::kPad : ImageFit::kStretch;
  }
  if (options.scores == "probabilities") options.adopt.scale = ScoreScale::kProbabilities;
  const Result<Adopted> adopted = adopt_model(options.model, folder, options.adopt);
  if (!adopted) return report_error(adopted.error());

  std::vector<std::string> strategies;
  for (const ModelStrategy& strategy : adopted.value().application.strategies) {
    strategies.push_back(strategy.name);
  }
  if (options.format == "json") {
    fmt::print("{}\n", nlohmann::ordered_json{{"application", options.adopt.name},
                                              {"folder", folder.string()},
                                              {"strategies", strategies},
                                              {"examples", adopted.value().examples},
                                              {"notices", adopted.value().notices}}
                           .dump(2));
    return 0;
  }
  fmt::print("{} is an application now, with the strategies {} and {} examples: {}\n",
             options.adopt.name, fmt::join(strategies, ", "), adopted.value().examples,
             folder.string());
  for (const std::string& notice : adopted.value().notices) fmt::print("  {}\n", notice);
  return 0;
}

}  // namespace

void add_adopt_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<AdoptVerbOptions>();
  AdoptOptions& adopting = options->adopt;
  CLI::App& verb = *app.add_subcommand(
      "adopt", "Make an application with several strategies out of a model of yours");
  verb.add_option("model", options->model, "A classifier of pictures, an .onnx file")
      ->required()
      ->type_name("FILE");
  verb.add_option("--name", adopting.name, "Of the application")->required()->type_name("NAME");
  verb.add_option("--inputs", adopting.inputs, "Folder of pictures with a labels.csv (file,label)")
      ->required()
      ->type_name("DIR");
  verb.add_option("--labels", adopting.labels,
                  "The label of each class, one a line (default: labels.txt beside labels.csv)")
      ->type_name("FILE");
  add_picture_options(verb, adopting.picture);
  verb.add_option("--fit", options->fit, "How pictures of other proportions become its input")
      ->check(CLI::IsMember({"pad", "stretch"}))
      ->type_name("HOW");
  verb.add_option("--scores", options->scores, "What its output holds")
      ->check(CLI::IsMember({"logits", "probabilities"}))
      ->type_name("WHAT")
      ->capture_default_str();
  verb.add_option("--parts", adopting.parts, "Parts of the strategy 'layer'")
      ->check(CLI::Range(2, 8))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--out", options->out, "Its folder (default: NAME in the folder of models)")
      ->type_name("DIR");
  verb.add_option("--models", options->models, "Folder of models (default: build/models)")
      ->type_name("DIR");
  add_data_option(verb, options->data);
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = adopt(*options); });
}

}  // namespace scinet
