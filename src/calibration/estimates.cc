#include "calibration/estimates.h"

#include <cmath>
#include <iterator>
#include <string>

#include "base/ensure.h"
#include "calibration/calibration_data.h"
#include "calibration/pooling.h"

namespace scinet {
namespace {

bool are_alike(Fragment one, const Fragment& other) {
  one.name = other.name;
  return one == other;
}

double get(const HostType& type, Parameter parameter) {
  switch (parameter) {
    case Parameter::kSpeed:
      return type.speed.value();
    case Parameter::kBackground:
      return type.background;
    case Parameter::kContention:
      return type.contention;
    case Parameter::kBootTime:
      return type.boot_time.count();
    case Parameter::kLatency:
      return type.latency.count();
    case Parameter::kBoost:
      return type.burst ? type.burst->boost : 1.0;
    case Parameter::kQuotaBurst:
      return type.burst ? type.burst->maximum_credits * BurstCredits::kSecondsPerCredit : 0.0;
    case Parameter::kStall:
      return type.burst ? type.burst->stall.count() : 0.0;
    default:
      ensure(false, "a parameter of a host type");
      return 0.0;
  }
}

double get(const Fragment& fragment, Parameter parameter) {
  switch (parameter) {
    case Parameter::kWork:
      return fragment.work.mean.value();
    case Parameter::kVariation:
      return fragment.work.variation;
    case Parameter::kCores:
      return fragment.cores;
    case Parameter::kLoadTime:
      return fragment.load_time.count();
    case Parameter::kLoadWork:
      return fragment.load_work.value();
    default:
      ensure(false, "a parameter of a fragment");
      return 0.0;
  }
}

// What gathers while nothing runs is spent faster than at the speed of the type, and earned again
// at that speed.
BurstCredits& quota_of(HostType& type) {
  const auto cores = static_cast<double>(type.cores);
  if (!type.burst) {
    type.burst = BurstCredits{.baseline = cores,
                              .credits_per_hour = cores * BurstCredits::kSecondsPerCredit};
  }
  return *type.burst;
}

void set(HostType& type, Parameter parameter, double value) {
  switch (parameter) {
    case Parameter::kSpeed:
      type.speed = Mips(value);
      break;
    case Parameter::kBackground:
      type.background = value;
      break;
    case Parameter::kContention:
      type.contention = value;
      break;
    case Parameter::kBootTime:
      type.boot_time = Seconds(value);
      break;
    case Parameter::kLatency:
      type.latency = Seconds(value);
      break;
    case Parameter::kBoost:
      quota_of(type).boost = value;
      break;
    case Parameter::kQuotaBurst:
      quota_of(type).maximum_credits = value / BurstCredits::kSecondsPerCredit;
      quota_of(type).initial_credits = value / BurstCredits::kSecondsPerCredit;
      break;
    case Parameter::kStall:
      quota_of(type).stall = Seconds(value);
      break;
    default:
      ensure(false, "a parameter of a host type");
  }
}

// Work that hardly varies is constant, an exponential or hyperexponential one stays so where
// the variation allows it, and all else is lognormal.
void set_variation(WorkDistribution& work, double value, std::int64_t samples) {
  const double margin = 3.0 / std::sqrt(static_cast<double>(samples));
  if (value < 1e-6) {
    work.shape = WorkShape::kConstant;
    value = 0.0;
  } else if (work.shape == WorkShape::kExponential && std::abs(value - 1.0) < margin) {
    value = 1.0;
  } else if (work.shape != WorkShape::kHyperexponential || value <= 1.0) {
    work.shape = WorkShape::kLognormal;
  }
  work.variation = value;
}

void set(Fragment& fragment, const Estimate& estimate) {
  const double value = estimate.fitted;
  switch (estimate.parameter) {
    case Parameter::kWork:
      fragment.work.mean = Mi(value);
      break;
    case Parameter::kVariation:
      set_variation(fragment.work, value, estimate.samples);
      break;
    case Parameter::kCores:
      fragment.cores = value;
      break;
    case Parameter::kLoadTime:
      fragment.load_time = Seconds(value);
      break;
    case Parameter::kLoadWork:
      fragment.load_work = Mi(value);
      break;
    default:
      ensure(false, "a parameter of a fragment");
  }
}

void add_groups(CalibrationData& data) {
  const Catalogue& catalogue = *data.catalogue;
  std::map<std::string, std::size_t> columns;
  for (std::uint32_t a = 0; a < catalogue.applications.size(); ++a) {
    for (std::uint32_t s = 0; s < catalogue.applications[a].strategies.size(); ++s) {
      const Strategy& strategy = catalogue.applications[a].strategies[s];
      const std::size_t first_group = data.groups.size();
      for (std::uint32_t f = 0; f < strategy.fragments.size(); ++f) {
        const ModelId model{ApplicationId{a}, StrategyId{s}, FragmentId{f}};
        std::size_t group = first_group;
        while (group < data.groups.size() &&
               !are_alike(catalogue.at(data.first(group)), strategy.fragments[f])) {
          ++group;
        }
        if (group == data.groups.size()) {
          data.groups.emplace_back();
          const std::string name = strategy.name + "/" + strategy.fragments[f].name;
          data.column_of.push_back(columns.insert({name, columns.size()}).first->second);
        }
        data.groups[group].push_back(model);
        data.group_of[model] = group;
      }
    }
  }
}

}  // namespace

std::string_view to_string(Parameter parameter) {
  switch (parameter) {
    case Parameter::kWork:
      return "work_mi";
    case Parameter::kVariation:
      return "work_variation";
    case Parameter::kCores:
      return "fragment_cores";
    case Parameter::kLoadTime:
      return "load_time_s";
    case Parameter::kLoadWork:
      return "load_work_mi";
    case Parameter::kSpeed:
      return "speed_mips";
    case Parameter::kBackground:
      return "background_cores";
    case Parameter::kContention:
      return "contention";
    case Parameter::kBootTime:
      return "boot_time_s";
    case Parameter::kLatency:
      return "latency_s";
    case Parameter::kBoost:
      return "boost";
    case Parameter::kQuotaBurst:
      return "quota_burst_s";
    case Parameter::kStall:
      return "stall_s";
  }
  return "unknown";
}

double value_in(const Catalogue& catalogue, const Estimate& estimate) {
  if (const auto* const type = std::get_if<HostTypeId>(&estimate.subject)) {
    return get(catalogue.at(*type), estimate.parameter);
  }
  return get(catalogue.at(std::get<AlikeFragments>(estimate.subject).front()), estimate.parameter);
}

void set_fitted(Catalogue& catalogue, const Estimate& estimate) {
  if (const auto* const type = std::get_if<HostTypeId>(&estimate.subject)) {
    set(catalogue.host_types[type->value], estimate.parameter, estimate.fitted);
    return;
  }
  for (const ModelId& model : std::get<AlikeFragments>(estimate.subject)) {
    Strategy& strategy =
        catalogue.applications[model.application.value].strategies[model.strategy.value];
    set(strategy.fragments[model.fragment.value], estimate);
  }
}

CalibrationData calibration_data(std::span<const RunPart> parts, const Catalogue& catalogue) {
  CalibrationData data;
  data.catalogue = &catalogue;
  add_groups(data);
  for (const RunPart& part : parts) data.runs.push_back({part, task_samples(*part.run)});
  return data;
}

std::vector<double> pool_groups(const CalibrationData& data,
                                const std::vector<GroupValue>& values) {
  std::vector<TableCell> cells;
  for (const GroupValue& value : values) {
    cells.push_back({.row = data.first(value.group).application.value,
                     .column = data.column_of[value.group],
                     .estimate = std::log(value.value),
                     .error = value.log_error});
  }
  std::vector<double> pooled = pool(cells).values;
  for (double& value : pooled) value = std::exp(value);
  return pooled;
}

Fit estimate(std::span<const RunPart> parts, const Catalogue& catalogue) {
  const CalibrationData data = calibration_data(parts, catalogue);
  WorkEstimates work = estimate_work(data);
  estimate_loads(data, work);
  estimate_cpu(data, work);
  std::vector<Estimate> all = std::move(work.all);
  std::vector<Estimate> boosts = estimate_boosts(data);
  std::ranges::move(estimate_boots(data), std::back_inserter(all));
  std::ranges::move(estimate_latencies(data, boosts), std::back_inserter(all));
  std::ranges::move(boosts, std::back_inserter(all));
  return {std::move(all), std::move(work.sizes)};
}

}  // namespace scinet
