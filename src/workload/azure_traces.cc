#include "workload/azure_traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/csv_reader.h"
#include "base/ensure.h"
#include "base/text.h"

namespace scinet {
namespace {

constexpr int kMinutesADay = 1440;
constexpr Seconds kMinute{60};

// Function i was invoked `count` times in a minute of the day, which counts from 0.
struct MinuteCount {
  std::uint16_t minute;
  std::uint32_t function;
  std::uint32_t count;
};

std::string names_of_minutes(int first) {
  std::string names;
  for (int minute = first; minute <= kMinutesADay; ++minute) {
    names += fmt::format("{}{}", names.empty() ? "" : ",", minute);
  }
  return names;
}

// Counts of one function; its number of invocations.
double read_counts(CsvReader& csv, std::uint32_t function, std::vector<MinuteCount>& counts) {
  constexpr std::size_t kFirstMinute = 4;  // after HashOwner, HashApp, HashFunction and Trigger
  constexpr std::uint32_t kMost = 1'000'000'000;
  const auto fields = csv.fields();
  double sum = 0.0;
  for (std::size_t i = kFirstMinute; i < fields.size(); ++i) {
    if (fields[i].empty() || fields[i] == "0") continue;
    const auto count = parse_number<std::uint32_t>(fields[i]);
    if (!count || *count > kMost) {
      csv.refuse(fmt::format("{}", i - kFirstMinute + 1), "a number of invocations up to 1e9");
      return 0.0;
    }
    sum += *count;
    if (*count == 0) continue;
    counts.push_back({static_cast<std::uint16_t>(i - kFirstMinute), function, *count});
  }
  return sum;
}

// Every invocation with the begin of its minute, in order of minute, then function, as far as the
// part asks for them: a day can have more of them than there is memory.
std::vector<RecordedRequest> unrolled(const std::vector<MinuteCount>& counts,
                                      const std::vector<ApplicationId>& played_by,
                                      const TracePart& part) {
  std::vector<RecordedRequest> requests;
  for (const MinuteCount& entry : counts) {
    const Seconds at = kMinute * static_cast<double>(entry.minute);
    if (at < part.start) continue;
    const RecordedRequest one{
        .at = to_sim_time(at), .application = played_by[entry.function], .slo = {}, .input = {}};
    const std::size_t room = part.limit - requests.size();
    requests.insert(requests.end(), std::min<std::size_t>(entry.count, room), one);
    if (requests.size() == part.limit) break;
  }
  return requests;
}

// "2023-11-16 18:17:03.9799600" as the time since the first of the month.
std::optional<SimTime> parse_timestamp(std::string_view text) {
  const bool has_shape = text.size() >= 19 && text[4] == '-' && text[7] == '-' && text[10] == ' ' &&
                         text[13] == ':' && text[16] == ':';
  if (!has_shape) return std::nullopt;
  const auto day = parse_number<int>(text.substr(8, 2));
  const auto hour = parse_number<int>(text.substr(11, 2));
  const auto minute = parse_number<int>(text.substr(14, 2));
  const auto second = parse_number<double>(text.substr(17));
  if (!day || !hour || !minute || !second) return std::nullopt;
  if (*day < 1 || *day > 31 || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 ||
      *second < 0 || *second >= 61) {
    return std::nullopt;
  }
  return std::chrono::hours(24 * *day + *hour) + std::chrono::minutes(*minute) +
         to_sim_time(Seconds(*second));
}

struct LlmRequest {
  SimTime at{0};  // since the first of the month
  double context_tokens = 0.0;
  double generated_tokens = 0.0;
};

Result<std::vector<LlmRequest>> read_llm_requests(const std::filesystem::path& file) {
  constexpr std::int64_t kMostTokens = 1'000'000'000;
  CsvReader csv(file, "TIMESTAMP,ContextTokens,GeneratedTokens");
  std::vector<LlmRequest> requests;
  while (csv.next()) {
    const auto at = parse_timestamp(csv.text("TIMESTAMP"));
    if (!at) {
      csv.refuse("TIMESTAMP", "a date and time such as 2023-11-16 18:17:03.9799600");
    } else if (!requests.empty() && *at < requests.back().at) {
      csv.refuse("TIMESTAMP", "no earlier than the line before");
    }
    const auto context = csv.number<std::int64_t>("ContextTokens", 0, kMostTokens);
    const auto generated = csv.number<std::int64_t>("GeneratedTokens", 0, kMostTokens);
    requests.push_back(
        {at.value_or(SimTime{0}), static_cast<double>(context), static_cast<double>(generated)});
  }
  if (const Status status = csv.status(); !status) return status.error();
  return requests;
}

}  // namespace

std::vector<ApplicationId> share_out(std::span<const double> invocations,
                                     std::span<const double> weights) {
  ensure(!weights.empty(), "there is an application to play the functions");
  std::vector<std::size_t> order(invocations.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::size_t function) { return invocations[function]; });
  std::vector<double> share(weights.size(), 0.0);
  std::vector<ApplicationId> played_by(invocations.size());
  for (const std::size_t function : order) {
    const auto filled = [&](std::size_t application) {
      return (share[application] + invocations[function]) / weights[application];
    };
    std::size_t emptiest = 0;
    for (std::size_t i = 1; i < weights.size(); ++i) {
      if (filled(i) < filled(emptiest)) emptiest = i;
    }
    share[emptiest] += invocations[function];
    played_by[function] = ApplicationId{static_cast<std::uint32_t>(emptiest)};
  }
  return played_by;
}

Result<RecordedTrace> read_azure_functions_2019(const std::filesystem::path& file,
                                                std::span<const double> weights,
                                                const TracePart& part) {
  CsvReader csv(file, "HashOwner,HashApp,HashFunction,Trigger,1", names_of_minutes(2));
  std::vector<MinuteCount> counts;
  std::vector<double> invocations;
  while (csv.next()) {
    const auto function = static_cast<std::uint32_t>(invocations.size());
    invocations.push_back(read_counts(csv, function, counts));
  }
  if (const Status status = csv.status(); !status) return status.error();
  // Rows come in order of function already.
  std::ranges::stable_sort(counts, {}, &MinuteCount::minute);
  return take_part({unrolled(counts, share_out(invocations, weights), part), kMinute}, part);
}

Result<RecordedTrace> read_azure_functions_2021(const std::filesystem::path& file,
                                                std::span<const double> weights,
                                                const TracePart& part) {
  constexpr double kLongest = 4e6;            // seconds
  constexpr double kShortestRecorded = 1e-3;  // durations have milliseconds; less reads 0
  CsvReader csv(file, "app,func,end_timestamp,duration");
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  std::vector<double> invocations;       // of each function
  std::vector<std::size_t> function_of;  // of each request
  RecordedTrace trace;
  while (csv.next()) {
    const auto [function, is_new] = known.try_emplace(
        {std::string(csv.text("app")), std::string(csv.text("func"))}, invocations.size());
    if (is_new) invocations.push_back(0.0);
    invocations[function->second] += 1.0;
    function_of.push_back(function->second);
    const double end = csv.number<double>("end_timestamp", 0.0, kLongest);
    const double duration = csv.number<double>("duration", 0.0, kLongest);
    trace.requests.push_back({.at = to_sim_time(Seconds(std::max(end - duration, 0.0))),
                              .application = {},
                              .size = std::max(duration, kShortestRecorded),
                              .slo = {},
                              .input = {}});
  }
  if (const Status status = csv.status(); !status) return status.error();
  const std::vector<ApplicationId> played_by = share_out(invocations, weights);
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    trace.requests[i].application = played_by[function_of[i]];
  }
  make_sizes_relative(trace.requests);
  std::ranges::stable_sort(trace.requests, {}, &RecordedRequest::at);
  return take_part(std::move(trace), part);
}

Result<RecordedTrace> read_azure_llm_2023(const std::filesystem::path& file,
                                          double generated_weight, const TracePart& part) {
  const Result<std::vector<LlmRequest>> read = read_llm_requests(file);
  if (!read) return read.error();
  RecordedTrace trace;
  for (const LlmRequest& request : read.value()) {
    const double tokens = request.context_tokens + generated_weight * request.generated_tokens;
    trace.requests.push_back({.at = request.at - read.value().front().at,
                              .application = {},
                              .size = std::max(tokens, 1.0),
                              .slo = {},
                              .input = {}});
  }
  make_sizes_relative(trace.requests);
  return take_part(std::move(trace), part);
}

Result<std::vector<SimTime>> read_azure_llm_arrivals(const std::filesystem::path& file) {
  const Result<std::vector<LlmRequest>> read = read_llm_requests(file);
  if (!read) return read.error();
  std::vector<SimTime> times;
  for (const LlmRequest& request : read.value()) {
    const SimTime midnight = std::chrono::floor<std::chrono::days>(read.value().front().at);
    times.push_back(request.at - midnight);
  }
  return times;
}

}  // namespace scinet
