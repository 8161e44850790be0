// The host with the fewest running tasks, of equal ones the lowest number. The hosts with n tasks
// are a set of bits; above each 64 of them lies one that says whether any is set, and so on up to
// one word. The words are a tree in one array: those below word i are 64 i + 1 .. 64 i + 64.
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
    const std::size_t leaves = (hosts + 63) / 64;
    for (std::size_t width = 1; width < leaves; width *= 64) upper_ += width;
    words_.resize(upper_ + leaves);
  }

  bool empty() const { return words_[0] == 0; }

  void insert(HostId host) {
    std::size_t word = upper_ + host.value / 64;
    std::size_t bit = host.value % 64;
    while (true) {
      const std::uint64_t before = words_[word];
      words_[word] = before | std::uint64_t{1} << bit;
      if (before != 0 || word == 0) return;  // the words above know
      bit = (word - 1) % 64;
      word = (word - 1) / 64;
    }
  }

  void erase(HostId host) {
    std::size_t word = upper_ + host.value / 64;
    std::size_t bit = host.value % 64;
    while (true) {
      words_[word] &= ~(std::uint64_t{1} << bit);
      if (words_[word] != 0 || word == 0) return;
      bit = (word - 1) % 64;
      word = (word - 1) / 64;
    }
  }

  // Of a set that is not empty.
  HostId first() const {
    std::size_t word = 0;
    while (word < upper_) word = 64 * word + 1 + first_in(word);
    return HostId{static_cast<std::uint32_t>(64 * (word - upper_) + first_in(word))};
  }

 private:
  std::size_t first_in(std::size_t word) const {
    return static_cast<std::size_t>(std::countr_zero(words_[word]));
  }

  std::vector<std::uint64_t> words_;  // those of the hosts themselves come last
  std::size_t upper_ = 0;             // words above them
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
