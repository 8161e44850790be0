#include "platform/local/cgroup.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "platform/local/worker_process.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string content(const fs::path& file) {
  std::ifstream stream(file);
  std::string text;
  std::getline(stream, text);
  return text;
}

// Waits for an end that must come.
ProcessExit wait_for_exit(WorkerProcess& process) {
  while (true) {
    if (const auto exit = process.poll_exit()) return *exit;
    std::this_thread::sleep_for(2ms);
  }
}

TEST(CpuQuota, KeepsThePeriodShortAndTheQuotaAboveTheLeastThatTheKernelTakes) {
  EXPECT_EQ(cpu_quota(1.0), (CpuQuota{20'000, 20'000}));
  EXPECT_EQ(cpu_quota(0.25), (CpuQuota{5'000, 20'000}));
  EXPECT_EQ(cpu_quota(0.05), (CpuQuota{1'000, 20'000}));
  EXPECT_EQ(cpu_quota(0.01), (CpuQuota{1'000, 100'000}));
  EXPECT_EQ(cpu_quota(0.0001), (CpuQuota{1'000, 1'000'000}));
}

TEST(CgroupTree, SaysWhatIsMissingAndRunsPlainlyWithoutControllers) {
  const fs::path empty = fs::path(::testing::TempDir()) / fmt::format("cgroups-{}", ::getpid());
  fs::create_directory(empty);
  CgroupTree tree(empty);
  EXPECT_FALSE(tree.limits_cpu());
  EXPECT_NE(tree.notice().find("without CPU quota"), std::string::npos);
  const Result<Cgroup> group = tree.create("host-0", {0.1, Mebibytes(64)});
  ASSERT_TRUE(group.ok());
  EXPECT_TRUE(group.value().join_files.empty());
  fs::remove_all(empty);
}

class RealCgroups : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!tree_.limits_cpu()) GTEST_SKIP() << tree_.notice();
  }
  Cgroup make(std::string_view name, const ResourceLimits& limits) {
    Result<Cgroup> group = tree_.create(name, limits);
    EXPECT_TRUE(group.ok()) << group.error().message;
    return group.value();
  }
  CgroupTree tree_;
};

TEST_F(RealCgroups, HoldABusyProcessToItsQuota) {
  ProcessCommand command;
  command.program = "/bin/sh";
  command.arguments = {"-c", "while :; do :; done"};
  command.group = make("busy", {0.2, Mebibytes(256)});
  const auto begin = std::chrono::steady_clock::now();
  auto process = WorkerProcess::start(command);
  ASSERT_TRUE(process.ok()) << process.error().message;
  std::this_thread::sleep_for(1s);
  const Seconds cpu = process.value()->cpu_time();
  const Seconds elapsed = std::chrono::steady_clock::now() - begin;
  // 0.2 s a second; one that is free takes what the machine gives, at most 1 s a second. On a busy
  // machine it may get less, never more.
  EXPECT_LT(cpu.count(), 0.35 * elapsed.count());
  EXPECT_GT(cpu.count(), 0.0);
}

TEST_F(RealCgroups, EndAProcessThatTakesMoreMemoryThanItsLimit) {
  if (!tree_.limits_memory()) GTEST_SKIP() << tree_.notice();
  ProcessCommand command;
  command.program = "/bin/dd";
  command.arguments = {"if=/dev/zero", "of=/dev/null", "bs=64M", "count=1", "status=none"};
  command.group = make("roomy", {1.0, Mebibytes(256)});
  auto fits = WorkerProcess::start(command);
  ASSERT_TRUE(fits.ok());
  EXPECT_TRUE(wait_for_exit(*fits.value()).clean());

  command.group = make("tight", {1.0, Mebibytes(16)});
  auto grows = WorkerProcess::start(command);
  ASSERT_TRUE(grows.ok());
  const ProcessExit exit = wait_for_exit(*grows.value());
  EXPECT_TRUE(exit.by_signal);
  EXPECT_EQ(exit.code, SIGKILL);
}

TEST_F(RealCgroups, AreRemovedWithTheTree) {
  std::vector<fs::path> groups;
  {
    CgroupTree tree;
    const Result<Cgroup> group = tree.create("host-0", {0.5, Mebibytes(64)});
    ASSERT_TRUE(group.ok());
    for (const std::string& file : group.value().join_files) {
      groups.push_back(fs::path(file).parent_path());
      EXPECT_TRUE(fs::exists(groups.back()));
    }
    ProcessCommand command;
    command.program = "/bin/sleep";
    command.arguments = {"100"};
    command.group = group.value();
    auto process = WorkerProcess::start(command);
    ASSERT_TRUE(process.ok());
    EXPECT_EQ(content(group.value().join_files.front()), fmt::to_string(process.value()->pid()));
  }
  for (const fs::path& group : groups) {
    EXPECT_FALSE(fs::exists(group)) << group;
    EXPECT_FALSE(fs::exists(group.parent_path())) << group;
  }
}

TEST_F(RealCgroups, OfRunsThatWereKilledAreRemovedByTheNext) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const Cgroup group = make("probe", {1.0, Mebibytes(0)});
  const fs::path parent =
      fs::path(group.join_files.front()).parent_path().parent_path().parent_path();
  const fs::path stale = parent / fmt::format("scinet-{}.3", gone);
  const fs::path unrelated = parent / fmt::format("scinet-{}-notes", gone);
  fs::create_directories(stale / "host-0");
  fs::create_directory(unrelated);

  const CgroupTree next;
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(unrelated));
  fs::remove(unrelated);
}

}  // namespace
}  // namespace scinet
