// What identifies this program to results that it keeps for later.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace scinet {

// A digest of the version, the executable, and every file in `checkpoints` and below it: another
// build and another training are other programs.
Result<std::string> program_identity(const std::filesystem::path& checkpoints);

}  // namespace scinet
