// Requests whose fragments run on several real workers, some of which are lost on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "platform/local/real_applications_testing.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// Every strategy of several fragments on three workers, one of which is killed while it is at work.
TEST(LocalGraphs, GiveTheAnswersOfADirectRunThoughAWorkerIsKilled) {
  RealApplications real(1);
  int graphs = 0;
  for (std::uint32_t a = 0; a < real.catalogue.size(); ++a) {
    for (const Strategy& strategy : real.catalogue[a].strategies) {
      if (strategy.fragments.size() < 2) continue;
      ++graphs;
      Scenario scenario = small_scenario(3);
      scenario.catalogue.applications = {{real.load.names[a], {strategy}}};
      Cluster cluster(std::move(scenario));
      const LoadInput& input = real.load.inputs[a][0];
      const std::string target = "/api/" + real.load.names[a];

      const auto response = cluster.call("POST", target, input.bytes);
      ASSERT_TRUE(response.ok()) << response.error().message;
      EXPECT_TRUE(response.value().body == input.expected.at(strategy.name)) << strategy.name;
      const std::string hosts = *find_field(response.value().fields, kHostsField);
      EXPECT_NE(hosts.find("half-core-0"), std::string::npos) << hosts;
      EXPECT_NE(hosts.find("half-core-1"), std::string::npos) << hosts;
      const auto traces = parse_traces(*find_field(response.value().fields, kTraceField)).value();
      EXPECT_EQ(traces.size(), strategy.fragments.size());
      const WorkloadOutcome outcome = cluster.platform().accounts().workloads[0];
      ASSERT_EQ(outcome.tasks.size(), strategy.fragments.size());
      for (std::size_t i = 0; i < outcome.tasks.size(); ++i) {
        EXPECT_LT(outcome.tasks[i].start, outcome.tasks[i].finish);
        for (const FragmentId before : strategy.fragments[i].inputs) {
          EXPECT_LE(outcome.tasks[before.value].finish, outcome.tasks[i].queued);
        }
      }
      EXPECT_LE(outcome.tasks.back().finish, *outcome.finish);

      std::jthread killer([&cluster] { EXPECT_TRUE(cluster.platform().kill(HostId{0}).ok()); });
      for (int i = 0; i < 5; ++i) {
        const auto again = cluster.call("POST", target, input.bytes);
        ASSERT_TRUE(again.ok()) << again.error().message;
        EXPECT_TRUE(again.value().body == input.expected.at(strategy.name)) << strategy.name;
      }
    }
  }
  if (graphs == 0) GTEST_SKIP() << "no application that is cut into fragments has its models here";
}

// Two fragments: the test itself gives the first one host 0. Until it says so nothing else is
// placed, then all is on host 1.
class StagedCluster {
 public:
  explicit StagedCluster(const Strategy& strategy, const std::string& application)
      : cluster_(scenario_of(strategy, application), test_settings(),
                 [this](const ClusterView& view) { return decide(view); }) {}

  Cluster& cluster() { return cluster_; }
  void place_the_rest() { may_place_ = true; }
  // Places the first fragment once the request is there, and waits until it is done.
  void run_first() {
    ASSERT_TRUE(wait_for([](const ClusterView& view) { return !view.workloads.empty(); }));
    const WorkloadId id{0};
    ASSERT_TRUE(cluster_.platform()
                    .apply({.power = {},
                            .deployments = {{id, StrategyId{0}}},
                            .placements = {{id, FragmentId{0}, HostId{0}}},
                            .deferrals = {}})
                    .ok());
    ASSERT_TRUE(wait_for([](const ClusterView& view) {
      return view.workloads.at(0).tasks.at(0).state == TaskState::kDone;
    }));
  }

 private:
  static Scenario scenario_of(const Strategy& strategy, const std::string& application) {
    Scenario scenario = small_scenario(2);
    scenario.catalogue.applications = {{application, {strategy}}};
    return scenario;
  }
  bool wait_for(const std::function<bool(const ClusterView&)>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (holds(cluster_.platform().observe({}).value())) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  Plan decide(const ClusterView& view) const {
    Plan plan = spread_first_strategies(view);
    for (Placement& placement : plan.placements) placement.host = HostId{1};
    if (may_place_) return plan;
    Plan nothing;
    for (const WorkloadView& entry : view.workloads) {
      const bool is_placed = std::ranges::all_of(
          entry.tasks, [](const TaskView& task) { return task.host.has_value(); });
      if (!entry.strategy || !is_placed) nothing.deferrals.push_back({entry.workload.id, "staged"});
    }
    return nothing;
  }

  std::atomic<bool> may_place_ = false;
  Cluster cluster_;
};

enum class Loss { kKilled, kFrozen, kSwitchedOff };

// The host of the first output is lost before the second fragment has got it: the first runs again
// on the other host, and the client sees one right answer.
void lose_an_output(Loss loss) {
  RealApplications real(1);
  const auto found = std::ranges::find(real.load.names, "fashion");
  if (found == real.load.names.end()) GTEST_SKIP() << "fashion has no models here";
  const auto a = static_cast<std::size_t>(found - real.load.names.begin());
  const auto& strategies = real.catalogue[a].strategies;
  const auto layer = std::ranges::find(strategies, "layer", &Strategy::name);
  ASSERT_NE(layer, strategies.end());
  ASSERT_EQ(layer->fragments.size(), 2u);
  const LoadInput& input = real.load.inputs[a][0];

  StagedCluster staged(*layer, "fashion");
  LocalPlatform& platform = staged.cluster().platform();
  std::jthread client([&] {
    const auto response = staged.cluster().call("POST", "/api/fashion", input.bytes);
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response.value().status, 200) << response.value().body;
    EXPECT_TRUE(response.value().body == input.expected.at("layer"));
    EXPECT_EQ(*find_field(response.value().fields, kHostsField), "half-core-1, half-core-1");
  });
  staged.run_first();
  if (loss == Loss::kKilled) {
    EXPECT_TRUE(platform.kill(HostId{0}).ok());
    staged.cluster().wait_for(0, HostState::kFailed);
  } else if (loss == Loss::kFrozen) {  // the second fragment is sent, and finds it silent
    EXPECT_TRUE(platform.freeze(HostId{0}, Seconds(1000)).ok());
  } else {  // nothing that is placed needs what it keeps
    staged.cluster().switch_host(0, false);
    staged.cluster().wait_for(0, HostState::kOff);
  }
  staged.place_the_rest();
  client.join();
  const WorkloadOutcome outcome = platform.accounts().workloads.at(0);
  EXPECT_EQ(outcome.attempts, 2);
  EXPECT_EQ(platform.counts().answered, 1);
}

TEST(LocalGraphs, MakeAnOutputAgainThatWasKilledWithItsHost) { lose_an_output(Loss::kKilled); }
TEST(LocalGraphs, MakeAnOutputAgainWhoseHostIsSilent) { lose_an_output(Loss::kFrozen); }
TEST(LocalGraphs, MakeAnOutputAgainWhoseHostWasSwitchedOff) { lose_an_output(Loss::kSwitchedOff); }

std::optional<ApplicationId> application_named(std::string_view name,
                                               const RealApplications& real) {
  const auto found = std::ranges::find(real.load.names, name);
  if (found == real.load.names.end()) return std::nullopt;
  return ApplicationId{static_cast<std::uint32_t>(found - real.load.names.begin())};
}

// So many requests to one application, so far apart.
LoadReport ask(const RealApplications& real, ApplicationId application, std::uint32_t count,
               SimTime apart) {
  std::vector<Workload> workloads;
  for (std::uint32_t i = 0; i < count; ++i) {
    workloads.push_back({WorkloadId{i}, application, i * apart, Seconds(3), Bytes(0)});
  }
  return LoadGenerator(real.load, RandomStreams(1)).run(workloads);
}

TEST(LocalGraphs, StrategiesOfOneApplicationRunSideBySide) {
  RealApplications real(4);
  const std::optional<ApplicationId> fashion = application_named("fashion", real);
  if (!fashion) GTEST_SKIP() << "fashion has no models here";
  const std::size_t strategies = real.catalogue[fashion->value].strategies.size();
  Cluster cluster(scenario_of(real, 3), test_settings(), [&real](const ClusterView& view) {
    return spread(view, [&real](const Workload& workload) {
      return drawn_strategy(real.catalogue, workload);
    });
  });
  real.load.gateway = cluster.url();
  const LoadReport report = ask(real, *fashion, 60, 2ms);
  expect_all_right(report, 60);
  std::set<std::string> used;
  for (const LoadRecord& record : report.records) used.insert(record.strategy);
  EXPECT_EQ(used.size(), strategies);
}

// The branches of `semantic` run together, and what merges them does not.
TEST(LocalGraphs, RunRequestsTogetherWhereTheCatalogueSaysSo) {
  RealApplications real(4);
  const std::optional<ApplicationId> fashion = application_named("fashion", real);
  if (!fashion) GTEST_SKIP() << "fashion has no models here";
  auto& strategies = real.catalogue[fashion->value].strategies;
  const auto semantic = std::ranges::find(strategies, "semantic", &Strategy::name);
  ASSERT_NE(semantic, strategies.end());
  strategies = {*semantic};
  let_run_together(strategies[0], {4, Seconds(0.05), 0.9});
  strategies[0].fragments.back().batch = {};
  Cluster cluster(scenario_of(real, 2));
  real.load.gateway = cluster.url();
  const LoadReport report = ask(real, *fashion, 40, 1ms);
  expect_all_right(report, 40);
  std::int64_t together = 0;
  for (const LoadRecord& record : report.records) {
    together += ran_together(record);
    const auto traces = parse_traces(record.trace);
    ASSERT_TRUE(traces.ok()) << record.trace;
    for (const FragmentTrace& trace : traces.value()) {
      EXPECT_LE(trace.batch, trace.fragment + 1 < strategies[0].fragments.size() ? 4 : 1);
    }
  }
  EXPECT_GT(together, 40);
  // Each bears a share of the work.
  for (const WorkloadOutcome& outcome : cluster.platform().accounts().workloads) {
    for (const TaskOutcome& task : outcome.tasks) EXPECT_GT(task.cpu, Seconds(0));
  }
}

TEST(LocalGraphs, LeaveNoOutputBehind) {
  RealApplications real(2);
  Cluster cluster(scenario_of(real, 2), test_settings(), [&real](const ClusterView& view) {
    return spread(view, [&real](const Workload& workload) {
      const auto& strategies = real.catalogue[workload.application.value].strategies;
      const auto most = std::ranges::max_element(
          strategies, {}, [](const Strategy& strategy) { return strategy.fragments.size(); });
      return StrategyId{static_cast<std::uint32_t>(most - strategies.begin())};
    });
  });
  for (std::size_t a = 0; a < real.load.names.size(); ++a) {
    const auto response =
        cluster.call("POST", "/api/" + real.load.names[a], real.load.inputs[a][0].bytes);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response.value().status, 200) << response.value().body;
  }
  for (const HostStatus& host : cluster.platform().hosts()) {
    HttpCall call;
    call.url = parse_url(host.url + "/stats").value();
    call.method = "GET";
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    std::string stats;
    do {  // they are dropped after the answer, and nobody waits for it
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << stats;
      stats = http_call(call).value().body;
    } while (stats.find("\"kept_outputs\":0,") == std::string::npos);
  }
}

}  // namespace
}  // namespace scinet
