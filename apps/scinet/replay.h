// `scinet simulate --replay`: a recorded run on the twin, under its recorded decisions or those of
// a policy.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/comparison.h"

namespace scinet {

struct ReplayOptions {
  std::string run;
  std::string scenario;                // of a testbed record
  std::vector<std::string> catalogue;  // files whose entries take the place of those of the run
  MakersOfReplay makers = {};          // who decides; without, the record
  int replays = 100;
  std::string out;
  std::string data;
  std::string format = "text";
};

// Prints what was predicted beside what was observed. Returns the exit code.
int replay_recorded_run(const ReplayOptions& options);

// `scenario` may be empty where the directory is that of a run or simulation.
Result<RecordedRun> load_recorded_run(const std::string& directory, const std::string& scenario,
                                      const std::string& data);

// What the files say; empty without any.
Result<Catalogue> load_entries(const std::vector<std::string>& files, const std::string& data);
// Host types and applications of the entries take the place of those of the same name; the others
// stay, and entries that the catalogue does not have are passed over.
void replace_entries(Catalogue& catalogue, const Catalogue& entries);

}  // namespace scinet
