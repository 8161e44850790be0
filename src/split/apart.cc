#include "split/apart.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <optional>

namespace scinet {
namespace {

// Sanitizers keep their books in terabytes of address space, and report on stderr.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// The first byte of what the far side sends: its answer, or the code of its error.
constexpr char kAnswer = 'a';
constexpr char kFirstError = 'A';

bool write_all(int file, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(file, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

std::string read_all(int file) {
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

void limit(int resource, std::uint64_t most) {
  const rlimit value{most, most};
  setrlimit(static_cast<__rlimit_resource>(resource), &value);
}

void keep_within(const ApartLimits& limits) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.cpu_seconds);
  if (kSanitized) return;
  limit(RLIMIT_AS, limits.memory_bytes);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  close(nowhere);
}

std::string as_bytes(const Result<std::string>& result) {
  if (result) return kAnswer + result.value();
  return static_cast<char>(kFirstError + static_cast<int>(result.error().code)) +
         result.error().message;
}

// Never returns, and runs nothing that the near side registered for its own end.
[[noreturn]] void answer(int file, const std::string& what, const ApartLimits& limits,
                         const std::function<Result<std::string>()>& task) {
  keep_within(limits);
  std::string bytes;
  try {
    bytes = as_bytes(task());
  } catch (const std::bad_alloc&) {
    bytes =
        as_bytes(Error{ErrorCode::kTooLarge, fmt::format("{}: it needs more than {} MiB of memory",
                                                         what, limits.memory_bytes >> 20)});
  } catch (const std::exception& fault) {
    bytes = as_bytes(Error{ErrorCode::kInvalidInput, fmt::format("{}: {}", what, fault.what())});
  }
  _exit(write_all(file, bytes) ? 0 : 1);
}

std::string ending_in_words(int status, const ApartLimits& limits) {
  if (!WIFSIGNALED(status)) return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
  // The hard limit kills; the kernel does so too when memory is short.
  if (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL) {
    return fmt::format("it took more than {} s of processor time, or all memory there was",
                       limits.cpu_seconds);
  }
  return fmt::format("it crashed the library that runs it ({})", strsignal(WTERMSIG(status)));
}

}  // namespace

Result<std::string> run_apart(const std::string& what, const ApartLimits& limits,
                              const std::function<Result<std::string>()>& task) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Error{ErrorCode::kUnavailable, what + ": no pipe to another process can be made"};
  }
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return Error{ErrorCode::kUnavailable, what + ": no other process can be started"};
  }
  if (child == 0) {
    close(ends[0]);
    answer(ends[1], what, limits, task);
  }
  close(ends[1]);
  const std::string bytes = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0 || bytes.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: {}", what, ending_in_words(status, limits))};
  }
  if (bytes.front() == kAnswer) return bytes.substr(1);
  return Error{static_cast<ErrorCode>(bytes.front() - kFirstError), bytes.substr(1)};
}

}  // namespace scinet
