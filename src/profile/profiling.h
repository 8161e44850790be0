// Measures the strategies of an application on this machine, each in a process of its own, so that
// memory and cold starts are its alone.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "profile/profile.h"
#include "serving/application_set.h"
#include "serving/examples.h"

namespace scinet {

// A share of this machine that a host type gets, in which requests are timed.
struct HostCap {
  std::string host_type;
  double cores = 1.0;
};

struct ProfilingOptions {
  std::filesystem::path models;
  std::vector<HostCap> caps;
  std::size_t most_inputs = 100;  // whose work is measured
  // Strategies take turns, so that a slow moment of the machine meets all of them.
  int rounds = 5;
  int passes = 40;        // over the inputs in each round, at most; the median of all counts
  Seconds patience{0.8};  // for the passes of a round; the first is always made
};

// What an application is fed with.
struct ProfileInputs {
  std::vector<Example> examples;  // at least one
  std::string labelled_by;        // where their labels come from, for people
};

using OnStrategy = std::function<void(const std::string& strategy)>;

// `on_strategy` is called before the first round of each. Fails where the application cannot be
// served here, or does not take its inputs.
Result<ApplicationProfile> profile_application(const ServedApplication& application,
                                               const ProfileInputs& inputs,
                                               const ProfilingOptions& options,
                                               const OnStrategy& on_strategy);

}  // namespace scinet
