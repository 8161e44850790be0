#include "workload/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace scinet {
namespace {

constexpr std::size_t kLargestFile = 256 * 1024 * 1024;
constexpr std::string_view kHeader = "arrival_s,application,slo_s,input_bytes";
constexpr std::string_view kAzureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens";

// One line of a CSV file, with where it stands.
struct Row {
  const std::string& file;
  int line;
  std::vector<std::string_view> fields;

  Error error(std::string_view sentence) const {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}:{}: {}", file, line, sentence)};
  }
  Error error(std::string_view column, std::string_view found, std::string_view expected) const {
    return error(fmt::format("{}: found {}, expected {}", column, in_quotes(found), expected));
  }
};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  while (true) {
    const std::size_t comma = std::min(line.find(','), line.size());
    fields.push_back(line.substr(0, comma));
    if (comma == line.size()) return;
    line.remove_prefix(comma + 1);
  }
}

// Calls `read_row(row)`, which returns the error if there is one, for each line after the header.
template <class ReadRow>
Status for_each_row(const std::filesystem::path& path, std::string_view header,
                    const ReadRow& read_row) {
  const Result<std::string> text = read_text_file(path, kLargestFile);
  if (!text) return text.error();
  const std::string file = path.string();
  std::string_view rest = text.value();
  Row row{file, 1, {}};
  if (const std::string_view first = take_line(rest); first != header) {
    return row.error(fmt::format("found {}, expected the header {}", in_quotes(first), header));
  }
  const auto columns = static_cast<std::size_t>(std::count(header.begin(), header.end(), ',')) + 1;
  while (!rest.empty()) {
    ++row.line;
    split(take_line(rest), row.fields);
    if (row.fields.size() != columns) {
      return row.error(
          fmt::format("expected the {} fields {}, found {}", columns, header, row.fields.size()));
    }
    if (std::optional<Error> error = read_row(row)) return *std::move(error);
  }
  return ok_status();
}

std::string application_names(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const Application& application : catalogue.applications) names.push_back(application.name);
  return joined(names);
}

std::optional<Error> read_workload(const Row& row, const Catalogue& catalogue,
                                   std::vector<Workload>& workloads) {
  // Beyond this a double no longer holds every nanosecond.
  constexpr double kLongest = 4e6;
  const auto arrival = parse_number<double>(row.fields[0]);
  if (!arrival || *arrival < 0.0 || *arrival > kLongest) {
    return row.error("arrival_s", row.fields[0], "seconds from 0 to 4e6");
  }
  const auto application = catalogue.find_application(row.fields[1]);
  if (!application) {
    return row.error("application", row.fields[1], "one of " + application_names(catalogue));
  }
  const auto slo = parse_number<double>(row.fields[2]);
  if (!slo || *slo <= 0.0 || *slo > kLongest) {
    return row.error("slo_s", row.fields[2], "seconds above 0 and at most 4e6");
  }
  const auto input = parse_number<double>(row.fields[3]);
  if (!input || *input < 0.0 || *input > 1e15) {
    return row.error("input_bytes", row.fields[3], "a number of bytes from 0 to 1e15");
  }
  const SimTime time = to_sim_time(Seconds(*arrival));
  if (!workloads.empty() && time < workloads.back().arrival) {
    return row.error("arrival_s", row.fields[0],
                     fmt::format("no less than the {:g} s of the line before",
                                 to_seconds(workloads.back().arrival).count()));
  }
  workloads.push_back(
      {WorkloadId{workloads.size()}, *application, time, Seconds(*slo), Bytes(*input)});
  return std::nullopt;
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
  if (*day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second < 0 || *second >= 61) {
    return std::nullopt;
  }
  return std::chrono::hours(24 * *day + *hour) + std::chrono::minutes(*minute) +
         to_sim_time(Seconds(*second));
}

}  // namespace

Result<std::vector<Workload>> read_trace(const std::filesystem::path& file,
                                         const Catalogue& catalogue) {
  std::vector<Workload> workloads;
  const Status status = for_each_row(
      file, kHeader, [&](const Row& row) { return read_workload(row, catalogue, workloads); });
  if (!status) return status.error();
  return workloads;
}

Status write_trace(const std::filesystem::path& file, std::span<const Workload> workloads,
                   const Catalogue& catalogue) {
  std::string text = fmt::format("{}\n", kHeader);
  for (const Workload& workload : workloads) {
    constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
    const std::int64_t arrival = workload.arrival.count();
    text += fmt::format("{}.{:09},{},{},{}\n", arrival / kNanosecondsPerSecond,
                        arrival % kNanosecondsPerSecond, catalogue.at(workload.application).name,
                        workload.slo.count(), workload.input.value());
  }
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) {
    return Error{ErrorCode::kUnavailable, fmt::format("{}: cannot be written", file.string())};
  }
  return ok_status();
}

Result<std::vector<SimTime>> read_azure_llm_arrivals(const std::filesystem::path& file) {
  std::vector<SimTime> times;
  SimTime midnight{0};
  const Status status =
      for_each_row(file, kAzureHeader, [&](const Row& row) -> std::optional<Error> {
        const std::optional<SimTime> time = parse_timestamp(row.fields[0]);
        if (!time) {
          return row.error("TIMESTAMP", row.fields[0],
                           "a date and time such as 2023-11-16 18:17:03.9799600");
        }
        constexpr std::chrono::hours kDay(24);
        if (times.empty()) midnight = *time / kDay * kDay;
        if (!times.empty() && *time - midnight < times.back()) {
          return row.error("TIMESTAMP", row.fields[0], "no earlier than the line before");
        }
        times.push_back(*time - midnight);
        return std::nullopt;
      });
  if (!status) return status.error();
  return times;
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
