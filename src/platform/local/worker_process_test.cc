#include "platform/local/worker_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace scinet {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<WorkerProcess> start_shell(const std::string& script, Cgroup group = {}) {
  ProcessCommand command;
  command.program = "/bin/sh";
  command.arguments = {"-c", script};
  command.group = std::move(group);
  auto process = WorkerProcess::start(command);
  EXPECT_TRUE(process.ok()) << process.error().message;
  return process.ok() ? std::move(process).value() : nullptr;
}

// These wait for what must come.
ProcessExit wait_for_exit(WorkerProcess& process) {
  while (true) {
    if (const auto exit = process.poll_exit()) return *exit;
    std::this_thread::sleep_for(2ms);
  }
}

std::string wait_for_line(WorkerProcess& process) {
  while (true) {
    if (auto line = process.read_line()) return *line;
    std::this_thread::sleep_for(2ms);
  }
}

void wait_until_busy(WorkerProcess& process) {
  const Seconds before = process.cpu_time();
  while (process.cpu_time() <= before) std::this_thread::sleep_for(2ms);
}

bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

TEST(WorkerProcess, SaysWhyAProgramCannotStart) {
  ProcessCommand command;
  command.program = "/nowhere/scinet";
  const auto process = WorkerProcess::start(command);
  ASSERT_FALSE(process.ok());
  EXPECT_NE(process.error().message.find("/nowhere/scinet: No such file"), std::string::npos)
      << process.error().message;
}

TEST(WorkerProcess, SaysWhyItCannotJoinItsGroup) {
  ProcessCommand command;
  command.program = "/bin/true";
  command.group.join_files = {"/nowhere/cgroup.procs"};
  EXPECT_FALSE(WorkerProcess::start(command).ok());
}

TEST(WorkerProcess, SignalsItsEnd) {
  ProcessCommand command;
  command.program = "/bin/cat";
  command.arguments = {"/dev/zero"};  // until its output is full, and then waits
  auto process = WorkerProcess::start(command);
  ASSERT_TRUE(process.ok());
  if (process.value()->end_signal() < 0) GTEST_SKIP() << "the kernel has no pidfd_open";
  const auto has_ended = [&](int wait_ms) {
    pollfd end{.fd = process.value()->end_signal(), .events = POLLIN, .revents = 0};
    return ::poll(&end, 1, wait_ms) == 1;
  };
  EXPECT_FALSE(has_ended(0));
  process.value()->kill();
  EXPECT_TRUE(has_ended(5000));
  EXPECT_TRUE(process.value()->poll_exit()) << "there is nothing more to wait for";
}

TEST(WorkerProcess, HandsOverArgumentsAsTheyAreAndReadsWholeLines) {
  ProcessCommand command;
  command.program = "/usr/bin/printf";
  command.arguments = {"%s\\n%s\\nrest", "$HOME; a 'b'", "two"};
  auto process = WorkerProcess::start(command);
  ASSERT_TRUE(process.ok());
  EXPECT_EQ(wait_for_line(*process.value()), "$HOME; a 'b'");
  EXPECT_EQ(wait_for_line(*process.value()), "two");
  wait_for_exit(*process.value());
  EXPECT_EQ(process.value()->read_line(), std::nullopt);
}

TEST(WorkerProcess, TellsHowItEnded) {
  EXPECT_TRUE(wait_for_exit(*start_shell("exit 0")).clean());
  const ProcessExit code = wait_for_exit(*start_shell("exit 7"));
  EXPECT_FALSE(code.by_signal);
  EXPECT_EQ(code.code, 7);
  const ProcessExit signal = wait_for_exit(*start_shell("kill -SEGV $$"));
  EXPECT_TRUE(signal.by_signal);
  EXPECT_EQ(signal.code, SIGSEGV);
}

TEST(WorkerProcess, KeepsTheCpuTimeOfAProcessThatHasEnded) {
  const auto process = start_shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
  const ProcessExit exit = wait_for_exit(*process);
  EXPECT_GT(exit.cpu.count(), 0.0);
  EXPECT_EQ(process->cpu_time(), exit.cpu);
  EXPECT_EQ(process->cpu_time(), exit.cpu);
}

TEST(WorkerProcess, IsAskedToLeaveAndFinishesFirst) {
  const auto process =
      start_shell("trap 'echo last; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  EXPECT_EQ(wait_for_line(*process), "ready");
  process->terminate();
  EXPECT_EQ(wait_for_line(*process), "last");
  EXPECT_TRUE(wait_for_exit(*process).clean());
}

TEST(WorkerProcess, HearsSignalsThatTheParentBlocksOrIgnores) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  const auto process = start_shell("echo ready; exec sleep 100");
  ::signal(SIGPIPE, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(wait_for_line(*process), "ready");
  process->terminate();
  EXPECT_EQ(wait_for_exit(*process).code, SIGTERM);
}

TEST(WorkerProcess, InheritsNothingButItsThreeStreams) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // on purpose without O_CLOEXEC
  ASSERT_GE(leaked, 3);
  const auto process =
      start_shell("for f in /proc/self/fd/*; do printf '%s ' ${f##*/}; done; echo");
  ::close(leaked);
  // The shell opens no other descriptors when it expands the pattern.
  EXPECT_EQ(wait_for_line(*process).substr(0, 6), "0 1 2 ");
  wait_for_exit(*process);
}

void expect_freezes(Cgroup group) {
  const auto process = start_shell("while :; do :; done", std::move(group));
  wait_until_busy(*process);
  process->freeze();
  EXPECT_TRUE(process->frozen());
  // It may run on for a moment; then its CPU time stands still.
  std::this_thread::sleep_for(100ms);
  const Seconds frozen_at = process->cpu_time();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(process->cpu_time(), frozen_at);
  process->thaw();
  wait_until_busy(*process);

  process->freeze();
  process->kill();
  EXPECT_EQ(wait_for_exit(*process).code, SIGKILL);
}

TEST(WorkerProcess, FreezesAndGoesOnAndDiesFrozen) { expect_freezes({}); }

TEST(WorkerProcess, FreezesInAGroup) {
  CgroupTree tree;
  if (!tree.limits_cpu()) GTEST_SKIP() << tree.notice();
  const Result<Cgroup> group = tree.create("host-0", {1.0, Mebibytes(0)});
  ASSERT_TRUE(group.ok());
  if (group.value().freezer_file.empty()) GTEST_SKIP() << "there is no freezer here";
  expect_freezes(group.value());
}

TEST(WorkerProcess, LeavesNothingBehind) {
  pid_t pid = 0;
  {
    const auto process = start_shell("echo ready; trap '' TERM; exec sleep 100");
    pid = process->pid();
    wait_for_line(*process);
    EXPECT_TRUE(exists(pid));
  }
  EXPECT_FALSE(exists(pid));
}

}  // namespace
}  // namespace scinet
