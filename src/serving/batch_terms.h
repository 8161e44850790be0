// How long a request may wait to run together with others of its fragment, as the X-Scinet-Batch
// field says it: "limit=8;delay_us=5000".
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/application.h"  // kLongestBatchDelay

namespace scinet {

inline constexpr const char* kBatchField = "X-Scinet-Batch";

struct BatchTerms {
  std::size_t limit = 1;               // most requests in one run; 1: each by itself
  std::chrono::microseconds delay{0};  // that the first of them waits for others

  friend auto operator<=>(const BatchTerms&, const BatchTerms&) = default;
};

std::string format_batch(const BatchTerms& terms);
// kInvalidInput for anything but the form above: both numbers whole, a limit of at least 1 and a
// delay of at most kLongestBatchDelay.
Result<BatchTerms> parse_batch(std::string_view field);

}  // namespace scinet
