// What a run has used and delivered so far, as every platform keeps it: the twin exactly, real
// workers by measurement. Windows are differences of accounts.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/id.h"
#include "base/units.h"
#include "model/catalogue.h"
#include "model/qos.h"
#include "model/workload.h"

namespace scinet {

// Of one host, since the start of the run.
struct HostAccount {
  Joules energy;
  Dollars cost;        // whole billing increments that have started
  Seconds cpu{0};      // core-seconds used
  Seconds powered{0};  // time booting, on, draining or failed with power

  friend bool operator==(const HostAccount&, const HostAccount&) = default;
};

// Of one task, as it last ran.
struct TaskOutcome {
  HostId host;        // as last placed
  SimTime queued{0};  // its inputs had arrived at that host
  SimTime start{0};   // it ran: queue, memory and load lay behind it
  SimTime finish{0};  // 0 until it is done
  Seconds cpu{0};     // core-seconds that it used, loading included
  Seconds load{0};    // that it waited for its model; 0 where that was resident

  friend bool operator==(const TaskOutcome&, const TaskOutcome&) = default;
};

// Of one workload, from arrival to answer.
struct WorkloadOutcome {
  Workload workload;
  std::optional<StrategyId> strategy;  // none until deployed
  SimTime deployed_at{0};
  std::vector<TaskOutcome> tasks;  // per fragment, once it was placed
  std::optional<SimTime> finish;   // none until answered
  int attempts = 0;                // runs begun; more than one after a host failed

  friend bool operator==(const WorkloadOutcome&, const WorkloadOutcome&) = default;
};

struct Accounts {
  SimTime now{0};
  std::vector<HostAccount> hosts;          // in order of HostId
  std::vector<WorkloadOutcome> workloads;  // all that arrived, in order of id
};

// Totals of the window from `before` (now and hosts; its workloads are not read) to `after`.
// `host_types` is one per host, in order of HostId. Workloads that have come or been answered
// later than `after.now` count as they stood then.
WindowTotals window_totals(SimTime before, std::span<const HostAccount> hosts_before,
                           const Accounts& after, const Catalogue& catalogue,
                           std::span<const HostTypeId> host_types);

}  // namespace scinet
