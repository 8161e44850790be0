// What the parts of `scinet bench` share.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace scinet {

using BenchFigures = nlohmann::ordered_json;

void print(const BenchFigures& figures, const std::string& format);

// scinet bench decision.
void add_decision_verb(CLI::App& bench, int& exit_code);

}  // namespace scinet
