// How much work tasks are: contention, speeds of host types, and for each group of fragments the
// mean of the work and how it varies. Loads are apart.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "calibration/calibration_data.h"
#include "calibration/contention_fit.h"

namespace scinet {
namespace {

constexpr double kLargestContention = 2.0;
constexpr VariancePrior kNoPrior{};
// What all groups say of the variance together counts as so many samples in each.
constexpr double kPriorSamples = 4.0;
// The speed in a catalogue counts as a measurement with this relative error.
constexpr double kSpeedPrior = 0.1;
// Half the 95 % point of chi squared with one degree of freedom: a smaller gain in ln likelihood is
// no reason to change a parameter.
constexpr double kLeastGain = 1.92;

struct WorkSample {
  const TaskSample* task;
  std::size_t group;
};

std::vector<WorkSample> work_samples(const CalibrationData& data) {
  std::vector<WorkSample> samples;
  for (const RunSamples& run : data.runs) {
    for (const TaskSample& task : run.tasks) {
      // What a load used is not told apart from what the task used.
      const bool is_usable = run.source.part.contains(task.arrival) && task.load == Seconds(0) &&
                             task.core_seconds.high > 0.0;
      if (is_usable) samples.push_back({&task, data.group_of.at(task.model)});
    }
  }
  return samples;
}

// Fits of all groups, with the samples freed of the effects of company and host type.
class WorkFit {
 public:
  WorkFit(const CalibrationData& data, std::span<const WorkSample> samples)
      : data_(data), samples_(samples), type_factor_(data.catalogue->host_types.size(), 1.0) {}

  // Values are core-seconds of a host of the reference speed times that speed, of a request of
  // size 1: MI.
  Bounds work_of(const WorkSample& sample) const {
    const TaskSample& task = *sample.task;
    const HostType& type = data_.catalogue->at(task.type);
    const double scale =
        type.speed.value() * type_factor_[task.type.value] /
        (task.inflation(contention_) * sizes_.of(task.model.application, task.input));
    return {sample.task->core_seconds.low * scale, sample.task->core_seconds.high * scale};
  }

  std::vector<std::optional<LognormalFit>> fit(const VariancePrior& prior) const {
    std::vector<std::vector<Bounds>> values(data_.groups.size());
    for (const WorkSample& sample : samples_) values[sample.group].push_back(work_of(sample));
    std::vector<std::optional<LognormalFit>> fits(values.size());
    for (std::size_t g = 0; g < values.size(); ++g) {
      if (!values[g].empty()) fits[g] = fit_lognormal(values[g], prior);
    }
    return fits;
  }

  void set_contention(double contention) { contention_ = contention; }
  double contention() const { return contention_; }

  double likelihood(double contention) {
    contention_ = contention;
    double sum = 0.0;
    for (const auto& group : fit(kNoPrior)) sum += group ? group->log_likelihood : 0.0;
    return sum;
  }

  // Says whether there is reason to change it; else `before` stays.
  bool find_contention(double before) {
    if (!is_exact()) return find_likeliest_contention(before);
    const std::size_t types = type_factor_.size();
    std::vector<ContentionSample> tasks;
    for (const WorkSample& sample : samples_) {
      tasks.push_back({sample.task, sample.group * types + sample.task->type.value});
    }
    const std::optional<double> found = fit_contention(tasks, before, kLargestContention);
    contention_ = found.value_or(before);
    return found.has_value();
  }

  // Whether it is known what each task used, not only between which steps.
  bool is_exact() const {
    return std::ranges::all_of(
        samples_, [](const WorkSample& sample) { return sample.task->core_seconds.is_exact(); });
  }

  // Of what fits say of the same fragments on unlike hosts: hosts whose tasks take longer are
  // slower, as far as their number makes it more than chance. The mean over all samples stays,
  // since only work / speed can be seen.
  void find_speeds() {
    std::ranges::fill(type_factor_, 1.0);
    for (int sweep = 0; sweep < 20; ++sweep) {
      std::vector<double> log_work(data_.groups.size(), 0.0);
      std::vector<double> count(data_.groups.size(), 0.0);
      for (const WorkSample& sample : samples_) {
        log_work[sample.group] += std::log(work_of(sample).high);
        count[sample.group] += 1.0;
      }
      std::vector<double> excess(type_factor_.size(), 0.0);
      std::vector<double> of_type(type_factor_.size(), 0.0);
      for (const WorkSample& sample : samples_) {
        excess[sample.task->type.value] +=
            std::log(work_of(sample).high) - log_work[sample.group] / count[sample.group];
        of_type[sample.task->type.value] += 1.0;
      }
      for (std::size_t t = 0; t < excess.size(); ++t) {
        if (of_type[t] > 0.0) type_factor_[t] *= std::exp(-excess[t] / of_type[t]);
      }
    }
    shrink_speeds();
  }

  std::span<const double> type_factors() const { return type_factor_; }

  // Of the tasks whose input is known.
  void find_sizes() {
    std::vector<InputSample> known;
    for (const WorkSample& sample : samples_) {
      const TaskSample& task = *sample.task;
      if (task.input.empty()) continue;
      known.push_back({.application = task.model.application,
                       .input = task.input,
                       .kind = sample.group,
                       .log_work = std::log(work_of(sample).high)});
    }
    if (!known.empty()) sizes_ = InputSizes(known);
  }
  const InputSizes& sizes() const { return sizes_; }

 private:
  // Maximum likelihood, by golden section: the likelihood has one peak.
  bool find_likeliest_contention(double before) {
    constexpr double kGolden = 0.6180339887498949;
    double low = 0.0;
    double high = kLargestContention;
    double left = high - kGolden * (high - low);
    double right = low + kGolden * (high - low);
    double at_left = likelihood(left);
    double at_right = likelihood(right);
    while (high - low > 1e-5) {
      if (at_left > at_right) {
        high = std::exchange(right, left);
        at_right = at_left;
        at_left = likelihood(left = high - kGolden * (high - low));
      } else {
        low = std::exchange(left, right);
        at_left = at_right;
        at_right = likelihood(right = low + kGolden * (high - low));
      }
    }
    const double best = high < 1e-4 ? 0.0 : (low + high) / 2.0;
    const bool is_better = likelihood(best) > likelihood(before) + kLeastGain;
    contention_ = is_better ? best : before;
    return is_better;
  }

  void shrink_speeds() {
    std::vector<double> log_work(data_.groups.size(), 0.0);
    std::vector<double> count(data_.groups.size(), 0.0);
    std::vector<double> of_type(type_factor_.size(), 0.0);
    for (const WorkSample& sample : samples_) {
      log_work[sample.group] += std::log(work_of(sample).high);
      count[sample.group] += 1.0;
      of_type[sample.task->type.value] += 1.0;
    }
    double squares = 0.0;
    for (const WorkSample& sample : samples_) {
      squares += std::pow(
          std::log(work_of(sample).high) - log_work[sample.group] / count[sample.group], 2.0);
    }
    const double variance = squares / static_cast<double>(samples_.size());
    for (std::size_t t = 0; t < type_factor_.size(); ++t) {
      if (of_type[t] == 0.0) continue;
      const double prior = kSpeedPrior * kSpeedPrior;
      type_factor_[t] = std::pow(type_factor_[t], prior / (prior + variance / of_type[t]));
    }
  }

  const CalibrationData& data_;
  std::span<const WorkSample> samples_;
  double contention_ = 0.0;
  std::vector<double> type_factor_;  // speed that was found / speed in the catalogue
  InputSizes sizes_;
};

std::int64_t count_of(std::span<const WorkSample> samples, HostTypeId type) {
  return std::ranges::count(samples, type,
                            [](const WorkSample& sample) { return sample.task->type; });
}

bool has_company(const WorkSample& sample) { return !sample.task->ran_alone(); }

// Types can be told apart where at least two of them ran some of the same fragments.
bool types_overlap(std::span<const WorkSample> samples) {
  std::map<std::size_t, HostTypeId> seen;
  return std::ranges::any_of(samples, [&](const WorkSample& sample) {
    return seen.insert({sample.group, sample.task->type}).first->second != sample.task->type;
  });
}

VariancePrior common_variance(const std::vector<std::optional<LognormalFit>>& fits) {
  double sum = 0.0;
  double samples = 0.0;
  for (const auto& fit : fits) {
    if (!fit) continue;
    const auto n = static_cast<double>(fit->samples);
    sum += n * fit->log_variance;
    samples += n;
  }
  return {.log_variance = sum / samples, .samples = kPriorSamples};
}

void add_type_estimates(WorkEstimates& estimates, const CalibrationData& data,
                        std::span<const WorkSample> samples, const WorkFit& fit,
                        bool with_contention, bool with_speeds) {
  for (std::uint32_t t = 0; t < data.catalogue->host_types.size(); ++t) {
    const HostTypeId type{t};
    const std::int64_t count = count_of(samples, type);
    if (count == 0) continue;
    if (with_contention) {
      estimates.all.push_back(
          {Parameter::kContention, type, count, fit.contention(), fit.contention()});
    }
    if (with_speeds) {
      const double speed = data.catalogue->at(type).speed.value() * fit.type_factors()[t];
      estimates.all.push_back({Parameter::kSpeed, type, count, speed, speed});
    }
  }
}

// A load is seen in the tasks that waited for it: in how long, and in what they used beyond what
// such tasks use. Those that begin together on one host waited for one load.
struct Load {
  double waited = 0.0;  // seconds
  double used = 0.0;    // MI beyond the tasks themselves
  double speed = 0.0;
};

struct LoadCost {
  double used = 0.0;  // MI, by the tasks that waited
  double work = 0.0;  // MI, at least that
  double time = 0.0;  // seconds besides
};

// What the tasks used is work. Where they waited longer, by more the slower the host, that was work
// too, which others did for them (threads of the runtime, the kernel): of the times on hosts of
// unlike speeds the part that grows with 1 / speed is work, by least squares of relative errors.
LoadCost cost_of(const std::vector<Load>& loads) {
  double used = 0.0;
  double waited = 0.0;
  double slowness = 0.0;
  // Of waited * speed = work + time * speed.
  double speed_sum = 0.0;
  double product_sum = 0.0;
  double speed_squares = 0.0;
  double speed_products = 0.0;
  for (const Load& load : loads) {
    used += load.used;
    waited += load.waited;
    slowness += 1.0 / load.speed;
    speed_sum += load.speed;
    product_sum += load.waited * load.speed;
    speed_squares += load.speed * load.speed;
    speed_products += load.waited * load.speed * load.speed;
  }
  const auto count = static_cast<double>(loads.size());
  const double spread = speed_squares - speed_sum * speed_sum / count;
  const double used_mean = std::max(used / count, 0.0);
  LoadCost cost{.used = used_mean, .work = used_mean};
  if (spread > 1e-6 * speed_squares) {
    const double time = std::max((speed_products - speed_sum * product_sum / count) / spread, 0.0);
    cost.work = std::max(cost.work, (product_sum - time * speed_sum) / count);
  }
  cost.time = std::max((waited - cost.work * slowness) / count, 0.0);
  return cost;
}

}  // namespace

WorkEstimates estimate_work(const CalibrationData& data) {
  WorkEstimates result;
  result.seconds.assign(data.groups.size(), 0.0);
  const std::vector<WorkSample> samples = work_samples(data);
  result.work.assign(data.groups.size(), 0);
  if (samples.empty()) return result;

  WorkFit fit(data, samples);
  const double contention = data.catalogue->at(samples.front().task->type).contention;
  fit.set_contention(contention);
  bool with_contention = std::ranges::any_of(samples, has_company);
  const bool with_speeds = types_overlap(samples) && fit.is_exact();
  if (with_contention) with_contention = fit.find_contention(contention);
  if (with_speeds) fit.find_speeds();
  if (fit.is_exact()) fit.find_sizes();
  result.sizes = fit.sizes();
  result.contention = fit.contention();
  add_type_estimates(result, data, samples, fit, with_contention, with_speeds);

  const auto fits = fit.fit(common_variance(fit.fit(kNoPrior)));
  std::vector<GroupValue> means;
  for (std::size_t g = 0; g < fits.size(); ++g) {
    if (fits[g]) means.push_back({g, fits[g]->mean, fits[g]->log_error});
  }
  const std::vector<double> pooled = pool_groups(data, means);
  result.work.assign(data.groups.size(), result.all.size() + 2 * means.size());
  for (std::size_t i = 0; i < means.size(); ++i) {
    const std::size_t g = means[i].group;
    const AlikeFragments& models = data.groups[g];
    result.seconds[g] = pooled[i];
    result.work[g] = result.all.size();
    result.all.push_back({Parameter::kWork, models, fits[g]->samples, fits[g]->mean, pooled[i]});
    const double variation = fit.sizes().with_sizes(models.front().application, fits[g]->variation);
    result.all.push_back({Parameter::kVariation, models, fits[g]->samples, variation, variation});
  }
  return result;
}

void estimate_loads(const CalibrationData& data, WorkEstimates& work) {
  work.unseen_load.assign(data.groups.size(), 0.0);
  std::map<std::size_t, std::vector<Load>> loads;  // by group
  for (const RunSamples& run : data.runs) {
    std::map<std::tuple<HostId, ModelId, SimTime>, Load> batches;
    for (const TaskSample& task : run.tasks) {
      const std::size_t group = data.group_of.at(task.model);
      const bool is_usable = run.source.part.contains(task.arrival) && task.load > Seconds(0) &&
                             task.cpu > Seconds(0) && work.seconds[group] > 0.0;
      if (!is_usable) continue;
      const double speed = data.catalogue->at(task.type).speed.value();
      Load& load = batches[{task.host, task.model, task.start}];
      load.waited = std::max(load.waited, task.load.count());
      load.used += task.cpu.count() * task.machine_speed * speed - work.seconds[group];
      load.speed = speed;
    }
    for (const auto& [key, load] : batches) {
      loads[data.group_of.at(std::get<ModelId>(key))].push_back(load);
    }
  }

  for (const auto& [group, seen] : loads) {
    const LoadCost cost = cost_of(seen);
    const auto samples = static_cast<std::int64_t>(seen.size());
    work.unseen_load[group] = cost.work - cost.used;
    work.all.push_back({Parameter::kLoadWork, data.groups[group], samples, cost.work, cost.work});
    work.all.push_back({Parameter::kLoadTime, data.groups[group], samples, cost.time, cost.time});
  }
}

}  // namespace scinet
