// --horizon TIME of the verbs that simulate.
#pragma once

#include <string>

#include "base/result.h"
#include "workload/scenario.h"

namespace scinet {

// "90" or "90 s" or "15 min" instead of the horizon of the scenario; an empty text changes nothing.
// kInvalidInput where it is no length of time or shorter than a beat.
Status use_horizon(Scenario& scenario, const std::string& text);

}  // namespace scinet
