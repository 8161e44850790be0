// Recorded requests as CSV, one a line, in order of arrival:
//
//   arrival_s,application,slo_s,input_bytes,duration_s
//   0.25,ocr,14,180000,0.31
//
// Columns are found by name, in any order and among any others. All but the first two may be left
// out, and so may single values: an SLO or an input that is not recorded comes from the mix of the
// scenario. docs/traces.md describes this format and those of others.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/units.h"
#include "model/catalogue.h"

namespace scinet {

struct RecordedRequest {
  SimTime at{0};                             // its arrival
  std::optional<ApplicationId> application;  // none: drawn from the mix, as are these two
  double size = 1.0;                         // factor of its work; the mean of an application is 1
  std::optional<Seconds> slo;
  std::optional<Bytes> input;

  friend bool operator==(const RecordedRequest&, const RecordedRequest&) = default;
};

// A whole trace, or the part of it that a run plays.
struct RecordedTrace {
  std::vector<RecordedRequest> requests;  // in order of time
  // Where only counts were recorded: each request arrives somewhere in [at, at + spread).
  Seconds spread{0};
};

// Requests from `start` on, `speed_up` times as fast as they were recorded, at most `limit`.
struct TracePart {
  Seconds start{0};  // of the recording; it becomes the start of the run
  double speed_up = 1.0;
  std::size_t limit = 10'000'000;
};

RecordedTrace take_part(RecordedTrace trace, const TracePart& part);

// The format above. `size` is a factor of the work; `duration_s` becomes one: the duration / the
// mean duration of its application in the file. Errors name file, line, column, what was found and
// what would have worked.
Result<RecordedTrace> read_trace(const std::filesystem::path& file, const Catalogue& catalogue);

// What read_trace() reads back as the same requests, to the nanosecond. Each names its application.
Status write_trace(const std::filesystem::path& file, std::span<const RecordedRequest> requests,
                   const Catalogue& catalogue);

// Divides what the sizes hold so far, durations or tokens, by its mean over the application.
void make_sizes_relative(std::vector<RecordedRequest>& requests);

// How many of `arrivals`, which are in order, fall into each of `steps` equal parts of the time
// from the first arrival on: the rates of SeriesArrivals.
std::vector<double> arrivals_per_step(std::span<const SimTime> arrivals, SimTime step,
                                      std::size_t steps);

}  // namespace scinet
