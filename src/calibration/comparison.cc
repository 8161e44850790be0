#include "calibration/comparison.h"

#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/statistics.h"

namespace scinet {
namespace {

// A mean over requests, each of which adds some values: the ratio estimator of cluster sampling
// (Cochran, Sampling Techniques, 1977, section 9).
class ClusterMean {
 public:
  void begin_cluster() { clusters_.emplace_back(); }
  void add(double value) {
    clusters_.back().sum += value;
    clusters_.back().count += 1.0;
  }

  std::int64_t count() const { return static_cast<std::int64_t>(total().count); }
  double mean() const { return total().sum / total().count; }
  double half_width() const {
    const Cluster all = total();
    const auto n = static_cast<double>(clusters_.size());
    double squares = 0.0;
    for (const Cluster& cluster : clusters_) {
      const double residual = cluster.sum - mean_of(all) * cluster.count;
      squares += residual * residual;
    }
    if (n < 2.0) return INFINITY;
    return 1.96 * std::sqrt(squares * n / (n - 1.0)) / all.count;
  }

 private:
  struct Cluster {
    double sum = 0.0;
    double count = 0.0;
  };
  static double mean_of(const Cluster& cluster) { return cluster.sum / cluster.count; }
  Cluster total() const {
    Cluster all;
    for (const Cluster& cluster : clusters_) {
      all.sum += cluster.sum;
      all.count += cluster.count;
    }
    return all;
  }

  std::vector<Cluster> clusters_;
};

struct Figures {
  ClusterMean execution;
  ClusterMean response;
};
using CellId = std::pair<ApplicationId, StrategyId>;

struct Observations {
  std::map<CellId, Figures> cells;
  std::map<std::string_view, ClusterMean> strategies;  // by name
  ClusterMean response;
  std::vector<double> responses;
};

// What the record tells of the part, or what a replay tells of the same requests and tasks.
void observe(Observations& to, const RecordedRun& run, std::span<const WorkloadOutcome> outcomes,
             Part part, std::int64_t& unanswered) {
  const Catalogue& catalogue = run.cluster.catalogue;
  for (std::size_t i = 0; i < run.workloads.size(); ++i) {
    const WorkloadOutcome& recorded = run.workloads[i];
    if (!part.contains(recorded.workload.arrival) || !recorded.finish) continue;
    const WorkloadOutcome& outcome = outcomes[i];
    if (!outcome.finish) {
      ++unanswered;
      continue;
    }
    const ApplicationId application = recorded.workload.application;
    Figures& cell = to.cells[{application, *outcome.strategy}];
    const double response = response_of(outcome, run.step).count();
    ClusterMean& strategy = to.strategies[catalogue.at(application, *outcome.strategy).name];
    for (ClusterMean* mean : {&cell.response, &strategy, &to.response}) {
      mean->begin_cluster();
      mean->add(response);
    }
    to.responses.push_back(response);
    cell.execution.begin_cluster();
    for (std::size_t t = 0; t < outcome.tasks.size(); ++t) {
      const bool is_recorded = t < recorded.tasks.size() && recorded.tasks[t].finish != SimTime(0);
      if (outcome.strategy == recorded.strategy && !is_recorded) continue;
      cell.execution.add(execution_of(outcome.tasks[t], run.step).count());
    }
  }
}

PredictedMean predicted_mean(const ClusterMean& observed, const ClusterMean& predicted,
                             int replays) {
  return {
      .samples = observed.count(),
      .predicted_samples = static_cast<double>(predicted.count()) / static_cast<double>(replays),
      .observed = observed.count() > 0 ? observed.mean() : NAN,
      .predicted = predicted.count() > 0 ? predicted.mean() : NAN,
      .half_width = observed.count() > 0 ? observed.half_width() : NAN};
}

void compare_hosts(RunComparison& to, const RecordedRun& run, std::span<const Replay> replays,
                   Part part) {
  if (run.host_beats.empty()) return;
  to.hosts.resize(run.cluster.hosts.size());
  for (std::uint32_t i = 0; i < to.hosts.size(); ++i) to.hosts[i].host = HostId{i};
  for (const HostBeat& beat : run.host_beats) {
    // What a host uses that has no power in the record is not the twin's to know.
    if (!part.contains(beat.start) || beat.powered == Seconds(0)) continue;
    to.hosts[beat.host.value].observed += beat.cpu;
    to.observed_energy += beat.energy;
  }
  const double share = 1.0 / static_cast<double>(replays.size());
  for (const Replay& replay : replays) {
    for (std::size_t i = 0; i < to.hosts.size(); ++i) {
      to.hosts[i].predicted += replay.hosts[i].cpu * share;
      to.predicted_energy += replay.hosts[i].energy * share;
    }
  }
}

// Of the i-th replay: 1, 2, ..., or from that of the simulation on.
std::uint64_t seed_of(const RecordedRun& run, int i) {
  return run.seed.value_or(1) + static_cast<std::uint64_t>(i);
}

std::string percent(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{:+.1f} %", 100.0 * ratio) : "-";
}

// What is not a number becomes null.
Json json_of(const PredictedMean& mean) {
  if (mean.is_empty()) return nullptr;
  return {{"samples", mean.samples},
          {"predicted_samples", mean.predicted_samples},
          {"observed", mean.observed},
          {"predicted", mean.predicted},
          {"relative_error", mean.relative_error()},
          {"observed_low", mean.observed - mean.half_width},
          {"observed_high", mean.observed + mean.half_width}};
}

std::string seconds(double value) {
  return std::isfinite(value) ? fmt::format("{:.4f} s", value) : "-";
}

}  // namespace

double RunComparison::host_cpu_error() const {
  double difference = 0.0;
  double observed = 0.0;
  for (const HostComparison& host : hosts) {
    difference += std::abs((host.predicted - host.observed).count());
    observed += host.observed.count();
  }
  return difference / observed;
}

double RunComparison::execution_error() const {
  double sum = 0.0;
  double samples = 0.0;
  for (const CellComparison& cell : cells) {
    if (!cell.execution.has_both()) continue;
    const auto weight = static_cast<double>(cell.execution.samples);
    sum += weight * std::abs(cell.execution.relative_error());
    samples += weight;
  }
  return sum / samples;
}

std::vector<Replay> replays_of(const RecordedRun& run, const Catalogue& catalogue, int count,
                               Part part, const InputSizes& sizes) {
  const Catalogue rest = sizes.without_sizes(catalogue);
  std::vector<Replay> replays;
  for (int i = 0; i < count; ++i)
    replays.push_back(replay(run, rest, seed_of(run, i), part, sizes));
  return replays;
}

Result<std::vector<Replay>> replays_under(const MakersOfReplay& makers, const Catalogue& believed,
                                          const RecordedRun& run, const Catalogue& catalogue,
                                          int count, Part part, const InputSizes& sizes) {
  const Catalogue rest = sizes.without_sizes(catalogue);
  std::vector<Replay> replays;
  for (int i = 0; i < count; ++i) {
    Result<DecisionMakers> made = makers();
    if (!made) return made.error();
    Result<Replay> replay =
        replay_under({std::move(made).value(), believed}, run, rest, seed_of(run, i), part, sizes);
    if (!replay) {
      return Error{replay.error().code, fmt::format("{}: {}", run.source, replay.error().message)};
    }
    replays.push_back(std::move(replay).value());
  }
  return replays;
}

RunComparison compare(const RecordedRun& run, std::span<const Replay> replays, Part part) {
  RunComparison result;
  result.replays = static_cast<int>(replays.size());
  std::int64_t lost_in_record = 0;
  Observations observed;
  observe(observed, run, run.workloads, part, lost_in_record);
  Observations predicted;
  for (const Replay& replay : replays) {
    observe(predicted, run, replay.workloads, part, result.unanswered);
    result.skipped.power += replay.skipped.power;
    result.skipped.deployments += replay.skipped.deployments;
    result.skipped.placements += replay.skipped.placements;
  }
  result.unanswered /= std::max<std::int64_t>(result.replays, 1);

  // What is only in one of the two stands beside nothing.
  for (const auto& [id, unused] : predicted.cells) observed.cells[id];
  for (const auto& [name, unused] : predicted.strategies) observed.strategies[name];
  const auto beside = [&](const ClusterMean& seen, const ClusterMean& foreseen) {
    return predicted_mean(seen, foreseen, result.replays);
  };
  for (const auto& [id, figures] : observed.cells) {
    const Figures& prediction = predicted.cells[id];
    result.cells.push_back({.application = id.first,
                            .strategy = id.second,
                            .execution = beside(figures.execution, prediction.execution),
                            .response = beside(figures.response, prediction.response)});
  }
  for (const auto& [name, response] : observed.strategies) {
    result.strategies.push_back({std::string(name), beside(response, predicted.strategies[name])});
  }
  result.response = beside(observed.response, predicted.response);
  result.observed_p95 = percentile(observed.responses, 95);
  result.predicted_p95 = percentile(predicted.responses, 95);
  compare_hosts(result, run, replays, part);
  return result;
}

Json json_of(const RunComparison& comparison, const Catalogue& catalogue) {
  Json cells = Json::array();
  for (const CellComparison& cell : comparison.cells) {
    cells.push_back({{"application", catalogue.at(cell.application).name},
                     {"strategy", catalogue.at(cell.application, cell.strategy).name},
                     {"execution_s", json_of(cell.execution)},
                     {"response_s", json_of(cell.response)}});
  }
  Json strategies = Json::array();
  for (const StrategyComparison& of : comparison.strategies) {
    strategies.push_back({{"strategy", of.strategy}, {"response_s", json_of(of.response)}});
  }
  Json hosts = Json::array();
  for (const HostComparison& host : comparison.hosts) {
    hosts.push_back({{"host", host.host.value},
                     {"observed_cpu_core_s", host.observed.count()},
                     {"predicted_cpu_core_s", host.predicted.count()}});
  }
  return {{"replays", comparison.replays},
          {"execution_error", comparison.execution_error()},
          {"response_s", json_of(comparison.response)},
          {"response_p95_s",
           {{"observed", comparison.observed_p95},
            {"predicted", comparison.predicted_p95},
            {"relative_error", comparison.p95_error()}}},
          {"host_cpu_error", comparison.host_cpu_error()},
          {"energy_j",
           {{"observed", comparison.observed_energy.value()},
            {"predicted", comparison.predicted_energy.value()}}},
          {"cells", cells},
          {"strategies", strategies},
          {"hosts", hosts},
          {"unanswered", comparison.unanswered},
          {"skipped",
           {{"power", comparison.skipped.power},
            {"deployments", comparison.skipped.deployments},
            {"placements", comparison.skipped.placements}}}};
}

std::string comparison_table(const RunComparison& comparison, const Catalogue& catalogue) {
  std::string text =
      fmt::format("{:<12}{:<13}{:<10}{:>8}{:>9}{:>12}{:>11}{:>11}{:>10}\n", "application",
                  "strategy", "mean", "samples", "in twin", "observed", "+-", "predicted", "error");
  const auto add_mean = [&](std::string_view application, std::string_view strategy,
                            std::string_view name, const PredictedMean& mean) {
    if (mean.is_empty()) return;
    text += fmt::format("{:<12}{:<13}{:<10}{:>8}{:>9.0f}{:>12}{:>11}{:>11}{:>10}\n", application,
                        strategy, name, mean.samples, mean.predicted_samples,
                        seconds(mean.observed), seconds(mean.half_width), seconds(mean.predicted),
                        percent(mean.relative_error()));
  };
  for (const CellComparison& cell : comparison.cells) {
    const std::string& application = catalogue.at(cell.application).name;
    const std::string& strategy = catalogue.at(cell.application, cell.strategy).name;
    add_mean(application, strategy, "execution", cell.execution);
    add_mean(application, strategy, "response", cell.response);
  }
  for (const StrategyComparison& of : comparison.strategies) {
    add_mean("all", of.strategy, "response", of.response);
  }
  if (comparison.observed_energy > Joules(0)) {
    text += fmt::format("\nenergy         {:.0f} J observed, {:.0f} predicted, {}",
                        comparison.observed_energy.value(), comparison.predicted_energy.value(),
                        percent(comparison.predicted_energy / comparison.observed_energy - 1.0));
  }
  const PredictedMean& response = comparison.response;
  if (response.has_both()) {
    text += fmt::format("\nresponse mean  {:.3f} s observed (+- {:.3f}), {:.3f} s predicted, {}\n",
                        response.observed, response.half_width, response.predicted,
                        percent(response.relative_error()));
    text += fmt::format("response p95   {:.3f} s observed, {:.3f} s predicted, {}\n",
                        comparison.observed_p95, comparison.predicted_p95,
                        percent(comparison.p95_error()));
  }
  for (const HostComparison& host : comparison.hosts) {
    text += fmt::format("host {:<3} CPU   {:.1f} core-s observed, {:.1f} predicted, {}\n",
                        host.host.value, host.observed.count(), host.predicted.count(),
                        percent(host.predicted / host.observed - 1.0));
  }
  if (comparison.skipped.total() > 0) {
    text += fmt::format(
        "\nLeft out of {} replays since they did not fit: {} power changes, {} deployments, {} "
        "placements.\n",
        comparison.replays, comparison.skipped.power, comparison.skipped.deployments,
        comparison.skipped.placements);
  }
  if (comparison.unanswered > 0) {
    text += fmt::format("\n{} requests that were answered found no answer on the twin.\n",
                        comparison.unanswered);
  }
  return text;
}

}  // namespace scinet
