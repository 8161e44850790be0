// Scenarios whose hosts, host types and applications are made up from nothing, so that none is
// special: what a learner trains on, and situations for tests and benchmarks. Names carry no
// meaning, and kinds of hosts and applications that the catalogue lacks occur as well.
#pragma once

#include "base/random.h"
#include "workload/scenario.h"

namespace scinet {

template <class T>
struct Between {
  T least{};
  T most{};  // included
};

struct RandomScenarioSettings {
  Between<int> hosts{4, 24};  // the same number twice for exactly so many
  Between<int> host_types{2, 5};
  Between<int> applications{2, 8};
  // Work that arrives / what all hosts can do, on average over time. Light loads are more frequent.
  Between<double> load{0.03, 0.9};
  // A request is so many beats of work of one core. Where it would take more than `requests_a_beat`
  // to reach the load, requests become longer; where that is not enough, the load stays lower.
  Between<double> beats_of_work{0.05, 10};
  Between<double> requests_a_beat{0.3, 20};
  Cadence cadence = Cadence::kInterval;
  int beats = 120;             // the horizon
  double share_faulty = 0.2;   // of scenarios, with random faults
  double share_at_once = 0.0;  // of scenarios, with hosts that all boot at once
};

// Sound: written as files, it passes scinet::validate_file(). The same arguments give the same
// scenario. Hosts differ in cores, speed, memory, link, price, power, boot time, billing, credits
// and contention; some are tiny, slow and nearly free. An application has one to four of: the whole
// model, a chain of layers, parallel branches with a merge, a compressed model. An SLO is 1.2 to 20
// times what the work takes alone on a typical core, and half a beat more where requests wait for
// one. A third of the scenarios weigh all terms of QoS alike.
Scenario random_scenario(const RandomScenarioSettings& settings, RandomStream random);

}  // namespace scinet
