// What a local platform can be told besides its scenario.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "base/units.h"
#include "platform/local/local_host.h"

namespace scinet {

struct LocalSettings {
  std::filesystem::path program = "/proc/self/exe";  // has the verb `worker`
  std::filesystem::path models;                      // handed to the workers
  // Speed of one core of this machine, in the unit of the host types: a host gets the CPU quota
  // (its cores x its speed) / this.
  Mips core_speed{1000};
  std::vector<double> cores_per_host;  // quota in cores of this machine instead, per host
  int concurrency = 8;                 // fragments that a worker runs at once
  int in_flight = 16;                  // fragments sent to a host before the next wait here
  std::size_t max_open = 512;          // unanswered requests before more are refused
  Seconds request_timeout{60};         // from arrival until a client is told to come back
  int max_attempts = 20;               // at one fragment
  Seconds poll{0.2};                   // between questions to each worker
  HostTiming timing;
  std::size_t history = 12;             // utilisation samples in a view
  std::filesystem::path log_directory;  // standard error of each worker; empty: inherited
  std::filesystem::path cgroup_root = "/sys/fs/cgroup";
  RandomStream slo_draws{0};  // for requests whose client names no SLO
};

}  // namespace scinet
