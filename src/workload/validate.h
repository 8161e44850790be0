// Says whether a file is what it should be: a catalogue file, a scenario or a trace.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace scinet {

// One line saying what was read, or the first problem. A file that ends in .csv is a trace; the
// others are YAML and told apart by their keys. A trace may name any application of the catalogue.
Result<std::string> validate_file(const std::filesystem::path& file,
                                  const std::filesystem::path& catalog_directory);

}  // namespace scinet
