#include "calibration/calibrate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "model/catalogue_writer.h"
#include "report/results.h"

namespace scinet {
namespace {

struct Split {
  std::vector<RunPart> fitted;
  std::vector<RunPart> held_out;
};

Split split(const std::vector<RecordedRun>& runs, const std::vector<RecordedRun>& held_out) {
  Split result;
  for (const RecordedRun& run : runs) {
    const SimTime half = to_sim_time(run.cluster.horizon / 2);
    const bool is_whole = !held_out.empty();
    result.fitted.push_back({&run, is_whole ? Part{} : Part{SimTime(0), half}});
    if (!is_whole) result.held_out.push_back({&run, {half, SimTime::max()}});
  }
  for (const RecordedRun& run : held_out) result.held_out.push_back({&run, {}});
  return result;
}

// What a task took in a batch does not say what it is alone.
Status check_no_batches(const RecordedRun& run) {
  for (const Application& application : run.cluster.catalogue.applications) {
    for (const Strategy& strategy : application.strategies) {
      for (const Fragment& fragment : strategy.fragments) {
        if (!fragment.batch.is_on()) continue;
        return Error{ErrorCode::kInvalidInput,
                     fmt::format("{}: fragment {} of {}/{} ran in batches, which hide the work of "
                                 "a request; calibrate with a run whose catalogue has no batch",
                                 run.source, fragment.name, application.name, strategy.name)};
      }
    }
  }
  return ok_status();
}

Status check(const std::vector<RecordedRun>& runs, const std::vector<RecordedRun>& held_out) {
  for (const auto* const list : {&runs, &held_out}) {
    for (const RecordedRun& run : *list) {
      if (const Status status = check_no_batches(run); !status) return status;
      if (same_shape(run.cluster.catalogue, runs.front().cluster.catalogue)) continue;
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("{}: has other host types, applications or fragments than {}; "
                               "calibrate with runs of one scenario",
                               run.source, runs.front().source)};
    }
  }
  return ok_status();
}

// 1 is the mean speed of the machine in the runs that are fitted to.
void relate_speeds(std::vector<RecordedRun>& runs, std::vector<RecordedRun>& held_out) {
  ProbeReference mean;
  for (const RecordedRun& run : runs) mean.add(run.probes);
  for (auto* const list : {&runs, &held_out}) {
    for (RecordedRun& run : *list) run.machine_speed = MachineSpeed(run.probes, mean);
  }
}

// A relative error that grows subject by subject.
class RelativeError {
 public:
  void add(double predicted, double observed, double samples) {
    difference_ += samples * std::abs(predicted - observed);
    observed_ += samples * std::abs(observed);
  }
  double value() const { return observed_ > 0.0 ? difference_ / observed_ : NAN; }

 private:
  double difference_ = 0.0;
  double observed_ = 0.0;
};

double error_of(const Catalogue& catalogue, const std::vector<Estimate>& observed,
                Parameter parameter) {
  RelativeError error;
  for (const Estimate& estimate : observed) {
    if (estimate.parameter != parameter) continue;
    error.add(value_in(catalogue, estimate), estimate.direct,
              static_cast<double>(estimate.samples));
  }
  return error.value();
}

std::vector<RunComparison> comparisons(const std::vector<RunPart>& parts,
                                       const Catalogue& catalogue, int replays,
                                       const InputSizes& sizes = {}) {
  std::vector<RunComparison> result;
  for (const auto& [run, part] : parts) {
    result.push_back(compare(*run, replays_of(*run, catalogue, replays, part, sizes), part));
  }
  return result;
}

Result<std::vector<RunComparison>> held_out_comparisons(const std::vector<RunPart>& parts,
                                                        const Catalogue& catalogue,
                                                        const CalibrationOptions& options,
                                                        const InputSizes& sizes = {}) {
  if (!options.makers) return comparisons(parts, catalogue, options.replays, sizes);
  std::vector<RunComparison> result;
  for (const auto& [run, part] : parts) {
    const auto makers = [&options, of = run] { return options.makers(*of); };
    Result<std::vector<Replay>> replays = replays_under(makers, run->cluster.catalogue, *run,
                                                        catalogue, options.replays, part, sizes);
    if (!replays) return replays.error();
    result.push_back(compare(*run, replays.value(), part));
  }
  return result;
}

// What replays predict, as one number for all parts.
struct PredictedFigure {
  const char* quantity;
  void (*add)(const RunComparison& comparison, RelativeError& error);
};
constexpr PredictedFigure kFigures[] = {
    {"execution_s",
     [](const RunComparison& comparison, RelativeError& error) {
       for (const CellComparison& cell : comparison.cells) {
         const PredictedMean& mean = cell.execution;
         if (!mean.has_both()) continue;
         error.add(mean.predicted, mean.observed, static_cast<double>(mean.samples));
       }
     }},
    {"response_mean_s",
     [](const RunComparison& comparison, RelativeError& error) {
       const PredictedMean& mean = comparison.response;
       if (mean.has_both()) error.add(mean.predicted, mean.observed, 1.0);
     }},
    {"response_p95_s",
     [](const RunComparison& comparison, RelativeError& error) {
       if (!comparison.response.has_both()) return;
       error.add(comparison.predicted_p95, comparison.observed_p95, 1.0);
     }},
    {"host_cpu_core_s",
     [](const RunComparison& comparison, RelativeError& error) {
       for (const HostComparison& host : comparison.hosts) {
         error.add(host.predicted.count(), host.observed.count(), 1.0);
       }
     }},
    {"energy_j",
     [](const RunComparison& comparison, RelativeError& error) {
       if (comparison.observed_energy <= Joules(0)) return;
       error.add(comparison.predicted_energy.value(), comparison.observed_energy.value(), 1.0);
     }},
};

double error_of(const std::vector<RunComparison>& parts, const PredictedFigure& figure) {
  RelativeError error;
  for (const RunComparison& comparison : parts) figure.add(comparison, error);
  return error.value();
}

std::int64_t answered(const std::vector<RunComparison>& parts) {
  std::int64_t sum = 0;
  for (const RunComparison& comparison : parts) sum += comparison.response.samples;
  return sum;
}

std::string names(const std::vector<RecordedRun>& runs) {
  std::vector<std::string> all;
  for (const RecordedRun& run : runs) {
    all.push_back(std::filesystem::path(run.source).lexically_normal().filename().string());
  }
  return joined(all);
}

// "measured: speed_mips (40 samples), boot_time_s (3)", for the source of a host type or strategy.
class Provenance {
 public:
  void add(const Estimate& estimate) {
    auto& [samples, count] = measured_[estimate.parameter];
    samples += estimate.samples;
    ++count;
  }

  std::string text(const std::string& runs, const std::string& before) const {
    std::string list;
    for (const auto& [parameter, found] : measured_) {
      list += fmt::format("{}{} ({} samples)", list.empty() ? "" : ", ", to_string(parameter),
                          found.first);
    }
    return fmt::format("calibrated to {}: {}; the rest as before: {}", runs, list, before);
  }

  bool empty() const { return measured_.empty(); }

 private:
  std::map<Parameter, std::pair<std::int64_t, int>> measured_;
};

void note_provenance(Calibration& calibration, const std::string& runs) {
  std::map<HostTypeId, Provenance> of_types;
  std::map<std::pair<ApplicationId, StrategyId>, Provenance> of_strategies;
  for (const Estimate& estimate : calibration.estimates) {
    if (const auto* const type = std::get_if<HostTypeId>(&estimate.subject)) {
      of_types[*type].add(estimate);
    } else {
      const ModelId& model = std::get<AlikeFragments>(estimate.subject).front();
      of_strategies[{model.application, model.strategy}].add(estimate);
    }
  }
  for (const auto& [id, provenance] : of_types) {
    std::string& source = calibration.catalogue.host_types[id.value].source;
    source = provenance.text(runs, source);
  }
  for (const auto& [id, provenance] : of_strategies) {
    std::string& source =
        calibration.catalogue.applications[id.first.value].strategies[id.second.value].work_source;
    source = provenance.text(runs, source);
  }
}

std::string subject_of(const Estimate& estimate, const Catalogue& catalogue) {
  if (const auto* const type = std::get_if<HostTypeId>(&estimate.subject)) {
    return catalogue.at(*type).name;
  }
  const AlikeFragments& models = std::get<AlikeFragments>(estimate.subject);
  const ModelId& model = models.front();
  return fmt::format("{}/{}/{}{}", catalogue.at(model.application).name,
                     catalogue.at(model.application, model.strategy).name, catalogue.at(model).name,
                     models.size() > 1 ? fmt::format(" and {} alike", models.size() - 1) : "");
}

std::string percent(double ratio) {
  return std::isnan(ratio) ? "-" : fmt::format("{:.1f} %", 100.0 * ratio);
}

}  // namespace

Result<Calibration> calibrate(std::vector<RecordedRun> runs, std::vector<RecordedRun> held_out,
                              const CalibrationOptions& options) {
  if (const Status status = check(runs, held_out); !status) return status.error();
  relate_speeds(runs, held_out);
  const Split parts = split(runs, held_out);
  const Catalogue& before = runs.front().cluster.catalogue;

  Calibration result;
  result.catalogue = before;
  Fit fit = estimate(parts.fitted, before);
  result.estimates = std::move(fit.estimates);
  if (result.estimates.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: no task and no beat was measured in its part to calibrate to",
                             runs.front().source)};
  }
  for (const Estimate& estimate : result.estimates) set_fitted(result.catalogue, estimate);

  const std::vector<Estimate> held_out_estimates = estimate(parts.held_out, before).estimates;
  std::map<Parameter, std::int64_t> samples;
  for (const Estimate& estimate : result.estimates) samples[estimate.parameter] += estimate.samples;
  for (const auto& [parameter, count] : samples) {
    result.quantities.push_back(
        {.quantity = std::string(to_string(parameter)),
         .samples = count,
         .error_before = error_of(before, result.estimates, parameter),
         .error_after = error_of(result.catalogue, result.estimates, parameter),
         .held_out_before = error_of(before, held_out_estimates, parameter),
         .held_out_error = error_of(result.catalogue, held_out_estimates, parameter)});
  }

  const auto old_fit = comparisons(parts.fitted, before, options.replays);
  const auto new_fit = comparisons(parts.fitted, result.catalogue, options.replays, fit.sizes);
  auto old_held_out = held_out_comparisons(parts.held_out, before, options);
  if (!old_held_out) return old_held_out.error();
  auto new_held_out = held_out_comparisons(parts.held_out, result.catalogue, options, fit.sizes);
  if (!new_held_out) return new_held_out.error();
  result.held_out = std::move(new_held_out).value();
  for (const PredictedFigure& figure : kFigures) {
    result.quantities.push_back({.quantity = figure.quantity,
                                 .samples = answered(new_fit),
                                 .error_before = error_of(old_fit, figure),
                                 .error_after = error_of(new_fit, figure),
                                 .held_out_before = error_of(old_held_out.value(), figure),
                                 .held_out_error = error_of(result.held_out, figure)});
  }
  note_provenance(result, names(runs) + (held_out.empty() ? " (first half)" : ""));
  return result;
}

Json json_of(const Calibration& calibration) {
  const auto number = [](double value) { return std::isnan(value) ? Json(nullptr) : Json(value); };
  Json quantities = Json::array();
  for (const QuantityError& quantity : calibration.quantities) {
    quantities.push_back({{"quantity", quantity.quantity},
                          {"samples", quantity.samples},
                          {"error_before", number(quantity.error_before)},
                          {"error_after", number(quantity.error_after)},
                          {"held_out_before", number(quantity.held_out_before)},
                          {"held_out_error", number(quantity.held_out_error)}});
  }
  Json parameters = Json::array();
  for (const Estimate& estimate : calibration.estimates) {
    parameters.push_back({{"parameter", to_string(estimate.parameter)},
                          {"subject", subject_of(estimate, calibration.catalogue)},
                          {"samples", estimate.samples},
                          {"direct", estimate.direct},
                          {"fitted", estimate.fitted}});
  }
  Json held_out = Json::array();
  for (const RunComparison& comparison : calibration.held_out) {
    held_out.push_back(json_of(comparison, calibration.catalogue));
  }
  return {{"quantities", quantities}, {"parameters", parameters}, {"held_out", held_out}};
}

std::string quantity_table(const Calibration& calibration) {
  std::string text = fmt::format("{:<18}{:>8}{:>10}{:>10}{:>17}{:>16}\n", "error in", "samples",
                                 "before", "after", "held out, before", "held out, after");
  for (const QuantityError& quantity : calibration.quantities) {
    text +=
        fmt::format("{:<18}{:>8}{:>10}{:>10}{:>17}{:>16}\n", quantity.quantity, quantity.samples,
                    percent(quantity.error_before), percent(quantity.error_after),
                    percent(quantity.held_out_before), percent(quantity.held_out_error));
  }
  return text;
}

Status write_calibration(const std::filesystem::path& directory, const Calibration& calibration) {
  if (const Status made = make_directory(directory); !made) return made;
  constexpr std::string_view kComment =
      "Written by 'scinet calibrate': what was measured and what was kept is said in each source.";
  const Catalogue& catalogue = calibration.catalogue;
  const std::pair<const char*, std::string> files[] = {
      {"hosts.yaml", host_types_yaml(catalogue.host_types, kComment)},
      {"applications.yaml", applications_yaml(catalogue.applications, kComment)},
      {"calibration.json", json_of(calibration).dump(2) + "\n"}};
  for (const auto& [name, text] : files) {
    if (const Status written = write_whole(directory / name, text); !written) return written;
  }
  return ok_status();
}

}  // namespace scinet
