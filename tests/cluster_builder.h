// Small clusters for tests, written so that a test reads as a sentence:
//
//   const TestCluster cluster = ClusterBuilder()
//                                   .type({.name = "small", .memory = Mebibytes(512)})
//                                   .host("small")
//                                   .host("small", HostState::kOff)
//                                   .application("ocr", {whole(Mi(1000))})
//                                   .waiting("ocr")
//                                   .build();
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "model/cluster_view.h"

namespace scinet {

// A view with the catalogue that it borrows, which keeps its address when this is moved.
struct TestCluster {
  std::unique_ptr<const Catalogue> catalogue;
  ClusterView view;
};

// What a host type is in a test unless it says otherwise: 2 cores, 1 W a core and 10 W idle.
struct TestType {
  std::string name = "small";
  int cores = 2;
  Mips speed{1000};
  Mebibytes memory{1024};
  DollarsPerHour price{0.10};
  Seconds boot_time{10};
  Watts idle{10};
  Watts peak{12};
  BytesPerSecond bandwidth{0};
  Seconds latency{0};
  double background = 0.0;
};

inline HostType make_type(const TestType& type) {
  return {.name = type.name,
          .cores = type.cores,
          .speed = type.speed,
          .memory = type.memory,
          .background = type.background,
          .bandwidth = type.bandwidth,
          .latency = type.latency,
          .price = type.price,
          .billing_increment = Seconds(1),
          .boot_time = type.boot_time,
          .power = {.name = type.name, .points = {type.idle, type.peak}, .source = "test"},
          .boot_power = type.peak,
          .burst = std::nullopt,
          .source = "test"};
}

// A fragment of constant work that needs `memory` and no model. Change what the test is about.
inline Fragment fragment(Mi work, Mebibytes memory = Mebibytes(100)) {
  return {.name = "fragment",
          .work = {.shape = WorkShape::kConstant, .mean = work, .variation = 0.0},
          .cores = 1.0,
          .memory = memory,
          .model_memory = Mebibytes(0),
          .load_time = Seconds(0),
          .output = Bytes(0),
          .inputs = {}};
}

inline Strategy strategy(std::string name, double accuracy, std::vector<Fragment> fragments) {
  return {std::move(name), accuracy, "test", std::move(fragments)};
}

inline Strategy whole(Mi work, double accuracy = 0.9, Mebibytes memory = Mebibytes(100)) {
  return strategy("whole", accuracy, {fragment(work, memory)});
}

// Each fragment feeds the next.
inline Strategy layer(std::vector<Fragment> fragments, double accuracy = 0.9) {
  for (std::uint32_t i = 1; i < fragments.size(); ++i) fragments[i].inputs = {FragmentId{i - 1}};
  return strategy("layer", accuracy, std::move(fragments));
}

// All fragments but the last are branches that the last merges.
inline Strategy semantic(std::vector<Fragment> fragments, double accuracy = 0.8) {
  for (std::uint32_t i = 0; i + 1 < fragments.size(); ++i) {
    fragments.back().inputs.push_back(FragmentId{i});
  }
  return strategy("semantic", accuracy, std::move(fragments));
}

class ClusterBuilder {
 public:
  ClusterBuilder() {
    view_.now = std::chrono::hours(1);
    view_.asked = DecisionsAsked::all();
  }

  ClusterBuilder& type(const TestType& type) {
    catalogue_->host_types.push_back(make_type(type));
    return *this;
  }
  ClusterBuilder& application(std::string name, std::vector<Strategy> strategies) {
    catalogue_->applications.push_back({std::move(name), std::move(strategies)});
    view_.arrival_rates.push_back(0.0);
    view_.recent_requests.emplace_back();
    return *this;
  }
  // Of requests with an SLO of 30 s.
  ClusterBuilder& arrival_rate(std::string_view application, double per_second) {
    view_.arrival_rates[application_id(application).value] = per_second;
    view_.recent_requests[application_id(application).value] = {{Seconds(30), Bytes(0)}};
    return *this;
  }

  // The next host; ids count from 0.
  ClusterBuilder& host(std::string_view type, HostState state = HostState::kOn) {
    const auto id = catalogue_->find_host_type(type);
    ensure(id.has_value(), "the host type was added before the host");
    HostView host;
    host.id = HostId{static_cast<std::uint32_t>(view_.hosts.size())};
    host.type = *id;
    host.state = state;
    if (state == HostState::kBooting) host.ready_at = view_.now + std::chrono::seconds(5);
    view_.hosts.push_back(std::move(host));
    return *this;
  }
  // The host added last is out of reach, or runs at a share of its speed.
  ClusterBuilder& unlinked() {
    view_.hosts.back().linked = false;
    return *this;
  }
  ClusterBuilder& slow(double speed_factor) {
    view_.hosts.back().speed_factor = speed_factor;
    return *this;
  }
  // Of the host added last, also as its only recent beat.
  ClusterBuilder& utilisation(double share) {
    view_.hosts.back().utilisation = share;
    view_.hosts.back().recent_utilisation = {share};
    return *this;
  }

  // The next workload, without a strategy; ids count from 0.
  ClusterBuilder& waiting(std::string_view application, Seconds slo = Seconds(10),
                          Seconds age = Seconds(0)) {
    WorkloadView entry;
    entry.workload = {.id = WorkloadId{view_.workloads.size()},
                      .application = application_id(application),
                      .arrival = view_.now - to_sim_time(age),
                      .slo = slo,
                      .input = Bytes(0)};
    view_.workloads.push_back(std::move(entry));
    return *this;
  }
  // A workload with a strategy and, for each of its fragments, the state and host of the task.
  ClusterBuilder& deployed(std::string_view application, std::uint32_t strategy,
                           const std::vector<std::pair<TaskState, std::uint32_t>>& tasks) {
    waiting(application);
    WorkloadView& entry = view_.workloads.back();
    entry.strategy = StrategyId{strategy};
    for (const auto& [state, host] : tasks) {
      TaskView task;
      task.fragment = FragmentId{static_cast<std::uint32_t>(entry.tasks.size())};
      task.state = state;
      if (state != TaskState::kUnplaced) task.host = HostId{host};
      if (state == TaskState::kDone) task.progress = 1.0;
      entry.tasks.push_back(task);
    }
    return *this;
  }

  ClusterBuilder& asked(DecisionsAsked decisions) {
    view_.asked = decisions;
    return *this;
  }

  TestCluster build() {
    TestCluster cluster{std::move(catalogue_), std::move(view_)};
    cluster.view.catalogue = cluster.catalogue.get();
    return cluster;
  }

 private:
  ApplicationId application_id(std::string_view name) const {
    const auto id = catalogue_->find_application(name);
    ensure(id.has_value(), "the application was added before it is used");
    return *id;
  }

  std::unique_ptr<Catalogue> catalogue_ = std::make_unique<Catalogue>();
  ClusterView view_;
};

}  // namespace scinet
