// The way of requests from and to hosts: what is left of a response beside its only task.
#include <algorithm>
#include <map>
#include <span>

#include "calibration/boost_fit.h"
#include "calibration/calibration_data.h"

namespace scinet {
namespace {

// From when on a task that runs has used up the quota of its host.
std::map<HostTypeId, Seconds> exhaustion_times(std::span<const Estimate> estimates) {
  std::map<HostTypeId, Boost> boosts;
  for (const Estimate& estimate : estimates) {
    Boost& boost = boosts[std::get<HostTypeId>(estimate.subject)];
    (estimate.parameter == Parameter::kBoost ? boost.factor : boost.saved) = estimate.fitted;
  }
  std::map<HostTypeId, Seconds> times;
  for (const auto& [type, boost] : boosts) {
    if (boost.factor > 1.0) times[type] = Seconds(exhaustion_of(boost));
  }
  return times;
}

struct Run {
  SimTime start{0};
  SimTime finish{0};
};

// How many tasks run on a host at a moment, and whether one of them has used up the quota.
struct Company {
  int running = 0;
  bool exhausted = false;
};

Company company_at(std::span<const Run> runs, SimTime time, Seconds exhaustion) {
  Company company;
  for (const Run& run : runs) {
    if (run.start >= time || run.finish <= time) continue;
    ++company.running;
    company.exhausted |= to_seconds(time - run.start) >= exhaustion;
  }
  return company;
}

// What a request waits beside its task on one of its two ways, on average, and for how many turns
// of the quota it does so on both: at each end of the task at which the quota is used up one, and
// one more for each other task that runs.
struct Way {
  double wait = 0.0;  // seconds
  int turns = 0;
};

class Ways {
 public:
  explicit Ways(std::span<const Estimate> boosts) : exhaustion_(exhaustion_times(boosts)) {}

  void add(const RunPart& source) {
    if (source.run->step > SimTime(0)) return;
    std::map<HostId, std::vector<Run>> runs;
    for (const WorkloadOutcome& outcome : source.run->workloads) {
      for (const TaskOutcome& task : outcome.tasks) {
        if (task.finish > SimTime(0)) runs[task.host].push_back({task.start, task.finish});
      }
    }
    for (const WorkloadOutcome& outcome : source.run->workloads) {
      const bool is_usable = source.part.contains(outcome.workload.arrival) && outcome.finish &&
                             outcome.tasks.size() == 1 && outcome.attempts == 1 &&
                             outcome.tasks[0].finish > SimTime(0);
      if (is_usable) add(source, outcome, runs[outcome.tasks[0].host]);
    }
  }

  std::vector<Estimate> estimates() const {
    std::vector<Estimate> all;
    for (const auto& [type, ways] : ways_) add_estimates(all, type, ways);
    return all;
  }

 private:
  void add(const RunPart& source, const WorkloadOutcome& outcome, std::span<const Run> runs) {
    const TaskOutcome& task = outcome.tasks[0];
    const HostTypeId id = source.run->cluster.hosts[task.host.value];
    const HostType& type = source.run->cluster.catalogue.at(id);
    const SimTime back = *outcome.finish - task.finish;
    Seconds wait = to_seconds(back);
    if (type.bandwidth.value() > 0.0) {
      const ModelId model{outcome.workload.application, *outcome.strategy, FragmentId{0}};
      wait -= source.run->cluster.catalogue.at(model).output / type.bandwidth;
    }
    ways_[id].push_back({std::max(wait.count(), 0.0), turns_of(task, id, back, runs)});
  }

  // The way there took as long as the way back (docs/local-platform.md).
  int turns_of(const TaskOutcome& task, HostTypeId type, SimTime back,
               std::span<const Run> runs) const {
    const auto exhaustion = exhaustion_.find(type);
    if (exhaustion == exhaustion_.end()) return 0;
    const Company there = company_at(runs, task.queued - back, exhaustion->second);
    const Company then = company_at(runs, task.finish, exhaustion->second);
    const bool by_itself = to_seconds(task.finish - task.start) >= exhaustion->second;
    return (there.exhausted ? 1 + there.running : 0) +
           (by_itself || then.exhausted ? 1 + then.running : 0);
  }

  // The latency is the mean of those without a turn; what the others wait beyond it is theirs.
  static void add_estimates(std::vector<Estimate>& all, HostTypeId type,
                            std::span<const Way> ways) {
    double wait = 0.0;
    double stalled = 0.0;
    std::int64_t free = 0;
    int turns = 0;
    for (const Way& way : ways) {
      (way.turns == 0 ? wait : stalled) += way.wait;
      free += way.turns == 0;
      turns += way.turns;
    }
    constexpr std::int64_t kLeastSamples = 10;
    const auto count = static_cast<std::int64_t>(ways.size());
    if (turns == 0 || free < kLeastSamples || count - free < kLeastSamples) {
      const double mean = (wait + stalled) / static_cast<double>(count);
      all.push_back({Parameter::kLatency, type, count, mean, mean});
      return;
    }
    const double latency = wait / static_cast<double>(free);
    const double beyond = stalled - latency * static_cast<double>(count - free);
    const double stall = std::max(2.0 * beyond / turns, 0.0);
    all.push_back({Parameter::kLatency, type, free, latency, latency});
    all.push_back({Parameter::kStall, type, count - free, stall, stall});
  }

  std::map<HostTypeId, Seconds> exhaustion_;
  std::map<HostTypeId, std::vector<Way>> ways_;
};

}  // namespace

std::vector<Estimate> estimate_latencies(const CalibrationData& data,
                                         std::span<const Estimate> boosts) {
  Ways ways(boosts);
  for (const RunSamples& run : data.runs) ways.add(run.source);
  return ways.estimates();
}

}  // namespace scinet
