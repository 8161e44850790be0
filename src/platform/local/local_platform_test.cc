// The local platform with real workers: what clients get must be right whatever happens to hosts.
#include "platform/local/local_platform.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "platform/local/local_testing.h"
#include "platform/local/test_picture.h"
#include "serving/application_set.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Pictures with their answers by a direct run, without a cluster.
std::vector<LoadInput> pictures(const std::string& application, int side) {
  ApplicationSet direct(kModels);
  std::vector<LoadInput> inputs;
  for (int seed = 0; seed < 4; ++seed) {
    LoadInput input;
    input.name = fmt::format("wave-{}", seed);
    input.bytes = test_picture(side, seed);
    const Result<std::string> answer = direct.run_all(application, "whole", input.bytes);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    input.expected["whole"] = answer.value();
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// `count` requests of both applications at even distances.
LoadReport send_load(Cluster& cluster, int count, SimTime distance, int side) {
  LoadSettings settings;
  settings.gateway = cluster.url();
  settings.names = {"blur", "emboss"};
  settings.inputs = {pictures("blur", side), pictures("emboss", side)};
  std::vector<Workload> workloads;
  for (int i = 0; i < count; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    workloads.push_back(
        {WorkloadId{number}, ApplicationId{number % 2}, i * distance, Seconds(3), Bytes(0)});
  }
  return LoadGenerator(std::move(settings), RandomStreams(1)).run(workloads);
}

bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

TEST(LocalPlatform, GivesTheAnswersOfADirectRun) {
  Cluster cluster(small_scenario(2));
  expect_all_right(send_load(cluster, 40, 10ms, 64), 40);

  const Accounts accounts = cluster.platform().accounts();
  ASSERT_EQ(accounts.workloads.size(), 40u);
  for (const WorkloadOutcome& outcome : accounts.workloads) {
    EXPECT_TRUE(outcome.finish);
    EXPECT_EQ(outcome.attempts, 1);
    EXPECT_EQ(outcome.workload.slo, Seconds(3)) << "the client's own";
    ASSERT_EQ(outcome.tasks.size(), 1u);
    const TaskOutcome& task = outcome.tasks[0];
    EXPECT_LE(outcome.workload.arrival, outcome.deployed_at);
    EXPECT_LE(outcome.deployed_at, task.queued);
    EXPECT_LE(task.queued, task.start);
    EXPECT_LT(task.start, task.finish);
    EXPECT_LE(task.finish, *outcome.finish);
    EXPECT_GT(task.cpu, Seconds(0));
    EXPECT_LE(task.load, to_seconds(task.start - task.queued));
  }
  for (const HostAccount& host : accounts.hosts) {
    EXPECT_GT(host.energy.value(), 0.0);
    EXPECT_GT(host.cpu.count(), 0.0);
    EXPECT_GT(host.cost.value(), 0.0);
  }
  const ClusterView view = cluster.platform().observe({}).value();
  EXPECT_GT(view.hosts[0].memory_used.value(), 1.0);
  EXPECT_FALSE(view.hosts[0].resident.empty());
  EXPECT_GT(view.arrival_rates[0], 0.0);
}

TEST(LocalPlatform, TellsWhoServedARequest) {
  Cluster cluster(small_scenario(1));
  const auto response = cluster.call("POST", "/api/blur", test_picture(32, 1));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response.value().status, 200);
  EXPECT_EQ(response.value().content_type, "image/jpeg");
  const auto field = [&](const char* name) {
    const std::string* value = find_field(response.value().fields, name);
    return value ? *value : std::string();
  };
  EXPECT_EQ(field(kWorkloadField), "0");
  EXPECT_EQ(field(kStrategyField), "whole");
  EXPECT_EQ(field(kHostsField), "half-core-0");
  EXPECT_NE(field(kTraceField).find("host=half-core-0;fragment=blur/whole/0"), std::string::npos);

  // Its outcome says the same; the host has one core, and half of one of this machine.
  const FragmentTrace trace = parse_traces(field(kTraceField)).value()[0];
  const TaskOutcome task = cluster.platform().accounts().workloads[0].tasks[0];
  const auto microseconds = [](Seconds time) { return time.count() * 1e6; };
  EXPECT_EQ(task.host, HostId{0});
  EXPECT_NEAR(microseconds(to_seconds(task.start - task.queued)),
              static_cast<double>(trace.queue_us + trace.load_us), 0.01);
  EXPECT_NEAR(microseconds(to_seconds(task.finish - task.start)), static_cast<double>(trace.run_us),
              0.01);
  EXPECT_NEAR(microseconds(task.load), static_cast<double>(trace.load_us), 0.01);
  EXPECT_NEAR(microseconds(task.cpu), static_cast<double>(trace.cpu_us) / 0.5, 0.01);
}

TEST(LocalPlatform, TellsClientsWhatIsWrongAndCountsIt) {
  Cluster cluster(small_scenario(1));
  struct Case {
    std::string method, target, body;
    HttpFields fields;
    int status;
    std::string sentence;
  };
  const std::vector<Case> cases = {
      {"POST", "/api/blur", "not a picture", {}, 400, "PNG"},
      {"POST", "/api/sharpen", "", {}, 404, "there are: blur, emboss"},
      {"GET", "/api/blur", "", {}, 405, "POST"},
      {"POST", "/api/blur?strategy=whole", "", {}, 400, "no parameter 'strategy'"},
      {"POST", "/stats", "", {}, 405, "GET"},
      {"GET", "/nothing", "", {}, 404, "POST /api/NAME"},
      {"POST", "/api/blur", "", {{kSloField, "soon"}}, 400, "seconds"},
      {"POST", "/api/blur", "", {{kSloField, "nan"}}, 400, "seconds"},
      {"POST", "/api/blur", "", {{kSloField, "-1"}}, 400, "seconds"},
      {"POST", "/api/blur", std::string(17 << 20, 'x'), {}, 413, "larger"},
  };
  for (const Case& wrong : cases) {
    const auto response = cluster.call(wrong.method, wrong.target, wrong.body, wrong.fields);
    ASSERT_TRUE(response.ok()) << wrong.target << ": " << response.error().message;
    EXPECT_EQ(response.value().status, wrong.status) << wrong.target;
    EXPECT_NE(response.value().body.find(wrong.sentence), std::string::npos)
        << response.value().body;
  }
  EXPECT_EQ(cluster.platform().counts().wrong_input, 1);
  EXPECT_EQ(cluster.platform().open_requests(), 0u);
  for (const char* target : {"/healthz", "/stats", "/applications"}) {
    EXPECT_EQ(cluster.call("GET", target).value().status, 200);
  }
}

TEST(LocalPlatform, LosesNothingWhenAWorkerIsKilled) {
  Cluster cluster(small_scenario(3));
  const pid_t victim = cluster.platform().hosts()[0].pid;
  std::jthread killer([&cluster, victim] {
    // Stopped while it has work, so that it cannot finish it; an answer on its way may still come.
    do {
      ::kill(victim, SIGCONT);
      if (!cluster.wait_for_work_on(0)) return;
      ::kill(victim, SIGSTOP);
      std::this_thread::sleep_for(20ms);
    } while (!cluster.has_work(0));
    EXPECT_TRUE(cluster.platform().kill(HostId{0}).ok());
  });
  expect_all_right(send_load(cluster, 60, 10ms, 600), 60);
  killer.join();
  EXPECT_TRUE(cluster.tells("signal 9"));
  EXPECT_GT(cluster.platform().counts().failed_attempts, 0);

  // After its repair it is off, and boots again when it is told to.
  cluster.wait_for(0, HostState::kOff);
  EXPECT_FALSE(exists(victim));
  cluster.switch_host(0, true);
  EXPECT_EQ(cluster.state(0), HostState::kBooting);
  cluster.wait_for(0, HostState::kOn);
  expect_all_right(send_load(cluster, 10, 1ms, 64), 10);
  EXPECT_EQ(cluster.record_of(0),
            (std::vector<std::string>{"crash", "failed", "off", "booting", "on"}));
  EXPECT_EQ(cluster.record_of(1), std::vector<std::string>{});
}

TEST(LocalPlatform, LosesNothingWhenAHostIsFrozen) {
  Cluster cluster(small_scenario(3));
  std::jthread freezer([&cluster] {
    cluster.wait_for_work_on(0);
    EXPECT_TRUE(cluster.platform().freeze(HostId{0}, Seconds(2)).ok());
    EXPECT_FALSE(cluster.wait_for_view(0, HostState::kFailed).linked);
  });
  expect_all_right(send_load(cluster, 60, 10ms, 600), 60);
  freezer.join();
  EXPECT_TRUE(cluster.wait_for_view(0, HostState::kOn).linked);
  EXPECT_EQ(cluster.record_of(0), (std::vector<std::string>{"frozen", "failed", "on"}));
  EXPECT_TRUE(cluster.tells("has not answered"));
  EXPECT_TRUE(cluster.tells("answers again"));
}

TEST(LocalPlatform, DrainsAHostBeforeItIsOffAndBootsItAgain) {
  Cluster cluster(small_scenario(2));
  const pid_t pid = cluster.platform().hosts()[0].pid;
  std::jthread drainer([&cluster] {
    cluster.wait_for_work_on(0);
    cluster.switch_host(0, false);
  });
  const LoadReport report = send_load(cluster, 40, 5ms, 600);
  drainer.join();
  expect_all_right(report, 40);
  EXPECT_EQ(cluster.platform().counts().failed_attempts, 0) << "draining breaks nothing off";
  cluster.wait_for(0, HostState::kOff);
  EXPECT_FALSE(exists(pid));
  const HostView off = cluster.wait_for_view(0, HostState::kOff);
  EXPECT_TRUE(off.resident.empty());
  EXPECT_EQ(off.powered_since, SimTime(0));

  const SimTime switched_on = cluster.platform().now();
  cluster.switch_host(0, true);
  EXPECT_GE(cluster.wait_for_view(0, HostState::kOn).powered_since, switched_on);
  cluster.switch_host(1, false);
  cluster.wait_for(1, HostState::kOff);
  cluster.wait_for(0, HostState::kOn);
  expect_all_right(send_load(cluster, 10, 1ms, 64), 10);
  EXPECT_EQ(cluster.record_of(0), (std::vector<std::string>{"draining", "off", "booting", "on"}));
}

TEST(LocalPlatform, KeepsRequestsUntilAHostIsOn) {
  Scenario scenario = small_scenario(1);
  scenario.hosts_on_at_start = 0;
  Cluster cluster(std::move(scenario));
  std::jthread later([&cluster] {
    while (cluster.platform().open_requests() < 5) std::this_thread::sleep_for(2ms);
    cluster.switch_host(0, true);
  });
  expect_all_right(send_load(cluster, 5, 0ms, 64), 5);
}

TEST(LocalPlatform, RefusesMoreThanItCanKeepWaiting) {
  Scenario scenario = small_scenario(1);
  scenario.hosts_on_at_start = 0;
  LocalSettings settings = test_settings();
  settings.max_open = 2;
  Cluster cluster(std::move(scenario), std::move(settings));
  std::atomic<int> told = 0;
  for (int i = 0; i < 2; ++i) {
    cluster.platform().submit({ApplicationId{0}, "", {}}, [&told](Answer answer) {
      EXPECT_EQ(answer.response.status, 503) << "nobody ever served it";
      ++told;
    });
  }
  const auto response = cluster.call("POST", "/api/blur", "x");
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response.value().status, 503);
  EXPECT_NE(find_field(response.value().fields, "Retry-After"), nullptr);
  EXPECT_EQ(cluster.platform().counts().refused, 1);
  EXPECT_EQ(told, 0);
  cluster.stop();
  EXPECT_EQ(told, 2);
  EXPECT_EQ(cluster.platform().submit({ApplicationId{0}, "", {}}).response.status, 503);
}

TEST(LocalPlatform, LeavesNoProcessAndNoGroupBehind) {
  std::vector<pid_t> pids;
  std::vector<fs::path> groups;
  {
    Cluster cluster(small_scenario(3));
    for (const HostStatus& host : cluster.platform().hosts()) pids.push_back(host.pid);
    EXPECT_TRUE(cluster.platform().freeze(HostId{1}, Seconds(1000)).ok());
    std::error_code none;
    for (const char* controller : {"cpu", "memory", "freezer", "."}) {
      const fs::path group =
          fs::path("/sys/fs/cgroup") / controller / fmt::format("scinet-{}", ::getpid());
      if (fs::exists(group, none)) groups.push_back(group);
    }
    std::jthread client([&cluster] {
      cluster.wait_for_work_on(0);
      cluster.stop();
    });
    // Stopped in mid-run: every client is told something.
    for (const LoadRecord& record : send_load(cluster, 30, 5ms, 600).records) {
      EXPECT_TRUE(record.status == 200 || record.status == 503) << record.status;
    }
  }
  ASSERT_EQ(pids.size(), 3u);
  for (pid_t pid : pids) EXPECT_FALSE(exists(pid)) << pid;
  for (const fs::path& group : groups) EXPECT_FALSE(fs::exists(group)) << group;
}

TEST(LocalPlatform, SaysWhyItCannotStart) {
  EventLoop loop;
  const Scenario scenario = small_scenario(2);
  LocalSettings settings = test_settings();
  settings.program = "/nowhere/scinet";
  const auto absent = LocalPlatform::start(scenario, settings, loop);
  ASSERT_FALSE(absent.ok());
  EXPECT_NE(absent.error().message.find("/nowhere/scinet"), std::string::npos);

  settings.program = "/bin/false";
  const auto broken = LocalPlatform::start(scenario, settings, loop);
  ASSERT_FALSE(broken.ok());
  EXPECT_NE(broken.error().message.find("exited with code 1"), std::string::npos)
      << broken.error().message;
}

}  // namespace
}  // namespace scinet
