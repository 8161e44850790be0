// The host with the fewest running tasks, of equal ones the lowest number: a tournament whose inner
// nodes hold the least count below them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "base/id.h"

namespace scinet {

class LeastRunning {
 public:
  explicit LeastRunning(std::size_t hosts) {
    while (leaves_ < hosts) leaves_ *= 2;
    counts_.assign(2 * leaves_, 0);
    std::fill(counts_.begin() + static_cast<std::ptrdiff_t>(leaves_ + hosts), counts_.end(),
              std::numeric_limits<int>::max());
    for (std::size_t i = leaves_ - 1; i > 0; --i) update(i);
  }

  void add(HostId host, int change) {
    std::size_t node = leaves_ + host.value;
    counts_[node] += change;
    while ((node /= 2) > 0) {
      if (!update(node)) return;
    }
  }

  HostId first() const {
    std::size_t node = 1;
    while (node < leaves_) node = 2 * node + (counts_[2 * node] > counts_[2 * node + 1] ? 1 : 0);
    return HostId{static_cast<std::uint32_t>(node - leaves_)};
  }

 private:
  // Whether it has changed.
  bool update(std::size_t node) {
    const int least = std::min(counts_[2 * node], counts_[2 * node + 1]);
    return std::exchange(counts_[node], least) != least;
  }

  std::size_t leaves_ = 1;
  std::vector<int> counts_;  // node i has the children 2 i and 2 i + 1; the leaves come last
};

}  // namespace scinet
