// Demand as it is expected while little has been seen of it.
//
// In its first minute a cluster has seen few requests or none, and a rate measured then says
// little: at the first decision it is 0, and who believes it switches every host off, to boot them
// again a few beats later. So until a minute has been seen the rates are the mean of what is known
// (the posterior of Poisson arrivals under a gamma prior): as if 2 requests more had come, in the
// time in which 2 come at a load of 0.4,
//
//   rate = (n + 2) / (t + 2 / r)       n requests seen in t seconds
//   r    = 0.4 * speed of all hosts / work of a request
//
// with the work of the heaviest strategy, the mean over applications. Applications share the rate
// as they do in what came. Before anything came they share it evenly, and a request is taken to
// have 4 times as long as its work takes on the fastest core, and a beat at least.
//
// Where all hosts boot within a beat nothing is assumed: too few are soon corrected.
#pragma once

#include <memory>

#include "policy/policy.h"

namespace scinet {

// Whether the view is of a cluster with such a first minute.
bool has_seen_little(const ClusterView& view);

// The view, with the rates and requests that are expected then. Otherwise the view as it is.
ClusterView with_expected_demand(ClusterView view);

// The policy, deciding by such views.
std::unique_ptr<Policy> expecting_demand(std::unique_ptr<Policy> policy);

}  // namespace scinet
