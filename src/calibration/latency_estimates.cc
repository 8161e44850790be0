// The way of requests from and to hosts: what is left of a response beside its only task.
#include <algorithm>
#include <map>
#include <span>

#include "calibration/boost_fit.h"
#include "calibration/calibration_data.h"

namespace scinet {
namespace {

// Of a host type whose quota is enforced late.
struct Quota {
  BurstCredits burst;
  Seconds exhaustion{0};  // from when on a task that runs has used it up
};

std::map<HostTypeId, Quota> quotas_of(std::span<const Estimate> estimates) {
  std::map<HostTypeId, Boost> boosts;
  for (const Estimate& estimate : estimates) {
    Boost& boost = boosts[std::get<HostTypeId>(estimate.subject)];
    (estimate.parameter == Parameter::kBoost ? boost.factor : boost.saved) = estimate.fitted;
  }
  std::map<HostTypeId, Quota> quotas;
  for (const auto& [type, boost] : boosts) {
    if (boost.factor <= 1.0) continue;
    quotas[type] = {.burst = {.credits_per_hour = 60.0,
                              .maximum_credits = boost.saved / BurstCredits::kSecondsPerCredit,
                              .boost = boost.factor},
                    .exhaustion = Seconds(exhaustion_of(boost))};
  }
  return quotas;
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

// What a request waits beside its task on one of its two ways, on average, and how many times as
// long as one stall the twin would have it wait on both: at each end of the task at which the quota
// is used up once, and twice more for each other task that runs. What is done within a period of
// the quota leaves within it too.
struct Way {
  double wait = 0.0;  // seconds
  int stalls = 0;
};

class Ways {
 public:
  explicit Ways(std::span<const Estimate> boosts) : quotas_(quotas_of(boosts)) {}

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
    int stalls = 0;
    if (const auto found = quotas_.find(id); found != quotas_.end()) {
      const Quota& quota = found->second;
      if (task.load > Seconds(0)) return;  // of its CPU time a part is that of the load
      stalls = stalls_of(task, quota, back, runs);
      // Of a task that nearly used up the quota nobody knows whether its answer waited.
      if (stalls == 0 && to_seconds(task.finish - task.start) >= quota.exhaustion / 2) return;
      // It was read, but not begun: the thread that was to run it had to wait too.
      wait += to_seconds(task.start - task.queued) / 2;
    }
    ways_[id].push_back({std::max(wait.count(), 0.0), stalls});
  }

  // The way there took as long as the way back (docs/local-platform.md).
  static int stalls_of(const TaskOutcome& task, const Quota& quota, SimTime back,
                       std::span<const Run> runs) {
    const Company there = company_at(runs, task.queued - back, quota.exhaustion);
    const Company then = company_at(runs, task.finish, quota.exhaustion);
    const bool by_itself = to_seconds(task.finish - task.start) >= quota.exhaustion;
    const bool waits =
        (by_itself || then.exhausted) && !quota.burst.credits_of_period(task.cpu, then.running, 1);
    return (there.exhausted ? 1 + 2 * there.running : 0) + (waits ? 1 + 2 * then.running : 0);
  }

  // The latency is the mean of those without a stall. What the others wait beyond it spreads as
  // much as it is long, so a mean of quotients weighs them right: a few in much company would
  // outweigh all others in a quotient of sums.
  static void add_estimates(std::vector<Estimate>& all, HostTypeId type,
                            std::span<const Way> ways) {
    double clear = 0.0;
    double stalled = 0.0;
    std::int64_t clear_count = 0;
    for (const Way& way : ways) {
      (way.stalls == 0 ? clear : stalled) += way.wait;
      clear_count += way.stalls == 0;
    }
    constexpr std::int64_t kLeastSamples = 10;
    const auto count = static_cast<std::int64_t>(ways.size());
    const std::int64_t stalled_count = count - clear_count;
    if (clear_count < kLeastSamples || stalled_count < kLeastSamples) {
      const double mean = (clear + stalled) / static_cast<double>(count);
      all.push_back({Parameter::kLatency, type, count, mean, mean});
      return;
    }
    const double latency = clear / static_cast<double>(clear_count);
    double sum = 0.0;
    for (const Way& way : ways) {
      if (way.stalls > 0) sum += 2.0 * (way.wait - latency) / way.stalls;
    }
    const double stall = std::max(sum / static_cast<double>(stalled_count), 0.0);
    all.push_back({Parameter::kLatency, type, clear_count, latency, latency});
    all.push_back({Parameter::kStall, type, stalled_count, stall, stall});
  }

  std::map<HostTypeId, Quota> quotas_;
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
