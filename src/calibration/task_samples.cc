#include "calibration/task_samples.h"

#include <algorithm>

namespace scinet {
namespace {

struct Presence {
  SimTime from{0};
  SimTime to{0};
  double cores = 0.0;  // the most that it can use
  std::size_t sample;
};

// The level of fair sharing: sum of min(cores, level) = capacity, or no limit.
double level_of(const std::vector<const Presence*>& running, double capacity) {
  std::vector<double> caps;
  double sum = 0.0;
  for (const Presence* task : running) {
    caps.push_back(task->cores);
    sum += task->cores;
  }
  if (sum <= capacity) return sum;
  std::ranges::sort(caps);
  double left = capacity;
  for (std::size_t i = 0; i < caps.size(); ++i) {
    const double share = left / static_cast<double>(caps.size() - i);
    if (caps[i] >= share) return share;
    left -= caps[i];
  }
  return caps.back();
}

// Goes through the time of one host, from change to change of what runs there.
class HostSweep {
 public:
  HostSweep(const HostType& type, SimTime step, std::vector<TaskSample>& samples)
      : capacity_(type.cores - type.background),
        is_stepped_(step > SimTime(0)),
        samples_(samples) {}

  void run(std::vector<Presence>& tasks) {
    std::ranges::stable_sort(tasks, {}, &Presence::from);
    std::size_t next = 0;
    SimTime now{0};
    while (next < tasks.size() || !running_.empty()) {
      SimTime then = next < tasks.size() ? tasks[next].from : SimTime::max();
      for (const Presence* task : running_) then = std::min(then, task->to);
      share(to_seconds(then - now));
      now = then;
      std::erase_if(running_, [&](const Presence* task) { return task->to <= now; });
      for (; next < tasks.size() && tasks[next].from == now; ++next) {
        if (tasks[next].to > now) running_.push_back(&tasks[next]);
      }
      note_company(now);
    }
  }

 private:
  void note_company(SimTime now) {
    for (const Presence* task : running_) {
      if (task->from != now) continue;
      samples_[task->sample].company_at_start = static_cast<int>(running_.size());
    }
  }

  void share(Seconds time) {
    if (running_.empty() || time <= Seconds(0)) return;
    const double level = level_of(running_, capacity_);
    for (const Presence* task : running_) {
      // A step says too little of who ran beside whom to tell sharing from contention.
      const double rate = is_stepped_ ? task->cores : std::min(task->cores, level);
      std::vector<double>& company = samples_[task->sample].company;
      company.resize(std::max(company.size(), running_.size()), 0.0);
      company[running_.size() - 1] += rate * time.count();
    }
  }

  double capacity_;
  bool is_stepped_;
  std::vector<TaskSample>& samples_;
  std::vector<const Presence*> running_;
};

void finish(TaskSample& sample, SimTime step, double cores) {
  double granted = 0.0;
  for (const double share : sample.company) granted += share;
  if (granted > 0.0) {
    for (double& share : sample.company) share /= granted;
  } else {
    sample.company = {1.0};
  }
  if (step > SimTime(0)) {
    const double unit = to_seconds(step).count() * cores;
    const auto steps = static_cast<double>((sample.finish - sample.start) / step - 1);
    sample.core_seconds = {std::max(steps, 0.0) * unit, (steps + 1.0) * unit};
  } else {
    const double used = sample.cpu > Seconds(0) ? sample.cpu.count() : granted;
    sample.core_seconds = {used * sample.machine_speed, used * sample.machine_speed};
  }
}

}  // namespace

double TaskSample::inflation(double contention) const {
  double work = 0.0;
  for (std::size_t i = 0; i < company.size(); ++i) {
    work += company[i] / (1.0 + contention * (1.0 - 1.0 / static_cast<double>(i + 1)));
  }
  return 1.0 / work;
}

std::vector<TaskSample> task_samples(const RecordedRun& run) {
  const Catalogue& catalogue = run.cluster.catalogue;
  std::vector<TaskSample> samples;
  std::vector<double> caps;  // one per sample
  std::vector<std::vector<Presence>> presences(run.cluster.hosts.size());
  for (std::size_t w = 0; w < run.workloads.size(); ++w) {
    const WorkloadOutcome& outcome = run.workloads[w];
    for (std::uint32_t i = 0; i < outcome.tasks.size(); ++i) {
      const TaskOutcome& task = outcome.tasks[i];
      if (task.finish == SimTime(0) || task.finish < task.start) continue;
      const ModelId model{outcome.workload.application, *outcome.strategy, FragmentId{i}};
      const HostTypeId type = run.cluster.hosts[task.host.value];
      const double cores =
          std::min(catalogue.at(model).cores, static_cast<double>(catalogue.at(type).cores));
      presences[task.host.value].push_back({task.start, task.finish, cores, samples.size()});
      caps.push_back(cores);
      samples.push_back({.model = model,
                         .host = task.host,
                         .type = type,
                         .arrival = outcome.workload.arrival,
                         .begin = task.start - to_sim_time(task.load),
                         .start = task.start,
                         .finish = task.finish,
                         .cpu = task.cpu,
                         .load = task.load,
                         .machine_speed = run.machine_speed.at(task.start),
                         .input = run.input_of(w),
                         .core_seconds = {},
                         .company = {}});
    }
  }
  for (std::size_t host = 0; host < presences.size(); ++host) {
    HostSweep(catalogue.at(run.cluster.hosts[host]), run.step, samples).run(presences[host]);
  }
  for (std::size_t i = 0; i < samples.size(); ++i) finish(samples[i], run.step, caps[i]);
  return samples;
}

}  // namespace scinet
