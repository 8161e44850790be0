#include "platform/external/line_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

namespace scinet {
namespace {

constexpr Seconds kPatient{30};
constexpr Seconds kShort{0.05};
constexpr LineLimits kQuick{.unread = 1 << 16, .farewell = kShort};

std::unique_ptr<LineProcess> shell(const std::string& script, const LineLimits& limits = kQuick) {
  Result<std::unique_ptr<LineProcess>> process = LineProcess::start({"sh", "-c", script}, limits);
  EXPECT_TRUE(process.ok());
  return std::move(process).value();
}

std::string failure_of(LineProcess& process, const std::string& line, Seconds within) {
  const Result<std::string> answer = process.exchange(line, within);
  return answer.ok() ? "none: it answered " + answer.value() : answer.error().message;
}

bool is_gone(pid_t pid) { return ::kill(pid, 0) < 0 && errno == ESRCH; }

TEST(LineProcess, AnswersLinesWithLines) {
  const auto process = shell("while read -r word; do echo \"got $word\"; done");
  EXPECT_EQ(process->exchange("one", kPatient).value(), "got one");
  EXPECT_EQ(process->exchange("two words", kPatient).value(), "got two words");
  EXPECT_GT(process->waited().count(), 0);
}

// Far more than a pipe holds, in both directions at once.
TEST(LineProcess, LongLinesPassBothWays) {
  const auto process = shell("exec cat", {.unread = 1 << 23, .farewell = kShort});
  const std::string line(1 << 22, 'x');
  EXPECT_EQ(process->exchange(line, kPatient).value(), line);
  EXPECT_EQ(process->exchange("short", kPatient).value(), "short");
}

TEST(LineProcess, DoesNotWaitLongerThanTold) {
  const auto silent = shell("exec sleep 60");
  EXPECT_EQ(failure_of(*silent, "hello", kShort), "did not answer within 0.05 s");
  const auto deaf = shell("exec sleep 60");
  EXPECT_EQ(failure_of(*deaf, std::string(1 << 20, 'x'), kShort), "did not read within 0.05 s");
}

TEST(LineProcess, KeepsNoMoreThanItsLimit) {
  // It keeps its input open, so that the question can be sent.
  const auto without_lines = shell("exec 3<&0; exec tr '\\0' x < /dev/zero");
  const Result<std::string> answer = without_lines->exchange("hello", kPatient);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kTooLarge);

  // Lines that nobody asked for count too, while the question is not sent yet.
  const auto many_lines = shell("exec yes");
  EXPECT_EQ(many_lines->exchange(std::string(1 << 20, 'x'), kPatient).error().code,
            ErrorCode::kTooLarge);
}

TEST(LineProcess, WordsWithoutEndOnStandardErrorDoNotHinder) {
  const int own_errors = ::dup(STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDERR_FILENO);
  {
    const auto chatty = shell("yes >&2 & read -r word; echo $word; read -r word; wait");
    EXPECT_EQ(chatty->exchange("hello", kPatient).value(), "hello");
    EXPECT_EQ(failure_of(*chatty, "again", kShort),
              "did not answer within 0.05 s; its last words were 'y'");
  }
  ::dup2(own_errors, STDERR_FILENO);
  ::close(own_errors);
  ::close(nowhere);
}

TEST(LineProcess, TellsHowItEnded) {
  EXPECT_EQ(failure_of(*shell("read -r word; echo no $word >&2; exit 3"), "idea", kPatient),
            "ended with exit code 3; its last words were 'no idea'");
  EXPECT_EQ(failure_of(*shell("kill -SEGV $$"), "hello", kPatient), "was ended by signal 11");
  EXPECT_EQ(failure_of(*shell("exec sleep 60 >&-"), "hello", kPatient),
            "closed its standard output");
}

// Writing to it must not raise SIGPIPE, which would end this program.
TEST(LineProcess, AClosedInputIsAnError) {
  const auto process = shell("read -r word; exec <&-; echo $word; exec sleep 60");
  EXPECT_EQ(process->exchange("hello", kPatient).value(), "hello");
  EXPECT_EQ(failure_of(*process, "again", kPatient), "closed its standard input");
}

TEST(LineProcess, MayFinishItsWorkBeforeItLeaves) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("scinet_line_process_" + std::to_string(::getpid()));
  std::filesystem::remove(file);
  shell("cat > /dev/null; echo bye > " + file.string(), {.unread = 1024, .farewell = kPatient});
  EXPECT_TRUE(std::filesystem::exists(file));
  std::filesystem::remove(file);
}

TEST(LineProcess, LeavesNothingBehind) {
  pid_t itself = 0;
  pid_t its_child = 0;
  {
    const auto process = shell("trap '' TERM HUP; sleep 60 & read -r word; echo $$ $!; wait");
    std::istringstream(process->exchange("who", kPatient).value()) >> itself >> its_child;
    ASSERT_GT(its_child, 0);
    ASSERT_FALSE(is_gone(itself) || is_gone(its_child));
  }
  EXPECT_TRUE(is_gone(itself));
  // Its parent is gone, and reaping it is up to init: a moment later.
  for (int i = 0; i < 500 && !is_gone(its_child); ++i) ::usleep(10'000);
  EXPECT_TRUE(is_gone(its_child));
}

TEST(LineProcess, AProgramThatDoesNotExistIsAnError) {
  const auto process = LineProcess::start({"no-such-program-anywhere"});
  ASSERT_FALSE(process.ok());
  EXPECT_EQ(process.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(process.error().message,
            "cannot start 'no-such-program-anywhere': No such file or directory; name a program "
            "that can be executed");
}

}  // namespace
}  // namespace scinet
