// What is compared, and where its runs lie: DIRECTORY/SCENARIO/POLICY/SEED.json, written whole when
// the run is over. The file says what the run was made from, and is used again only where all of
// that is the same: the cluster, the requests and faults of the seed, the policy and the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/comparison.h"
#include "workload/scenario.h"

namespace scinet {

struct ComparisonPlan {
  std::vector<Scenario> scenarios;  // of unlike names
  std::vector<std::string> policies;
  std::size_t seeds = 1;  // 1 to this
  // What identifies the program, with all that policies read besides their view.
  std::string program;
  std::filesystem::path runs;  // the directory of the files
  // What identifies a policy that is more than its name and this program: a process of its own.
  std::map<std::string, std::string> identities = {};
};

std::filesystem::path run_file(const ComparisonPlan& plan, const Scenario& scenario,
                               const std::string& policy, std::uint64_t seed);

// What every policy meets with this seed: cluster, requests and faults, in short.
std::string situation_of(const Scenario& scenario, std::uint64_t seed);

// What a run is made from, in short.
std::string run_key(const ComparisonPlan& plan, const std::string& situation,
                    const std::string& policy, std::uint64_t seed);

// kNotFound where there is no file, kInvalidInput where it is torn or has another key.
Result<RunFigures> read_run(const std::filesystem::path& file, const std::string& key);

// All runs of one of its scenarios; PolicyRuns::summary is left empty. Errors as of read_run().
Result<std::vector<PolicyRuns>> read_runs(const ComparisonPlan& plan, const Scenario& scenario);

ScenarioDescription description_of(const Scenario& scenario);

}  // namespace scinet
