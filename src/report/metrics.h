// The figures of a run that comparisons are about, by the names that comparison.json uses.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "report/summary.h"

namespace scinet {

enum class Better { kHigher, kLower, kNeither };
std::string_view to_string(Better better);

struct Metric {
  std::string_view name;   // e.g. "energy_j"
  std::string_view title;  // for people
  std::string_view unit;   // "share" is a number from 0 to 1
  Better better = Better::kNeither;
  double (*value)(const Summary&) = nullptr;  // NaN: does not exist
};

// In the order to show; the first is the score.
std::span<const Metric> compared_metrics();

// The position of a name that exists.
std::size_t metric_index(std::string_view name);

}  // namespace scinet
