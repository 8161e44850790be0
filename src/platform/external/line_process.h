// A child process that answers a line with a line: started, asked, ended and reaped. It may do what
// it likes: not read, not answer, write without end or die; nothing of that blocks or outgrows the
// limits here. Not thread-safe. With its object it and all that it started in its process
// group are gone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace scinet {

struct LineLimits {
  std::size_t unread = std::size_t{16} << 20;  // bytes that it may write beyond what was read
  Seconds farewell{1};                         // to leave by itself when its input has ended
};

class LineProcess {
 public:
  // The program is searched in PATH, and no shell reads the words, of which there is at least one.
  // kNotFound where it cannot be started.
  static Result<std::unique_ptr<LineProcess>> start(const std::vector<std::string>& words,
                                                    const LineLimits& limits = {});
  ~LineProcess();  // takes leave by closing its input, and ends what then still runs
  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;

  // Sends a line (without its end) and returns the next one that comes back. kUnavailable: it did
  // not answer in time, or has ended, and the message says how; kTooLarge: it wrote too much.
  // After an error only the destructor is of use, which then takes no leave.
  Result<std::string> exchange(std::string_view line, Seconds within);

  void abandon() { failed_ = true; }  // the destructor takes no leave

  // Wall time spent waiting for it so far.
  std::chrono::nanoseconds waited() const { return waited_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Pipes {
    int input = -1;   // that it reads
    int output = -1;  // that it writes
    int errors = -1;
  };
  struct Exit {
    bool by_signal = false;
    int code = 0;  // the exit code, or the signal
  };

  LineProcess(pid_t pid, Pipes pipes, const LineLimits& limits);

  // Waits until something can be sent or read, and does it. False: not by this time.
  bool move_bytes(std::string_view& unsent, Clock::time_point until);
  void send(std::string_view& unsent);
  void read_output();
  void read_errors();
  std::optional<std::string> take_line();
  bool has_exited();  // does not reap it: its id stays taken, and the group's with it
  Error ended_early();
  // The message with the last line of its standard error, where it wrote any.
  Error failure(ErrorCode code, std::string message);

  pid_t pid_;
  Pipes pipes_;
  LineLimits limits_;
  std::string unread_;
  std::string last_words_;  // the end of its standard error
  std::optional<Exit> exit_;
  bool failed_ = false;
  std::chrono::nanoseconds waited_{0};
};

}  // namespace scinet
