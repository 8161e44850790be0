#include "apps/scinet/replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/verb_result.h"
#include "model/catalogue_file.h"
#include "report/results.h"

namespace scinet {
namespace {

template <class Entry>
void replace_by_name(std::vector<Entry>& entries, const std::vector<Entry>& with) {
  for (Entry& entry : entries) {
    const auto found = std::ranges::find(with, entry.name, &Entry::name);
    if (found != with.end()) entry = *found;
  }
}

Status write_comparison(const std::string& directory, const Json& comparison) {
  if (const Status made = make_directory(directory); !made) return made;
  return write_whole(std::filesystem::path(directory) / "replay.json", comparison.dump(2) + "\n");
}

Status replay_and_print(const ReplayOptions& options) {
  const Result<RecordedRun> run = load_recorded_run(options.run, options.scenario, options.data);
  if (!run) return run.error();
  Catalogue catalogue = run.value().cluster.catalogue;
  const Result<Catalogue> entries = load_entries(options.catalogue, options.data);
  if (!entries) return entries.error();
  replace_entries(catalogue, entries.value());
  if (!same_shape(catalogue, run.value().cluster.catalogue)) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--catalogue has other strategies or fragments than the run in {}, "
                             "whose decisions would not fit",
                             options.run)};
  }
  const Result<std::vector<Replay>> replays =
      options.makers
          ? replays_under(options.makers, catalogue, run.value(), catalogue, options.replays, {})
          : replays_of(run.value(), catalogue, options.replays, {});
  if (!replays) return replays.error();
  const RunComparison comparison = compare(run.value(), replays.value(), {});
  const Json json = json_of(comparison, catalogue);
  if (!options.out.empty()) {
    if (const Status written = write_comparison(options.out, json); !written) return written;
  }
  if (options.format == "json") {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{} replayed {} times on the twin\n\n{}", options.run, options.replays,
               comparison_table(comparison, catalogue));
  }
  return ok_status();
}

}  // namespace

int replay_recorded_run(const ReplayOptions& options) {
  const Status status = replay_and_print(options);
  return status ? 0 : report_error(status.error());
}

Result<RecordedRun> load_recorded_run(const std::string& directory, const std::string& scenario,
                                      const std::string& data) {
  std::optional<Scenario> loaded;
  if (!scenario.empty()) {
    Result<Scenario> result = load_scenario_named(scenario, data);
    if (!result) return result.error();
    loaded = std::move(result).value();
  }
  return read_recorded_run(directory, loaded);
}

Result<Catalogue> load_entries(const std::vector<std::string>& files, const std::string& data) {
  if (files.empty()) return Catalogue();
  const Result<std::filesystem::path> found = find_data_directory(data);
  if (!found) return found.error();
  const std::vector<std::filesystem::path> paths(files.begin(), files.end());
  Result<CatalogueContents> contents = load_catalogue(paths, found.value() / "catalog");
  if (!contents) return contents.error();
  return std::move(contents.value().catalogue);
}

void replace_entries(Catalogue& catalogue, const Catalogue& entries) {
  replace_by_name(catalogue.host_types, entries.host_types);
  replace_by_name(catalogue.applications, entries.applications);
}

}  // namespace scinet
