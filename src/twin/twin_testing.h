// Small clusters for the twin's tests, written so that the arithmetic beside a test is easy.
// By default a host has one core of 1000 MIPS and nothing costs time or money, and a fragment is
// 1000 Mi of constant work: one second of one core.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "twin/twin.h"

namespace scinet {

inline HostType plain_host(int cores = 1) {
  HostType type;
  type.name = "plain";
  type.cores = cores;
  type.speed = Mips(1000);
  type.memory = Mebibytes(1000);
  type.power = {.name = "linear", .points = {Watts(100), Watts(200)}, .source = "test"};
  return type;
}

inline Fragment plain_fragment(Mi work = Mi(1000)) {
  Fragment fragment;
  fragment.name = "all";
  fragment.work.mean = work;
  return fragment;
}

// An application with one strategy.
inline Application plain_application(std::vector<Fragment> fragments, double accuracy = 1.0) {
  Strategy strategy;
  strategy.name = "only";
  strategy.accuracy = accuracy;
  strategy.fragments = std::move(fragments);
  Application application;
  application.name = "app";
  application.strategies.push_back(std::move(strategy));
  return application;
}

// A catalogue of one host type and one application, and the twins of its clusters.
struct SmallWorld {
  HostType host = plain_host();
  std::vector<Fragment> fragments = {plain_fragment()};
  std::vector<Application> more_applications = {};
  int hosts = 1;
  int hosts_on = 1;
  TwinSettings settings = {};
  std::uint64_t seed = 1;
  Catalogue catalogue = {};

  // The twin borrows the catalogue of this world.
  Twin twin() {
    catalogue.host_types = {host};
    catalogue.applications = {plain_application(fragments)};
    catalogue.applications.insert(catalogue.applications.end(), more_applications.begin(),
                                  more_applications.end());
    const std::vector<HostTypeId> types(static_cast<std::size_t>(hosts), HostTypeId{0});
    return {catalogue, types, hosts_on, QosWeights{}, settings, RandomStreams(seed)};
  }
};

inline Workload request(std::uint64_t id, SimTime arrival, std::uint32_t application = 0,
                        Bytes input = Bytes(0)) {
  return {.id = WorkloadId{id},
          .application = ApplicationId{application},
          .arrival = arrival,
          .slo = Seconds(10),
          .input = input};
}

// Fragment i of the workload goes to the i-th host; the strategy is the first.
inline Plan serve(std::uint64_t id, const std::vector<std::uint32_t>& hosts) {
  Plan plan;
  plan.deployments.push_back({WorkloadId{id}, StrategyId{0}});
  for (std::uint32_t fragment = 0; const std::uint32_t host : hosts) {
    plan.placements.push_back({WorkloadId{id}, FragmentId{fragment++}, HostId{host}});
  }
  return plan;
}

inline Plan place_again(std::uint64_t id, std::uint32_t fragment, std::uint32_t host) {
  Plan plan;
  plan.placements.push_back({WorkloadId{id}, FragmentId{fragment}, HostId{host}});
  return plan;
}

inline Plan switch_host(std::uint32_t host, bool on) {
  Plan plan;
  plan.power.push_back({HostId{host}, on});
  return plan;
}

// Runs until the moment, where the request arrives and is placed at once.
inline void serve_at(Twin& twin, SimTime moment, std::uint64_t id,
                     const std::vector<std::uint32_t>& hosts, std::uint32_t application = 0,
                     Bytes input = Bytes(0)) {
  twin.run_until(moment);
  twin.arrive(request(id, moment, application, input));
  twin.apply(serve(id, hosts));
}

inline std::optional<SimTime> finish_of(const Twin& twin, std::uint64_t id) {
  for (const FinishedWorkload& entry : twin.finished().entries()) {
    if (entry.workload.id == WorkloadId{id}) return entry.finish;
  }
  return std::nullopt;
}

inline TaskView task_of(const Twin& twin, std::uint64_t id, std::uint32_t fragment = 0) {
  const ClusterView view = twin.view(DecisionsAsked::all());
  return view.find(WorkloadId{id})->tasks[fragment];
}

inline HostView host_of(const Twin& twin, std::uint32_t host) {
  return twin.view(DecisionsAsked::all()).hosts[host];
}

}  // namespace scinet
