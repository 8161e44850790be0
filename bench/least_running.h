// The host with the fewest running tasks, of equal ones the lowest number. The hosts with n tasks
// are a set of bits; above each 64 of them lies one that says whether any is set, and so on up to
// one word.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/id.h"

namespace scinet {

class HostSet {
 public:
  explicit HostSet(std::size_t hosts) {
    do {
      hosts = (hosts + 63) / 64;
      levels_.emplace_back(hosts, 0);
    } while (hosts > 1);
  }

  bool empty() const { return levels_.back()[0] == 0; }

  void insert(HostId host) {
    std::size_t at = host.value;
    for (std::vector<std::uint64_t>& words : levels_) {
      const std::uint64_t before = words[at / 64];
      words[at / 64] = before | std::uint64_t{1} << at % 64;
      if (before != 0) return;  // the levels above know
      at /= 64;
    }
  }

  void erase(HostId host) {
    std::size_t at = host.value;
    for (std::vector<std::uint64_t>& words : levels_) {
      words[at / 64] &= ~(std::uint64_t{1} << at % 64);
      if (words[at / 64] != 0) return;
      at /= 64;
    }
  }

  // Of a set that is not empty.
  HostId first() const {
    std::size_t at = 0;
    for (std::size_t level = levels_.size(); level-- > 0;) {
      at = 64 * at + static_cast<std::size_t>(std::countr_zero(levels_[level][at]));
    }
    return HostId{static_cast<std::uint32_t>(at)};
  }

 private:
  std::vector<std::vector<std::uint64_t>> levels_;  // the hosts themselves come first
};

class LeastRunning {
 public:
  explicit LeastRunning(std::size_t hosts) : counts_(hosts, 0), with_(1, HostSet(hosts)) {
    for (std::uint32_t i = 0; i < hosts; ++i) with_[0].insert(HostId{i});
  }

  HostId first() const { return with_[least_].first(); }

  void start_on(HostId host) {
    std::uint32_t& count = counts_[host.value];
    with_[count].erase(host);
    if (++count == with_.size()) with_.emplace_back(counts_.size());
    with_[count].insert(host);
    while (with_[least_].empty()) ++least_;
  }

  void finish_on(HostId host) {
    std::uint32_t& count = counts_[host.value];
    with_[count].erase(host);
    with_[--count].insert(host);
    least_ = std::min<std::size_t>(least_, count);
  }

 private:
  std::vector<std::uint32_t> counts_;
  std::vector<HostSet> with_;  // so many running tasks
  std::size_t least_ = 0;      // the first of these that is not empty
};

}  // namespace scinet
