// The result tables as CSV text (RFC 4180 quoting, one header line, "\n" line ends). Numbers are
// written in the fewest digits that read back to the same value; what does not exist is empty.
#pragma once

#include <string>
#include <string_view>

#include "report/run_record.h"

namespace scinet {

std::string workloads_csv(const RunRecord& record);
std::string hosts_csv(const RunRecord& record);
std::string intervals_csv(const RunRecord& record);

// Quoted where it must be.
std::string csv_field(std::string_view text);

}  // namespace scinet
