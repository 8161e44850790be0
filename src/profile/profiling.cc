#include "profile/profiling.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "platform/local/cgroup.h"
#include "profile/strategy_process.h"
#include "serving/cpu_time.h"
#include "split/apart.h"

namespace scinet {
namespace {

using Json = nlohmann::json;

// No request of the applications takes longer, so what does is stuck.
constexpr ApartLimits kLimits{.memory_bytes = std::uint64_t{16} << 30, .cpu_seconds = 1800};

std::chrono::nanoseconds wall_clock() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

bool join(const Cgroup& group) {
  return std::ranges::all_of(group.join_files, [](const std::string& file) {
    std::ofstream stream(file);
    stream << "0" << std::flush;
    return stream.good();
  });
}

// Of each input, over passes: what disturbs a run makes it longer, never shorter.
std::vector<double> medians(const std::vector<double>& runs, std::size_t inputs) {
  std::vector<double> result;
  for (std::size_t i = 0; i < inputs; ++i) {
    std::vector<double> of_input;
    for (std::size_t at = i; at < runs.size(); at += inputs) of_input.push_back(runs[at]);
    result.push_back(percentile(std::move(of_input), 50));
  }
  return result;
}

Bytes size_of(const std::filesystem::path& models, const std::vector<std::string>& files) {
  Bytes size;
  for (const std::string& file : files) {
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(models / file, unknown);
    if (!unknown) size += Bytes(static_cast<double>(bytes));
  }
  return size;
}

// Per fragment, per input.
using Times = std::vector<std::vector<double>>;

// Of the runs of each fragment, pass after pass over so many inputs.
Times times_of(const std::vector<std::vector<double>>& runs, std::size_t inputs) {
  Times times;
  for (const std::vector<double>& of_fragment : runs) times.push_back(medians(of_fragment, inputs));
  return times;
}

// Of each input alone: when the last fragment is done, if each begins with the last of its inputs.
std::vector<double> slowest_paths(const ServedStrategy& strategy, const Times& times) {
  std::vector<double> paths;
  for (std::size_t input = 0; input < times.front().size(); ++input) {
    std::vector<double> finish;
    for (std::size_t f = 0; f < times.size(); ++f) {
      double begin = 0.0;
      for (const std::size_t before : strategy.fragments[f].inputs) {
        begin = std::max(begin, finish[before]);
      }
      finish.push_back(begin + times[f][input]);
    }
    paths.push_back(finish.back());
  }
  return paths;
}

LatencyProfile latency_of(std::string at, double cores, const std::vector<double>& paths) {
  return {std::move(at), cores, distribution_of(paths), paths.size()};
}

struct CappedGroup {
  HostCap cap;
  Cgroup group;
};

// What all rounds found of one strategy.
struct Rounds {
  std::vector<std::vector<double>> cpu_s;  // per fragment: pass after pass, round after round
  std::vector<std::vector<double>> load;   // per fragment, round by round, as all below
  std::vector<std::vector<double>> model_memory;
  std::vector<std::vector<double>> memory;
  std::vector<double> output;  // per fragment, the same in each round
  // Per fragment and size of batch, pass after pass.
  std::vector<std::vector<std::vector<double>>> batches;
  std::vector<std::string> no_batch;  // per fragment
};

void add_round(const Json& fragments, Rounds& rounds) {
  for (auto* list : {&rounds.cpu_s, &rounds.load, &rounds.model_memory, &rounds.memory}) {
    list->resize(fragments.size());
  }
  rounds.output.resize(fragments.size());
  for (std::size_t f = 0; f < fragments.size(); ++f) {
    for (const Json& seconds : fragments[f]["cpu_s"]) rounds.cpu_s[f].push_back(seconds);
    rounds.load[f].push_back(fragments[f]["load"]);
    rounds.model_memory[f].push_back(fragments[f]["model_memory"]);
    rounds.memory[f].push_back(fragments[f]["memory"]);
    rounds.output[f] = fragments[f]["output"];
  }
}

void add_batches(const Json& fragments, Rounds& rounds) {
  rounds.batches.resize(fragments.size());
  rounds.no_batch.resize(fragments.size());
  for (std::size_t f = 0; f < fragments.size(); ++f) {
    rounds.no_batch[f] = fragments[f]["unmeasured"];
    const Json& relative = fragments[f]["relative"];
    rounds.batches[f].resize(relative.size());
    for (std::size_t i = 0; i < relative.size(); ++i) {
      for (const Json& time : relative[i]) rounds.batches[f][i].push_back(time);
    }
  }
}

// Nothing where no pass was measured.
std::optional<BatchProfile> batch_of(const std::vector<std::vector<double>>& relative) {
  std::vector<BatchWork> sizes;
  for (std::size_t i = 0; i < relative.size(); ++i) {
    if (relative[i].empty()) return std::nullopt;
    sizes.push_back({kBatchSizes[i], kBatchSizes[i] * percentile(relative[i], 50)});
  }
  if (sizes.empty()) return std::nullopt;
  return batch_profile_of(std::move(sizes));
}

std::vector<FragmentProfile> fragments_of(const Measured& what, const Rounds& rounds,
                                          const Times& times, const std::filesystem::path& models) {
  std::vector<FragmentProfile> fragments;
  for (std::size_t f = 0; f < times.size(); ++f) {
    const ServedFragment& served = what.strategy.fragments[f];
    fragments.push_back({.name = served.name,
                         .inputs = served.inputs,
                         .cpu_s = distribution_of(times[f]),
                         .variation = variation_of(times[f]),
                         .inputs_measured = times[f].size(),
                         .load = Seconds(percentile(rounds.load[f], 50)),
                         .model_memory = Bytes(percentile(rounds.model_memory[f], 50)),
                         .memory = Bytes(std::ranges::max(rounds.memory[f])),
                         .output = Bytes(rounds.output[f]),
                         .model_size = size_of(models, served.model_files),
                         .batch = batch_of(rounds.batches[f]),
                         .no_batch = rounds.no_batch[f]});
  }
  return fragments;
}

// By the clock, in the share of a host type. A share comes in pieces, so one run says little: few
// inputs are enough.
Result<LatencyProfile> profile_in_share(const Measured& what, const ProfileInputs& inputs,
                                        ProfilingOptions options, const CappedGroup& group) {
  options.most_inputs = std::min({inputs.examples.size(), options.most_inputs, std::size_t{20}});
  options.patience = options.patience * static_cast<double>(options.rounds);
  const Result<std::string> measured =
      run_apart(what.name(), kLimits, [&]() -> Result<std::string> {
        if (!join(group.group)) {
          return Error{ErrorCode::kUnavailable,
                       what.name() + ": its control group cannot be joined"};
        }
        return measured_passes(what, inputs.examples, options, wall_clock);
      });
  if (!measured) return measured.error();
  Rounds rounds;
  add_round(Json::parse(measured.value()), rounds);
  const Times times = times_of(rounds.cpu_s, options.most_inputs);
  return latency_of(group.cap.host_type, group.cap.cores, slowest_paths(what.strategy, times));
}

Result<StrategyProfile> profile_strategy(const Measured& what, const ProfileInputs& inputs,
                                         const ProfilingOptions& options, const Rounds& rounds,
                                         const std::vector<CappedGroup>& groups) {
  StrategyProfile profile{.name = what.strategy.name,
                          .accuracy = {},
                          .labelled_by = inputs.labelled_by,
                          .fragments = {},
                          .latency = {}};
  const Times times = times_of(rounds.cpu_s, std::min(inputs.examples.size(), options.most_inputs));
  profile.fragments = fragments_of(what, rounds, times, options.models);
  profile.latency.push_back(latency_of("one core", 1.0, slowest_paths(what.strategy, times)));
  for (const CappedGroup& group : groups) {
    Result<LatencyProfile> latency = profile_in_share(what, inputs, options, group);
    if (!latency) return latency.error();
    profile.latency.push_back(std::move(latency).value());
  }

  const Result<std::string> counted = run_apart(
      what.name(), kLimits, [&] { return measured_accuracy(what, inputs.examples, options); });
  if (!counted) return counted.error();
  const auto numbers = Json::parse(counted.value()).get<std::vector<std::int64_t>>();
  if (numbers[1] > 0) profile.accuracy = Accuracy{.correct = numbers[0], .samples = numbers[1]};
  return profile;
}

// Of each strategy, in turns.
Result<std::vector<Rounds>> profile_in_rounds(const ServedApplication& application,
                                              const ProfileInputs& inputs,
                                              const ProfilingOptions& options,
                                              const OnStrategy& on_strategy) {
  const CpuClock cpu = thread_cpu_time;
  std::vector<Rounds> rounds(application.strategies.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t s = 0; s < rounds.size(); ++s) {
      const Measured what{application, application.strategies[s]};
      if (round == 0) on_strategy(what.strategy.name);
      const Result<std::string> measured = run_apart(what.name(), kLimits, [&] {
        return measured_passes(what, inputs.examples, options, cpu);
      });
      if (!measured) return measured.error();
      add_round(Json::parse(measured.value()), rounds[s]);
      const Result<std::string> batches = run_apart(what.name(), kLimits, [&] {
        return measured_batches(what, inputs.examples, options, cpu);
      });
      if (!batches) return batches.error();
      add_batches(Json::parse(batches.value()), rounds[s]);
    }
  }
  return rounds;
}

}  // namespace

Result<ApplicationProfile> profile_application(const ServedApplication& application,
                                               const ProfileInputs& inputs,
                                               const ProfilingOptions& options,
                                               const OnStrategy& on_strategy) {
  if (!application.unavailable.empty()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("{}: {}", application.name, application.unavailable)};
  }
  if (inputs.examples.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} has no inputs to measure with", application.name)};
  }
  CgroupTree tree;
  std::vector<CappedGroup> groups;  // none where shares cannot be had, and then none are reported
  for (std::size_t i = 0; tree.limits_cpu() && i < options.caps.size(); ++i) {
    const HostCap& cap = options.caps[i];
    Result<Cgroup> group =
        tree.create(fmt::format("profile-{}", i), {.cores = cap.cores, .memory = Mebibytes(0)});
    if (!group) return group.error();
    groups.push_back({cap, std::move(group).value()});
  }
  const Result<std::vector<Rounds>> rounds =
      profile_in_rounds(application, inputs, options, on_strategy);
  if (!rounds) return rounds.error();
  ApplicationProfile profile{application.name, {}};
  for (std::size_t s = 0; s < application.strategies.size(); ++s) {
    const ServedStrategy& strategy = application.strategies[s];
    Result<StrategyProfile> measured =
        profile_strategy({application, strategy}, inputs, options, rounds.value()[s], groups);
    if (!measured) return measured.error();
    profile.strategies.push_back(std::move(measured).value());
  }
  return profile;
}

}  // namespace scinet
