// What `scinet run` can be told.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/scinet/external_option.h"
#include "apps/scinet/policy_option.h"
#include "platform/live_run.h"

namespace scinet {

// The host types in catalog/hosts/local.yaml are shares of one whole core of this machine, which
// that file defines as this speed.
inline constexpr Mips kLocalCore{10'000};

struct RunOptions {
  std::string scenario = "local-6";
  std::vector<std::string> applications;  // instead of the scenario's; empty: those
  std::vector<std::string> catalogue;     // files whose entries take the place of the scenario's
  PolicyOption policy;
  ExternalOption external;
  std::uint64_t seed = 1;
  double minutes = 0.0;  // 0: the scenario's horizon
  std::vector<HostFailure> kills;
  std::vector<HostFreeze> freezes;
  std::filesystem::path out = "results/latest";
  std::filesystem::path models;  // empty: build/models beside the data
  std::uint16_t port = 0;        // of the gateway; 0: a free one
  bool views = false;
  bool no_load = false;
  bool quiet = false;
  std::string data;
  std::string format = "text";
};

void add_run_options(CLI::App& verb, RunOptions& options);

}  // namespace scinet
