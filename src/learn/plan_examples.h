// What plans for one view lead to, by rollouts on the twin: the examples of the plan network.
#pragma once

#include <functional>
#include <vector>

#include "learn/plan_network.h"
#include "workload/scenario.h"

namespace scinet {

// Several plans for one view: some by different policies, some that differ in placements only. They
// met the same requests, so their terms can be compared.
struct PlanExample {
  PlanPictures pictures;
  Matrix terms;  // [plans, kQosTerms]
  QosWeights weights;
};

struct PlanExampleSettings {
  int runs = 120;       // each of its own variation of a scenario
  int views = 12;       // of each run
  int beats_apart = 5;  // between two views
  int futures = 4;      // of each rollout
};

// Called after every run with the share that is done.
using OnShareDone = std::function<void(double share)>;

// Examples of the same run stay together, in order. The same arguments give the same examples.
std::vector<PlanExample> make_plan_examples(const std::vector<Scenario>& bases,
                                            const PlanExampleSettings& settings,
                                            const RandomStreams& streams,
                                            const OnShareDone& on_share_done = {});

}  // namespace scinet
