// Reads the `arrivals` of a scenario file, and the trace that they name.
#pragma once

#include <filesystem>

#include "base/yaml_fields.h"
#include "workload/scenario.h"

namespace scinet {

// Of `scenario`, catalogue, mix, beat and horizon are read before. Traces lie below `directory`.
void read_arrivals(YamlFields& fields, Arrivals& arrivals, const Scenario& scenario,
                   const std::filesystem::path& directory);

}  // namespace scinet
