// What running a fragment took, as it travels back with an answer in the X-Scinet-Trace field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace scinet {

inline constexpr const char* kTraceField = "X-Scinet-Trace";
inline constexpr const char* kNextField = "X-Scinet-Next";
// "http://host:port" of the host that failed, beside a 502.
inline constexpr const char* kFailedField = "X-Scinet-Failed";

struct FragmentTrace {
  std::string host;
  std::string application;
  std::string strategy;
  std::size_t fragment = 0;
  std::int64_t queue_us = 0;  // from having the whole request to a free execution slot
  std::int64_t load_us = 0;   // loading its models, if this run did
  std::int64_t run_us = 0;    // running, without loading
  std::int64_t cpu_us = 0;    // CPU time of the thread that ran it, loading included

  friend bool operator==(const FragmentTrace&, const FragmentTrace&) = default;
};

// One entry per fragment in the order in which they ran:
// "host=a;fragment=ocr/layer/0;queue_us=12;load_us=0;run_us=8100;cpu_us=7900, host=b;..."
std::string format_traces(const std::vector<FragmentTrace>& traces);
// Keys that are not known are passed over; a known one that is missing is an error.
Result<std::vector<FragmentTrace>> parse_traces(std::string_view field);

}  // namespace scinet
