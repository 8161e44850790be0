// Control groups: the CPU quota, the memory limit and the freezer of each worker. Version 1
// controllers are used where they are mounted, else version 2; without either, processes run
// plainly and `notice()` says what is missing.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace scinet {

struct ResourceLimits {
  double cores = 1.0;  // CPU seconds a second
  Mebibytes memory;    // 0: no limit

  friend bool operator==(const ResourceLimits&, const ResourceLimits&) = default;
};

// Short, so that small shares do not stutter.
inline constexpr std::chrono::milliseconds kQuotaPeriod{20};

// The quota that gives `cores`: `quota_us` of CPU time in every `period_us`. The period is
// kQuotaPeriod, longer only where the quota would fall below the 1 ms that is the least that the
// kernel takes (kernel documentation, sched-bwc).
struct CpuQuota {
  long quota_us = 0;
  long period_us = 0;
  friend bool operator==(const CpuQuota&, const CpuQuota&) = default;
};
CpuQuota cpu_quota(double cores);

// The group of one worker. A plain value: the tree that made it owns the directories.
struct Cgroup {
  // A process joins by writing "0" to each of these; done between fork and exec, so that even
  // the boot runs under the limits.
  std::vector<std::string> join_files;
  std::string freezer_file;  // empty where there is no freezer
  std::string frozen;        // what to write to freeze, and to go on
  std::string thawed;
};

// Freezes or thaws every process of a group that has a freezer.
Status set_frozen(const Cgroup& group, bool frozen);

// The groups of one run, named scinet-<pid>[.n]/<name>. They are removed with the tree; what a run
// left behind that was killed is removed by the next one.
class CgroupTree {
 public:
  explicit CgroupTree(std::filesystem::path root = "/sys/fs/cgroup");
  ~CgroupTree();
  CgroupTree(const CgroupTree&) = delete;
  CgroupTree& operator=(const CgroupTree&) = delete;

  // Whether groups limit CPU time and memory here.
  bool limits_cpu() const { return limits_cpu_; }
  bool limits_memory() const { return limits_memory_; }
  // One sentence on what is missing and what that means; empty when nothing is.
  std::string notice() const;

  // Makes the group with its limits. Limits that cannot be had here are left out.
  Result<Cgroup> create(std::string_view name, const ResourceLimits& limits);

 private:
  void open_version_1(const std::filesystem::path& root);
  void open_version_2(const std::filesystem::path& root);

  // Directories of this run: one per controller in version 1, one in all in version 2.
  std::filesystem::path cpu_;
  std::filesystem::path memory_;
  std::filesystem::path freezer_;
  bool unified_ = false;
  bool limits_cpu_ = false;
  bool limits_memory_ = false;
  std::vector<std::filesystem::path> made_;  // in order of creation
};

}  // namespace scinet
