// Summaries as a table for people, one column per run.
#pragma once

#include <span>
#include <string>

#include "report/summary.h"

namespace scinet {

struct SummaryColumn {
  std::string title;  // e.g. "measured", "predicted" or a policy
  Summary summary;
};

// One row per figure with its unit. Every column after the first is followed by its difference to
// the first: in percent of it for quantities, in percentage points for shares, plain for
// counts. What does not exist is "-". The last rows are the bias of what was foreseen at each
// decision. Ends with a line end.
std::string summary_table(std::span<const SummaryColumn> columns);

}  // namespace scinet
