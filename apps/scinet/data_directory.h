// Where the program finds catalog/ and scenarios/, for every verb that reads them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "workload/scenario.h"

namespace scinet {

// Adds --data DIR to a verb.
void add_data_option(CLI::App& verb, std::string& given);

// The directory given by --data, or when that is empty the first of: two levels above the program
// (build/release/scinet -> the repository), the sources that it was built from. kNotFound
// when none has a catalog/ and a scenarios/.
Result<std::filesystem::path> find_data_directory(const std::string& given);

// The folder of models and ONNX Runtime: `given`, or when that is empty build/models of the data
// directory.
std::filesystem::path models_directory(const std::filesystem::path& given,
                                       const std::filesystem::path& data_directory);

// The file of a scenario: a path to an existing file, or a name under scenarios/ with or without
// ".yaml". kNotFound says which names exist.
Result<std::filesystem::path> find_scenario(const std::string& name_or_path,
                                            const std::filesystem::path& data_directory);

// Reads it, with the catalogue of the data directory; `given` is what --data said. With "@interval"
// or "@arrival" behind its name it has that cadence, and its name says so: "burst@arrival".
Result<Scenario> load_scenario_named(const std::string& name_or_path, const std::string& given);

}  // namespace scinet
