// One child process: started under its limits, watched, stopped and reaped. Not thread-safe; the
// platform uses it under its own lock. The child is never left behind: it is killed and reaped
// with its object.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "platform/local/cgroup.h"

namespace scinet {

struct ProcessCommand {
  std::filesystem::path program = "/proc/self/exe";
  std::vector<std::string> arguments;  // without the program's name; no shell reads them
  Cgroup group;                        // empty: none
  std::filesystem::path error_file;    // standard error is appended here; empty: inherited
};

struct ProcessExit {
  bool by_signal = false;
  int code = 0;    // the exit code, or the signal
  Seconds cpu{0};  // all that the process used
  bool clean() const { return !by_signal && code == 0; }
};

class WorkerProcess {
 public:
  // Returns once the program runs, or with the reason why it cannot.
  static Result<std::unique_ptr<WorkerProcess>> start(const ProcessCommand& command);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Becomes readable when the process has ended (pidfd_open(2)); -1 where the kernel has no such.
  int end_signal() const { return end_signal_; }

  // How it ended; none while it runs. Does not wait.
  std::optional<ProcessExit> poll_exit();
  // CPU time of all its threads; stays at its last value after the end.
  Seconds cpu_time();
  // The next whole line that it has written to standard output; none if there is none yet.
  std::optional<std::string> read_line();

  void terminate();  // asks it to finish its work and leave (SIGTERM)
  void kill();       // at once, frozen or not
  // By the group's freezer, where there is none by SIGSTOP.
  void freeze();
  void thaw();
  bool frozen() const { return frozen_; }

 private:
  WorkerProcess(pid_t pid, int output, Cgroup group);

  pid_t pid_;
  int output_;
  int end_signal_;
  Cgroup group_;
  bool frozen_ = false;
  std::string unread_;
  Seconds cpu_{0};
  std::optional<ProcessExit> exit_;
};

}  // namespace scinet
