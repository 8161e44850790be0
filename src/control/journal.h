// Every decision of a run as one line of JSON, written before the next decision is taken. It is
// the debugging tool and the record of what was done and why. No line holds a wall clock or a
// duration of this machine, so equal runs write equal bytes; decision times go beside it.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

// A plan that was not applied, and why.
struct RefusedPlan {
  std::string policy;
  Plan plan;                            // empty where the policy threw
  std::vector<std::string> violations;  // at least one

  friend bool operator==(const RefusedPlan&, const RefusedPlan&) = default;
};

struct JournalEntry {
  std::uint64_t step = 0;
  SimTime time{0};
  DecisionsAsked asked;

  // The view in short, one value a host in order of HostId.
  std::vector<HostState> hosts;
  std::vector<double> utilisation;  // rounded to 1e-4
  std::vector<int> tasks;           // placed there and not done
  std::int64_t unfinished = 0;      // workloads without an answer
  std::int64_t waiting = 0;         // of these, the ones with something to place

  std::optional<std::string> policy;  // that answered; none where no plan was sound
  Plan plan;                          // as applied, with the reasons of its deferrals
  std::vector<RefusedPlan> refused;
  std::optional<std::string> error;   // why the plan could not be applied
  std::optional<std::string> review;  // what the policy found when it checked itself afterwards

  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// Fills in the short view.
JournalEntry entry_for(std::uint64_t step, const ClusterView& view);

// CPU time of one decision.
struct DecisionTimes {
  std::chrono::nanoseconds policy{0};     // of every policy that was asked, waiting included
  std::chrono::nanoseconds foresight{0};  // to predict what the plan will do

  friend bool operator==(const DecisionTimes&, const DecisionTimes&) = default;
};

class Journal {
 public:
  // Keeps nothing.
  Journal() = default;

  // Starts decisions.jsonl and timing.csv (step, time_s, policy, decision_us, foresight_us) in
  // the directory.
  static Result<Journal> open(const std::filesystem::path& directory);

  // Both files are flushed, so what was recorded survives a crash of the program.
  Status record(const JournalEntry& entry, const DecisionTimes& times);

 private:
  std::filesystem::path directory_;
  std::optional<std::ofstream> decisions_;
  std::optional<std::ofstream> timing_;
};

struct JournalContents {
  std::vector<JournalEntry> entries;
  bool torn = false;  // the last line was cut off, as after a crash; it is not among the entries
};

// Errors name the file and line. Only a last line without its line end may be broken.
Result<JournalContents> read_journal(const std::filesystem::path& decisions_file);

}  // namespace scinet
