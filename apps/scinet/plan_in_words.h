// What a plan does and what it leads to, as the verbs say it that show a single decision.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "model/json.h"
#include "oracle/rollout.h"

namespace scinet {

// A line for each host, workload and fragment that it decides.
std::string in_words(const Plan& plan, const ClusterView& view);

struct NamedOutlook {
  std::string_view name;
  Outlook outlook;
};

// QoS and its terms, a line each.
std::string outlook_table(std::span<const NamedOutlook> outlooks);

// "QoS +0.0104: violation +0.0120, energy -0.0016": what `of` has more than `beside`, and the terms
// that this comes from, each by what it adds to the QoS, the largest first.
std::string difference_in_words(const Outlook& of, const Outlook& beside,
                                const QosWeights& weights);

// {"qos": ..., "terms": {...}}
Json json_of(const Outlook& outlook);

}  // namespace scinet
