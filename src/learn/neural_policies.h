// The policies and rules that decide by a trained network, for the catalog of the program.
#pragma once

#include <filesystem>

#include "policy/catalog.h"

namespace scinet {

// catalog/checkpoints of the program that runs, else of the sources that it was built from.
std::filesystem::path checkpoint_directory();

// Each reads its checkpoint, DIRECTORY/NAME.json, when it is made; a missing or broken one is an
// error that names the file and the command that makes it.
PolicyCatalog neural_policies(const std::filesystem::path& directory);

}  // namespace scinet
