#include "serving/batch_terms.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "base/text.h"

namespace scinet {
namespace {

constexpr std::string_view kLimit = "limit=";
constexpr std::string_view kDelay = "delay_us=";

template <class Number>
std::optional<Number> number_after(std::string_view key, std::string_view text) {
  if (!text.starts_with(key)) return std::nullopt;
  return parse_number<Number>(text.substr(key.size()));
}

}  // namespace

std::string format_batch(const BatchTerms& terms) {
  return fmt::format("{}{};{}{}", kLimit, terms.limit, kDelay, terms.delay.count());
}

Result<BatchTerms> parse_batch(std::string_view field) {
  const std::size_t semicolon = std::min(field.find(';'), field.size());
  const std::string_view rest = field.substr(std::min(semicolon + 1, field.size()));
  const auto limit = number_after<std::size_t>(kLimit, field.substr(0, semicolon));
  const auto delay = number_after<std::int64_t>(kDelay, rest);
  constexpr std::int64_t kLongest = std::chrono::microseconds(kLongestBatchDelay).count();
  const bool is_right = limit && delay && *limit >= 1 && *delay >= 0 && *delay <= kLongest;
  if (!is_right) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: {} is not limit=NUMBER;delay_us=NUMBER with whole numbers, a "
                             "limit of at least 1 and a delay of at most {}",
                             kBatchField, in_quotes(field), kLongest)};
  }
  return BatchTerms{*limit, std::chrono::microseconds(*delay)};
}

}  // namespace scinet
