#include "platform/comparison_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "platform/cluster_of.h"
#include "twin/twin_state.h"

namespace scinet {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 28;

// A name that can be one of a file; unlike names stay unlike.
std::string file_name_of(const std::string& name) {
  std::string safe = name;
  for (char& c : safe) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+' || c == '.' ||
                          c == '@';
    if (!is_plain) c = '_';
  }
  const bool is_same = safe == name && !safe.empty() && safe.front() != '.';
  return is_same ? safe : fmt::format("_{}-{}", safe, Digest().add(name).text());
}

}  // namespace

std::filesystem::path run_file(const ComparisonPlan& plan, const Scenario& scenario,
                               const std::string& policy, std::uint64_t seed) {
  return plan.runs / file_name_of(scenario.name) / file_name_of(policy) /
         fmt::format("{}.json", seed);
}

std::string situation_of(const Scenario& scenario, std::uint64_t seed) {
  const RandomStreams streams(seed);
  Digest digest;
  digest.add(text_of(cluster_of(scenario, TwinSettings{}.repair_time)));
  for (const auto& [workload, size] : generate_requests(scenario, streams)) {
    digest.add(workload.id.value)
        .add(std::uint64_t{workload.application.value})
        .add(static_cast<std::uint64_t>(workload.arrival.count()))
        .add(workload.slo.count())
        .add(workload.input.value())
        .add(size);
  }
  for (const Fault& fault : generate_faults(scenario, streams)) {
    digest.add(to_string(fault.kind))
        .add(std::uint64_t{fault.host.value})
        .add(static_cast<std::uint64_t>(fault.at.count()))
        .add(fault.length.count())
        .add(fault.speed_factor);
  }
  return digest.text();
}

std::string run_key(const ComparisonPlan& plan, const std::string& situation,
                    const std::string& policy, std::uint64_t seed) {
  Digest digest;
  digest.add(plan.program).add(situation).add(policy).add(seed);
  const auto identity = plan.identities.find(policy);
  if (identity != plan.identities.end()) digest.add(identity->second);
  return digest.text();
}

Result<RunFigures> read_run(const std::filesystem::path& file, const std::string& key) {
  const Result<std::string> text = read_text_file(file, kLargestFile);
  if (!text) return text.error();
  Result<KeptRun> run = read_kept_run(text.value(), file.string());
  if (!run) return run.error();
  if (run.value().key != key) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} was made from another scenario, policy or program; remove it",
                             file.string())};
  }
  return std::move(run).value().figures;
}

Result<std::vector<PolicyRuns>> read_runs(const ComparisonPlan& plan, const Scenario& scenario) {
  std::vector<PolicyRuns> policies;
  for (const std::string& name : plan.policies)
    policies.push_back({.name = name, .summary = "", .runs = {}});
  for (std::uint64_t seed = 1; seed <= plan.seeds; ++seed) {
    const std::string situation = situation_of(scenario, seed);
    for (PolicyRuns& policy : policies) {
      Result<RunFigures> run = read_run(run_file(plan, scenario, policy.name, seed),
                                        run_key(plan, situation, policy.name, seed));
      if (!run) return run.error();
      policy.runs.push_back(std::move(run).value());
    }
  }
  return policies;
}

ScenarioDescription description_of(const Scenario& scenario) {
  ScenarioDescription description{.name = scenario.name,
                                  .summary = scenario.summary,
                                  .cadence = std::string(to_string(scenario.cadence)),
                                  .beat = scenario.beat,
                                  .horizon = scenario.horizon,
                                  .hosts = {},
                                  .applications = {},
                                  .strategies = {},
                                  .weights = scenario.weights};
  std::vector<int> counts(scenario.catalogue.host_types.size(), 0);
  for (const HostTypeId type : scenario.hosts) ++counts[type.value];
  for (std::size_t i = 0; i < counts.size(); ++i) {
    description.hosts.push_back({scenario.catalogue.host_types[i].name, counts[i]});
  }
  for (const Application& application : scenario.catalogue.applications) {
    description.applications.push_back(application.name);
    for (const Strategy& strategy : application.strategies) {
      if (std::ranges::find(description.strategies, strategy.name) ==
          description.strategies.end()) {
        description.strategies.push_back(strategy.name);
      }
    }
  }
  return description;
}

}  // namespace scinet
