#include "platform/comparison_runs.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "platform/simulation.h"
#include "report/results.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;
using WallClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenReports{200};

struct Run {
  std::size_t scenario = 0;  // positions in the plan
  std::size_t policy = 0;
  std::uint64_t seed = 1;
};

// Seed after seed, so that a comparison that is cut short has whole pairs, and every policy has
// soon shown how long it takes.
std::vector<Run> all_runs(const ComparisonPlan& plan) {
  std::vector<Run> runs;
  for (std::uint64_t seed = 1; seed <= plan.seeds; ++seed) {
    for (std::size_t scenario = 0; scenario < plan.scenarios.size(); ++scenario) {
      for (std::size_t policy = 0; policy < plan.policies.size(); ++policy) {
        runs.push_back({scenario, policy, seed});
      }
    }
  }
  return runs;
}

// How long the runs that remain will take, from those of the same scenario and policy.
class TimeLeft {
 public:
  explicit TimeLeft(const ComparisonPlan& plan)
      : policies_(plan.policies.size()), kinds_(plan.scenarios.size() * policies_) {}

  void add_open(const Run& run) { ++kind_of(run).open; }
  void add_done(const Run& run, Seconds took) {
    Kind& kind = kind_of(run);
    --kind.open;
    ++kind.done;
    kind.took += took;
  }

  std::optional<Seconds> estimate(std::size_t threads) const {
    Kind all;
    for (const Kind& kind : kinds_) {
      all.done += kind.done;
      all.took += kind.took;
    }
    if (all.done == 0) return std::nullopt;
    Seconds left{0};
    for (const Kind& kind : kinds_) {
      const Kind& known = kind.done > 0 ? kind : all;
      left += known.took / static_cast<double>(known.done) * static_cast<double>(kind.open);
    }
    return left / static_cast<double>(threads);
  }

 private:
  struct Kind {
    std::size_t open = 0;
    std::size_t done = 0;
    Seconds took{0};
  };

  Kind& kind_of(const Run& run) { return kinds_[run.scenario * policies_ + run.policy]; }

  std::size_t policies_;
  std::vector<Kind> kinds_;
};

// The threads, and what they share.
class Runner {
 public:
  Runner(const ComparisonPlan& plan, const ComparisonOptions& options)
      : plan_(plan), options_(options), time_left_(plan) {}

  Status run() {
    find_open_runs();
    if (const Status made = make_directories(); !made) return made;
    {
      const std::stop_callback on_stop(options_.stop, [this] { stop_.request_stop(); });
      std::vector<std::jthread> threads;
      const std::size_t count = std::min(std::max<std::size_t>(options_.threads, 1), open_.size());
      for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
      report_until_done(count);
    }
    options_.on_progress(progress());
    if (failure_) return *failure_;
    if (done_ < total_) return Error{ErrorCode::kUnavailable, "the comparison was interrupted"};
    return ok_status();
  }

 private:
  struct OpenRun {
    Run run;
    std::string key;
  };

  // What has no file yet that it can be taken from.
  void find_open_runs() {
    const std::vector<Run> runs = all_runs(plan_);
    total_ = runs.size();
    std::string situation;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const Run& run = runs[i];
      if (options_.stop.stop_requested()) return;
      if (run.policy == 0) situation = situation_of(plan_.scenarios[run.scenario], run.seed);
      const std::string key = run_key(plan_, situation, plan_.policies[run.policy], run.seed);
      if (read_run(file_of(run), key)) continue;
      open_.push_back({run, key});
      time_left_.add_open(run);
    }
    reused_ = total_ - open_.size();
    done_ = reused_;
  }

  Status make_directories() const {
    for (const OpenRun& open : open_) {
      const Status made = make_directory(file_of(open.run).parent_path());
      if (!made) return made;
    }
    return ok_status();
  }

  void report_until_done(std::size_t threads) {
    std::unique_lock lock(mutex_);
    while (finished_threads_ < threads) {
      changed_.wait_for(lock, kBetweenReports);
      const ComparisonProgress now = progress();
      lock.unlock();
      options_.on_progress(now);
      lock.lock();
    }
  }

  void work() {
    while (const OpenRun* open = take()) {
      const WallClock::time_point start = WallClock::now();
      const Status made = make(*open);
      const Seconds took = WallClock::now() - start;
      const std::lock_guard lock(mutex_);
      if (made) {
        ++done_;
        time_left_.add_done(open->run, took);
      } else if (!stop_.stop_requested()) {
        failure_ = made.error();
        stop_.request_stop();
      }
    }
    const std::lock_guard lock(mutex_);
    ++finished_threads_;
    changed_.notify_one();
  }

  const OpenRun* take() {
    const std::lock_guard lock(mutex_);
    if (stop_.stop_requested() || next_ == open_.size()) return nullptr;
    return &open_[next_++];
  }

  Status make(const OpenRun& open) const {
    const Scenario& scenario = plan_.scenarios[open.run.scenario];
    const std::string& policy = plan_.policies[open.run.policy];
    Result<DecisionMakers> makers = options_.make(policy);
    if (!makers) return makers.error();
    SimulationOptions simulation;
    simulation.predict = false;
    simulation.decision_clock = options_.decision_clock;
    simulation.stop = stop_.get_token();
    const Result<SimulationResult> result =
        simulate(scenario, std::move(makers).value(), open.run.seed, simulation);
    if (!result) {
      return Error{result.error().code,
                   fmt::format("{} on {} with seed {}: {}", policy, scenario.name, open.run.seed,
                               result.error().message)};
    }
    const auto& [record, summary] = result.value();
    return write_whole(file_of(open.run),
                       text_of(KeptRun{.key = open.key, .figures = figures_of(record, summary)}));
  }

  fs::path file_of(const Run& run) const {
    return run_file(plan_, plan_.scenarios[run.scenario], plan_.policies[run.policy], run.seed);
  }

  ComparisonProgress progress() const {
    return {.total = total_,
            .done = done_,
            .reused = reused_,
            .elapsed = WallClock::now() - start_,
            .left = time_left_.estimate(std::max<std::size_t>(options_.threads, 1))};
  }

  const ComparisonPlan& plan_;
  const ComparisonOptions& options_;
  const WallClock::time_point start_ = WallClock::now();
  std::vector<OpenRun> open_;
  std::size_t total_ = 0;
  std::size_t reused_ = 0;
  std::stop_source stop_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  std::size_t finished_threads_ = 0;
  TimeLeft time_left_;
  std::optional<Error> failure_;
};

}  // namespace

Status run_comparison(const ComparisonPlan& plan, const ComparisonOptions& options) {
  return Runner(plan, options).run();
}

}  // namespace scinet
