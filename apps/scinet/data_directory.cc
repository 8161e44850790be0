#include "apps/scinet/data_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/text.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

bool has_data(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory / "catalog", ignored) &&
         fs::is_directory(directory / "scenarios", ignored);
}

std::string scenario_names(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, problem)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return joined(names);
}

// "burst@arrival" is the scenario "burst" with that cadence.
struct ScenarioName {
  std::string base;
  std::optional<Cadence> cadence;
};

Result<ScenarioName> parse_name(const std::string& given) {
  const std::size_t at = given.rfind('@');
  if (at == std::string::npos) return ScenarioName{.base = given, .cadence = std::nullopt};
  const std::string wanted = given.substr(at + 1);
  for (const Cadence cadence : {Cadence::kInterval, Cadence::kArrival}) {
    if (wanted == to_string(cadence)) return ScenarioName{given.substr(0, at), cadence};
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("the cadence of scenario {} is {}; write @interval or @arrival",
                           in_quotes(given), in_quotes(wanted))};
}

}  // namespace

void add_data_option(CLI::App& verb, std::string& given) {
  verb.add_option("--data", given,
                  "Directory with catalog/ and scenarios/ (default: that of this program)")
      ->type_name("DIR");
}

Result<fs::path> find_data_directory(const std::string& given) {
  if (!given.empty()) {
    if (has_data(given)) return fs::path(given);
    return Error{
        ErrorCode::kNotFound,
        fmt::format("{} has no catalog/ and scenarios/; name the directory that has them", given)};
  }
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const std::array candidates{program.parent_path().parent_path().parent_path(),
                              fs::path(SCINET_SOURCE_DIR)};
  for (const fs::path& candidate : candidates) {
    if (has_data(candidate)) return candidate;
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("neither {} nor {} has catalog/ and scenarios/; name the directory that "
                           "has them with --data",
                           candidates[0].string(), candidates[1].string())};
}

Result<fs::path> find_scenario(const std::string& name_or_path, const fs::path& data_directory) {
  std::error_code ignored;
  if (fs::is_regular_file(name_or_path, ignored)) return fs::path(name_or_path);
  const fs::path directory = data_directory / "scenarios";
  for (const std::string& name : {name_or_path + ".yaml", name_or_path}) {
    if (fs::is_regular_file(directory / name, ignored)) return directory / name;
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("there is no scenario {}; there are {}", in_quotes(name_or_path),
                           scenario_names(directory))};
}

Result<Scenario> load_scenario_named(const std::string& name_or_path, const std::string& given) {
  const Result<std::filesystem::path> data = find_data_directory(given);
  if (!data) return data.error();
  const Result<ScenarioName> name = parse_name(name_or_path);
  if (!name) return name.error();
  const Result<std::filesystem::path> file = find_scenario(name.value().base, data.value());
  if (!file) return file.error();
  Result<Scenario> scenario = load_scenario(file.value(), data.value() / "catalog");
  if (scenario && name.value().cadence) {
    scenario.value().cadence = *name.value().cadence;
    scenario.value().name += fmt::format("@{}", to_string(*name.value().cadence));
  }
  return scenario;
}

std::filesystem::path models_directory(const std::filesystem::path& given,
                                       const std::filesystem::path& data_directory) {
  return given.empty() ? data_directory / "build" / "models" : given;
}

}  // namespace scinet
