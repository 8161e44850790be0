// Views of clusters made up from nothing, in the middle of a run, for benchmarks and tools.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/json.h"

namespace scinet {

struct GeneratedViewSettings {
  int hosts = 16;
  int workloads = 1;  // new ones, which wait for an answer
  int tasks = 16;     // on hosts: running, queued or waiting for the outputs of others
};

// kInvalidInput where there are no hosts, or more than 10,000 of them or 100 tasks or new
// workloads for each.
Status check(const GeneratedViewSettings& settings);

// The cluster and its applications are those of random_scenario(). The state is a real one: a run
// of some beats on the twin, in which hosts come and go and about as many tasks are kept on hosts
// as are wanted. At its end there are as many, or up to 4 more, since workloads come whole. The
// same arguments give the same view, which asks for all decisions.
StoredView generate_view(const GeneratedViewSettings& settings, std::uint64_t seed);

}  // namespace scinet
