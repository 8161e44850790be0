// How rows of features are written.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>

#include "base/ensure.h"
#include "learn/imitation/features.h"
#include "learn/squashing.h"

namespace scinet {

inline std::span<float> row_of(FloatRows& rows, std::size_t i) {
  const auto columns = static_cast<std::size_t>(rows.cols());
  return {rows.data() + i * columns, columns};
}

// Fills a row from left to right.
class RowWriter {
 public:
  explicit RowWriter(std::span<float> row) : row_(row) {}
  ~RowWriter() { ensure(next_ == row_.size(), "a row has one number per column"); }
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  void add(double value) { row_[next_++] = static_cast<float>(std::clamp(value, -20.0, 20.0)); }
  void add(std::initializer_list<double> values) {
    for (const double value : values) add(value);
  }

 private:
  std::span<float> row_;
  std::size_t next_ = 0;
};

// Share of its billing increment that a host has paid for and not used.
inline double prepaid_share(const HostLoad& host, SimTime now) {
  const Seconds increment = host.type->billing_increment;
  const bool is_billed = host.view->state == HostState::kOn ||
                         host.view->state == HostState::kBooting ||
                         host.view->state == HostState::kDraining;
  if (!is_billed || increment <= Seconds(0)) return 0.0;
  const double used = to_seconds(now - std::min(host.view->powered_since, now)) / increment;
  return std::ceil(used) - used;
}

}  // namespace scinet
