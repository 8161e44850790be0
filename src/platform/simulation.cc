#include "platform/simulation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ensure.h"
#include "base/text.h"
#include "platform/twin_platform.h"
#include "report/results.h"

namespace scinet {
namespace {

// One run: what happens next, until nothing does.
class Simulation {
 public:
  Simulation(const Scenario& scenario, DecisionMakers makers, std::uint64_t seed,
             const SimulationOptions& options, Journal& journal)
      : cadence_(scenario.cadence),
        beat_(to_sim_time(scenario.beat)),
        horizon_(to_sim_time(scenario.horizon)),
        drain_end_(horizon_ + to_sim_time(options.drain_limit)),
        arrivals_(generate_arrivals(scenario, RandomStreams(seed))),
        failures_(options.failures),
        twin_(scenario.catalogue, scenario.hosts, scenario.hosts_on_at_start, scenario.weights,
              {.beat = scenario.beat}, RandomStreams(seed)),
        platform_(twin_),
        loop_(std::move(makers), platform_, RandomStreams(seed), journal, options.decision_clock),
        recorder_(scenario.catalogue, scenario.hosts, scenario.weights) {
    ensure(beat_ > SimTime{0} && horizon_ > SimTime{0}, "a scenario has a beat and a horizon");
    std::ranges::stable_sort(failures_, {}, &HostFailure::at);
  }

  Status run() {
    while (!is_over_) {
      if (const Status status = next_moment(); !status) return status;
    }
    return ok_status();
  }

  RunRecord record() && { return std::move(recorder_).finish(twin_.accounts()); }
  const DecisionTotals& decisions() const { return loop_.totals(); }

 private:
  Status next_moment() {
    const SimTime now = time_of_next_moment();
    const bool is_beat = now == next_beat_;
    twin_.run_until(now);
    if (in_window_ && (is_beat || now == horizon_)) recorder_.beat(look(), twin_.accounts());
    if (now >= horizon_) in_window_ = false;

    const bool host_failed = fail_hosts(now);
    const bool arrived = admit_arrivals(now);
    if (is_beat) {
      next_beat_ += beat_;
      is_over_ = now >= drain_end_ || (!in_window_ && look().workloads.empty());
      return is_over_ ? ok_status() : loop_.step(DecisionsAsked::all());
    }
    const bool decide_now = arrived || (host_failed && has_unplaced_task(look()));
    if (cadence_ == Cadence::kInterval || !decide_now) return ok_status();
    return loop_.step({.deployment = true, .placement = true});
  }

  SimTime time_of_next_moment() const {
    SimTime next = next_beat_;
    if (in_window_) next = std::min(next, horizon_);
    if (next_arrival_ < arrivals_.size()) next = std::min(next, arrivals_[next_arrival_].arrival);
    if (next_failure_ < failures_.size()) next = std::min(next, failures_[next_failure_].at);
    return next;
  }

  bool fail_hosts(SimTime now) {
    const std::size_t before = next_failure_;
    for (; next_failure_ < failures_.size() && failures_[next_failure_].at == now;
         ++next_failure_) {
      twin_.fail(failures_[next_failure_].host);
    }
    return next_failure_ > before;
  }

  bool admit_arrivals(SimTime now) {
    const std::size_t before = next_arrival_;
    for (; next_arrival_ < arrivals_.size() && arrivals_[next_arrival_].arrival == now;
         ++next_arrival_) {
      twin_.arrive(arrivals_[next_arrival_]);
    }
    return next_arrival_ > before;
  }

  ClusterView look() const { return twin_.view({}); }

  static bool has_unplaced_task(const ClusterView& view) {
    const auto unplaced = [](const TaskView& task) { return task.state == TaskState::kUnplaced; };
    return std::ranges::any_of(view.workloads, [&](const WorkloadView& entry) {
      return std::ranges::any_of(entry.tasks, unplaced);
    });
  }

  Cadence cadence_;
  SimTime beat_;
  SimTime horizon_;
  SimTime drain_end_;
  std::vector<Workload> arrivals_;
  std::vector<HostFailure> failures_;
  Twin twin_;
  TwinPlatform platform_;
  ControlLoop loop_;
  RunRecorder recorder_;

  SimTime next_beat_{0};
  std::size_t next_arrival_ = 0;
  std::size_t next_failure_ = 0;
  bool in_window_ = true;
  bool is_over_ = false;
};

Result<Journal> open_journal(const std::optional<std::filesystem::path>& out) {
  if (!out) return Journal();
  if (const Status prepared = prepare_results(*out); !prepared) return prepared.error();
  return Journal::open(*out);
}

}  // namespace

Status check_failures(const Scenario& scenario, const std::vector<HostFailure>& failures) {
  for (const auto& [host, at] : failures) {
    if (host.value >= scenario.hosts.size()) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("host {} cannot fail: scenario '{}' has hosts 0 to {}", host.value,
                               scenario.name, scenario.hosts.size() - 1)};
    }
    if (at < SimTime{0} || at >= to_sim_time(scenario.horizon)) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("host {} cannot fail at {} s: the run goes from 0 to {} s",
                               host.value, to_seconds(at).count(), scenario.horizon.count())};
    }
  }
  return ok_status();
}

Result<HostFailure> parse_host_failure(std::string_view text) {
  constexpr double kLongest = 1e9;  // seconds
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos) {
    const auto host = parse_number<std::uint32_t>(text.substr(0, at));
    const auto seconds = parse_number<double>(text.substr(at + 1));
    if (host && seconds && *seconds >= 0.0 && *seconds <= kLongest) {
      return HostFailure{HostId{*host}, to_sim_time(Seconds(*seconds))};
    }
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{} is not HOST@SECONDS; write for example 3@120", in_quotes(text))};
}

Result<SimulationResult> simulate(Scenario scenario, DecisionMakers makers, std::uint64_t seed,
                                  const SimulationOptions& options) {
  if (options.horizon) scenario.horizon = *options.horizon;
  if (const Status valid = check_failures(scenario, options.failures); !valid) return valid.error();
  Result<Journal> journal = open_journal(options.out);
  if (!journal) return journal.error();

  const RunLabel label{.scenario = scenario.name, .policy = makers.policy.name, .seed = seed};
  Simulation simulation(scenario, std::move(makers), seed, options, journal.value());
  if (const Status status = simulation.run(); !status) return status.error();

  SimulationResult result;
  const DecisionTotals decisions = simulation.decisions();
  result.record = std::move(simulation).record();
  result.summary = summarise(result.record, decisions, label);
  if (options.out) {
    const Status written = write_results(*options.out, result.record, result.summary);
    if (!written) return written.error();
  }
  return result;
}

}  // namespace scinet
