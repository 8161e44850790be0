#include "policy/catalog.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "policy/baselines.h"

namespace scinet {

Result<std::unique_ptr<Policy>> PolicyCatalog::make(std::string_view name) const {
  std::string known;
  for (const PolicyEntry& entry : entries_) {
    if (entry.name == name) return entry.make();
    fmt::format_to(std::back_inserter(known), "{}{}", known.empty() ? "" : ", ", entry.name);
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("unknown policy '{}'; known policies: {}", name, known)};
}

void PolicyCatalog::add(PolicyCatalog more) {
  std::ranges::move(more.entries_, std::back_inserter(entries_));
}

PolicyCatalog builtin_policies() {
  return PolicyCatalog({
      {.name = "random",
       .summary = "a random sound decision, the floor of every comparison",
       .decides = {.provisioning = "idle hosts toggle with probability 0.1",
                   .deployment = "any strategy",
                   .placement = "any host that can hold it"},
       .source = "the baseline of the published SciNet",
       .make = make_random},
      {.name = "least-loaded",
       .summary = "every host on, work goes where it finishes first",
       .decides = {.provisioning = "all on",
                   .deployment = "most accurate in time, else fastest",
                   .placement = "earliest expected finish"},
       .source = "what an operator does without a manager",
       .make = make_least_loaded},
      {.name = "threshold",
       .summary = "an autoscaler with hysteresis, and best fit",
       .decides = {.provisioning = "above 70 % load hosts on, below 30 % an idle one off",
                   .deployment = "most accurate in time, else fastest",
                   .placement = "tightest memory that fits"},
       .source = "the usual cloud autoscaler",
       .make = make_threshold},
      {.name = "cosim",
       .summary = "the three greedy rules of SciNet on closed-form estimates",
       .decides = {.provisioning = "expected utilisation against cost",
                   .deployment = "SLO violation against accuracy",
                   .placement = "energy against response"},
       .source = "Tuli, Casale, Jennings, IEEE TC 72(12), 2023, with its defects corrected",
       .make = make_cosim},
  });
}

}  // namespace scinet
