// A small running cluster of real workers, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "platform/local/decision_driver.h"
#include "platform/local/gateway.h"
#include "platform/local/load_generator.h"
#include "platform/local/local_platform.h"
#include "serving/application_set.h"

namespace scinet {

inline const std::filesystem::path kModels =
    std::filesystem::path(SCINET_SOURCE_DIR) / "build" / "models";

inline Strategy one_fragment(std::string name) {
  Fragment fragment;
  fragment.name = "all";
  fragment.work.mean = Mi(30);
  return {std::move(name), 1.0, "test", {fragment}};
}

// Hosts of half a core each, blur and emboss, all hosts on.
inline Scenario small_scenario(int hosts) {
  HostType type;
  type.name = "half core";
  type.speed = Mips(500);
  type.memory = Mebibytes(2048);
  type.price = DollarsPerHour(0.1);
  type.power = {"line", {Watts(10), Watts(20)}, "test"};
  type.boot_power = Watts(15);
  Scenario scenario;
  scenario.name = "small";
  scenario.catalogue.host_types = {type};
  scenario.catalogue.applications = {{"blur", {one_fragment("whole")}},
                                     {"emboss", {one_fragment("whole")}}};
  scenario.hosts.assign(static_cast<std::size_t>(hosts), HostTypeId{0});
  scenario.hosts_on_at_start = hosts;
  scenario.cadence = Cadence::kArrival;
  scenario.beat = Seconds(0.1);
  for (std::uint32_t i = 0; i < 2; ++i) {
    scenario.mix.push_back(
        {ApplicationId{i}, 1.0, Seconds(2), Seconds(4), Seconds(1), Bytes(1000)});
  }
  return scenario;
}

inline LocalSettings test_settings() {
  LocalSettings settings;
  settings.program = SCINET_TEST_WORKER;
  settings.models = kModels;
  settings.timing.silence = Seconds(0.5);
  settings.timing.repair = Seconds(0.2);
  settings.request_timeout = Seconds(100);
  return settings;
}

// Which strategy serves a request.
using StrategyChoice = std::function<StrategyId(const Workload&)>;

// The fragments in turn on the hosts with the fewest tasks.
inline Plan spread(const ClusterView& view, const StrategyChoice& choose) {
  Plan plan;
  std::vector<int> load = tasks_per_host(view);
  std::vector<HostId> usable;
  for (const HostView& host : view.hosts) {
    if (accepts_work(host.state)) usable.push_back(host.id);
  }
  for (const WorkloadView& entry : view.workloads) {
    const WorkloadId id = entry.workload.id;
    std::vector<FragmentId> unplaced;
    for (const TaskView& task : entry.tasks) {
      if (!task.host) unplaced.push_back(task.fragment);
    }
    if (entry.strategy && unplaced.empty()) continue;
    if (usable.empty()) {
      plan.deferrals.push_back({id, "no host is on"});
      continue;
    }
    if (!entry.strategy) {
      const StrategyId chosen = choose(entry.workload);
      plan.deployments.push_back({id, chosen});
      const auto& strategy = view.catalogue->at(entry.workload.application, chosen);
      for (std::uint32_t i = 0; i < strategy.fragments.size(); ++i) unplaced.push_back({i});
    }
    for (FragmentId fragment : unplaced) {
      const HostId host = *std::ranges::min_element(
          usable, {}, [&load](HostId candidate) { return load[candidate.value]; });
      ++load[host.value];
      plan.placements.push_back({id, fragment, host});
    }
  }
  return plan;
}

// Decides as well who is on.
using Decider = std::function<Plan(const ClusterView&)>;

inline Plan spread_first_strategies(const ClusterView& view) {
  return spread(view, [](const Workload&) { return StrategyId{0}; });
}

// A running cluster with its gateway and someone who decides.
class Cluster {
 public:
  explicit Cluster(Scenario scenario, LocalSettings settings = test_settings(),
                   Decider decide = spread_first_strategies)
      : scenario_(std::move(scenario)), decide_(std::move(decide)) {
    auto platform = LocalPlatform::start(scenario_, std::move(settings), loop_);
    EXPECT_TRUE(platform.ok()) << platform.error().message;
    platform_ = std::move(platform).value();
    driver_ = std::make_unique<DecisionDriver>(
        scenario_.cadence, scenario_.beat, [this](DecisionsAsked asked) -> Status {
          const Result<ClusterView> view = platform_->observe(asked);
          const Plan plan = decide_(view.value());
          for (std::string& broken : find_violations(plan, view.value())) {
            violations_.push_back(std::move(broken));
          }
          return platform_->apply(plan);
        });
    platform_->call_when_work_waits([this] { driver_->notify(); });
    gateway_ = std::move(Gateway::start({}, *platform_, loop_).value());
  }
  ~Cluster() {
    stop();
    gateway_.reset();
    platform_->call_when_work_waits({});
    driver_.reset();
    EXPECT_EQ(violations_, std::vector<std::string>{});
  }
  void stop() { platform_->stop(Seconds(0)); }

  LocalPlatform& platform() { return *platform_; }
  Scenario& scenario() { return scenario_; }
  HttpUrl url() { return parse_url(gateway_->url()).value(); }

  Result<HttpResponse> call(std::string method, std::string target, std::string body = "",
                            HttpFields fields = {}) {
    HttpCall call;
    call.url = url();
    call.url.target = std::move(target);
    call.method = std::move(method);
    call.body = std::move(body);
    call.fields = std::move(fields);
    return http_call(std::move(call));
  }

  HostState state(std::uint32_t host) { return platform_->hosts()[host].state; }
  void wait_for(std::uint32_t host, HostState wanted) {
    wait_until([&] { return state(host) == wanted; }, to_string(wanted));
  }
  // The first view in which the host is in this state.
  HostView wait_for_view(std::uint32_t host, HostState wanted) {
    std::optional<HostView> found;
    wait_until(
        [&] {
          found = platform_->observe({}).value().hosts[host];
          return found->state == wanted;
        },
        to_string(wanted));
    return *found;
  }
  // What was recorded of the host, in order: states and faults by their names.
  std::vector<std::string> record_of(std::uint32_t host) {
    std::vector<std::string> record;
    SimTime last{0};
    for (const HostChange& change : platform_->host_changes()) {
      EXPECT_GE(change.at, last) << "in order of time";
      last = change.at;
      if (change.host != HostId{host}) continue;
      record.push_back(change.state ? std::string(to_string(*change.state)) : change.fault->kind);
    }
    return record;
  }
  bool has_work(std::uint32_t host) { return platform_->hosts()[host].in_flight > 0; }
  bool wait_for_work_on(std::uint32_t host) {
    return wait_until([&] { return has_work(host); }, "at work");
  }
  void switch_host(std::uint32_t host, bool on) {
    Plan plan;
    plan.power.push_back({HostId{host}, on});
    EXPECT_TRUE(platform_->apply(plan).ok());
  }
  bool tells(std::string_view words) {
    return std::ranges::any_of(platform_->events(), [words](const HostEvent& event) {
      return event.what.find(words) != std::string::npos;
    });
  }

 private:
  // A test that waits for what never comes should say so.
  template <typename Condition>
  static bool wait_until(Condition holds, std::string_view what) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "a host is not " << what << " after a minute";
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  EventLoop loop_;
  Scenario scenario_;
  Decider decide_;
  std::unique_ptr<LocalPlatform> platform_;
  std::unique_ptr<DecisionDriver> driver_;
  std::unique_ptr<Gateway> gateway_;
  std::vector<std::string> violations_;  // of plans; the driver's thread writes
};

inline void expect_all_right(const LoadReport& report, std::int64_t count) {
  EXPECT_EQ(report.completed, count);
  EXPECT_EQ(report.lost, 0);
  EXPECT_EQ(report.duplicated, 0);
  EXPECT_EQ(report.compared, count);
  EXPECT_EQ(report.wrong_answers, 0);
  for (const LoadRecord& record : report.records) EXPECT_EQ(record.problem, "");
}

}  // namespace scinet
