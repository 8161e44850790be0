// Reads the CSV files of the published testbed. Its moments are numbers of intervals. What they
// mean was found by holding the files against each other: with `startAt` s and `destroyAt` d, a
// task counts as running on its host at the ends of the intervals s - 1 to d - 1 and of no other
// (tasks.csv against host_numcontainers.csv, all 1001 x 16 entries), and its host was enabled in s
// - 1. So it started at the begin of interval s - 1, and ended during interval d - 1 (counted from
// 0); `execution` = d - s is the number of interval ends that it outlasted.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/csv_reader.h"
#include "calibration/recorded_run.h"

namespace scinet {
namespace {

constexpr std::int64_t kMostIntervals = 1'000'000;

// Host series are smoothed: each value is 0.8 of the interval's own and 0.2 of the one before.
constexpr double kNewest = 0.8;

class TestbedReader {
 public:
  TestbedReader(const std::filesystem::path& directory, const Scenario& scenario)
      : directory_(directory), scenario_(scenario) {
    run_.source = directory.string();
    run_.step = to_sim_time(scenario.beat);
    run_.cluster = {.scenario = scenario.name,
                    .cadence = "interval",
                    .beat = scenario.beat,
                    .horizon = Seconds(0),
                    .hosts = scenario.hosts,
                    .hosts_on_at_start = 0,
                    .weights = scenario.weights,
                    .repair_time = Seconds(60),
                    .catalogue = scenario.catalogue};
  }

  Result<RecordedRun> read() && {
    for (const auto part :
         {&TestbedReader::read_hosts, &TestbedReader::read_workflows, &TestbedReader::read_tasks}) {
      if (const Status status = (this->*part)(); !status) return status.error();
    }
    place_unrecorded();
    keep_hosts_on();
    switch_hosts();
    for (auto& [at, plan] : plans_) run_.plans.push_back({.at = at, .plan = std::move(plan)});
    return std::move(run_);
  }

 private:
  SimTime begin_of(std::int64_t interval) const { return run_.step * interval; }

  std::string host_columns() const {
    std::string columns;
    for (std::size_t i = 0; i < scenario_.hosts.size(); ++i) {
      columns += fmt::format("{}h{}", i == 0 ? "" : ",", i);
    }
    return columns;
  }

  Status read_hosts() {
    const std::string columns = host_columns();
    CsvReader enabled(directory_ / "host_enable.csv", columns);
    CsvReader cpu(directory_ / "host_cpu.csv", columns);
    std::vector<double> smoothed(scenario_.hosts.size(), 0.0);
    std::int64_t interval = 0;
    for (; enabled.next() && cpu.next() && interval < kMostIntervals; ++interval) {
      for (std::uint32_t h = 0; h < scenario_.hosts.size(); ++h) {
        const std::string column = fmt::format("h{}", h);
        const bool on = enabled.number<int>(column, 0, 1) == 1;
        const double percent = cpu.number<double>(column, 0.0, 100.0);
        const double own = (percent - (1.0 - kNewest) * smoothed[h]) / kNewest;
        smoothed[h] = percent;
        add_beat(interval, HostId{h}, on, std::clamp(own / 100.0, 0.0, 1.0));
      }
    }
    if (!enabled.status()) return enabled.status();
    if (!cpu.status()) return cpu.status();
    run_.cluster.horizon = to_seconds(begin_of(interval));
    return ok_status();
  }

  void add_beat(std::int64_t interval, HostId host, bool on, double utilisation) {
    const HostType& type = scenario_.catalogue.at(scenario_.hosts[host.value]);
    HostBeat beat;
    beat.start = begin_of(interval);
    beat.end = begin_of(interval + 1);
    beat.host = host;
    beat.state = on ? HostState::kOn : HostState::kOff;
    beat.utilisation = utilisation;
    beat.cpu = to_seconds(run_.step) * utilisation * type.cores;
    if (on) beat.powered = to_seconds(run_.step);
    run_.host_beats.push_back(beat);
  }

  Status read_workflows() {
    CsvReader csv(directory_ / "workflows.csv",
                  "creationID,application,choice,sla,createAt,destroyAt,complete");
    while (csv.next()) {
      WorkloadOutcome outcome;
      Workload& workload = outcome.workload;
      workload.id = WorkloadId{csv.number<std::uint64_t>("creationID")};
      workload.arrival = begin_of(csv.number<std::int64_t>("createAt", 0, kMostIntervals));
      workload.slo = to_seconds(run_.step) * csv.number<double>("sla", 0.0, 1e6);
      if (!run_.workloads.empty()) {
        const Workload& before = run_.workloads.back().workload;
        if (workload.id <= before.id) csv.refuse("creationID", "more than in the line before");
        if (workload.arrival < before.arrival) {
          csv.refuse("createAt", "no less than in the line before");
        }
      }
      read_names(csv, outcome);
      if (csv.text("complete") == "True") {
        outcome.finish = begin_of(csv.number<std::int64_t>("destroyAt", 0, kMostIntervals));
      } else if (csv.text("complete") != "False") {
        csv.refuse("complete", "True or False");
      }
      if (!csv.status()) return csv.status();
      run_.workloads.push_back(std::move(outcome));
    }
    return csv.status();
  }

  void read_names(CsvReader& csv, WorkloadOutcome& outcome) {
    const Catalogue& catalogue = scenario_.catalogue;
    const auto application = catalogue.find_application(csv.text("application"));
    if (!application) {
      return csv.refuse("application",
                        fmt::format("an application of scenario '{}'", scenario_.name));
    }
    const auto& strategies = catalogue.at(*application).strategies;
    const auto strategy = std::ranges::find(strategies, csv.text("choice"), &Strategy::name);
    if (strategy == strategies.end()) {
      return csv.refuse(
          "choice", fmt::format("a strategy of application '{}'", catalogue.at(*application).name));
    }
    outcome.workload.application = *application;
    outcome.strategy = StrategyId{static_cast<std::uint32_t>(strategy - strategies.begin())};
    outcome.deployed_at = outcome.workload.arrival;
    outcome.tasks.resize(strategy->fragments.size());
    outcome.attempts = 1;
    for (const ApplicationMix& mix : scenario_.mix) {
      if (mix.application == *application) outcome.workload.input = mix.input;
    }
    plans_[outcome.workload.arrival].deployments.push_back(
        {outcome.workload.id, *outcome.strategy});
  }

  Status read_tasks() {
    CsvReader csv(directory_ / "tasks.csv", "startAt,destroyAt,creationID,taskID,hostid");
    while (csv.next()) {
      const WorkloadId id{csv.number<std::uint64_t>("creationID")};
      const auto start = csv.number<std::int64_t>("startAt", 1, kMostIntervals);
      const auto end = csv.number<std::int64_t>("destroyAt", start, kMostIntervals);
      const auto last_host = static_cast<std::uint32_t>(scenario_.hosts.size() - 1);
      const HostId host{csv.number<std::uint32_t>("hostid", 0, last_host)};
      const FragmentId fragment{csv.number<std::uint32_t>("taskID")};
      TaskOutcome* const task = find_task(csv, id, fragment);
      if (!csv.status()) return csv.status();
      const SimTime begin = begin_of(start - 1);
      *task = {.host = host, .queued = begin, .start = begin, .finish = begin_of(end)};
      plans_[begin].placements.push_back({id, fragment, host});
    }
    return csv.status();
  }

  // The testbed never stopped a machine: one that was disabled went on with what it had, and kept
  // what its tasks had made until the last task of their request had begun. A twin's host loses
  // that when it stops, so it is on for as long.
  void keep_hosts_on() {
    for (const WorkloadOutcome& outcome : run_.workloads) {
      SimTime last{0};
      for (const TaskOutcome& task : outcome.tasks) last = std::max(last, task.start);
      for (const TaskOutcome& task : outcome.tasks) {
        if (task.finish == SimTime(0)) continue;
        keep_on(task.host, task.start, std::max(task.finish, last + run_.step));
      }
    }
  }

  void keep_on(HostId host, SimTime from, SimTime to) {
    for (SimTime begin = from; begin < to; begin += run_.step) {
      const std::size_t beat =
          static_cast<std::size_t>(begin / run_.step) * scenario_.hosts.size() + host.value;
      if (beat >= run_.host_beats.size()) return;
      if (run_.host_beats[beat].state == HostState::kOn) continue;
      run_.host_beats[beat].state = HostState::kDraining;
      run_.host_beats[beat].powered = to_seconds(run_.step);
    }
  }

  void switch_hosts() {
    std::vector<bool> is_on(scenario_.hosts.size(), false);
    for (const HostBeat& beat : run_.host_beats) {
      const bool on = beat.state != HostState::kOff;
      if (on != is_on[beat.host.value]) plans_[beat.start].power.push_back({beat.host, on});
      is_on[beat.host.value] = on;
    }
  }

  TaskOutcome* find_task(CsvReader& csv, WorkloadId id, FragmentId fragment) {
    const auto outcome = std::ranges::lower_bound(
        run_.workloads, id, {}, [](const WorkloadOutcome& each) { return each.workload.id; });
    if (outcome == run_.workloads.end() || outcome->workload.id != id) {
      csv.refuse("creationID", "a number of workflows.csv");
    } else if (fragment.value >= outcome->tasks.size()) {
      csv.refuse("taskID",
                 fmt::format("less than the {} fragments of its strategy", outcome->tasks.size()));
    } else if (outcome->tasks[fragment.value].finish != SimTime(0)) {
      csv.refuse("taskID", "each task of a workflow once");
    } else {
      return &outcome->tasks[fragment.value];
    }
    return nullptr;
  }

  // Fragments that the testbed did not have (the merge of semantic branches) follow their last
  // recorded input.
  void place_unrecorded() {
    for (const WorkloadOutcome& outcome : run_.workloads) {
      const Strategy& strategy =
          scenario_.catalogue.at(outcome.workload.application, *outcome.strategy);
      for (std::uint32_t i = 0; i < outcome.tasks.size(); ++i) {
        if (outcome.tasks[i].finish != SimTime(0)) continue;
        const TaskOutcome* last = nullptr;
        for (const FragmentId input : strategy.fragments[i].inputs) {
          const TaskOutcome& task = outcome.tasks[input.value];
          if (task.finish != SimTime(0) && (!last || task.start >= last->start)) last = &task;
        }
        if (!last) continue;
        plans_[last->start].placements.push_back({outcome.workload.id, FragmentId{i}, last->host});
      }
    }
  }

  const std::filesystem::path& directory_;
  const Scenario& scenario_;
  RecordedRun run_;
  std::map<SimTime, Plan> plans_;
};

}  // namespace

Result<RecordedRun> read_testbed(const std::filesystem::path& directory, const Scenario& scenario) {
  return TestbedReader(directory, scenario).read();
}

}  // namespace scinet
