#include "workload/read_arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "model/catalogue_file.h"
#include "workload/azure_traces.h"

namespace scinet {

// Arrivals a second; only files need it as a type.
using PerSecond = Quantity<struct PerSecondUnit>;

template <>
UnitNames unit_names<PerSecond>() {
  static constexpr UnitName kNames[] = {{"/s", 1.0}, {"/min", 1.0 / 60}, {"/h", 1.0 / 3600}};
  return {"2.5 /s", kNames};
}

namespace {

constexpr Range kPositive = Range::above(0);
constexpr double kMostArrivals = 1e7;

enum class ArrivalKind { kInterval, kPoisson, kSeries, kTrace };
constexpr Choice<ArrivalKind> kArrivalKinds[] = {{"interval", ArrivalKind::kInterval},
                                                 {"poisson", ArrivalKind::kPoisson},
                                                 {"series", ArrivalKind::kSeries},
                                                 {"trace", ArrivalKind::kTrace}};

enum class TraceFormat { kCsv, kAzureFunctions2019, kAzureFunctions2021, kAzureLlm2023 };
constexpr Choice<TraceFormat> kTraceFormats[] = {
    {"csv", TraceFormat::kCsv},
    {"azure-functions-2019", TraceFormat::kAzureFunctions2019},
    {"azure-functions-2021", TraceFormat::kAzureFunctions2021},
    {"azure-llm-2023", TraceFormat::kAzureLlm2023}};

void refuse_too_many(YamlFields& fields, std::string_view key, double count) {
  if (count <= kMostArrivals) return;
  fields.fail(key, fmt::format("up to {:g} until the horizon, expected at most {:g}", count,
                               kMostArrivals));
}

void read_interval(YamlFields& fields, IntervalArrivals& arrivals, const Scenario& scenario) {
  fields.required("mean", arrivals.mean, Range::between(0, 1e6));
  fields.required("deviation", arrivals.deviation, Range::between(0, 1e6));
  const double most = std::max(1.0, arrivals.mean + 4 * arrivals.deviation);
  refuse_too_many(fields, "mean", most * (scenario.horizon / scenario.beat));
}

void read_poisson(YamlFields& fields, PoissonArrivals& arrivals, const Scenario& scenario) {
  PerSecond rate;
  fields.required("rate", rate, kPositive);
  arrivals.rate = rate.value();
  fields.optional("swing", arrivals.swing, Range::between(0, 1));
  fields.optional("swing_period", arrivals.swing_period, kPositive);
  fields.optional("burst_start", arrivals.burst_start);
  fields.optional("burst_length", arrivals.burst_length);
  fields.optional("burst_factor", arrivals.burst_factor, Range::between(0, 1000));
  if (arrivals.burst_length > Seconds(0) && arrivals.burst_start >= scenario.horizon) {
    fields.fail("burst_start", fmt::format("found {:g} s, expected less than the horizon of {:g} s",
                                           arrivals.burst_start.count(), scenario.horizon.count()));
  }
  const double highest =
      arrivals.rate * (1 + arrivals.swing) * std::max(1.0, arrivals.burst_factor);
  refuse_too_many(fields, "rate", highest * scenario.horizon.count());
}

void read_series(YamlFields& fields, SeriesArrivals& arrivals, const Scenario& scenario) {
  PerSecond rate;
  fields.required("rate", rate, kPositive);
  arrivals.rate = rate.value();
  fields.required("step", arrivals.step, kPositive);
  fields.required("rates", arrivals.rates, Range::between(0, 1e9));
  fields.required("source", arrivals.source);
  fields.optional("swing", arrivals.swing, Range::between(0, 1));
  fields.optional("swing_period", arrivals.swing_period, kPositive);
  refuse_too_many(fields, "rate", arrivals.rate * scenario.horizon.count());
  refuse_too_many(fields, "step", scenario.horizon / arrivals.step);
  if (std::ranges::all_of(arrivals.rates, [](double each) { return each == 0; })) {
    fields.fail("rates", "found no rate above 0, so nothing would arrive");
  }
}

Result<RecordedTrace> read_format(TraceFormat format, const std::filesystem::path& file,
                                  const Scenario& scenario, double generated_weight,
                                  const TracePart& part) {
  std::vector<double> weights;  // applications have the order of the mix
  for (const ApplicationMix& entry : scenario.mix) weights.push_back(entry.weight);
  switch (format) {
    case TraceFormat::kCsv:
      break;
    case TraceFormat::kAzureFunctions2019:
      return read_azure_functions_2019(file, weights, part);
    case TraceFormat::kAzureFunctions2021:
      return read_azure_functions_2021(file, weights, part);
    case TraceFormat::kAzureLlm2023:
      return read_azure_llm_2023(file, generated_weight, part);
  }
  Result<RecordedTrace> whole = read_trace(file, scenario.catalogue);
  if (!whole) return whole.error();
  return take_part(std::move(whole).value(), part);
}

// `cut_at` is how many requests were read at most, where nobody asked for that.
void refuse_useless(YamlFields& fields, const RecordedTrace& trace,
                    std::optional<std::size_t> cut_at, SimTime horizon) {
  const std::vector<RecordedRequest>& requests = trace.requests;
  if (requests.empty() || requests.front().at >= horizon) {
    fields.fail("file", "found no request between start and horizon, expected at least one");
  } else if (requests.size() == cut_at && requests.back().at < horizon) {
    fields.fail("file", fmt::format("found more than {:g} requests before the horizon; give a "
                                    "limit, or a shorter horizon",
                                    kMostArrivals));
  }
}

void read_recorded(YamlFields& fields, TraceArrivals& arrivals, const Scenario& scenario,
                   const std::filesystem::path& directory) {
  std::string name;
  TraceFormat format = TraceFormat::kCsv;
  TracePart part{.limit = static_cast<std::size_t>(kMostArrivals)};
  double generated_weight = 1.0;
  std::optional<std::int64_t> limit;
  fields.required("file", name);
  fields.required("source", arrivals.source);
  fields.optional("format", format, kTraceFormats);
  fields.optional("start", part.start);
  fields.optional("speed_up", part.speed_up, Range::between(1e-3, 1e6));
  fields.optional("limit", limit, Range::between(1, kMostArrivals));
  if (format == TraceFormat::kAzureLlm2023) {
    fields.optional("generated_weight", generated_weight, Range::between(0, 1e6));
  }
  if (limit) part.limit = static_cast<std::size_t>(*limit);
  if (name.empty() || scenario.mix.empty()) return;

  const Result<std::filesystem::path> file = path_below(directory, name);
  if (!file) return fields.fail("file", file.error().message);
  Result<RecordedTrace> trace = read_format(format, file.value(), scenario, generated_weight, part);
  if (!trace && trace.error().code == ErrorCode::kInvalidInput) return fields.fail(trace.error());
  if (!trace) return fields.fail("file", trace.error().message);
  arrivals.trace = std::move(trace).value();
  refuse_useless(fields, arrivals.trace, limit ? std::nullopt : std::optional(part.limit),
                 to_sim_time(scenario.horizon));
}

}  // namespace

void read_arrivals(YamlFields& fields, Arrivals& arrivals, const Scenario& scenario,
                   const std::filesystem::path& directory) {
  ArrivalKind kind = ArrivalKind::kInterval;
  fields.required("kind", kind, kArrivalKinds);
  switch (kind) {
    case ArrivalKind::kInterval:
      return read_interval(fields, arrivals.emplace<IntervalArrivals>(), scenario);
    case ArrivalKind::kPoisson:
      return read_poisson(fields, arrivals.emplace<PoissonArrivals>(), scenario);
    case ArrivalKind::kSeries:
      return read_series(fields, arrivals.emplace<SeriesArrivals>(), scenario);
    case ArrivalKind::kTrace:
      return read_recorded(fields, arrivals.emplace<TraceArrivals>(), scenario, directory);
  }
}

}  // namespace scinet
