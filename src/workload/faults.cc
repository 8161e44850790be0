#include "workload/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>

#include "base/text.h"
#include "workload/scenario.h"

namespace scinet {
namespace {

auto order_of(const Fault& fault) { return std::tuple(fault.at, fault.host, fault.kind); }
SimTime end_of(const Fault& fault) { return fault.at + to_sim_time(fault.length); }

// Faults of one entry on one host until the horizon.
void add_random(std::vector<Fault>& faults, const RandomFaults& entry, HostId host, Seconds horizon,
                RandomStream random) {
  Seconds now{0};
  while (true) {
    now += Seconds(random.exponential(entry.mean_between.count()));
    if (now >= horizon) return;
    const Seconds length(random.exponential(entry.mean_length.count()));
    faults.push_back({entry.kind, host, to_sim_time(now), length, entry.speed_factor});
    now += length;
  }
}

// A text before and behind the first `separator`, if there is one.
struct Halves {
  std::string_view front;
  std::optional<std::string_view> back = {};
};

Halves split_at(char separator, std::string_view text) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text};
  return {text.substr(0, at), text.substr(at + 1)};
}

// A number in (0, most], or in [0, most] where `zero_counts`.
std::optional<double> number_up_to(double most, std::string_view text, bool zero_counts = false) {
  const auto number = parse_number<double>(text);
  const bool is_allowed = number && *number <= most && (zero_counts ? *number >= 0 : *number > 0);
  return is_allowed ? number : std::nullopt;
}

struct FaultForm {
  std::string_view form;
  std::string_view example;
};

FaultForm form_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kCrash:
      break;
    case FaultKind::kSlow:
      return {"HOST@SECONDS+LENGTHxFACTOR", "3@120+60x0.5"};
    case FaultKind::kUnlinked:
      return {"HOST@SECONDS+LENGTH", "3@120+60"};
  }
  return {"HOST@SECONDS or HOST@SECONDS+LENGTH", "3@120"};
}

std::optional<Fault> read_fault(FaultKind kind, std::string_view text) {
  constexpr double kLongest = 1e9;  // seconds
  const auto [host_text, rest] = split_at('@', text);
  if (!rest) return std::nullopt;
  const auto [at_text, length_text] = split_at('+', *rest);
  const auto host = parse_number<std::uint32_t>(host_text);
  const auto at = number_up_to(kLongest, at_text, true);
  if (!host || !at) return std::nullopt;
  Fault fault{.kind = kind, .host = HostId{*host}, .at = to_sim_time(Seconds(*at))};
  if (!length_text) return kind == FaultKind::kCrash ? std::optional(fault) : std::nullopt;

  const bool is_slow = kind == FaultKind::kSlow;
  const auto [only_length, factor_text] =
      is_slow ? split_at('x', *length_text) : Halves{*length_text};
  const auto length = number_up_to(kLongest, only_length);
  const auto factor = is_slow ? number_up_to(1.0, factor_text.value_or("")) : std::optional(1.0);
  if (!length || !factor) return std::nullopt;
  fault.length = Seconds(*length);
  fault.speed_factor = *factor;
  return fault;
}

// The faults of one host and kind, in order of time, as effects.
void add_crashes(std::vector<FaultEffect>& effects, std::span<const Fault> faults) {
  for (std::size_t i = 0; i < faults.size();) {
    const Fault& first = faults[i];
    SimTime end = end_of(first);
    for (++i; i < faults.size() && faults[i].at <= end; ++i) end = std::max(end, end_of(faults[i]));
    effects.push_back({first.at, first.host, Crash{to_seconds(end - first.at)}});
  }
}

// Begins and ends of faults, and after each what holds while `active` faults do.
template <class WhatHolds>
void add_changes(std::vector<FaultEffect>& effects, std::span<const Fault> faults,
                 const WhatHolds& what_holds) {
  struct Edge {
    SimTime at;
    bool begins;
    double speed_factor;
  };
  std::vector<Edge> edges;
  for (const Fault& fault : faults) {
    if (end_of(fault) == fault.at) continue;  // shorter than a nanosecond
    edges.push_back({fault.at, true, fault.speed_factor});
    edges.push_back({end_of(fault), false, fault.speed_factor});
  }
  std::ranges::stable_sort(edges, {}, &Edge::at);
  std::multiset<double> active;
  auto before = what_holds(active);
  for (std::size_t i = 0; i < edges.size();) {
    const SimTime now = edges[i].at;
    for (; i < edges.size() && edges[i].at == now; ++i) {
      if (edges[i].begins) {
        active.insert(edges[i].speed_factor);
      } else {
        active.erase(active.find(edges[i].speed_factor));
      }
    }
    const auto after = what_holds(active);
    if (after != before) effects.push_back({now, faults.front().host, after});
    before = after;
  }
}

void add_effects(std::vector<FaultEffect>& effects, std::span<const Fault> of_host_and_kind) {
  switch (of_host_and_kind.front().kind) {
    case FaultKind::kCrash:
      return add_crashes(effects, of_host_and_kind);
    case FaultKind::kSlow:
      return add_changes(effects, of_host_and_kind, [](const std::multiset<double>& factors) {
        return SpeedChange{factors.empty() ? 1.0 : *factors.begin()};
      });
    case FaultKind::kUnlinked:
      return add_changes(effects, of_host_and_kind, [](const std::multiset<double>& faults) {
        return LinkChange{faults.empty()};
      });
  }
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  switch (kind) {
    case FaultKind::kCrash:
      return "crash";
    case FaultKind::kSlow:
      return "slow";
    case FaultKind::kUnlinked:
      break;
  }
  return "unlinked";
}

Result<Fault> parse_fault(FaultKind kind, std::string_view text) {
  if (const std::optional<Fault> fault = read_fault(kind, text)) return *fault;
  const FaultForm expected = form_of(kind);
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{} is not {}; write for example {}", in_quotes(text), expected.form,
                           expected.example)};
}

std::vector<Fault> generate_faults(const Scenario& scenario, const RandomStreams& streams) {
  std::vector<Fault> faults = scenario.faults;
  for (std::size_t entry = 0; entry < scenario.random_faults.size(); ++entry) {
    const RandomStreams of_entry(streams.stream("faults", entry).next());
    for (std::uint32_t host = 0; host < scenario.hosts.size(); ++host) {
      add_random(faults, scenario.random_faults[entry], HostId{host}, scenario.horizon,
                 of_entry.stream("host", host));
    }
  }
  std::erase_if(faults,
                [&](const Fault& fault) { return fault.at >= to_sim_time(scenario.horizon); });
  std::ranges::stable_sort(faults, {}, order_of);
  return faults;
}

std::vector<FaultEffect> effects_of(std::span<const Fault> faults) {
  std::vector<Fault> sorted(faults.begin(), faults.end());
  const auto group = [](const Fault& fault) { return std::pair(fault.host, fault.kind); };
  std::ranges::stable_sort(
      sorted, {}, [&](const Fault& fault) { return std::tuple(fault.host, fault.kind, fault.at); });
  std::vector<FaultEffect> effects;
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() && group(sorted[end]) == group(sorted[begin])) ++end;
    add_effects(effects, std::span(sorted).subspan(begin, end - begin));
    begin = end;
  }
  std::ranges::stable_sort(effects, {}, [](const FaultEffect& effect) {
    return std::tuple(effect.at, effect.host, effect.what.index());
  });
  return effects;
}

}  // namespace scinet
