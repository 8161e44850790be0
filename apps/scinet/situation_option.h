// --view, --futures and --seed: how the verbs that look at a single decision say which one, and by
// what its plans are judged.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "oracle/oracle_policies.h"

namespace scinet {

struct SituationOption {
  std::string view;
  int futures = kOracleRollout.futures;
  std::uint64_t seed = 1;
};

// `option` outlives the parsing.
void add_situation_option(CLI::App& verb, SituationOption& option);

// --beats, whose default each verb has of its own.
CLI::Option* add_beats_option(CLI::App& verb, int& beats, const std::string& what);

}  // namespace scinet
