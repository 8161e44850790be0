// scinet run: a scenario on real workers of this machine, measured beside what the twin predicts.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/scinet/data_directory.h"
#include "apps/scinet/interrupts.h"
#include "apps/scinet/own_applications.h"
#include "apps/scinet/replay.h"
#include "apps/scinet/run_options.h"
#include "apps/scinet/run_progress.h"
#include "apps/scinet/verb_result.h"
#include "apps/scinet/verbs.h"
#include "apps/scinet/view_saver.h"
#include "platform/live_results.h"
#include "platform/live_run.h"
#include "platform/local/direct_run.h"
#include "platform/local/machine_probe.h"
#include "report/csv.h"
#include "report/results.h"
#include "report/table.h"
#include "serving/application_set.h"
#include "serving/cpu_time.h"
#include "serving/examples.h"

namespace scinet {
namespace {

struct Run {
  LiveRunResult measured;
  SimulationResult predicted;
};

// What can be served here: applications whose models are absent are left out, and said so.
std::vector<ApplicationMix> available_mix(const Scenario& scenario,
                                          const ApplicationSet& applications,
                                          const RunProgress& progress) {
  std::vector<ApplicationMix> available;
  for (const ApplicationMix& part : scenario.mix) {
    const std::string& name = scenario.catalogue.at(part.application).name;
    const ServedApplication* served = applications.find(name);
    if (served && served->unavailable.empty()) {
      available.push_back(part);
    } else {
      progress.notice(fmt::format(
          "{} is left out: {}", name,
          served ? served->unavailable : "no application of this program has that name"));
    }
  }
  return available;
}

Result<std::vector<std::vector<LoadInput>>> load_inputs(const Scenario& scenario,
                                                        const std::filesystem::path& directory,
                                                        const std::filesystem::path& models) {
  std::vector<std::vector<LoadInput>> inputs(scenario.catalogue.applications.size());
  for (const ApplicationMix& part : scenario.mix) {
    Result<std::vector<Example>> examples =
        load_examples(scenario.catalogue.at(part.application).name, directory, models);
    if (!examples) return examples.error();
    for (Example& example : examples.value()) {
      LoadInput& input = inputs[part.application.value].emplace_back();
      input.name = std::move(example.name);
      input.bytes = std::move(example.bytes);
      input.label = std::move(example.label);
    }
  }
  return inputs;
}

// Every input by every strategy in this process: the answers to compare with, and the work.
Result<DirectRun> direct_run(const Scenario& scenario, ApplicationSet& applications,
                             std::vector<std::vector<LoadInput>>& inputs, RunProgress& progress) {
  std::size_t runs = 0;
  for (std::uint32_t a = 0; a < inputs.size(); ++a) {
    runs += inputs[a].size() * scenario.catalogue.applications[a].strategies.size();
  }
  progress.begin_direct_run(runs);
  return run_directly(scenario.catalogue, applications, inputs, thread_cpu_time,
                      [&progress] { progress.direct_answer(); });
}

// With the entries of the files. Workers stay as large as the scenario has them: their quotas are
// made from speed and cores.
Catalogue with_entries(const Catalogue& catalogue, const Catalogue& entries) {
  Catalogue replaced = catalogue;
  replace_entries(replaced, entries);
  for (std::size_t i = 0; i < replaced.host_types.size(); ++i) {
    const HostType& type = catalogue.host_types[i];
    HostType& fitted = replaced.host_types[i];
    fitted.cores = type.cores;
    fitted.speed = type.speed;
    fitted.memory = type.memory;
  }
  return replaced;
}

Result<Catalogue> entries_for(const Scenario& scenario, const RunOptions& options) {
  Result<Catalogue> entries = load_entries(options.catalogue, options.data);
  if (!entries) return entries.error();
  if (same_shape(with_entries(scenario.catalogue, entries.value()), scenario.catalogue)) {
    return entries;
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("--catalogue has other strategies or fragments than scenario '{}', "
                           "whose models are served",
                           options.scenario)};
}

LiveRunOptions live_options(const RunOptions& options, const Scenario& scenario,
                            std::vector<std::vector<LoadInput>> inputs, RunProgress& progress) {
  LiveRunOptions live;
  live.platform.models = options.models;
  live.platform.core_speed = kLocalCore;
  live.platform.log_directory = options.out / "workers";
  live.platform.slo_draws = RandomStreams(options.seed).stream("slo");
  live.gateway.port = options.port;
  live.send_load = !options.no_load;
  live.inputs = std::move(inputs);
  live.is_right = [&scenario](ApplicationId application, const LoadInput& input,
                              const std::string& answer) {
    return is_right(scenario.catalogue.at(application).name, input.label, answer).value_or(false);
  };
  live.kills = options.kills;
  live.freezes = options.freezes;
  live.decision_clock = thread_cpu_time;
  live.out = options.out;
  live.on_start = [&progress](const std::string& url, const std::vector<std::string>& notices) {
    progress.started(url, notices);
  };
  live.on_progress = [&progress](const LiveProgress& now) { progress.report(now); };
  return live;
}

Status write_extra_results(const RunOptions& options, const Scenario& scenario,
                           const LiveRunOptions& live, const DirectRun& direct,
                           const LoadReport& load, std::span<const ProbeTime> probes) {
  const Status clients =
      write_whole(options.out / "clients.csv", clients_csv(load, scenario.catalogue, live.inputs));
  if (!clients) return clients;
  const Status machine = write_whole(options.out / "machine.csv",
                                     [&](std::ostream& out) { write_probes_csv(out, probes); });
  if (!machine) return machine;
  return write_whole(options.out / "work.csv", work_csv(direct, scenario.catalogue));
}

Result<DecisionMakers> makers_of(const RunOptions& options) {
  const Result<PolicyCatalog> policies = policies_with(options.external);
  if (!policies) return policies.error();
  return make_decision_makers(policies.value(), options.policy.name());
}

// The same requests under the same policy on the twin, which knows the measured work of every
// fragment and nothing of what then happened.
Result<SimulationResult> predict(const RunOptions& options, const Scenario& scenario) {
  Result<DecisionMakers> makers = makers_of(options);
  if (!makers) return makers.error();
  SimulationOptions simulation;
  for (const auto& [host, at] : options.kills) {
    simulation.faults.push_back({.host = host, .at = at, .length = HostTiming().repair});
  }
  simulation.decision_clock = thread_cpu_time;
  simulation.out = options.out / "predicted";
  return simulate(scenario, std::move(makers).value(), options.seed, simulation);
}

Result<Run> run_verb(RunOptions& options, const Interrupts& interrupts, RunProgress& progress) {
  const Result<std::filesystem::path> data = find_data_directory(options.data);
  if (!data) return data.error();
  Result<Scenario> loaded = load_scenario_named(options.scenario, options.data);
  if (!loaded) return loaded.error();
  Scenario scenario = std::move(loaded).value();
  if (!scenario.faults.empty() || !scenario.random_faults.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("scenario '{}' has faults, which only 'scinet simulate' injects; here "
                             "use --kill and --freeze",
                             scenario.name)};
  }
  if (options.minutes > 0.0) scenario.horizon = Seconds(60.0 * options.minutes);
  options.models = models_directory(options.models, data.value());
  if (!options.applications.empty()) {
    Result<Scenario> own = with_own_applications(std::move(scenario), options.applications,
                                                 options.models, data.value() / "catalog");
    if (!own) return own.error();
    scenario = std::move(own).value();
  }
  Result<DecisionMakers> makers = makers_of(options);
  if (!makers) return makers.error();
  const Result<Catalogue> entries = entries_for(scenario, options);
  if (!entries) return entries.error();

  ApplicationSet applications(options.models);
  scenario.mix = available_mix(scenario, applications, progress);
  if (scenario.mix.empty()) {
    return Error{
        ErrorCode::kUnavailable,
        fmt::format("scenario '{}' has no application that can be served here", scenario.name)};
  }
  auto inputs = load_inputs(scenario, data.value() / "data" / "inputs", options.models);
  if (!inputs) return inputs.error();
  Result<DirectRun> direct = direct_run(scenario, applications, inputs.value(), progress);
  if (!direct) return direct.error();
  scenario.catalogue =
      with_measured_work(std::move(scenario.catalogue), direct.value(), kLocalCore);
  scenario.catalogue = with_entries(scenario.catalogue, entries.value());

  const auto recorded = std::make_shared<Status>(ok_status());
  if (options.views) {
    std::unique_ptr<Policy>& policy = makers.value().policy.policy;
    policy = recording_views(std::move(policy), options.out, recorded);
  }
  MachineProbe probe(scenario.catalogue, applications, inputs.value());
  std::vector<ProbeTime> probes;
  LiveRunOptions live = live_options(options, scenario, std::move(inputs).value(), progress);
  live.probe = [&](SimTime now) {
    if (std::optional<ProbeTime> time = probe.measure(now)) probes.push_back(*std::move(time));
  };
  Result<LiveRunResult> measured =
      run_live(scenario, std::move(makers).value(), options.seed, live, interrupts.stop_token());
  if (!measured) return measured.error();
  if (!*recorded) return recorded->error();
  const Status written =
      write_extra_results(options, scenario, live, direct.value(), measured.value().load, probes);
  if (!written) return written.error();
  Result<SimulationResult> predicted = predict(options, scenario);
  if (!predicted) return predicted.error();
  return Run{std::move(measured).value(), std::move(predicted).value()};
}

void print(const Run& run, const RunOptions& options, bool interrupted) {
  const Summary& measured = run.measured.summary;
  const std::vector<StrategyUse> shares = strategy_use(run.measured.record);
  const std::vector<StrategyUse> foreseen = strategy_use(run.predicted.record);
  const RightAnswers right = right_answers(run.measured.load, run.measured.record.catalogue);
  if (options.format == "json") {
    auto json = json_of(measured);
    json["interrupted"] = interrupted;
    json["strategies"] = strategies_json(shares, right);
    json["predicted"] = json_of(run.predicted.summary);
    json["predicted"]["strategies"] = strategies_json(foreseen, {});
    fmt::print("{}\n", json.dump(2));
    return;
  }
  fmt::print("\n{} under {}, seed {}, {:.0f} s on real workers{}\n\n", measured.label.scenario,
             measured.label.policy, measured.label.seed, measured.horizon.count(),
             interrupted ? " (interrupted)" : "");
  const SummaryColumn columns[] = {{"measured", measured}, {"predicted", run.predicted.summary}};
  fmt::print("{}\n", summary_table(columns));
  fmt::print("{}\n", strategy_table(shares, foreseen, right));
  fmt::print("Energy is modelled: the power curve of each host type at its measured CPU time.\n");
  for (const HostEvent& event : run.measured.events) {
    fmt::print("At {:.1f} s {} {}\n", to_seconds(event.time).count(), event.host, event.what);
  }
  fmt::print("Results are in {}\n", options.out.string());
}

// A run has failed when a request was lost, answered twice or answered wrongly.
int exit_code_of(const Summary& summary) {
  const bool good = summary.lost == 0 && summary.clients.duplicated == 0 &&
                    summary.clients.wrong_answers.value_or(0) == 0;
  return good ? 0 : 1;
}

}  // namespace

void add_run_verb(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App& verb = *app.add_subcommand(
      "run", "Run a scenario on real workers of this machine, and compare with the twin");
  add_run_options(verb, *options);
  verb.callback([options, &exit_code] {
    const Interrupts interrupts;
    RunProgress progress(options->quiet);
    const Result<Run> run = run_verb(*options, interrupts, progress);
    progress.end();
    if (!run) {
      exit_code = report_error(run.error());
      return;
    }
    if (const std::string& why = run.value().measured.decision_failure; !why.empty()) {
      progress.notice("a decision could not be taken: " + why);
    }
    print(run.value(), *options, interrupts.stop_token().stop_requested());
    exit_code = exit_code_of(run.value().measured.summary);
  });
}

}  // namespace scinet
