#include "apps/scinet/run_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace scinet {
namespace {

constexpr Seconds kBetweenLines{10};  // where lines cannot be rewritten

// "#o.b.x": a sign per host, in order.
std::string host_signs(const std::vector<HostStatus>& hosts) {
  std::string signs;
  for (const HostStatus& host : hosts) {
    switch (host.state) {
      case HostState::kOff:
        signs += '.';
        break;
      case HostState::kBooting:
        signs += 'b';
        break;
      case HostState::kOn:
        signs += host.in_flight > 0 ? '#' : 'o';
        break;
      case HostState::kDraining:
        signs += 'd';
        break;
      case HostState::kFailed:
        signs += 'x';
        break;
    }
  }
  return signs;
}

}  // namespace

RunProgress::RunProgress(bool quiet) : quiet_(quiet), on_terminal_(isatty(STDERR_FILENO) == 1) {}

void RunProgress::notice(const std::string& sentence) const {
  fmt::print(stderr, "notice: {}\n", sentence);
}

void RunProgress::begin_direct_run(std::size_t runs) {
  direct_runs_ = runs;
  if (!quiet_ && !on_terminal_) {
    fmt::print(stderr, "running {} inputs directly, to compare with and to measure\n", runs);
  }
}

void RunProgress::direct_answer() {
  ++direct_answers_;
  if (on_terminal_) {
    show(fmt::format("running inputs directly, to compare with and to measure: {} of {}",
                     direct_answers_, direct_runs_));
  }
}

void RunProgress::started(const std::string& url, const std::vector<std::string>& notices) {
  finish_line();
  for (const std::string& sentence : notices) notice(sentence);
  if (quiet_) return;
  fmt::print(stderr, "serving at {}, e.g. curl --data-binary @image.png {}/api/blur > out.jpg\n",
             url, url);
  fmt::print(stderr, "hosts: . off, b booting, o idle, # busy, d draining, x failed\n");
}

void RunProgress::report(const LiveProgress& now) {
  const bool is_due = on_terminal_ || now.elapsed >= next_report_;
  if (quiet_ || !is_due) return;
  next_report_ = now.elapsed + kBetweenLines;
  show(fmt::format("{:4.0f} of {:.0f} s   hosts {}   {} requests sent, {} answered",
                   now.elapsed.count(), now.horizon.count(), host_signs(now.hosts), now.sent,
                   now.answered));
}

void RunProgress::end() { finish_line(); }

void RunProgress::show(const std::string& line) {
  if (quiet_) return;
  if (!on_terminal_) {
    fmt::print(stderr, "{}\n", line);
    return;
  }
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  line_is_open_ = true;
}

void RunProgress::finish_line() {
  if (line_is_open_) fmt::print(stderr, "\n");
  line_is_open_ = false;
}

}  // namespace scinet
