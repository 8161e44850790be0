#include "platform/external/line_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/ensure.h"
#include "base/text.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLastWords = 4096;  // bytes of standard error that are kept

void close_and_forget(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

// A write to a pipe that nobody reads fails here, instead of ending the program by SIGPIPE.
ssize_t write_some(int descriptor, std::string_view bytes) {
  sigset_t broken_pipe;
  sigset_t before;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
  const int reason = errno;
  if (written < 0 && reason == EPIPE && ::sigismember(&before, SIGPIPE) == 0) {
    const timespec now{};
    ::sigtimedwait(&broken_pipe, nullptr, &now);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return written;
}

// Both ends are closed in every process that is started meanwhile by another thread.
class Pipe {
 public:
  Pipe() { ensure(::pipe2(ends_.data(), O_CLOEXEC) == 0, "a process has descriptors for a pipe"); }
  ~Pipe() {
    for (int& end : ends_) close_and_forget(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  int take_read_end() { return std::exchange(ends_[0], -1); }
  int take_write_end() { return std::exchange(ends_[1], -1); }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// In a process group of its own, with the signals of a fresh program: Ctrl-C reaches the parent
// alone, which then says goodbye. Returns the reason why it could not be started, or 0.
int spawn(const std::vector<std::string>& words, const Pipe& input, const Pipe& output,
          const Pipe& errors, pid_t& pid) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, input.read_end(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output.write_end(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, errors.write_end(), STDERR_FILENO);

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t usual;
  ::sigemptyset(&usual);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::sigaddset(&usual, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int reason =
      ::posix_spawnp(&pid, arguments.front(), &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return reason;
}

std::string_view last_line(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Result<std::unique_ptr<LineProcess>> LineProcess::start(const std::vector<std::string>& words,
                                                        const LineLimits& limits) {
  ensure(!words.empty(), "a command has at least the name of a program");
  Pipe input;
  Pipe output;
  Pipe errors;
  pid_t pid = -1;
  if (const int reason = spawn(words, input, output, errors, pid); reason != 0) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("cannot start {}: {}; name a program that can be executed",
                             in_quotes(words.front()), std::strerror(reason))};
  }
  const Pipes pipes{input.take_write_end(), output.take_read_end(), errors.take_read_end()};
  for (const int end : {pipes.input, pipes.output, pipes.errors}) {
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return std::unique_ptr<LineProcess>(new LineProcess(pid, pipes, limits));
}

LineProcess::LineProcess(pid_t pid, Pipes pipes, const LineLimits& limits)
    : pid_(pid), pipes_(pipes), limits_(limits) {}

LineProcess::~LineProcess() {
  close_and_forget(pipes_.input);
  const auto end = Clock::now() + to_sim_time(failed_ ? Seconds(0) : limits_.farewell);
  std::string_view nothing;
  while (!has_exited() && Clock::now() < end) {
    // Its end shows as the end of its output, or a little later.
    move_bytes(nothing, std::min(end, Clock::now() + 10ms));
    unread_.clear();
  }
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  close_and_forget(pipes_.output);
  close_and_forget(pipes_.errors);
}

bool LineProcess::has_exited() {
  siginfo_t info{};
  const int found = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  if (found == 0 && info.si_pid == pid_) exit_ = {info.si_code != CLD_EXITED, info.si_status};
  return exit_.has_value();
}

Result<std::string> LineProcess::exchange(std::string_view line, Seconds within) {
  const auto end = Clock::now() + to_sim_time(within);
  const std::string message = fmt::format("{}\n", line);
  std::string_view unsent = message;
  while (true) {
    if (unsent.empty()) {
      if (std::optional<std::string> answer = take_line()) return *std::move(answer);
    }
    if (unread_.size() > limits_.unread) {
      return failure(ErrorCode::kTooLarge,
                     fmt::format("wrote more than {} KiB without being asked; answer a line with a "
                                 "line, and print anything else to standard error",
                                 limits_.unread >> 10));
    }
    if (pipes_.output < 0 || pipes_.input < 0) return ended_early();
    if (!move_bytes(unsent, end)) {
      return failure(ErrorCode::kUnavailable,
                     fmt::format("did not {} within {:g} s", unsent.empty() ? "answer" : "read",
                                 within.count()));
    }
  }
}

bool LineProcess::move_bytes(std::string_view& unsent, Clock::time_point until) {
  std::array<pollfd, 3> ends{pollfd{unsent.empty() ? -1 : pipes_.input, POLLOUT, 0},
                             pollfd{pipes_.output, POLLIN, 0}, pollfd{pipes_.errors, POLLIN, 0}};
  const auto begin = Clock::now();
  const auto left = std::max(until - begin, Clock::duration::zero());
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{whole.count(), (left - whole).count()};
  const int ready = begin < until ? ::ppoll(ends.data(), ends.size(), &timeout, nullptr) : 0;
  waited_ += Clock::now() - begin;
  if (ready == 0) return false;
  if (ready < 0) return true;  // a signal: look again
  if (ends[0].revents != 0) send(unsent);
  if (ends[1].revents != 0) read_output();
  if (ends[2].revents != 0) read_errors();
  return true;
}

void LineProcess::send(std::string_view& unsent) {
  const ssize_t written = write_some(pipes_.input, unsent);
  if (written >= 0) {
    unsent.remove_prefix(static_cast<std::size_t>(written));
  } else if (errno != EAGAIN && errno != EINTR) {
    close_and_forget(pipes_.input);
  }
}

void LineProcess::read_output() {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(pipes_.output, buffer.data(), buffer.size());
  if (count > 0) {
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    close_and_forget(pipes_.output);
  }
}

// Passed on, so that a program can be debugged by printing.
void LineProcess::read_errors() {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(pipes_.errors, buffer.data(), buffer.size());
  if (count > 0) {
    const std::string_view words(buffer.data(), static_cast<std::size_t>(count));
    if (write_some(STDERR_FILENO, words) < 0) errno = 0;  // nobody listens: not our business
    last_words_ += words;
    if (last_words_.size() > kLastWords) last_words_.erase(0, last_words_.size() - kLastWords);
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    close_and_forget(pipes_.errors);
  }
}

std::optional<std::string> LineProcess::take_line() {
  const std::size_t end = unread_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

// Its output has ended, or its input: most often the program has, which shows a moment later, and
// what it wrote to standard error a moment after that.
Error LineProcess::ended_early() {
  std::string what = pipes_.output < 0 ? "closed its standard output" : "closed its standard input";
  const auto end = Clock::now() + 200ms;
  std::string_view nothing;
  while (!(has_exited() && pipes_.errors < 0) && Clock::now() < end) {
    move_bytes(nothing, Clock::now() + 5ms);
    unread_.clear();
  }
  if (exit_) {
    what = fmt::format("{} {}", exit_->by_signal ? "was ended by signal" : "ended with exit code",
                       exit_->code);
  }
  return failure(ErrorCode::kUnavailable, std::move(what));
}

Error LineProcess::failure(ErrorCode code, std::string message) {
  failed_ = true;
  const std::string_view words = last_line(last_words_);
  if (!words.empty()) message += fmt::format("; its last words were {}", in_quotes(words));
  return Error{code, std::move(message)};
}

}  // namespace scinet
