#include "workload/fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/plan.h"

namespace scinet {
namespace {

// Times in a run stay far below the 292 years that SimTime holds, whatever is drawn.
constexpr Seconds kLongest{1e6};

std::optional<std::string> too_long(std::string_view what, Seconds time, const HostType& type) {
  if (time <= kLongest) return std::nullopt;
  return fmt::format("takes {:g} s {} on a {}, expected at most {:g} s", time.count(), what,
                     type.name, kLongest.count());
}

std::optional<std::string> too_long_to_send(Bytes size, const HostType& type) {
  if (type.bandwidth.value() == 0.0) return std::nullopt;
  return too_long("to be sent", size / type.bandwidth, type);
}

std::optional<std::string> too_large(const Fragment& fragment, std::span<const HostType> types) {
  const auto fits = [&](const HostType& type) { return can_ever_hold(type, fragment); };
  if (types.empty() || std::ranges::any_of(types, fits)) return std::nullopt;
  const HostType& largest = *std::ranges::max_element(types, {}, &HostType::memory);
  return fmt::format("needs {:g} MiB with its model, and the largest host, {}, has {:g} MiB",
                     (fragment.memory + fragment.model_memory).value(), largest.name,
                     largest.memory.value());
}

}  // namespace

std::optional<std::string> find_misfit(const Fragment& fragment, std::span<const HostType> types) {
  if (auto misfit = too_large(fragment, types)) return misfit;
  for (const HostType& type : types) {
    const double cores = std::min(fragment.cores, type.cores - type.background);
    const Seconds load = fragment.load_time + fragment.load_work / type.speed;
    if (auto misfit = too_long("alone", fragment.work.mean / (type.speed * cores), type)) {
      return misfit;
    }
    if (auto misfit = too_long("to load", load, type)) return misfit;
    if (auto misfit = too_long_to_send(fragment.output, type)) return misfit;
  }
  return std::nullopt;
}

std::optional<std::string> find_misfit(Bytes input, std::span<const HostType> types) {
  for (const HostType& type : types) {
    if (auto misfit = too_long_to_send(input, type)) return misfit;
  }
  return std::nullopt;
}

}  // namespace scinet
