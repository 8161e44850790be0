// The result files of one run, in one directory. docs/results.md describes every column.
//   workloads.csv  one line per request         intervals.csv  one line per beat
//   tasks.csv      one line per placed task     summary.json   the run in a few numbers
//   hosts.csv      one line per host and beat
// Beside them, written by others: cluster.json (report/cluster_file.h), events.csv where a
// platform tells of its hosts, decisions.jsonl and timing.csv (control/journal.h).
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string_view>

#include "base/result.h"
#include "report/run_record.h"
#include "report/summary.h"

namespace scinet {

// Creates the directory where it is missing, with those above it.
Status make_directory(const std::filesystem::path& directory);

// Makes the directory and removes the result files of an earlier run, so
// that files of two runs never lie side by side. Other files are left alone.
Status prepare_results(const std::filesystem::path& directory);

// Writes every file under a temporary name and renames it when it is complete: a file that exists
// is whole. summary.json comes last, so a directory that has it has everything.
Status write_results(const std::filesystem::path& directory, const RunRecord& record,
                     const Summary& summary);

// One file in that way.
Status write_whole(const std::filesystem::path& file, std::string_view text);
Status write_whole(const std::filesystem::path& file,
                   const std::function<void(std::ostream& out)>& write);

}  // namespace scinet
