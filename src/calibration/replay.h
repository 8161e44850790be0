// Drives a twin through a recorded run: the requests arrive and the hosts break when they did, and
// either the plans of the record are applied when they were, or a policy decides at those moments.
// What the twin makes of it is the prediction that stands beside the record.
#pragma once

#include <cstdint>
#include <vector>

#include "calibration/input_sizes.h"
#include "calibration/recorded_run.h"
#include "control/control_loop.h"

namespace scinet {

// Decisions of the record that no longer fitted: the twin was in another state than the cluster,
// for instance because a host of the twin was still draining. They are left out.
struct SkippedDecisions {
  std::int64_t power = 0;
  std::int64_t deployments = 0;
  std::int64_t placements = 0;

  std::int64_t total() const { return power + deployments + placements; }
  friend bool operator==(const SkippedDecisions&, const SkippedDecisions&) = default;
};

struct Replay {
  std::vector<WorkloadOutcome> workloads;  // in order of id
  std::vector<HostAccount> hosts;          // what each used during the part
  SkippedDecisions skipped;
};

// `catalogue` has the same shape as that of the run and takes its place. The whole run is replayed,
// since its later half depends on the state that the earlier one leaves; `part` is what hosts are
// accounted for. Works on any run, and the same seed gives the same replay.
// With `sizes`, each request of a known input is as large as that, and the catalogue leaves them
// out of its variation (InputSizes::without_sizes).
Replay replay(const RecordedRun& run, const Catalogue& catalogue, std::uint64_t seed, Part part,
              const InputSizes& sizes = {});

// Who decides in the place of the record, and the catalogue that they believe, of the same shape;
// it need not be that of the twin.
struct Deciders {
  DecisionMakers makers;
  const Catalogue& catalogue;
};

// The same under other deciders: at the moments of the record's decisions, about what was asked
// then, and after the last of them once a beat until every request is answered. kInternal when no
// sound plan was made.
Result<Replay> replay_under(Deciders deciders, const RecordedRun& run, const Catalogue& catalogue,
                            std::uint64_t seed, Part part, const InputSizes& sizes = {});

}  // namespace scinet
