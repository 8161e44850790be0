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

constexpr std::array kResultFiles{"summary.json",  "workloads.csv",   "hosts.csv",
                                  "intervals.csv", "decisions.jsonl", "timing.csv",
                                  "clients.csv",   "work.csv"};

Error cannot(std::string_view what, const fs::path& path, std::string_view why) {
  return {ErrorCode::kUnavailable,
          fmt::format("{} cannot be {} ({}); name a directory that can be written to",
                      path.string(), what, why)};
}

}  // namespace

Status prepare_results(const fs::path& directory) {
  std::error_code problem;
  fs::create_directories(directory, problem);
  if (problem) return cannot("created", directory, problem.message());
  if (!fs::is_directory(directory, problem)) {
    return cannot("used", directory, "it is not a directory");
  }
  for (const char* name : kResultFiles) {
    fs::remove(directory / name, problem);
    if (problem) return cannot("replaced", directory / name, problem.message());
  }
  return ok_status();
}

Status write_whole(const fs::path& file, std::string_view text) {
  fs::path partial = file;
  partial += ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  out << text;
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
  const std::array<std::pair<const char*, std::string>, 4> files{{
      {"workloads.csv", workloads_csv(record)},
      {"hosts.csv", hosts_csv(record)},
      {"intervals.csv", intervals_csv(record)},
      {"summary.json", json_of(summary).dump(2) + "\n"},
  }};
  for (const auto& [name, text] : files) {
    if (const Status written = write_whole(directory / name, text); !written) return written;
  }
  return ok_status();
}

}  // namespace scinet
