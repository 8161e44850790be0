#include "report/utilisation_ledger.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>

namespace scinet {

bool is_next_beat(SimTime then, const ClusterView& view) {
  const Seconds passed = to_seconds(view.now - then);
  return passed > 0.5 * view.beat && passed < 1.5 * view.beat;
}

double mean_of_3(const HostView& host) {
  const auto& recent = host.recent_utilisation;
  const auto used = std::min<std::ptrdiff_t>(3, std::ssize(recent));
  if (used == 0) return host.utilisation;
  return std::accumulate(recent.end() - used, recent.end(), 0.0) / static_cast<double>(used);
}

void UtilisationLedger::begin_beat(const ClusterView& view) {
  for (; first_open_ < records_.size(); ++first_open_) {
    UtilisationRecord& record = records_[first_open_];
    if (!is_next_beat(record.time, view)) continue;
    record.observed = static_cast<float>(view.host(record.host).utilisation);
  }
}

void UtilisationLedger::add(std::uint64_t step, const ClusterView& view,
                            std::span<const float> predicted) {
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const HostView& host = view.hosts[i];
    records_.push_back({.step = static_cast<std::uint32_t>(step),
                        .host = host.id,
                        .time = view.now,
                        .predicted = predicted[i],
                        .last_value = static_cast<float>(host.utilisation),
                        .mean_of_3 = static_cast<float>(mean_of_3(host))});
  }
}

UtilisationErrors utilisation_errors(std::span<const UtilisationRecord> records) {
  UtilisationErrors errors;
  double policy = 0.0;
  double last_value = 0.0;
  double mean = 0.0;
  for (const UtilisationRecord& record : records) {
    if (!record.is_observed()) continue;
    ++errors.count;
    policy += std::pow(record.predicted - record.observed, 2.0);
    last_value += std::pow(record.last_value - record.observed, 2.0);
    mean += std::pow(record.mean_of_3 - record.observed, 2.0);
  }
  if (errors.count == 0) return errors;
  const auto count = static_cast<double>(errors.count);
  errors.policy = std::sqrt(policy / count);
  errors.last_value = std::sqrt(last_value / count);
  errors.mean_of_3 = std::sqrt(mean / count);
  return errors;
}

void write_utilisation_csv(std::ostream& out, std::span<const UtilisationRecord> records) {
  out << "step,time_s,host,predicted,last_value,mean_of_3,observed\n";
  for (const UtilisationRecord& record : records) {
    fmt::print(out, "{},{},{},{},{},{},", record.step, to_seconds(record.time).count(),
               record.host.value, record.predicted, record.last_value, record.mean_of_3);
    if (record.is_observed()) fmt::print(out, "{}", record.observed);
    out << '\n';
  }
}

}  // namespace scinet
