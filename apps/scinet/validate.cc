// scinet validate: says of catalogue files, scenarios and traces whether they can be used.
#include "workload/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"

namespace scinet {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  std::string data;
};

// Every file is looked at, also after one that is wrong.
int validate(const ValidateOptions& options) {
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return report_error(data.error());
  int exit_code = 0;
  for (const std::string& file : options.files) {
    const Result<std::string> found = validate_file(file, data.value() / "catalog");
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
  CLI::App& verb =
      *app.add_subcommand("validate", "Check catalogue files, scenarios and traces (.csv)");
  verb.add_option("files", options->files, "What to check")->required()->type_name("FILE");
  add_data_option(verb, options->data);
  verb.callback([options, &exit_code] { exit_code = validate(*options); });
}

}  // namespace scinet
