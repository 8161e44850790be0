// scinet train-app: trains the models of an application on data that this machine has.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/time.h"
#include "learn/fashion_training.h"
#include "learn/onnx_export.h"

namespace scinet {
namespace {

using Clock = std::chrono::steady_clock;

struct TrainAppOptions {
  std::string application;
  std::uint64_t seed = 1;
  int epochs = FashionTraining{}.epochs;
  std::string images = kFashionDirectory;
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
    fmt::print(stderr, "{:<11}  epoch {:2} of {}  loss {:.4f}  {:3.0f} %  {} left{}", last_.model,
               last_.epoch, last_.epochs, last_.loss, 100.0 * last_.done, minutes_and_seconds(left),
               end);
  }

  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_shown_;
  TrainingProgress last_;
};

Status write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << bytes;
  stream.close();
  if (!stream) {
    return Error{
        ErrorCode::kUnavailable,
        fmt::format("{}: cannot be written; choose another folder with --out", file.string())};
  }
  return ok_status();
}

std::map<std::string, std::string> properties_of(const TrainedClassifier& trained,
                                                 const FashionTraining& settings) {
  const Accuracy& accuracy = trained.accuracy;
  return {{"seed", std::to_string(settings.seed)},
          {"epochs", std::to_string(settings.epochs)},
          {"test_accuracy", fmt::format("{:.4f}", accuracy.value())},
          {"test_images", std::to_string(accuracy.samples)},
          {"data", "Fashion-MNIST (Zalando Research, MIT licence): 60000 images to train"}};
}

nlohmann::json to_json(const TrainedClassifier& trained, const std::filesystem::path& file,
                       std::size_t bytes) {
  const Accuracy& accuracy = trained.accuracy;
  return {{"file", file.string()},
          {"accuracy",
           {{"value", accuracy.value()},
            {"ci_low", accuracy.ci_low()},
            {"ci_high", accuracy.ci_high()},
            {"samples", accuracy.samples}}},
          {"parameters", count_parameters(trained.classifier.shape)},
          {"multiply_adds", count_multiply_adds(trained.classifier.shape)},
          {"bytes", bytes}};
}

void print_text(const nlohmann::json& result) {
  for (const auto& [strategy, model] : result["strategies"].items()) {
    const nlohmann::json& accuracy = model["accuracy"];
    fmt::print(
        "{:<11}  {:.2f} % right of {} test images (95 % interval {:.2f} to {:.2f}), {} "
        "parameters, {:.1f} million MACs, {} bytes: {}\n",
        strategy, 100.0 * accuracy["value"].get<double>(), accuracy["samples"].get<int>(),
        100.0 * accuracy["ci_low"].get<double>(), 100.0 * accuracy["ci_high"].get<double>(),
        model["parameters"].get<int>(), model["multiply_adds"].get<double>() / 1e6,
        model["bytes"].get<int>(), model["file"].get<std::string>());
  }
  fmt::print(
      "Trained in {:.0f} s ({:.0f} s of one processor) with seed {}, {} epochs, libtorch {}.\n",
      result["seconds"].get<double>(), result["processor_seconds"].get<double>(),
      result["seed"].get<std::uint64_t>(), result["epochs"].get<int>(),
      result["libtorch"].get<std::string>());
}

Result<nlohmann::json> train_and_write(const TrainAppOptions& options) {
  const Result<std::string> version = libtorch_version();
  if (!version) return version.error();
  const Result<TrainingData> data = read_fashion_mnist(options.images);
  if (!data) return data.error();
  std::error_code failure;
  std::filesystem::create_directories(options.out, failure);
  if (failure) {
    return Error{ErrorCode::kInvalidInput, fmt::format("--out {}: this folder cannot be made ({})",
                                                       options.out, failure.message())};
  }

  FashionTraining settings;
  settings.seed = options.seed;
  settings.epochs = options.epochs;
  const std::clock_t processor_start = std::clock();
  ProgressLine line;
  const Result<FashionClassifiers> trained = train_fashion(
      data.value(), settings, [&line](const TrainingProgress& progress) { line.show(progress); });
  const Seconds seconds = line.finish();
  if (!trained) return trained.error();
  const double processor_seconds =
      static_cast<double>(std::clock() - processor_start) / CLOCKS_PER_SEC;

  nlohmann::json strategies;
  const auto write = [&](const TrainedClassifier& model, const char* strategy, const char* name) {
    const std::filesystem::path file = std::filesystem::path(options.out) / name;
    const std::string bytes = to_onnx(model.classifier, properties_of(model, settings));
    strategies[strategy] = to_json(model, file, bytes.size());
    return write_file(file, bytes);
  };
  if (Status status = write(trained.value().whole, "whole", "fashion.onnx"); !status) {
    return status.error();
  }
  if (Status status = write(trained.value().compression, "compression", "fashion-small.onnx");
      !status) {
    return status.error();
  }
  nlohmann::json result;
  result["application"] = options.application;
  result["seed"] = options.seed;
  result["epochs"] = options.epochs;
  result["seconds"] = seconds.count();
  result["processor_seconds"] = processor_seconds;
  result["libtorch"] = version.value();
  result["strategies"] = strategies;
  return result;
}

int train_app(const TrainAppOptions& options) {
  const Result<nlohmann::json> result = train_and_write(options);
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
  verb.add_option("application", options->application,
                  "Which application; fashion is the only one with models of our own")
      ->required()
      ->type_name("NAME")
      ->check(CLI::IsMember({"fashion"}));
  verb.add_option("--seed", options->seed, "Start of all random numbers")->capture_default_str();
  verb.add_option("--epochs", options->epochs, "Passes over the images, for each model")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--images", options->images, "Folder of the four Fashion-MNIST files")
      ->capture_default_str();
  verb.add_option("--out", options->out, "Folder for the ONNX files; made if need be")->required();
  add_output_option(verb, options->format);
  verb.callback([options, &exit_code] { exit_code = train_app(*options); });
}

}  // namespace scinet
