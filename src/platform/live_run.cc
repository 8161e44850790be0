#include "platform/live_run.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "platform/cluster_of.h"
#include "platform/local/decision_driver.h"
#include "platform/twin_foresight.h"
#include "report/csv.h"
#include "report/results.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr auto kProbePause = 1s;

// A fault on purpose, once it is due.
struct PlannedFault {
  SimTime at;
  HostId host;
  std::optional<Seconds> freeze;  // none: killed
};

Result<std::vector<PlannedFault>> planned_faults(const Scenario& scenario,
                                                 const LiveRunOptions& options) {
  std::vector<HostFailure> moments = options.kills;
  for (const HostFreeze& freeze : options.freezes) moments.push_back(freeze.at);
  if (const Status valid = check_failures(scenario, moments); !valid) return valid.error();

  std::vector<PlannedFault> faults;
  for (const auto& [host, at] : options.kills) faults.push_back({at, host, std::nullopt});
  for (const auto& [failure, length] : options.freezes) {
    faults.push_back({failure.at, failure.host, length});
  }
  std::ranges::stable_sort(faults, {}, &PlannedFault::at);
  return faults;
}

// What happens between the start of the hosts and their end.
class LiveRun {
 public:
  LiveRun(const Scenario& scenario, const LiveRunOptions& options, std::vector<PlannedFault> faults,
          LocalPlatform& platform, ControlLoop& loop)
      : scenario_(scenario),
        options_(options),
        faults_(std::move(faults)),
        platform_(platform),
        loop_(loop),
        recorder_(scenario.catalogue, scenario.hosts, scenario.weights) {}

  // Returns when every request is answered or given up, and every process has ended.
  LoadReport run(LoadGenerator& generator, const std::vector<Workload>& workloads,
                 std::stop_token stop) {
    DecisionDriver driver(scenario_.cadence, scenario_.beat,
                          [this](DecisionsAsked asked) { return step(asked); });
    platform_.call_when_work_waits([&driver] { driver.notify(); });

    LoadReport report;
    std::jthread clients([&] { report = generator.run(workloads, stop); });
    watch(generator, stop);
    clients.join();

    // Decisions go on while the platform stops: open requests may still need one.
    platform_.stop(options_.grace);
    platform_.call_when_work_waits({});
    driver.stop();
    decision_failure_ = driver.last_failure();
    return report;
  }

  RunRecord record() && {
    RunRecord record =
        std::move(recorder_).finish(platform_.accounts().workloads, loop_.take_predictions());
    record.utilisation = loop_.take_utilisation();
    return record;
  }
  const std::string& decision_failure() const { return decision_failure_; }

 private:
  // On the driver's thread. The beat that ends is recorded before the next decision.
  Status step(DecisionsAsked asked) {
    if (asked.provisioning && platform_.now() < window_end()) {
      Result<ClusterView> view = platform_.observe({});
      if (!view) return view.error();
      recorder_.beat(view.value(), platform_.accounts_since(recorder_.last_beat()));
    }
    return loop_.step(asked);
  }

  // Beats come a little late, never early; the one that ends the window is the one at the horizon.
  SimTime window_end() const { return to_sim_time(scenario_.horizon + scenario_.beat * 0.5); }

  // Until the horizon and until the replay is over.
  void watch(const LoadGenerator& generator, std::stop_token stop) {
    auto next_report = std::chrono::steady_clock::now();
    auto next_probe = next_report;
    const auto is_over = [&] {
      return platform_.now() >= window_end() && generator.answered() == generator.sent();
    };
    while (!stop.stop_requested() && !is_over()) {
      cause_faults_due();
      if (std::chrono::steady_clock::now() >= next_report) {
        report(generator);
        next_report += 1s;
      }
      if (std::chrono::steady_clock::now() >= next_probe) {
        if (options_.probe) options_.probe(platform_.now());
        next_probe = std::chrono::steady_clock::now() + kProbePause;
      }
      std::this_thread::sleep_for(20ms);
    }
    report(generator);
  }

  void cause_faults_due() {
    for (; next_fault_ < faults_.size() && faults_[next_fault_].at <= platform_.now();
         ++next_fault_) {
      const auto& [at, host, freeze] = faults_[next_fault_];
      // A host that is off has nothing to break; the platform's events show what was done.
      (void)(freeze ? platform_.freeze(host, *freeze) : platform_.kill(host));
    }
  }

  void report(const LoadGenerator& generator) const {
    if (!options_.on_progress) return;
    options_.on_progress({.elapsed = to_seconds(platform_.now()),
                          .horizon = scenario_.horizon,
                          .sent = generator.sent(),
                          .answered = generator.answered(),
                          .hosts = platform_.hosts()});
  }

  const Scenario& scenario_;
  const LiveRunOptions& options_;
  std::vector<PlannedFault> faults_;
  LocalPlatform& platform_;
  ControlLoop& loop_;
  RunRecorder recorder_;
  std::size_t next_fault_ = 0;
  std::string decision_failure_;
};

LoadSettings load_settings(const Scenario& scenario, const LiveRunOptions& options,
                           std::uint16_t gateway_port) {
  LoadSettings settings;
  settings.gateway = {.host = options.gateway.address, .port = gateway_port};
  settings.inputs = options.inputs;
  settings.is_right = options.is_right;
  for (const Application& application : scenario.catalogue.applications) {
    settings.names.push_back(application.name);
  }
  return settings;
}

ClientFindings findings_of(const LoadReport& load, const RequestCounts& counts) {
  ClientFindings findings{
      .refused = counts.refused, .unanswered = load.lost, .duplicated = load.duplicated};
  if (load.compared > 0) findings.wrong_answers = load.wrong_answers;
  if (load.labelled > 0) {
    findings.accuracy = static_cast<double>(load.right) / static_cast<double>(load.labelled);
  }
  return findings;
}

}  // namespace

Result<LiveRunResult> run_live(Scenario scenario, DecisionMakers makers, std::uint64_t seed,
                               const LiveRunOptions& options, std::stop_token stop) {
  if (options.horizon) scenario.horizon = *options.horizon;
  Result<std::vector<PlannedFault>> faults = planned_faults(scenario, options);
  if (!faults) return faults.error();
  if (const Status prepared = prepare_results(options.out); !prepared) return prepared.error();
  const Status described = write_cluster(options.out / "cluster.json",
                                         cluster_of(scenario, options.platform.timing.repair));
  if (!described) return described.error();
  Result<Journal> journal = Journal::open(options.out);
  if (!journal) return journal.error();

  const RandomStreams streams(seed);
  std::vector<Workload> workloads;
  if (options.send_load) workloads = generate_arrivals(scenario, streams);

  EventLoop event_loop;
  Result<std::unique_ptr<LocalPlatform>> platform =
      LocalPlatform::start(scenario, options.platform, event_loop);
  if (!platform) return platform.error();
  Result<std::unique_ptr<Gateway>> gateway =
      Gateway::start(options.gateway, *platform.value(), event_loop);
  if (!gateway) return gateway.error();
  if (options.on_start) options.on_start(gateway.value()->url(), platform.value()->notices());

  const RunLabel label{.scenario = scenario.name, .policy = makers.policy.name, .seed = seed};
  TwinForesight foresight({.beat = scenario.beat,
                           .cadence = scenario.cadence,
                           .repair_time = options.platform.timing.repair},
                          streams);
  ControlLoop loop(std::move(makers), *platform.value(), streams, journal.value(),
                   options.decision_clock, &foresight);
  LoadGenerator generator(load_settings(scenario, options, gateway.value()->port()), streams);
  LiveRun run(scenario, options, std::move(faults).value(), *platform.value(), loop);

  LiveRunResult result;
  result.load = run.run(generator, workloads, stop);
  result.decision_failure = run.decision_failure();
  result.events = platform.value()->events();
  result.record = std::move(run).record();
  result.summary = summarise(result.record, loop.totals(), label,
                             findings_of(result.load, platform.value()->counts()));
  const Status told = write_whole(options.out / "events.csv", [&](std::ostream& out) {
    write_events_csv(out, platform.value()->host_changes());
  });
  if (!told) return told.error();
  const Status written = write_results(options.out, result.record, result.summary);
  if (!written) return written.error();
  return result;
}

}  // namespace scinet
