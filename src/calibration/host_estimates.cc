// What hosts tell: CPU time that tasks and the hosts' own services used, quotas, and boots.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "calibration/attribution.h"
#include "calibration/boost_fit.h"
#include "calibration/calibration_data.h"
#include "report/statistics.h"

namespace scinet {
namespace {

// Beats in which a host was on from begin to end, with what was active in them as causes of its CPU
// time.
class CpuRegression {
 public:
  CpuRegression(const CalibrationData& data, const WorkEstimates& work)
      : data_(data), work_(work), types_(data.catalogue->host_types.size()) {
    for (const RunSamples& run : data.runs) add(run);
  }

  std::size_t background(HostTypeId type) const { return type.value; }
  // What tasks used as far as it was measured of them; or per group where nothing was.
  std::size_t measured() const { return types_; }
  std::size_t group(std::size_t g) const { return types_ + 1 + g; }

  bool tasks_were_measured() const { return tasks_were_measured_; }
  const std::vector<MeasuredSum>& sums() const { return sums_; }
  // How many tasks ran in the beat of each sum; one that ran in several counts in parts.
  const std::vector<double>& tasks() const { return tasks_; }
  Attribution solve() const { return attribute(sums_, types_ + 1 + data_.groups.size()); }
  std::int64_t beats_of(HostTypeId type) const {
    const auto found = beats_.find(type);
    return found == beats_.end() ? 0 : found->second;
  }

 private:
  struct Beat {
    SimTime start{0};
    SimTime end{0};
    std::size_t sum = 0;
  };

  void add(const RunSamples& run) {
    std::map<HostId, std::vector<Beat>> beats;  // that are used, in order of time
    std::map<HostId, HostState> before;
    const auto is_on = [](HostState state) {
      return state == HostState::kOn || state == HostState::kDraining;
    };
    for (const HostBeat& beat : run.source.run->host_beats) {
      const auto earlier = before.find(beat.host);
      const bool was_on =
          earlier == before.end() ? beat.state == HostState::kOn : is_on(earlier->second);
      before[beat.host] = beat.state;
      if (!was_on || !is_on(beat.state) || !run.source.part.contains(beat.start)) continue;
      const HostTypeId type = run.source.run->cluster.hosts[beat.host.value];
      beats[beat.host].push_back({beat.start, beat.end, sums_.size()});
      sums_.push_back({.observed = beat.cpu.count(),
                       .shares = {{background(type), to_seconds(beat.end - beat.start).count()}}});
      tasks_.push_back(0.0);
      ++beats_[type];
    }
    std::set<std::tuple<HostId, ModelId, SimTime>> loads;
    for (const TaskSample& task : run.tasks) {
      const bool has_load =
          task.load > Seconds(0) && loads.insert({task.host, task.model, task.start}).second;
      add(task, has_load, beats[task.host], run.source.run->step);
    }
  }

  // Core-seconds of what its load took besides what it was seen to use itself.
  double unseen_load(const TaskSample& task) const {
    const double work = work_.unseen_load[data_.group_of.at(task.model)];
    return work / data_.catalogue->at(task.type).speed.value();
  }

  void add(const TaskSample& task, bool has_load, const std::vector<Beat>& beats, SimTime step) {
    const bool is_measured = task.cpu > Seconds(0);
    if (is_measured) tasks_were_measured_ = true;
    const double unseen = has_load && is_measured ? unseen_load(task) : 0.0;
    const double amount =
        is_measured ? task.cpu.count() + unseen : task.inflation(work_.contention);
    const std::size_t cause = is_measured ? measured() : group(data_.group_of.at(task.model));
    // It ended somewhere in its last step, on average in the middle.
    const SimTime end = task.finish - step / 2;
    const auto whole = static_cast<double>(std::max((end - task.begin).count(), std::int64_t{1}));
    auto beat = std::ranges::upper_bound(beats, task.begin, {}, &Beat::end);
    for (; beat != beats.end() && beat->start < end; ++beat) {
      const SimTime overlap = std::min(end, beat->end) - std::max(task.begin, beat->start);
      const double share = static_cast<double>(overlap.count()) / whole;
      sums_[beat->sum].shares.push_back({cause, amount * share});
      tasks_[beat->sum] += share;
    }
  }

  const CalibrationData& data_;
  const WorkEstimates& work_;
  std::size_t types_;
  std::vector<MeasuredSum> sums_;
  std::vector<double> tasks_;
  std::map<HostTypeId, std::int64_t> beats_;
  bool tasks_were_measured_ = false;
};

// Of tasks whose CPU time was measured and that had a host to themselves: what they used of it.
void estimate_cores(const CalibrationData& data, WorkEstimates& work) {
  struct Use {
    double cpu = 0.0;
    double wall = 0.0;
    std::int64_t samples = 0;
    double usable = 0.0;
  };
  std::vector<Use> uses(data.groups.size());
  for (const RunSamples& run : data.runs) {
    for (const TaskSample& task : run.tasks) {
      const bool is_usable = run.source.part.contains(task.arrival) && task.ran_alone() &&
                             task.cpu > Seconds(0) && task.load == Seconds(0);
      if (!is_usable) continue;
      const std::size_t group = data.group_of.at(task.model);
      Use& use = uses[group];
      use.cpu += task.cpu.count();
      use.wall += to_seconds(task.finish - task.start).count();
      use.usable += std::min(data.catalogue->at(task.model).cores,
                             static_cast<double>(data.catalogue->at(task.type).cores));
      ++use.samples;
    }
  }
  constexpr std::int64_t kLeastSamples = 5;
  for (std::size_t g = 0; g < uses.size(); ++g) {
    const auto& [cpu, wall, samples, usable_sum] = uses[g];
    if (samples < kLeastSamples || wall <= 0.0) continue;
    const double usable = usable_sum / static_cast<double>(samples);
    // Within 5 % it uses all that it can, and a host with more cores may show that it can use more.
    const double cores = cpu / wall > 0.95 * usable ? data.catalogue->at(data.first(g)).cores
                                                    : std::max(cpu / wall, 1e-3);
    work.all.push_back({Parameter::kCores, data.groups[g], samples, cores, cores});
  }
}

// Where only the CPU time of hosts is known: how much of it belongs to a task of each group. Its
// cores are that over the time which it takes alone.
void split_cpu(const CalibrationData& data, WorkEstimates& work, const CpuRegression& regression,
               const Attribution& cpu) {
  std::vector<GroupValue> cores;
  for (std::size_t g = 0; g < data.groups.size(); ++g) {
    const double used = cpu.values[regression.group(g)];
    if (work.seconds[g] <= 0.0 || used <= 0.0) continue;
    const Fragment& fragment = data.catalogue->at(data.first(g));
    const HostType& type = data.catalogue->host_types.front();
    const double alone = work.seconds[g] / (fragment.cores * type.speed.value());
    cores.push_back({g, used / alone, cpu.errors[regression.group(g)] / used});
  }
  const std::vector<double> pooled = pool_groups(data, cores);
  for (std::size_t i = 0; i < cores.size(); ++i) {
    const std::size_t g = cores[i].group;
    const double before = data.catalogue->at(data.first(g)).cores;
    Estimate& estimate = work.all[work.work[g]];
    estimate.direct *= pooled[i] / before;
    estimate.fitted *= pooled[i] / before;
    work.all.push_back(
        {Parameter::kCores, data.groups[g], estimate.samples, cores[i].value, pooled[i]});
  }
}

// What hosts use beside their tasks where those were measured: idle beats tell the background. The
// rest is what the server around a task uses, the same for each.
struct CpuBalance {
  std::vector<double> background;  // cores, per host type
  Mi overhead{};
};

CpuBalance balance_of(const CpuRegression& regression, const Attribution& cpu,
                      const std::vector<HostType>& types) {
  struct Idle {
    double cpu = 0.0;
    double time = 0.0;
    int beats = 0;
  };
  std::vector<Idle> idle(types.size());
  for (const MeasuredSum& sum : regression.sums()) {
    if (sum.shares.size() > 1) continue;
    Idle& of_type = idle[sum.shares.front().cause];
    of_type.cpu += sum.observed;
    of_type.time += sum.shares.front().amount;
    ++of_type.beats;
  }
  constexpr int kLeastBeats = 5;
  CpuBalance balance;
  for (std::size_t t = 0; t < types.size(); ++t) {
    balance.background.push_back(idle[t].beats >= kLeastBeats ? idle[t].cpu / idle[t].time
                                                              : cpu.values[t]);
  }
  Mi beside{};
  double tasks = 0.0;
  for (std::size_t s = 0; s < regression.sums().size(); ++s) {
    const MeasuredSum& sum = regression.sums()[s];
    const auto& [type, time] = sum.shares.front();
    double rest = sum.observed - balance.background[type] * time;
    for (std::size_t i = 1; i < sum.shares.size(); ++i) rest -= sum.shares[i].amount;
    beside += types[type].speed * Seconds(rest);
    tasks += regression.tasks()[s];
  }
  // A host uses no less than its tasks; less would mean that loads were thought too dear.
  if (tasks > 0.0) balance.overhead = std::max(beside * (1.0 / tasks), Mi(0));
  return balance;
}

void add_overhead(WorkEstimates& work, Mi overhead) {
  for (Estimate& estimate : work.all) {
    if (estimate.parameter != Parameter::kWork) continue;
    estimate.direct += overhead.value();
    estimate.fitted += overhead.value();
  }
}

void add_boots(const RunPart& source, std::map<HostTypeId, std::vector<double>>& boots) {
  std::map<HostId, SimTime> booting_since;
  for (const HostChange& change : source.run->changes) {
    if (!change.state) continue;
    const auto since = booting_since.find(change.host);
    if (since != booting_since.end() && *change.state == HostState::kOn &&
        source.part.contains(since->second)) {
      boots[source.run->cluster.hosts[change.host.value]].push_back(
          to_seconds(change.at - since->second).count());
    }
    booting_since.erase(change.host);
    if (*change.state == HostState::kBooting) booting_since[change.host] = change.at;
  }
}

}  // namespace

void estimate_cpu(const CalibrationData& data, WorkEstimates& work) {
  const CpuRegression regression(data, work);
  if (regression.sums().empty()) return;
  const Attribution cpu = regression.solve();
  const std::size_t types = data.catalogue->host_types.size();
  CpuBalance balance;
  balance.background.assign(cpu.values.begin(),
                            cpu.values.begin() + static_cast<std::ptrdiff_t>(types));
  if (regression.tasks_were_measured()) {
    balance = balance_of(regression, cpu, data.catalogue->host_types);
    estimate_cores(data, work);
    add_overhead(work, balance.overhead);
  } else {
    split_cpu(data, work, regression, cpu);
  }
  for (std::uint32_t t = 0; t < types; ++t) {
    const HostTypeId type{t};
    const std::int64_t beats = regression.beats_of(type);
    if (beats == 0) continue;
    const double cores = balance.background[t];
    work.all.push_back({Parameter::kBackground, type, beats, cores, cores});
  }
}

// A quota shows on hosts of one core, whose tasks can use it whole and alone. A type that has burst
// credits in the catalogue keeps them: what they were at each moment is not in the record.
std::vector<Estimate> estimate_boosts(const CalibrationData& data) {
  std::map<HostTypeId, std::vector<LoneRun>> runs;
  for (const RunSamples& run : data.runs) {
    for (const TaskSample& task : run.tasks) {
      const HostType& type = run.source.run->cluster.catalogue.at(task.type);
      const bool is_usable = run.source.part.contains(task.arrival) && task.ran_alone() &&
                             task.cpu > Seconds(0) && task.load == Seconds(0) &&
                             task.finish > task.start && type.cores == 1 && !type.burst &&
                             data.catalogue->at(task.model).cores >= 1.0;
      if (!is_usable) continue;
      runs[task.type].push_back({task.cpu.count(), to_seconds(task.finish - task.start).count()});
    }
  }
  std::vector<Estimate> estimates;
  for (const auto& [type, of_type] : runs) {
    const std::optional<Boost> boost = fit_boost(of_type);
    if (!boost) continue;
    const auto samples = static_cast<std::int64_t>(of_type.size());
    estimates.push_back({Parameter::kBoost, type, samples, boost->factor, boost->factor});
    estimates.push_back({Parameter::kQuotaBurst, type, samples, boost->saved, boost->saved});
  }
  return estimates;
}

std::vector<Estimate> estimate_boots(const CalibrationData& data) {
  std::map<HostTypeId, std::vector<double>> boots;
  for (const RunSamples& run : data.runs) add_boots(run.source, boots);
  std::vector<Estimate> estimates;
  for (const auto& [type, times] : boots) {
    const double mean = distribution_of(times).mean;
    const auto samples = static_cast<std::int64_t>(times.size());
    estimates.push_back({Parameter::kBootTime, type, samples, mean, mean});
  }
  return estimates;
}

}  // namespace scinet
