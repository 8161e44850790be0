// scinet infer: the answer of an application to one input, in this process, without a cluster.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "report/results.h"
#include "serving/application_set.h"

namespace scinet {
namespace {

struct InferOptions {
  std::string application;
  std::string strategy;
  std::string input;
  std::string out;
  std::string models;
  std::string data;
};

constexpr std::size_t kLargestInput = std::size_t{64} << 20;

// The first one unless one is named.
std::string strategy_of(const InferOptions& options, const ApplicationSet& applications) {
  const ServedApplication* served = applications.find(options.application);
  if (!options.strategy.empty() || !served || served->strategies.empty()) return options.strategy;
  return served->strategies.front().name;
}

// A picture would make a mess of a terminal.
bool is_text(const ApplicationSet& applications, const std::string& application) {
  const std::string& type = applications.find(application)->content_type;
  return type == "application/json" || type.starts_with("text/");
}

int infer(const InferOptions& options) {
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return report_error(data.error());
  ApplicationSet applications(models_directory(options.models, data.value()));
  const Result<std::string> input = read_text_file(options.input, kLargestInput);
  if (!input) return report_error(input.error());
  const Result<std::string> answer =
      applications.run_all(options.application, strategy_of(options, applications), input.value());
  if (!answer) {
    return report_error(
        {answer.error().code, fmt::format("{}: {}", options.input, answer.error().message)});
  }
  if (!options.out.empty()) {
    const Status written = write_whole(options.out, answer.value());
    return written ? 0 : report_error(written.error());
  }
  const bool ends_line = is_text(applications, options.application);
  if (!ends_line && isatty(STDOUT_FILENO) != 0) {
    return report_error(
        {ErrorCode::kInvalidInput,
         fmt::format("the answer of {} is no text; --out FILE takes it", options.application)});
  }
  std::fwrite(answer.value().data(), 1, answer.value().size(), stdout);
  if (ends_line) std::fputc('\n', stdout);
  return 0;
}

}  // namespace

void add_infer_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<InferOptions>();
  CLI::App& verb = *app.add_subcommand(
      "infer", "The answer of an application to one input, in this process, without a cluster");
  verb.add_option("application", options->application, "Which application")
      ->required()
      ->type_name("NAME");
  verb.add_option("input", options->input, "What a client would send")
      ->required()
      ->type_name("FILE");
  verb.add_option("--strategy", options->strategy, "How (default: its first strategy)")
      ->type_name("NAME");
  verb.add_option("--out", options->out, "File for the answer, instead of standard output")
      ->type_name("FILE");
  verb.add_option("--models", options->models,
                  "Folder with models and ONNX Runtime (default: build/models)")
      ->type_name("DIR");
  add_data_option(verb, options->data);
  verb.callback([options, &exit_code] { exit_code = infer(*options); });
}

}  // namespace scinet
