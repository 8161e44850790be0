#include "platform/simulation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ensure.h"
#include "base/text.h"
#include "platform/cluster_of.h"
#include "platform/twin_foresight.h"
#include "platform/twin_platform.h"
#include "report/csv.h"
#include "report/results.h"

namespace scinet {
namespace {

// One run: what happens next, until nothing does.
class Simulation {
 public:
  Simulation(const Scenario& scenario, DecisionMakers makers, std::uint64_t seed,
             const std::vector<Fault>& faults, const SimulationOptions& options, Journal& journal)
      : cadence_(scenario.cadence),
        beat_(to_sim_time(scenario.beat)),
        horizon_(to_sim_time(scenario.horizon)),
        drain_end_(horizon_ + to_sim_time(options.drain_limit)),
        arrivals_(generate_requests(scenario, RandomStreams(seed))),
        faults_(effects_of(faults)),
        twin_(scenario.catalogue, scenario.hosts, scenario.hosts_on_at_start, scenario.weights,
              {.beat = scenario.beat, .cadence = scenario.cadence}, RandomStreams(seed)),
        platform_(twin_),
        foresight_({.beat = scenario.beat, .cadence = scenario.cadence}, RandomStreams(seed)),
        loop_(std::move(makers), platform_, RandomStreams(seed), journal, options.decision_clock,
              options.predict ? &foresight_ : nullptr),
        stop_(options.stop),
        recorder_(scenario.catalogue, scenario.hosts, scenario.weights) {
    ensure(beat_ > SimTime{0} && horizon_ > SimTime{0}, "a scenario has a beat and a horizon");
  }

  Status run() {
    while (!is_over_) {
      if (stop_.stop_requested()) return Error{ErrorCode::kUnavailable, "the run was interrupted"};
      if (const Status status = next_moment(); !status) return status;
    }
    return ok_status();
  }

  RunRecord record() && {
    RunRecord record =
        std::move(recorder_).finish(twin_.accounts().workloads, loop_.take_predictions());
    record.utilisation = loop_.take_utilisation();
    return record;
  }
  const DecisionTotals& decisions() const { return loop_.totals(); }

 private:
  Status next_moment() {
    const SimTime now = time_of_next_moment();
    const bool is_beat = now == next_beat_;
    twin_.run_until(now);
    if (in_window_ && (is_beat || now == horizon_)) {
      recorder_.beat(look(), twin_.accounts_since(recorder_.last_beat()));
    }
    if (now >= horizon_) in_window_ = false;

    const bool host_changed = apply_faults(now);
    const bool arrived = admit_arrivals(now);
    if (is_beat) {
      next_beat_ += beat_;
      is_over_ = now >= drain_end_ || (!in_window_ && twin_.in_progress() == 0);
      return is_over_ ? ok_status() : loop_.step(DecisionsAsked::all());
    }
    const bool decide_now = arrived || (host_changed && has_unplaced_task(look()));
    if (cadence_ == Cadence::kInterval || !decide_now) return ok_status();
    return loop_.step({.deployment = true, .placement = true});
  }

  SimTime time_of_next_moment() const {
    SimTime next = next_beat_;
    if (in_window_) next = std::min(next, horizon_);
    if (next_arrival_ < arrivals_.size()) next = std::min(next, arrival_of(next_arrival_));
    if (next_fault_ < faults_.size()) next = std::min(next, faults_[next_fault_].at);
    return next;
  }

  SimTime arrival_of(std::size_t request) const { return arrivals_[request].workload.arrival; }

  bool apply_faults(SimTime now) {
    const std::size_t before = next_fault_;
    for (; next_fault_ < faults_.size() && faults_[next_fault_].at == now; ++next_fault_) {
      apply(faults_[next_fault_], twin_);
    }
    return next_fault_ > before;
  }

  bool admit_arrivals(SimTime now) {
    const std::size_t before = next_arrival_;
    for (; next_arrival_ < arrivals_.size() && arrival_of(next_arrival_) == now; ++next_arrival_) {
      twin_.arrive(arrivals_[next_arrival_].workload, arrivals_[next_arrival_].size);
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
  std::vector<Request> arrivals_;
  std::vector<FaultEffect> faults_;
  Twin twin_;
  TwinPlatform platform_;
  TwinForesight foresight_;
  ControlLoop loop_;
  std::stop_token stop_;
  RunRecorder recorder_;

  SimTime next_beat_{0};
  std::size_t next_arrival_ = 0;
  std::size_t next_fault_ = 0;
  bool in_window_ = true;
  bool is_over_ = false;
};

Result<Journal> open_journal(const std::optional<std::filesystem::path>& out) {
  if (!out) return Journal();
  if (const Status prepared = prepare_results(*out); !prepared) return prepared.error();
  return Journal::open(*out);
}

Status write_faults(const std::filesystem::path& file, const std::vector<Fault>& faults) {
  std::vector<HostChange> changes;
  for (const Fault& fault : faults) changes.push_back(change_of(fault));
  return write_whole(file, [&](std::ostream& out) { write_events_csv(out, changes); });
}

// What is known before the run begins. The faults are in order of time.
Status write_plan_of_run(const std::filesystem::path& out, const Scenario& scenario,
                         const std::vector<Fault>& faults) {
  const Status written =
      write_cluster(out / "cluster.json", cluster_of(scenario, TwinSettings{}.repair_time));
  if (!written || faults.empty()) return written;
  return write_faults(out / "events.csv", faults);
}

}  // namespace

void apply(const FaultEffect& effect, Twin& twin) {
  if (const auto* crash = std::get_if<Crash>(&effect.what)) {
    twin.fail(effect.host, crash->repair);
  } else if (const auto* speed = std::get_if<SpeedChange>(&effect.what)) {
    twin.set_speed_factor(effect.host, speed->factor);
  } else {
    twin.set_link(effect.host, std::get<LinkChange>(effect.what).up);
  }
}

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

Status check_failures(const Scenario& scenario, const std::vector<Fault>& faults) {
  std::vector<HostFailure> moments;
  for (const Fault& fault : faults) moments.push_back({fault.host, fault.at});
  return check_failures(scenario, moments);
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
  if (const Status valid = check_failures(scenario, options.faults); !valid) return valid.error();
  scenario.faults.insert(scenario.faults.end(), options.faults.begin(), options.faults.end());
  const std::vector<Fault> faults = generate_faults(scenario, RandomStreams(seed));
  Result<Journal> journal = open_journal(options.out);
  if (!journal) return journal.error();
  if (options.out) {
    const Status written = write_plan_of_run(*options.out, scenario, faults);
    if (!written) return written.error();
  }

  const RunLabel label{.scenario = scenario.name, .policy = makers.policy.name, .seed = seed};
  SimulationResult result;
  DecisionTotals decisions;
  {  // the twin and its log are gone before the results are written
    Simulation simulation(scenario, std::move(makers), seed, faults, options, journal.value());
    if (const Status status = simulation.run(); !status) return status.error();
    decisions = simulation.decisions();
    result.record = std::move(simulation).record();
  }
  result.summary = summarise(result.record, decisions, label);
  if (options.out) {
    const Status written = write_results(*options.out, result.record, result.summary);
    if (!written) return written.error();
  }
  return result;
}

}  // namespace scinet
