#include "workload/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/csv_reader.h"
#include "base/ensure.h"
#include "base/text.h"

namespace scinet {
namespace {

constexpr std::string_view kColumns = "arrival_s,application";
constexpr std::string_view kOptionalColumns = "slo_s,input_bytes,size,duration_s";
constexpr double kLongest = 4e6;  // seconds; beyond it a double no longer holds every nanosecond

std::string application_names(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const Application& application : catalogue.applications) names.push_back(application.name);
  return joined(names);
}

// A number in (least, most], or in [least, most] where `least_counts`.
double number_between(CsvReader& csv, std::string_view column, double least, double most,
                      bool least_counts, std::string_view expected) {
  const auto number = parse_number<double>(csv.text(column));
  if (number && *number <= most && (least_counts ? *number >= least : *number > least)) {
    return *number;
  }
  csv.refuse(column, expected);
  return 1.0;
}

RecordedRequest read_request(CsvReader& csv, const Catalogue& catalogue) {
  RecordedRequest request;
  request.at = to_sim_time(
      Seconds(number_between(csv, "arrival_s", 0, kLongest, true, "seconds from 0 to 4e6")));
  request.application = catalogue.find_application(csv.text("application"));
  if (!request.application) csv.refuse("application", "one of " + application_names(catalogue));
  if (!csv.is_empty("slo_s")) {
    request.slo = Seconds(number_between(csv, "slo_s", 0, kLongest, false,
                                         "seconds above 0 and at most 4e6, or nothing"));
  }
  if (!csv.is_empty("input_bytes")) {
    request.input = Bytes(number_between(csv, "input_bytes", 0, 1e15, true,
                                         "a number of bytes from 0 to 1e15, or nothing"));
  }
  return request;
}

}  // namespace

RecordedTrace take_part(RecordedTrace trace, const TracePart& part) {
  std::vector<RecordedRequest>& requests = trace.requests;
  const auto first =
      std::ranges::lower_bound(requests, to_sim_time(part.start), {}, &RecordedRequest::at);
  requests.erase(requests.begin(), first);
  if (requests.size() > part.limit) requests.resize(part.limit);
  for (RecordedRequest& request : requests) {
    request.at = to_sim_time((to_seconds(request.at) - part.start) / part.speed_up);
  }
  trace.spread /= part.speed_up;
  return trace;
}

Result<RecordedTrace> read_trace(const std::filesystem::path& file, const Catalogue& catalogue) {
  CsvReader csv(file, kColumns, kOptionalColumns);
  const bool has_sizes = csv.has("size");
  const bool has_durations = csv.has("duration_s");
  if (has_sizes && has_durations)
    csv.refuse("found both size and duration_s, expected one of them");
  RecordedTrace trace;
  while (csv.next()) {
    RecordedRequest request = read_request(csv, catalogue);
    if (has_sizes) {
      request.size = number_between(csv, "size", 0, 1000, false, "a factor above 0, at most 1000");
    } else if (has_durations) {
      request.size =
          number_between(csv, "duration_s", 0, kLongest, false, "seconds above 0 and at most 4e6");
    }
    if (!trace.requests.empty() && request.at < trace.requests.back().at) {
      csv.refuse("arrival_s", fmt::format("no less than the {:g} s of the line before",
                                          to_seconds(trace.requests.back().at).count()));
    }
    trace.requests.push_back(request);
  }
  if (const Status status = csv.status(); !status) return status.error();
  if (has_durations) make_sizes_relative(trace.requests);
  return trace;
}

Status write_trace(const std::filesystem::path& file, std::span<const RecordedRequest> requests,
                   const Catalogue& catalogue) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  std::string text = "arrival_s,application,slo_s,input_bytes,size\n";
  for (const RecordedRequest& request : requests) {
    ensure(request.application.has_value(), "a request that is written names its application");
    const std::int64_t at = request.at.count();
    const auto slo = request.slo ? fmt::format("{}", request.slo->count()) : std::string();
    const auto input = request.input ? fmt::format("{}", request.input->value()) : std::string();
    text += fmt::format("{}.{:09},{},{},{},{}\n", at / kNanosecondsPerSecond,
                        at % kNanosecondsPerSecond, catalogue.at(*request.application).name, slo,
                        input, request.size);
  }
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) {
    return Error{ErrorCode::kUnavailable, fmt::format("{}: cannot be written", file.string())};
  }
  return ok_status();
}

void make_sizes_relative(std::vector<RecordedRequest>& requests) {
  struct Total {
    double sum = 0.0;
    double count = 0.0;
  };
  std::map<std::optional<ApplicationId>, Total> totals;
  for (const RecordedRequest& request : requests) {
    Total& total = totals[request.application];
    total.sum += request.size;
    total.count += 1.0;
  }
  for (RecordedRequest& request : requests) {
    const Total& total = totals[request.application];
    request.size *= total.count / total.sum;
  }
}

std::vector<double> arrivals_per_step(std::span<const SimTime> arrivals, SimTime step,
                                      std::size_t steps) {
  std::vector<double> counts(steps, 0.0);
  for (const SimTime arrival : arrivals) {
    const auto index = static_cast<std::size_t>((arrival - arrivals.front()) / step);
    if (index < steps) counts[index] += 1.0;
  }
  return counts;
}

}  // namespace scinet
