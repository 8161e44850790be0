#include "platform/local/worker_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace scinet {
namespace {

// Everything that the child needs, prepared before the fork: in the child of a program with
// threads only async-signal-safe calls are allowed.
struct ChildPlan {
  const char* program;
  char* const* arguments;
  std::vector<const char*> join_files;
  int output;
  int error;   // -1: inherited
  int report;  // errno of a failed step goes here
};

[[noreturn]] void leave(int report) {
  const int reason = errno;
  if (::write(report, &reason, sizeof reason) < 0) ::_exit(126);
  ::_exit(127);
}

[[noreturn]] void become(const ChildPlan& plan) {
  // Own process group: Ctrl-C reaches the parent alone, which then drains its workers.
  ::setpgid(0, 0);
  for (const char* file : plan.join_files) {
    const int descriptor = ::open(file, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0 || ::write(descriptor, "0", 1) != 1) leave(plan.report);
    ::close(descriptor);
  }
  // The parent may block or ignore signals that the program must see.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::signal(signal, SIG_DFL);

  const int input = ::open("/dev/null", O_RDONLY);
  if (input < 0 || ::dup2(input, STDIN_FILENO) < 0) leave(plan.report);
  if (::dup2(plan.output, STDOUT_FILENO) < 0) leave(plan.report);
  if (plan.error >= 0 && ::dup2(plan.error, STDERR_FILENO) < 0) leave(plan.report);
  // Sockets of the parent must not stay open in here after the parent closes them.
  if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) leave(plan.report);
  ::execv(plan.program, plan.arguments);
  leave(plan.report);
}

void close_all(std::initializer_list<int> descriptors) {
  for (int descriptor : descriptors) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

Seconds to_duration(const timeval& time) {
  return Seconds(static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec));
}

Error cannot_start(const ProcessCommand& command, int reason) {
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot start {}: {}; give the path of a program that can be executed",
                           command.program.string(), std::strerror(reason))};
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const ProcessCommand& command) {
  std::array<int, 2> output{-1, -1};
  std::array<int, 2> report{-1, -1};
  int error = -1;
  const std::string program = command.program.string();
  if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(report.data(), O_CLOEXEC) != 0) {
    const int reason = errno;
    close_all({output[0], output[1]});
    return cannot_start(command, reason);
  }
  if (!command.error_file.empty()) {
    error = ::open(command.error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  std::vector<std::string> words = command.arguments;
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ChildPlan plan{program.c_str(), arguments.data(), {}, output[1], error, report[1]};
  for (const std::string& file : command.group.join_files) plan.join_files.push_back(file.c_str());

  const pid_t pid = ::fork();
  if (pid == 0) become(plan);
  const int fork_reason = errno;
  close_all({output[1], report[1], error});
  if (pid < 0) {
    close_all({output[0], report[0]});
    return cannot_start(command, fork_reason);
  }
  ::fcntl(output[0], F_SETFL, O_NONBLOCK);
  auto process = std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, output[0], command.group));

  // The pipe closes when exec succeeds, so nothing to read means that the program runs.
  int reason = 0;
  ssize_t read = 0;
  do {
    read = ::read(report[0], &reason, sizeof reason);
  } while (read < 0 && errno == EINTR);
  ::close(report[0]);
  if (read == sizeof reason) return cannot_start(command, reason);
  return process;
}

WorkerProcess::WorkerProcess(pid_t pid, int output, Cgroup group)
    : pid_(pid),
      output_(output),
      // Debian 12's header declares pidfd_open() for C only.
      end_signal_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      group_(std::move(group)) {}

WorkerProcess::~WorkerProcess() {
  if (!exit_) {
    kill();
    ::waitpid(pid_, nullptr, 0);
  }
  close_all({output_, end_signal_});
}

std::optional<ProcessExit> WorkerProcess::poll_exit() {
  if (exit_) return exit_;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return std::nullopt;
  cpu_ = std::max(cpu_, to_duration(usage.ru_utime) + to_duration(usage.ru_stime));
  exit_ = ProcessExit{.by_signal = WIFSIGNALED(status),
                      .code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                      .cpu = cpu_};
  return exit_;
}

Seconds WorkerProcess::cpu_time() {
  clockid_t clock{};
  timespec time{};
  if (!exit_ && ::clock_getcpuclockid(pid_, &clock) == 0 && ::clock_gettime(clock, &time) == 0) {
    const Seconds now(static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec));
    cpu_ = std::max(cpu_, now);
  }
  return cpu_;
}

std::optional<std::string> WorkerProcess::read_line() {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = ::read(output_, buffer.data(), buffer.size());
    if (count <= 0) break;
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const std::size_t end = unread_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

void WorkerProcess::terminate() {
  if (exit_) return;
  thaw();
  ::kill(pid_, SIGTERM);
}

void WorkerProcess::kill() {
  if (exit_) return;
  ::kill(pid_, SIGKILL);
  thaw();  // a frozen process dies only once it may run again
}

void WorkerProcess::freeze() {
  if (exit_ || frozen_) return;
  frozen_ = true;
  const bool by_group = !group_.freezer_file.empty() && set_frozen(group_, true).ok();
  if (!by_group) ::kill(pid_, SIGSTOP);
}

void WorkerProcess::thaw() {
  if (exit_ || !frozen_) return;
  frozen_ = false;
  if (!group_.freezer_file.empty()) (void)set_frozen(group_, false);
  ::kill(pid_, SIGCONT);
}

}  // namespace scinet
