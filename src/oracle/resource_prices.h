// What energy and money are worth where plans are compared, and what work costs.
#pragma once

#include <algorithm>

#include "policy/estimate.h"

namespace scinet {

// In units of what a request is worth.
struct ResourcePrices {
  double joule = 0.0;
  double dollar = 0.0;
};

// Who bears what hosts cost that are on anyway: idle power and price. Paid: nobody, work costs the
// energy that it adds. Shared: work does, as much of them as it takes of the cores.
enum class HostCosts { kPaid, kShared };

// Where all hosts boot at once, as many are on as there is work for.
inline HostCosts host_costs(const ClusterView& view) {
  const bool is_shared = std::ranges::all_of(
      view.hosts, [&](const HostView& host) { return view.type_of(host).boots_at_once(); });
  return is_shared ? HostCosts::kShared : HostCosts::kPaid;
}

inline Watts idle_power(const HostType& type) {
  return type.power.at(type.background / static_cast<double>(type.cores));
}

// Of a fragment's work on a host.
inline double work_price(const ClusterLoad& load, const HostLoad& host, const Fragment& fragment,
                         const ResourcePrices& prices, HostCosts costs) {
  const double added = prices.joule * load.added_energy(host, fragment).value();
  if (costs == HostCosts::kPaid) return added;
  const HostType& type = *host.type;
  const Seconds taken = fragment.work.mean / host.speed() / static_cast<double>(type.cores);
  return added + prices.joule * (idle_power(type) * taken).value() +
         prices.dollar * (type.price * taken).value();
}

}  // namespace scinet
