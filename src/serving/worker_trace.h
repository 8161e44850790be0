// What running a fragment took, as it travels back with an answer in the X-Scinet-Trace field,
// and the other fields of a worker's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace scinet {

inline constexpr const char* kTraceField = "X-Scinet-Trace";
// What a fragment takes, in its order: URLs of outputs that workers keep.
inline constexpr const char* kInputsField = "X-Scinet-Inputs";
// The id under which the output is to be kept, and beside the answer how many bytes it has.
inline constexpr const char* kKeepField = "X-Scinet-Keep";
inline constexpr const char* kSizeField = "X-Scinet-Size";
// The URL of the input that could not be had, beside a 502.
inline constexpr const char* kFailedField = "X-Scinet-Failed";

struct FragmentTrace {
  std::string host;
  std::string application;
  std::string strategy;
  std::size_t fragment = 0;
  std::int64_t fetch_us = 0;  // getting its inputs from the workers that keep them
  std::int64_t queue_us = 0;  // from having all inputs to a free execution slot
  std::int64_t load_us = 0;   // loading its models, if this run did
  std::int64_t run_us = 0;    // running, without loading
  std::int64_t cpu_us = 0;    // CPU time of the thread that ran it, loading included; of a batch an
                              // equal share
  std::int64_t batch = 1;     // requests that ran together, this one among them

  friend bool operator==(const FragmentTrace&, const FragmentTrace&) = default;
};

// One entry per fragment in the order in which they ran:
// "host=a;fragment=ocr/layer/0;fetch_us=0;queue_us=12;load_us=0;run_us=8100;cpu_us=7900;batch=1,
// host=..."
std::string format_traces(const std::vector<FragmentTrace>& traces);
// Keys that are not known are passed over; a known one that is missing is an error.
Result<std::vector<FragmentTrace>> parse_traces(std::string_view field);

}  // namespace scinet
