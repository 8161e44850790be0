// The anchor job as a file, so that other engines can run exactly the same tasks.
//
// Little endian: eight uint64 (kAnchorMagic, hosts, cores of a host, tasks, operations a second of
// a core, 0, 0, 0), then 24 bytes a task (AnchorTask). Arrivals do not decrease.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace scinet {

inline constexpr std::uint64_t kAnchorMagic = 0x50534A4F42303031;

// As it lies in the file.
struct AnchorTask {
  double arrival = 0.0;         // seconds
  std::int64_t operations = 0;  // on one core
  std::uint64_t host = 0;       // used only where the trace gives the hosts

  friend bool operator==(const AnchorTask&, const AnchorTask&) = default;
};

struct AnchorTrace {
  std::uint64_t hosts = 0;
  std::uint64_t cores = 4;              // of each host
  std::uint64_t speed = 1'000'000'000;  // operations a second of each core
  std::vector<AnchorTask> tasks;

  friend bool operator==(const AnchorTrace&, const AnchorTrace&) = default;
};

// Everything is checked before it returns; with `needs_hosts` also that every task names one.
// kInvalidInput, or kTooLarge beyond what one run can hold.
Result<AnchorTrace> read_anchor_trace(const std::filesystem::path& file, bool needs_hosts);

// Written whole or not at all.
Status write_anchor_trace(const AnchorTrace& trace, const std::filesystem::path& file);

struct AnchorShape {
  std::uint64_t hosts = 1000;
  std::uint64_t cores = 4;
  std::uint64_t tasks = 200'000;
  double load = 0.9;  // mean busy cores / cores
};

// Poisson arrivals on whole nanoseconds, exponential work of one second of a core in the mean, a
// host drawn for each task.
AnchorTrace make_anchor_trace(const AnchorShape& shape, std::uint64_t seed);

}  // namespace scinet
