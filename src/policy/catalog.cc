#include "policy/catalog.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "policy/canonical_order.h"

namespace scinet {
namespace {

constexpr std::int64_t kMostSearchSteps = 100'000;  // as many as a context allows

template <class Entry>
void move_to(std::vector<Entry>& entries, std::vector<Entry>& more) {
  std::ranges::move(more, std::back_inserter(entries));
}

template <class Entry>
std::string names(const std::vector<Entry>& entries) {
  std::string list;
  for (const Entry& entry : entries) {
    fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ", ", entry.name);
  }
  return list;
}

template <class Entry>
auto make_named(const std::vector<Entry>& entries, std::string_view what, std::string_view plural,
                std::string_view name) -> decltype(entries.front().make()) {
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry.make();
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("unknown {} '{}'; known {}: {}", what, name, plural, names(entries))};
}

// "A+B+C"; nothing where it is not of that form.
std::optional<Combination> combination_of(std::string_view name) {
  const std::size_t first = name.find('+');
  const std::size_t last = name.rfind('+');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  return Combination{.provisioning = std::string(name.substr(0, first)),
                     .deployment = std::string(name.substr(first + 1, last - first - 1)),
                     .placement = std::string(name.substr(last + 1))};
}

}  // namespace

void RuleCatalog::add(RuleCatalog more) {
  move_to(provisioning, more.provisioning);
  move_to(deployment, more.deployment);
  move_to(placement, more.placement);
}

Result<std::unique_ptr<Policy>> make_combination(const RuleCatalog& rules,
                                                 const Combination& combination) {
  auto provisioning = make_named(rules.provisioning, "rule for provisioning",
                                 "rules for provisioning", combination.provisioning);
  if (!provisioning) return provisioning.error();
  auto deployment = make_named(rules.deployment, "rule for deployment", "rules for deployment",
                               combination.deployment);
  if (!deployment) return deployment.error();
  auto placement = make_named(rules.placement, "rule for placement", "rules for placement",
                              combination.placement);
  if (!placement) return placement.error();
  return in_canonical_order(compose(std::move(provisioning).value(), std::move(deployment).value(),
                                    std::move(placement).value()));
}

Result<std::unique_ptr<Policy>> PolicyCatalog::make(std::string_view name) const {
  if (const auto combination = combination_of(name)) return make_combination(rules_, *combination);
  const std::size_t at = name.find('@');
  if (at == std::string_view::npos) return make_named(entries_, "policy", "policies", name);
  return make_with_steps(name.substr(0, at), name.substr(at + 1));
}

Result<std::unique_ptr<Policy>> PolicyCatalog::make_with_steps(std::string_view name,
                                                               std::string_view steps) const {
  std::vector<PolicyEntry> searches;
  std::ranges::copy_if(entries_, std::back_inserter(searches),
                       [](const PolicyEntry& entry) { return bool(entry.make_with_steps); });
  const auto entry = std::ranges::find(searches, name, &PolicyEntry::name);
  if (entry == searches.end()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("no policy '{}' that searches in steps; those that do: {}", name,
                             searches.empty() ? "none" : names(searches))};
  }
  const std::optional<std::int64_t> count = parse_number<std::int64_t>(steps);
  if (!count || *count < 1 || *count > kMostSearchSteps) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("'{}' of policy '{}@{}' is no number of steps; expected 1 to {}, as in "
                    "'{}@500'",
                    steps, name, steps, kMostSearchSteps, name)};
  }
  return entry->make_with_steps(*count);
}

void PolicyCatalog::add(PolicyCatalog more) {
  move_to(entries_, more.entries_);
  rules_.add(std::move(more.rules_));
}

}  // namespace scinet
