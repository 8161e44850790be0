// Where to cut a chain of steps into parts for different hosts.
//
// Each part costs the time of its steps plus the time to send what later parts need over one link.
// The slowest part decides how many requests a chain answers in a second, so that is what the cuts
// make least; of all cuts that reach it, they carry the fewest bytes in total, and of those they
// lie furthest to the front. Exact, by dynamic programming.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"

namespace scinet {

struct CutProblem {
  std::vector<Seconds> work;  // of each step

  // crossing[p]: what is sent when the chain is cut before step p; none where it cannot be cut.
  // As long as `work`; the first entry is not looked at.
  std::vector<std::optional<Bytes>> crossing;

  std::size_t parts = 2;
  BytesPerSecond link = BytesPerSecond(125e6);
};

// The first step of each part after the first, ascending: parts - 1 positions. kInvalidInput when
// there are fewer steps, or places to cut, than parts need.
Result<std::vector<std::size_t>> choose_cuts(const CutProblem& problem);

// The cost of the slowest part under such cuts.
Seconds slowest_part(const CutProblem& problem, const std::vector<std::size_t>& cuts);

}  // namespace scinet
