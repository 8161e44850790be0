#include "apps/scinet/horizon_option.h"

#include <fmt/format.h>

#include "base/text.h"

namespace scinet {

Status use_horizon(Scenario& scenario, const std::string& text) {
  if (text.empty()) return ok_status();
  std::optional<Seconds> horizon = parse_quantity<Seconds>(text);
  if (const auto number = parse_number<double>(text)) horizon = Seconds(*number);
  constexpr Seconds kLongest{1e9};
  if (!horizon || *horizon <= Seconds{0} || *horizon > kLongest) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--horizon {} is not a length of time; write for example 300 s",
                             in_quotes(text))};
  }
  if (*horizon < scenario.beat) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--horizon {:g} s is shorter than a beat of '{}', {:g} s",
                             horizon->count(), scenario.name, scenario.beat.count())};
  }
  scenario.horizon = *horizon;
  return ok_status();
}

}  // namespace scinet
