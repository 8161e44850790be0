// The anchor job on the twin: single-core tasks on equal hosts, two events a task, through the
// same calls that every platform uses. It is what engines are compared by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "bench/anchor_trace.h"
#include "bench/least_running.h"
#include "model/catalogue.h"
#include "twin/twin.h"

namespace scinet {

// Draws 100, 140, 160, 180, 200 W at 0 .. 4 busy cores of 4, and on hosts of other sizes the same
// at the same share of busy cores. Memory and links have no limit, models need no load.
HostType anchor_host(int cores, Mips speed);

// One application with one strategy of one fragment, which needs one core and `work` each time.
Catalogue anchor_catalogue(const HostType& host, WorkDistribution work);

enum class AnchorPlacement {
  kLeastRunning,  // on the host with the fewest running tasks, of equal ones the lowest number
  kGiven,         // on the host that the trace names
};

struct AnchorResult {
  std::size_t tasks = 0;
  Seconds mean_response{0};
  Joules energy;        // of all hosts, from 0 to the last completion
  Seconds makespan{0};  // the last completion
};

class AnchorJob {
 public:
  // The trace is borrowed. Every host is on.
  AnchorJob(const AnchorTrace& trace, AnchorPlacement placement);
  AnchorJob(const AnchorJob&) = delete;
  AnchorJob& operator=(const AnchorJob&) = delete;

  void run();  // once, to the last completion
  AnchorResult result() const;
  std::vector<SimTime> finishes() const;  // in the order of the trace

 private:
  HostId choose_host(const AnchorTask& task);

  const AnchorTrace& trace_;
  AnchorPlacement placement_;
  Catalogue catalogue_;
  Twin twin_;
  LeastRunning running_;
  std::size_t seen_ = 0;  // finished tasks that `running_` knows of
};

}  // namespace scinet
