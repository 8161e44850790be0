// scinet train-app: trains the models of an application on data that this machine has.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/scinet/trained_application.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "base/time.h"
#include "learn/classifier_training.h"
#include "learn/onnx_export.h"
#include "learn/trainable_applications.h"

namespace scinet {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostModelBytes = std::size_t{64} << 20;

struct TrainAppOptions {
  std::string application;
  std::uint64_t seed = 1;
  int epochs = 0;      // 0: as the application says
  std::string only;    // empty: all strategies
  std::string images;  // empty: as the application says
  std::string out;
  std::string format = "text";
};

std::string minutes_and_seconds(Seconds time) {
  const auto whole = static_cast<long>(time.count() + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// One line on a terminal, which rewrites itself; elsewhere a line at the end of each epoch.
class ProgressLine {
 public:
  void show(const TrainingProgress& progress) {
    if (!on_terminal_) {
      if (progress.epoch != last_.epoch || progress.model != last_.model) print_last("\n");
      last_ = progress;
      return;
    }
    last_ = progress;
    const Clock::time_point now = Clock::now();
    if (now - last_shown_ < std::chrono::milliseconds(200)) return;
    last_shown_ = now;
    print_last("  \r");
  }

  Seconds finish() {
    print_last("\n");
    return Clock::now() - start_;
  }

 private:
  void print_last(std::string_view end) const {
    if (last_.done == 0.0) return;
    const Seconds elapsed = Clock::now() - start_;
    const Seconds left = elapsed * ((1.0 - last_.done) / last_.done);
    fmt::print(stderr, "{:<8}  epoch {:2} of {}  loss {:.4f}  {:3.0f} %  {} left{}", last_.model,
               last_.epoch, last_.epochs, last_.loss, 100.0 * last_.done, minutes_and_seconds(left),
               end);
  }

  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_shown_;
  TrainingProgress last_;
};

void print_text(const Json& result) {
  const auto whole = result["whole_multiply_adds"].get<double>();
  for (const auto& [name, strategy] : result["strategies"].items()) {
    const Json& accuracy = strategy["accuracy"];
    const auto slowest = strategy["slowest_multiply_adds"].get<double>();
    fmt::print(
        "{:<8}  {:.2f} % right of {} test images (95 % interval {:.2f} to {:.2f}), {} parameters, "
        "{:.2f} million MACs, {} bytes\n",
        name, 100.0 * accuracy["value"].get<double>(), accuracy["samples"].get<int>(),
        100.0 * accuracy["ci_low"].get<double>(), 100.0 * accuracy["ci_high"].get<double>(),
        strategy["parameters"].get<int>(), strategy["multiply_adds"].get<double>() / 1e6,
        strategy["bytes"].get<int>());
    if (name == "semantic") {
      fmt::print("          slowest branch {:.2f} million MACs, {:.0f} % of whole\n", slowest / 1e6,
                 100.0 * slowest / whole);
    }
    for (const Json& file : strategy["files"]) {
      fmt::print("          {}\n", file["file"].get<std::string>());
    }
  }
  for (const Json& group : result.value("groups", Json::array())) {
    fmt::print("group     {}\n", fmt::join(group.get<std::vector<std::string>>(), ", "));
  }
  fmt::print(
      "Trained in {:.0f} s ({:.0f} s of one processor) with seed {}, {} epochs, libtorch {}.\n",
      result["seconds"].get<double>(), result["processor_seconds"].get<double>(),
      result["seed"].get<std::uint64_t>(), result["epochs"].get<int>(),
      result["libtorch"].get<std::string>());
}

// The `whole` that the folder already has, for the others to learn from.
Result<ConvClassifier> read_teacher(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "whole.onnx";
  const Result<std::string> bytes = read_text_file(file, kMostModelBytes);
  if (!bytes) {
    return Error{bytes.error().code,
                 fmt::format("{}; --only student and semantic learn from it, train it first",
                             bytes.error().message)};
  }
  return from_onnx(bytes.value(), file.string());
}

Result<Json> train_and_write(const TrainableApplication& application,
                             const std::filesystem::path& images,
                             const std::filesystem::path& out) {
  const Result<TrainingData> data = application.read(images);
  if (!data) return data.error();
  const Result<std::string> version = libtorch_version();
  if (!version) return version.error();
  std::error_code failure;
  std::filesystem::create_directories(out, failure);
  if (failure) {
    return Error{ErrorCode::kInvalidInput, fmt::format("--out {}: this folder cannot be made ({})",
                                                       out.string(), failure.message())};
  }

  const std::clock_t processor_start = std::clock();
  ProgressLine line;
  const Result<TrainedClassifiers> trained =
      train_classifiers(data.value(), application.settings,
                        [&line](const TrainingProgress& progress) { line.show(progress); });
  const Seconds seconds = line.finish();
  if (!trained) return trained.error();
  const double processor_seconds =
      static_cast<double>(std::clock() - processor_start) / CLOCKS_PER_SEC;

  const std::vector<TrainedStrategy> strategies =
      strategies_of(trained.value(), application, data.value());
  if (Status status = write_application(strategies, application, out); !status)
    return status.error();

  Json result;
  result["application"] = application.name;
  result["seed"] = application.settings.seed;
  result["epochs"] = application.settings.epochs;
  result["seconds"] = seconds.count();
  result["processor_seconds"] = processor_seconds;
  result["libtorch"] = version.value();
  result["whole_multiply_adds"] = count_multiply_adds(application.settings.whole);
  for (const TrainedStrategy& strategy : strategies) {
    result["strategies"][strategy.name] = to_json(strategy, out);
  }
  if (trained.value().semantic) {
    for (const std::vector<int>& group : trained.value().semantic->groups) {
      result["groups"].push_back(labels_of(group, application));
    }
  }
  return result;
}

Result<Json> train_as_asked(const TrainAppOptions& options) {
  TrainableApplication application = trainable_application(options.application);
  ClassifierTraining& settings = application.settings;
  settings.seed = options.seed;
  if (options.epochs > 0) settings.epochs = options.epochs;
  settings.only = options.only;
  if (settings.only == "student" || settings.only == "semantic") {
    Result<ConvClassifier> teacher = read_teacher(options.out);
    if (!teacher) return teacher.error();
    settings.teacher = std::move(teacher).value();
  }
  return train_and_write(
      application, options.images.empty() ? application.directory : options.images, options.out);
}

int train_app(const TrainAppOptions& options) {
  const Result<Json> result = train_as_asked(options);
  if (!result) return report_error(result.error());
  if (options.format == "json") {
    fmt::print("{}\n", result.value().dump(2));
  } else {
    print_text(result.value());
  }
  return 0;
}

}  // namespace

void add_train_app_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TrainAppOptions>();
  CLI::App& verb = *app.add_subcommand(
      "train-app", "Train the models of an application and write them as ONNX files");
  std::vector<std::string> names;
  std::vector<std::string> epochs;
  for (const TrainableApplication& application : trainable_applications()) {
    names.emplace_back(application.name);
    epochs.push_back(fmt::format("{} for {}", application.settings.epochs, application.name));
  }
  verb.add_option("application", options->application, "Which application")
      ->required()
      ->type_name("NAME")
      ->check(CLI::IsMember(names));
  verb.add_option("--seed", options->seed, "Start of all random numbers")->capture_default_str();
  verb.add_option("--epochs", options->epochs,
                  fmt::format("Passes over the images, for each strategy (default: {})",
                              fmt::join(epochs, ", ")))
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  verb.add_option(
          "--only", options->only,
          "Train this strategy alone; student and semantic learn from the whole.onnx of the "
          "folder --out")
      ->check(CLI::IsMember({"whole", "student", "semantic"}))
      ->type_name("STRATEGY");
  verb.add_option("--images", options->images,
                  "Folder of the images (default: where the Debian package or "
                  "tools/fetch_data.sh puts them)")
      ->type_name("DIR");
  verb.add_option("--out", options->out, "Folder for the ONNX files; made if need be")->required();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = train_app(*options); });
}

}  // namespace scinet
