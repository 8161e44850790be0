#include "profile/batch_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace scinet {

BatchProfile batch_profile_of(std::vector<BatchWork> sizes) {
  double products = 0.0;
  double squares = 0.0;
  for (const auto& [size, work] : sizes) {
    const double further = size - 1;
    products += further * (work - 1.0);
    squares += further * further;
  }
  return {std::move(sizes), squares > 0.0 ? products / squares : 1.0};
}

Result<BatchWish> parse_batch_wish(std::string_view text) {
  const std::size_t at = std::min(text.find('@'), text.size());
  const auto limit = parse_number<int>(text.substr(0, at));
  const auto delay = parse_quantity<Seconds>(text.substr(std::min(at + 1, text.size())));
  const bool is_right = limit && *limit >= 2 && *limit <= kLargestBatchMeasured && delay &&
                        *delay >= Seconds(0) && *delay <= kLongestBatchDelay;
  if (!is_right) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--batch: {} is not LIMIT@DELAY, like '8@5 ms', with a limit from 2 "
                             "to {}, the most that is measured, and a delay from 0 s to {} s",
                             in_quotes(text), kLargestBatchMeasured, kLongestBatchDelay.count())};
  }
  return BatchWish{*limit, *delay};
}

Batching batching_of(const std::optional<BatchProfile>& measured, const BatchWish& wish) {
  const bool is_wished = wish.limit > 1;
  if (!is_wished || !measured || !measured->gains()) return {};
  // What is measured is never nothing, but the catalogue would not take it.
  constexpr double kLeast = 0.001;
  return {wish.limit, wish.delay, std::max(kLeast, measured->further_work)};
}

}  // namespace scinet
