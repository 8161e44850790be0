// Identifiers that cannot be mixed up: a HostId is never a WorkloadId.
#pragma once

#include <compare>
#include <cstdint>

namespace scinet {

template <class Tag, class Number = std::uint32_t>
struct Id {
  Number value = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
};

// Positions in a Catalogue.
using HostTypeId = Id<struct HostTypeTag>;
using ApplicationId = Id<struct ApplicationTag>;
// A position in Application::strategies.
using StrategyId = Id<struct StrategyTag>;
// A position in Strategy::fragments.
using FragmentId = Id<struct FragmentTag>;

// A position in ClusterView::hosts; stays with its host for a whole run.
using HostId = Id<struct HostTag>;
// Grows by one with every request, in order of arrival.
using WorkloadId = Id<struct WorkloadTag, std::uint64_t>;

}  // namespace scinet
