// Tries a policy before anybody relies on it: whole scenarios on the twin in both cadences, each
// twice, and views that are rare and awkward (no hosts, all hosts failed, nothing waiting, only
// some of the decisions asked).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/control_loop.h"
#include "report/statistics.h"
#include "workload/scenario.h"

namespace scinet {

struct PolicyCheck {
  std::int64_t decisions = 0;
  std::int64_t faulty = 0;          // of these, without a sound plan
  std::vector<std::string> faults;  // the first ones: where, and what was wrong
  bool repeats = true;              // the same run twice gave the same plans
  Distribution decision_us;

  bool passed() const { return faulty == 0 && repeats; }
};

// `make` gives a policy as it is before its first decision. Errors are its own and those of
// simulate().
Result<PolicyCheck> check_policy(const Maker<Policy>& make, const std::vector<Scenario>& scenarios,
                                 std::uint64_t seed, const DecisionClock& clock);

}  // namespace scinet
