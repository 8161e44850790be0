#include "apps/scinet/compare_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace scinet {
namespace {

constexpr Seconds kBetweenLines{10};  // where lines cannot be redrawn
constexpr std::size_t kBarLength = 24;

// "2:31" or "1:05:07"
std::string clock_text(Seconds time) {
  const auto seconds = static_cast<long>(std::ceil(time.count()));
  const long hours = seconds / 3600;
  const long minutes = seconds / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, seconds % 60)
                   : fmt::format("{}:{:02}", minutes, seconds % 60);
}

}  // namespace

std::string progress_line(const ComparisonProgress& now) {
  const std::size_t filled = now.total > 0 ? kBarLength * now.done / now.total : kBarLength;
  std::string line =
      fmt::format("[{}{}] {:3} %  {} of {} runs", std::string(filled, '#'),
                  std::string(kBarLength - filled, '-'),
                  now.total > 0 ? 100 * now.done / now.total : 100, now.done, now.total);
  if (now.reused > 0) line += fmt::format(", {} of them from before", now.reused);
  if (now.done < now.total && now.left) line += fmt::format("   {} left", clock_text(*now.left));
  if (now.done == now.total) line += fmt::format("   {}", clock_text(now.elapsed));
  return line;
}

CompareProgress::CompareProgress(bool quiet)
    : quiet_(quiet), on_terminal_(isatty(STDERR_FILENO) == 1) {}

void CompareProgress::report(const ComparisonProgress& now) {
  const bool is_over = now.done == now.total;
  const bool is_due = on_terminal_ || is_over || now.elapsed >= next_report_;
  if (quiet_ || was_over_ || !is_due) return;
  was_over_ = is_over;
  next_report_ = now.elapsed + kBetweenLines;
  if (!on_terminal_) {
    fmt::print(stderr, "{}\n", progress_line(now));
    return;
  }
  fmt::print(stderr, "\r\033[K{}", progress_line(now));
  std::fflush(stderr);
  line_is_open_ = true;
}

void CompareProgress::end() {
  if (line_is_open_) fmt::print(stderr, "\n");
  line_is_open_ = false;
}

}  // namespace scinet
