// Thousands of requests to all applications by all their strategies, while workers are killed.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "platform/local/real_applications_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr int kHosts = 6;
constexpr std::uint32_t kRequests = 2000;

// Small ones often, those that take long seldom.
ApplicationId drawn_application(const std::vector<std::string>& names, std::uint32_t request) {
  std::vector<std::uint32_t> tickets;
  for (std::uint32_t a = 0; a < names.size(); ++a) {
    const int share = names[a] == "ocr" ? 1 : names[a] == "vad" ? 4 : 16;
    tickets.insert(tickets.end(), static_cast<std::size_t>(share), a);
  }
  return ApplicationId{
      tickets[RandomStreams(12).stream("application", request).below(tickets.size())]};
}

Plan spread_and_revive(const RealApplications& real, const ClusterView& view) {
  Plan plan = spread(
      view, [&real](const Workload& workload) { return drawn_strategy(real.catalogue, workload); });
  for (const HostView& host : view.hosts) {
    const bool is_off = host.state == HostState::kOff;
    if (view.asked.provisioning && is_off) plan.power.push_back({host.id, true});
  }
  return plan;
}

// Every second strategy, and the speech detector, which gains most.
void let_some_run_together(RealApplications& real) {
  for (std::size_t a = 0; a < real.catalogue.size(); ++a) {
    std::vector<Strategy>& strategies = real.catalogue[a].strategies;
    for (std::size_t s = 0; s < strategies.size(); ++s) {
      const bool chosen = s % 2 == 1 || real.load.names[a] == "vad";
      if (chosen) let_run_together(strategies[s], {4, Seconds(0.05), 0.7});
    }
  }
}

// SIGKILL to a random host after every 60 to 140 answers, so that a slow machine has no more of
// them than a fast one. Returns how many hosts it hit.
int kill_until_answered(LocalPlatform& platform, const LoadGenerator& load) {
  RandomStream draws = RandomStreams(13).stream("kills");
  int kills = 0;
  for (std::int64_t next = 60; next < kRequests; next += 60 + static_cast<int>(draws.below(80))) {
    while (load.answered() < next) std::this_thread::sleep_for(1ms);
    if (platform.kill(HostId{static_cast<std::uint32_t>(draws.below(kHosts))})) ++kills;
  }
  return kills;
}

TEST(LocalSurvival, NoRequestIsLostOrAnsweredTwiceThoughWorkersAreKilled) {
  RealApplications real(6);
  let_some_run_together(real);
  Scenario scenario = scenario_of(real, kHosts);
  LocalSettings settings = test_settings();
  settings.cores_per_host.assign(kHosts, 1.0);
  settings.max_open = kRequests;
  settings.request_timeout = Seconds(300);
  settings.max_attempts = 1000;
  Cluster cluster(std::move(scenario), std::move(settings),
                  [&real](const ClusterView& view) { return spread_and_revive(real, view); });
  real.load.gateway = cluster.url();
  real.load.timeout = Seconds(300);
  std::vector<Workload> workloads;
  for (std::uint32_t i = 0; i < kRequests; ++i) {
    workloads.push_back(
        {WorkloadId{i}, drawn_application(real.load.names, i), i * 8ms, Seconds(3), Bytes(0)});
  }
  LoadGenerator load(real.load, RandomStreams(1));
  int kills = 0;
  std::jthread killer([&] { kills = kill_until_answered(cluster.platform(), load); });
  const LoadReport report = load.run(workloads);
  killer.join();

  expect_all_right(report, kRequests);
  EXPECT_GT(kills, 10);
  EXPECT_GT(cluster.platform().counts().failed_attempts, 0);
  EXPECT_EQ(cluster.platform().counts().answered, kRequests);
  std::set<std::pair<std::uint32_t, std::string>> used;
  for (const LoadRecord& record : report.records) {
    used.insert({record.workload.application.value, record.strategy});
  }
  EXPECT_TRUE(std::ranges::any_of(report.records, ran_together)) << "no two ran together";
  std::size_t strategies = 0;
  for (const Application& application : real.catalogue) strategies += application.strategies.size();
  EXPECT_EQ(used.size(), strategies) << "every strategy was used";
}

}  // namespace
}  // namespace scinet
