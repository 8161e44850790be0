// Scenarios of applications that somebody brought.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "workload/scenario.h"

namespace scinet {

// The hosts and the swing of the scenario with these applications instead of its own, in equal
// shares, as `scinet profile` measured them: models/NAME/catalogue.yaml. SLOs are 8 to 16 times
// what a request takes alone on a host of mean speed, and the rate keeps all hosts together busy
// for a third of the time.
Result<Scenario> with_own_applications(Scenario scenario, const std::vector<std::string>& names,
                                       const std::filesystem::path& models,
                                       const std::filesystem::path& catalog);

}  // namespace scinet
