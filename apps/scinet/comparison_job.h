// A comparison from its first run to its documents, for every verb that compares.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "apps/scinet/interrupts.h"
#include "platform/comparison_plan.h"
#include "policy/catalog.h"
#include "report/comparison.h"

namespace scinet {

struct ComparisonJob {
  ComparisonPlan plan;
  std::string reference;                          // one of its policies
  std::string command;                            // that asked for it
  std::optional<Seconds> horizon = std::nullopt;  // instead of the scenarios'
  std::size_t threads = 1;
  bool quiet = false;
};

// Runs what is not there yet, with a progress bar on standard error. Errors of what runs;
// kUnavailable where it was interrupted.
Result<Comparison> run_job(ComparisonJob job, const PolicyCatalog& catalog,
                           const Interrupts& interrupts);

// Writes comparison.json, comparison.csv and report.html into the directory and prints the tables,
// or the document where `format` is json. The exit code of the program.
int write_and_print(const Result<Comparison>& result, const std::filesystem::path& out,
                    const std::string& format);

}  // namespace scinet
