#include "apps/scinet/plan_in_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

namespace scinet {

std::string in_words(const Plan& plan, const ClusterView& view) {
  std::string text;
  auto out = std::back_inserter(text);
  for (const auto& [host, on] : plan.power) {
    fmt::format_to(out, "  host {} ({}) {}\n", host.value, view.type_of(view.host(host)).name,
                   on ? "on" : "off");
  }
  for (const auto& [id, strategy] : plan.deployments) {
    const Application& application = view.catalogue->at(view.find(id)->workload.application);
    fmt::format_to(out, "  workload {} ({}) by {}\n", id.value, application.name,
                   application.strategies[strategy.value].name);
  }
  for (const auto& [id, fragment, host] : plan.placements) {
    fmt::format_to(out, "  workload {}: fragment {} on host {}\n", id.value, fragment.value,
                   host.value);
  }
  for (const auto& [id, reason] : plan.deferrals) {
    fmt::format_to(out, "  workload {} waits: {}\n", id.value, reason);
  }
  return text.empty() ? "  nothing changes\n" : text;
}

std::string outlook_table(std::span<const NamedOutlook> outlooks) {
  std::size_t width = 0;
  for (const NamedOutlook& row : outlooks) width = std::max(width, row.name.size() + 2);
  std::string text = fmt::format("{:<{}}{:>8}{:>9}{:>9}{:>10}{:>11}{:>12}\n", "", width, "QoS",
                                 "energy", "cost", "response", "violation", "inaccuracy");
  for (const auto& [name, outlook] : outlooks) {
    const QosTerms& terms = outlook.terms;
    text += fmt::format("{:<{}}{:>8.4f}{:>9.4f}{:>9.4f}{:>10.4f}{:>11.4f}{:>12.4f}\n", name, width,
                        outlook.qos, terms.energy, terms.cost, terms.response, terms.violation,
                        terms.inaccuracy);
  }
  return text;
}

std::string difference_in_words(const Outlook& of, const Outlook& beside,
                                const QosWeights& weights) {
  constexpr double kVisible = 5e-5;
  const QosTerms& a = of.terms;
  const QosTerms& b = beside.terms;
  using Share = std::pair<std::string_view, double>;
  std::array<Share, 5> shares{
      Share{"energy", weights.energy * (b.energy - a.energy)},
      Share{"cost", weights.cost * (b.cost - a.cost)},
      Share{"response", weights.response * (b.response - a.response)},
      Share{"violation", weights.violation * (b.violation - a.violation)},
      Share{"inaccuracy", weights.inaccuracy * (b.inaccuracy - a.inaccuracy)}};
  std::ranges::stable_sort(shares, [](const Share& x, const Share& y) {
    return std::abs(x.second) > std::abs(y.second);
  });
  std::string text;
  for (const auto& [term, share] : shares) {
    if (std::abs(share) < kVisible) continue;
    text += fmt::format("{}{} {:+.4f}", text.empty() ? ": " : ", ", term, share);
  }
  if (text.empty()) return "no difference";
  return fmt::format("QoS {:+.4f}{}", of.qos - beside.qos, text);
}

Json json_of(const Outlook& outlook) {
  return {{"qos", outlook.qos}, {"terms", json_of(outlook.terms)}};
}

}  // namespace scinet
