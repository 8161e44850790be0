// Reads the `faults` and `random_faults` of a scenario file, which may both be left out.
#pragma once

#include "base/yaml_fields.h"
#include "workload/scenario.h"

namespace scinet {

// Hosts and horizon of the scenario are read before.
void read_faults(YamlFields& fields, Scenario& scenario);

}  // namespace scinet
