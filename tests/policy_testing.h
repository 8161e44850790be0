// What the tests of policies share: one decision, a plan in words, and views that differ only in
// what must not matter.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "policy/policy.h"
#include "tests/cluster_builder.h"

namespace scinet {

inline Plan decide_once(Policy& policy, const ClusterView& view, std::uint64_t seed = 1) {
  DecisionContext context{RandomStreams(seed).stream("policy")};
  return policy.decide(view, context);
}

// "h2 on; w0 by s1; w0.f0 on h2; w3 waits: reason"
inline std::string to_words(const Plan& plan) {
  std::vector<std::string> words;
  for (const auto& [host, on] : plan.power) {
    words.push_back(fmt::format("h{} {}", host.value, on ? "on" : "off"));
  }
  for (const auto& [workload, strategy] : plan.deployments) {
    words.push_back(fmt::format("w{} by s{}", workload.value, strategy.value));
  }
  for (const auto& [workload, fragment, host] : plan.placements) {
    words.push_back(fmt::format("w{}.f{} on h{}", workload.value, fragment.value, host.value));
  }
  for (const auto& [workload, reason] : plan.deferrals) {
    words.push_back(fmt::format("w{} waits: {}", workload.value, reason));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

// How GoogleTest shows a plan.
inline void PrintTo(const Plan& plan, std::ostream* out) { *out << to_words(plan); }

// The least memory in one host without which no strategy of the workload can be served.
inline Mebibytes least_memory_to_serve(const WorkloadView& entry, const Catalogue& catalogue) {
  const auto& strategies = catalogue.at(entry.workload.application).strategies;
  Mebibytes least(1e12);
  for (std::uint32_t i = 0; i < strategies.size(); ++i) {
    if (entry.strategy && entry.strategy->value != i) continue;
    Mebibytes largest;
    for (std::size_t f = 0; f < strategies[i].fragments.size(); ++f) {
      if (entry.strategy && entry.tasks[f].state != TaskState::kUnplaced) continue;
      const Fragment& needed = strategies[i].fragments[f];
      largest = std::max(largest, needed.memory + needed.model_memory);
    }
    least = std::min(least, largest);
  }
  return least;
}

// The fragment of each strategy, still possible for the workload, that needs just one host.
inline std::vector<const Fragment*> single_fragments(const WorkloadView& entry,
                                                     const Catalogue& catalogue) {
  std::vector<const Fragment*> singles;
  const auto& strategies = catalogue.at(entry.workload.application).strategies;
  for (std::uint32_t i = 0; i < strategies.size(); ++i) {
    if (entry.strategy && entry.strategy->value != i) continue;
    std::vector<const Fragment*> unplaced;
    for (std::size_t f = 0; f < strategies[i].fragments.size(); ++f) {
      if (entry.strategy && entry.tasks[f].state != TaskState::kUnplaced) continue;
      unplaced.push_back(&strategies[i].fragments[f]);
    }
    if (unplaced.size() == 1) singles.push_back(unplaced.front());
  }
  return singles;
}

// Hosts to which work can be sent after the plan and that have none.
inline std::vector<const HostView*> idle_hosts_after(const Plan& plan, const ClusterView& view) {
  std::vector<int> tasks = tasks_per_host(view);
  for (const Placement& placement : plan.placements) ++tasks[placement.host.value];
  const std::vector<HostState> after = states_after(plan, view);
  std::vector<const HostView*> idle;
  for (const HostView& host : view.hosts) {
    const bool can_get_work = host.linked && accepts_work(after[host.id.value]);
    if (tasks[host.id.value] == 0 && can_get_work) idle.push_back(&host);
  }
  return idle;
}

inline ClusterView with_permuted_hosts(const ClusterView& view, RandomStream random) {
  std::vector<std::uint32_t> position(view.hosts.size());  // of each host in the new view
  std::iota(position.begin(), position.end(), 0u);
  for (std::size_t left = position.size(); left > 1; --left) {
    std::swap(position[left - 1], position[random.below(left)]);
  }
  ClusterView permuted = view;
  for (const HostView& host : view.hosts) {
    HostView& moved = permuted.hosts[position[host.id.value]];
    moved = host;
    moved.id = HostId{position[host.id.value]};
  }
  for (WorkloadView& entry : permuted.workloads) {
    for (TaskView& task : entry.tasks) {
      if (task.host) task.host = HostId{position[task.host->value]};
    }
  }
  return permuted;
}

// The plan in words as it looks to somebody who cannot tell hosts of the same looks apart: looks
// instead of ids, and behind '#' which of the hosts that got work it is, counted by first use.
inline std::vector<std::string> without_host_ids(const Plan& plan, const ClusterView& view) {
  const std::vector<int> tasks = tasks_per_host(view);
  const auto looks = [&](HostId id) {
    const HostView& host = view.host(id);
    return fmt::format(
        "{} host of type {} ready at {} ns with {} MiB used, utilisation {}, {} tasks, {} of its "
        "speed, {}",
        to_string(host.state), host.type.value, std::max(host.ready_at, view.now).count(),
        host.memory_used.value(), host.utilisation, tasks[id.value], host.speed_factor,
        host.linked ? "linked" : "unlinked");
  };
  std::vector<std::string> words;
  for (const auto& [host, on] : plan.power) {
    words.push_back(fmt::format("{}: {}", on ? "on" : "off", looks(host)));
  }
  std::ranges::sort(words);
  std::map<HostId, std::size_t> first_use;
  for (const auto& [workload, fragment, host] : plan.placements) {
    const std::size_t use = first_use.emplace(host, first_use.size()).first->second;
    words.push_back(
        fmt::format("w{}.f{}: #{} {}", workload.value, fragment.value, use, looks(host)));
  }
  words.push_back(to_words({{}, plan.deployments, {}, plan.deferrals}));
  return words;
}

// The same view over a catalogue that `change` has changed.
template <class Change>
TestCluster with_catalogue(const ClusterView& view, Change change) {
  auto catalogue = std::make_unique<Catalogue>(*view.catalogue);
  change(*catalogue);
  TestCluster cluster{std::move(catalogue), view};
  cluster.view.catalogue = cluster.catalogue.get();
  return cluster;
}

// Names that sort the other way round and have other lengths.
inline TestCluster with_other_names(const ClusterView& view) {
  return with_catalogue(view, [](Catalogue& catalogue) {
    int next = 1000;
    const auto rename = [&](std::string& name) {
      name = fmt::format("{}{:>{}}", next, "x", 1 + next % 7);
      --next;
    };
    for (HostType& type : catalogue.host_types) rename(type.name), rename(type.power.name);
    for (Application& application : catalogue.applications) {
      rename(application.name);
      for (Strategy& strategy : application.strategies) {
        rename(strategy.name);
        for (Fragment& part : strategy.fragments) rename(part.name);
      }
    }
  });
}

template <class IdType>
IdType mirrored(IdType id, std::size_t size) {
  return IdType{static_cast<std::uint32_t>(size) - 1 - id.value};
}

// Host types, applications and strategies listed backwards, ids to match.
inline TestCluster with_reversed_catalogue(const ClusterView& view) {
  const Catalogue& old = *view.catalogue;
  TestCluster cluster = with_catalogue(view, [](Catalogue& catalogue) {
    std::ranges::reverse(catalogue.host_types);
    std::ranges::reverse(catalogue.applications);
    for (Application& application : catalogue.applications) {
      std::ranges::reverse(application.strategies);
    }
  });
  std::ranges::reverse(cluster.view.arrival_rates);
  std::ranges::reverse(cluster.view.recent_requests);
  for (HostView& host : cluster.view.hosts) {
    host.type = mirrored(host.type, old.host_types.size());
    for (ModelId& model : host.resident) {
      model.strategy = mirrored(model.strategy, old.at(model.application).strategies.size());
      model.application = mirrored(model.application, old.applications.size());
    }
    std::ranges::sort(host.resident);
  }
  for (WorkloadView& entry : cluster.view.workloads) {
    ApplicationId& application = entry.workload.application;
    if (entry.strategy) {
      entry.strategy = mirrored(*entry.strategy, old.at(application).strategies.size());
    }
    application = mirrored(application, old.applications.size());
  }
  return cluster;
}

// A plan for the one view read as a plan for the other.
inline Plan with_reversed_strategies(Plan plan, const ClusterView& view) {
  for (auto& [workload, strategy] : plan.deployments) {
    const ApplicationId application = view.find(workload)->workload.application;
    strategy = mirrored(strategy, view.catalogue->at(application).strategies.size());
  }
  return plan;
}

}  // namespace scinet
