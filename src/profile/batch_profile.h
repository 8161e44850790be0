// What requests cost that run together, as measured, and what the catalogue is told of it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/application.h"

namespace scinet {

// The sizes that are measured, besides 1.
inline constexpr int kBatchSizes[] = {2, 4, 8};
inline constexpr int kLargestBatchMeasured = 8;
// Below this further work, running together is worth waiting for.
inline constexpr double kGainfulFurtherWork = 0.9;

struct BatchWork {
  int size = 1;
  double work = 1.0;  // of a run of so many, where one alone is 1
};

struct BatchProfile {
  std::vector<BatchWork> sizes;
  // Of each request but the first: the least squares of work = 1 + (size - 1) * further_work.
  double further_work = 1.0;

  bool gains() const { return further_work < kGainfulFurtherWork; }
};

BatchProfile batch_profile_of(std::vector<BatchWork> sizes);

// How requests are to wait for each other, as somebody wishes.
struct BatchWish {
  int limit = 1;
  Seconds delay{0};
};

// "8@5 ms": a limit from 2 to what is measured, a delay of at most a second.
Result<BatchWish> parse_batch_wish(std::string_view text);

// The wish with the work that was measured; each request by itself where nothing is gained.
Batching batching_of(const std::optional<BatchProfile>& measured, const BatchWish& wish);

}  // namespace scinet
