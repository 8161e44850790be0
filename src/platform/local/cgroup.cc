#include "platform/local/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <thread>
#include <tuple>

#include <fmt/format.h>

namespace scinet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "scinet-";

// Control files take one write of the whole value and report refusal through errno.
Status write_file(const fs::path& file, std::string_view value) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = descriptor >= 0 && ::write(descriptor, value.data(), value.size()) ==
                                              static_cast<ssize_t>(value.size());
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (written) return ok_status();
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot write \"{}\" to {}: {}; run as root or without control groups",
                           value, file.string(), std::strerror(reason))};
}

// A group that has just lost its last process can be busy for a moment.
void remove_group(const fs::path& directory) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// Groups of runs whose process is gone. Their processes have ended with it, but for frozen ones,
// which can only end once they are thawed. A group that still holds processes is left alone: the
// kernel refuses to remove it.
void remove_stale_groups(const fs::path& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    pid_t pid = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, pid);
    const bool is_ours = parsed.ec == std::errc() && (parsed.ptr == end || *parsed.ptr == '.');
    if (!is_ours || pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH) continue;
    for (const fs::directory_entry& child : fs::directory_iterator(entry.path(), ignored)) {
      if (!child.is_directory(ignored)) continue;
      std::ignore = write_file(child.path() / "freezer.state", "THAWED");
      std::ignore = write_file(child.path() / "cgroup.freeze", "0");
      remove_group(child.path());
    }
    ::rmdir(entry.path().c_str());
  }
}

// A fresh directory scinet-<pid>[.n] under `parent`, or an empty path where none can be made.
fs::path make_run_group(const fs::path& parent) {
  std::error_code ignored;
  if (!fs::is_directory(parent, ignored)) return {};
  remove_stale_groups(parent);
  for (int n = 0; n < 1000; ++n) {
    const fs::path directory = parent / (n == 0 ? fmt::format("{}{}", kPrefix, ::getpid())
                                                : fmt::format("{}{}.{}", kPrefix, ::getpid(), n));
    if (::mkdir(directory.c_str(), 0755) == 0) return directory;
    if (errno != EEXIST) return {};
  }
  return {};
}

bool lists_word(const fs::path& file, std::string_view word) {
  std::ifstream stream(file);
  std::string found;
  while (stream >> found) {
    if (found == word) return true;
  }
  return false;
}

}  // namespace

CpuQuota cpu_quota(double cores) {
  constexpr auto kPeriod = static_cast<double>(std::chrono::microseconds(kQuotaPeriod).count());
  constexpr double kLeastQuota = 1'000.0;
  constexpr double kLongestPeriod = 1'000'000.0;
  if (cores * kPeriod >= kLeastQuota) {
    return {std::lround(cores * kPeriod), static_cast<long>(kPeriod)};
  }
  const double period = std::min(kLeastQuota / std::max(cores, 1e-6), kLongestPeriod);
  return {static_cast<long>(kLeastQuota), std::lround(period)};
}

Status set_frozen(const Cgroup& group, bool frozen) {
  return write_file(group.freezer_file, frozen ? group.frozen : group.thawed);
}

CgroupTree::CgroupTree(fs::path root) {
  open_version_1(root);
  if (!limits_cpu_) {
    open_version_2(root);
    if (!limits_cpu_) open_version_2(root / "unified");
  }
}

void CgroupTree::open_version_1(const fs::path& root) {
  std::error_code ignored;
  // The quota file tells a mounted cpu controller from an ordinary directory of that name.
  if (fs::exists(root / "cpu" / "cpu.shares", ignored)) cpu_ = make_run_group(root / "cpu");
  if (cpu_.empty()) return;
  limits_cpu_ = true;
  made_.push_back(cpu_);
  memory_ = make_run_group(root / "memory");
  if (!memory_.empty()) made_.push_back(memory_);
  limits_memory_ = !memory_.empty();
  freezer_ = make_run_group(root / "freezer");
  if (!freezer_.empty()) made_.push_back(freezer_);
}

void CgroupTree::open_version_2(const fs::path& root) {
  if (!lists_word(root / "cgroup.controllers", "cpu")) return;
  const bool has_memory = lists_word(root / "cgroup.controllers", "memory");
  const std::string_view wanted = has_memory ? "+cpu +memory" : "+cpu";
  // Already on at the root of most systems; a refusal shows in the next step.
  (void)write_file(root / "cgroup.subtree_control", wanted);
  const fs::path group = make_run_group(root);
  if (group.empty()) return;
  if (!write_file(group / "cgroup.subtree_control", wanted).ok()) {
    remove_group(group);
    return;
  }
  made_.push_back(group);
  unified_ = true;
  cpu_ = memory_ = freezer_ = group;
  limits_cpu_ = true;
  limits_memory_ = has_memory;
}

CgroupTree::~CgroupTree() {
  for (auto group = made_.rbegin(); group != made_.rend(); ++group) remove_group(*group);
}

std::string CgroupTree::notice() const {
  if (!limits_cpu_) {
    return "control groups: none can be made here, so workers run without CPU quota and memory "
           "limit and all hosts are equally fast; run as root with the cpu and memory controllers";
  }
  if (!limits_memory_) {
    return "control groups: the memory controller is missing, so workers run without memory limit";
  }
  return {};
}

Result<Cgroup> CgroupTree::create(std::string_view name, const ResourceLimits& limits) {
  Cgroup group;
  const auto make = [&](const fs::path& parent) -> fs::path {
    const fs::path directory = parent / name;
    if (::mkdir(directory.c_str(), 0755) == 0) made_.push_back(directory);
    const std::string join_file = (directory / "cgroup.procs").string();
    if (std::ranges::find(group.join_files, join_file) == group.join_files.end()) {
      group.join_files.push_back(join_file);
    }
    return directory;
  };
  std::vector<Status> steps;
  if (limits_cpu_) {
    const fs::path directory = make(cpu_);
    const auto [quota, period] = cpu_quota(limits.cores);
    if (unified_) {
      steps.push_back(write_file(directory / "cpu.max", fmt::format("{} {}", quota, period)));
    } else {
      steps.push_back(write_file(directory / "cpu.cfs_period_us", fmt::to_string(period)));
      steps.push_back(write_file(directory / "cpu.cfs_quota_us", fmt::to_string(quota)));
    }
  }
  if (limits_memory_ && limits.memory > Mebibytes(0)) {
    const auto bytes = static_cast<long long>(limits.memory.value() * 1024.0 * 1024.0);
    const fs::path file = unified_ ? "memory.max" : "memory.limit_in_bytes";
    steps.push_back(write_file(make(memory_) / file, fmt::to_string(bytes)));
  }
  if (!freezer_.empty()) {
    group.freezer_file = (make(freezer_) / (unified_ ? "cgroup.freeze" : "freezer.state")).string();
    group.frozen = unified_ ? "1" : "FROZEN";
    group.thawed = unified_ ? "0" : "THAWED";
  }
  for (const Status& step : steps) {
    if (!step.ok()) return step.error();
  }
  return group;
}

}  // namespace scinet
