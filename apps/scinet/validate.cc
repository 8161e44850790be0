// scinet validate: says of catalogue files, scenarios, traces and applications whether they can be
// used.
#include "workload/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "serving/application_file.h"
#include "split/onnx_graph.h"

namespace scinet {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  std::string data;
};

// An application as data: what the file says, and that every model that it names is a model.
Result<std::string> validate_application(const std::filesystem::path& file) {
  const Result<ApplicationFile> read = read_application_file(file);
  if (!read) return read.error();
  std::set<std::string> models;
  for (const ModelStrategy& strategy : read.value().strategies) {
    for (const ModelFragment& fragment : strategy.fragments) models.insert(fragment.model);
  }
  for (const std::string& model : models) {
    const Result<OnnxGraph> graph = OnnxGraph::read_carefully(file.parent_path() / model);
    if (!graph) return graph.error();
  }
  return fmt::format("application {} with {} strategies of {} models", read.value().name,
                     read.value().strategies.size(), models.size());
}

Result<std::string> validate(const std::filesystem::path& file,
                             const std::filesystem::path& catalog) {
  return file.filename() == kApplicationFile ? validate_application(file)
                                             : validate_file(file, catalog);
}

// Every file is looked at, also after one that is wrong.
int validate(const ValidateOptions& options) {
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return report_error(data.error());
  int exit_code = 0;
  for (const std::string& file : options.files) {
    const Result<std::string> found = validate(file, data.value() / "catalog");
    if (found) {
      fmt::print("{}: {}\n", file, found.value());
    } else {
      exit_code = std::max(exit_code, report_error(found.error()));
    }
  }
  return exit_code;
}

}  // namespace

void add_validate_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App& verb = *app.add_subcommand(
      "validate",
      "Check catalogue files, scenarios, traces (.csv) and applications (application.yaml)");
  verb.add_option("files", options->files, "What to check")->required()->type_name("FILE");
  add_data_option(verb, options->data);
  verb.callback([options, &exit_code] { exit_code = validate(*options); });
}

}  // namespace scinet
