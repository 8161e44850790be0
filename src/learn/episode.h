// Runs on the twin from which networks learn: scenarios of many kinds, seen decision by decision.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/accounts.h"
#include "policy/policy.h"
#include "workload/scenario.h"

namespace scinet {

// The scenario as it might be elsewhere: 4 to 24 hosts of types that differ in cores, speed,
// memory, price, power and boot time, applications of more or less work, an own load, swing and
// burst. What was 0, such as a boot time, may become more. Decisions are taken at every beat.
Scenario varied(const Scenario& base, RandomStream random);

using OnDecision = std::function<void(const ClusterView& view, const Plan& plan)>;

// Plays the first `beats` beats without the scenario's faults; ends with the accounts of the whole
// run. The same arguments give the same calls.
Accounts play(const Scenario& scenario, Policy& policy, int beats, const RandomStreams& streams,
              const OnDecision& on_decision);

// The score of such a run as a whole.
double qos_of_run(const Scenario& scenario, Policy& policy, int beats,
                  const RandomStreams& streams);

// The policy of the n-th run: cosim, least-loaded, threshold and random in turn, so that a network
// sees full and empty, many and few hosts.
std::unique_ptr<Policy> teacher(std::size_t n);

}  // namespace scinet
