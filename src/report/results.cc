#include "report/results.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/csv.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

constexpr std::array kResultFiles{"summary.json",  "workloads.csv",
                                  "tasks.csv",     "hosts.csv",
                                  "intervals.csv", "cluster.json",
                                  "events.csv",    "decisions.jsonl",
                                  "timing.csv",    "clients.csv",
                                  "work.csv",      "predictions.csv",
                                  "views.jsonl",   "predicted_utilisation.csv",
                                  "machine.csv"};

Error cannot(std::string_view what, const fs::path& path, std::string_view why) {
  return {ErrorCode::kUnavailable,
          fmt::format("{} cannot be {} ({}); name a directory that can be written to",
                      path.string(), what, why)};
}

}  // namespace

Status make_directory(const fs::path& directory) {
  std::error_code problem;
  fs::create_directories(directory, problem);
  if (problem) return cannot("created", directory, problem.message());
  if (!fs::is_directory(directory, problem)) {
    return cannot("used", directory, "it is not a directory");
  }
  return ok_status();
}

Status prepare_results(const fs::path& directory) {
  if (const Status made = make_directory(directory); !made) return made;
  std::error_code problem;
  for (const char* name : kResultFiles) {
    fs::remove(directory / name, problem);
    if (problem) return cannot("replaced", directory / name, problem.message());
  }
  return ok_status();
}

Status write_whole(const fs::path& file, std::string_view text) {
  return write_whole(file, [text](std::ostream& out) { out << text; });
}

Status write_whole(const fs::path& file, const std::function<void(std::ostream& out)>& write) {
  fs::path partial = file;
  partial += ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  write(out);
  out.close();
  std::error_code problem;
  if (!out) {
    const std::string why = std::strerror(errno);
    fs::remove(partial, problem);
    return cannot("written", file, why);
  }
  fs::rename(partial, file, problem);
  if (problem) return cannot("written", file, problem.message());
  return ok_status();
}

Status write_results(const fs::path& directory, const RunRecord& record, const Summary& summary) {
  using WriteTable = void (*)(std::ostream&, const RunRecord&);
  constexpr std::array<std::pair<const char*, WriteTable>, 5> kTables{{
      {"workloads.csv", write_workloads_csv},
      {"tasks.csv", write_tasks_csv},
      {"hosts.csv", write_hosts_csv},
      {"intervals.csv", write_intervals_csv},
      {"predictions.csv", write_predictions_csv},
  }};
  for (const auto& [name, write_table] : kTables) {
    const Status written =
        write_whole(directory / name, [&](std::ostream& out) { write_table(out, record); });
    if (!written) return written;
  }
  if (!record.utilisation.empty()) {
    const Status written =
        write_whole(directory / "predicted_utilisation.csv",
                    [&](std::ostream& out) { write_utilisation_csv(out, record.utilisation); });
    if (!written) return written;
  }
  return write_whole(directory / "summary.json", json_of(summary).dump(2) + "\n");
}

}  // namespace scinet
