#include "bench/anchor_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <type_traits>

#include "base/random.h"
#include "base/time.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "traces are read as they lie in memory");
static_assert(sizeof(AnchorTask) == 24 && std::is_trivially_copyable_v<AnchorTask>);

using Header = std::array<std::uint64_t, 8>;

constexpr std::uint64_t kMostHosts = 1'000'000;
constexpr std::uint64_t kMostCores = 4096;
constexpr std::uint64_t kMostTasks = 100'000'000;
constexpr std::uint64_t kFastest = 1'000'000'000'000'000;
constexpr double kLongest = 1e9;  // seconds: far from the end of what nanoseconds can count

Error wrong(const fs::path& file, const std::string& what) {
  return {ErrorCode::kInvalidInput, fmt::format("{}: {}", file.string(), what)};
}

// One number of the header.
struct Count {
  std::size_t place;
  const char* name;
  std::uint64_t most;
};
constexpr std::array kCounts{Count{1, "hosts", kMostHosts}, Count{2, "cores of a host", kMostCores},
                             Count{3, "tasks", kMostTasks},
                             Count{4, "operations a second of a core", kFastest}};

Status check_header(const Header& header, const fs::path& file) {
  if (header[0] != kAnchorMagic) {
    return wrong(file, fmt::format("begins with {:#018x}; a trace of the anchor job begins with "
                                   "{:#018x}, little endian",
                                   header[0], kAnchorMagic));
  }
  for (const auto& [place, name, most] : kCounts) {
    if (header[place] == 0) return wrong(file, fmt::format("has 0 {}; it needs at least 1", name));
    if (header[place] > most) {
      return Error{ErrorCode::kTooLarge, fmt::format("{}: has {} {}; at most {} can be run",
                                                     file.string(), header[place], name, most)};
    }
  }
  for (std::size_t i = 5; i < header.size(); ++i) {
    if (header[i] != 0) {
      return wrong(file, fmt::format("number {} of its header is {}; it must be 0", i, header[i]));
    }
  }
  return ok_status();
}

// What is wrong with one task, or nothing.
std::string problem_with(const AnchorTask& task, double earliest, const AnchorTrace& trace,
                         bool needs_hosts) {
  if (!std::isfinite(task.arrival) || task.arrival < 0.0 || task.arrival > kLongest) {
    return fmt::format("arrives at {} s; it must be from 0 to {} s", task.arrival, kLongest);
  }
  if (task.arrival < earliest) {
    return fmt::format("arrives at {} s, before the one ahead of it at {} s; sort by arrival",
                       task.arrival, earliest);
  }
  if (task.operations < 0) {
    return fmt::format("has {} operations; there cannot be less than 0", task.operations);
  }
  if (needs_hosts && task.host >= trace.hosts) {
    return fmt::format("is given host {}; the hosts are 0 to {}", task.host, trace.hosts - 1);
  }
  return {};
}

Status check_tasks(const AnchorTrace& trace, bool needs_hosts, const fs::path& file) {
  double earliest = 0.0;
  double operations = 0.0;
  for (std::size_t i = 0; i < trace.tasks.size(); ++i) {
    const AnchorTask& task = trace.tasks[i];
    const std::string problem = problem_with(task, earliest, trace, needs_hosts);
    if (!problem.empty()) return wrong(file, fmt::format("task {} {}", i, problem));
    earliest = task.arrival;
    operations += static_cast<double>(task.operations);
  }
  const double longest = earliest + operations / static_cast<double>(trace.speed);
  if (longest > kLongest) {
    return wrong(file,
                 fmt::format("can take {} s, all tasks on one core; at most {} s are possible",
                             longest, kLongest));
  }
  return ok_status();
}

}  // namespace

Result<AnchorTrace> read_anchor_trace(const fs::path& file, bool needs_hosts) {
  std::error_code problem;
  const std::uintmax_t size = fs::is_regular_file(file, problem) ? fs::file_size(file, problem) : 0;
  std::ifstream in(file, std::ios::binary);
  if (problem || !in || !fs::is_regular_file(file, problem)) {
    return Error{
        ErrorCode::kNotFound,
        fmt::format("{} cannot be read; name a trace that 'scinet bench trace' has written",
                    file.string())};
  }
  Header header{};
  if (size < sizeof header) {
    return wrong(file, fmt::format("has {} bytes; the header alone has {}", size, sizeof header));
  }
  in.read(reinterpret_cast<char*>(header.data()), sizeof header);
  if (const Status sound = check_header(header, file); !sound) return sound.error();
  AnchorTrace trace{.hosts = header[1], .cores = header[2], .speed = header[4], .tasks = {}};
  const std::uint64_t expected = sizeof header + header[3] * sizeof(AnchorTask);
  if (size != expected) {
    return wrong(file, fmt::format("has {} bytes; with {} tasks it must have {}", size, header[3],
                                   expected));
  }
  trace.tasks.resize(header[3]);
  const auto bytes = std::as_writable_bytes(std::span(trace.tasks));
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!in) return wrong(file, "ended while it was read; write it again");
  if (const Status sound = check_tasks(trace, needs_hosts, file); !sound) return sound.error();
  return trace;
}

Status write_anchor_trace(const AnchorTrace& trace, const fs::path& file) {
  const Header header{kAnchorMagic, trace.hosts, trace.cores, trace.tasks.size(), trace.speed};
  fs::path partial = file;
  partial += ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(header.data()), sizeof header);
  const auto bytes = std::as_bytes(std::span(trace.tasks));
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  std::error_code problem;
  if (out) fs::rename(partial, file, problem);
  if (out && !problem) return ok_status();
  std::error_code ignored;
  fs::remove(partial, ignored);
  return Error{ErrorCode::kNotFound,
               fmt::format("{} cannot be written; name a file in a directory that exists and has "
                           "room for it",
                           file.string())};
}

AnchorTrace make_anchor_trace(const AnchorShape& shape, std::uint64_t seed) {
  const RandomStreams streams(seed);
  RandomStream arrivals = streams.stream("arrivals");
  RandomStream work = streams.stream("work");
  RandomStream hosts = streams.stream("hosts");
  AnchorTrace trace{.hosts = shape.hosts, .cores = shape.cores, .tasks = {}};
  const double gap = 1.0 / (shape.load * static_cast<double>(shape.hosts * shape.cores));
  Seconds now{0};
  trace.tasks.reserve(shape.tasks);
  for (std::uint64_t i = 0; i < shape.tasks; ++i) {
    now += Seconds(arrivals.exponential(gap));
    const double operations = work.exponential(static_cast<double>(trace.speed));
    trace.tasks.push_back({.arrival = to_seconds(to_sim_time(now)).count(),
                           .operations = std::max<std::int64_t>(std::llround(operations), 1),
                           .host = hosts.below(shape.hosts)});
  }
  return trace;
}

}  // namespace scinet
