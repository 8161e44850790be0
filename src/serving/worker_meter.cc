#include "serving/worker_meter.h"

#include <algorithm>
#include <fstream>

namespace scinet {
namespace {

std::optional<double> read_number(const std::filesystem::path& file) {
  std::ifstream stream(file);
  double number = 0.0;
  if (!(stream >> number)) return std::nullopt;
  return number;
}

}  // namespace

void WorkerMeter::sample(Seconds now, Seconds cpu) {
  if (!recent_.empty()) {
    const Seconds elapsed = now - recent_.back().now;
    if (elapsed <= Seconds(0)) return;
    const double share = (cpu - recent_.back().cpu) / (elapsed * cores_);
    if (!power_.points.empty()) energy_ += power_.at(share) * elapsed;
  }
  recent_.push_back({now, cpu});
  while (recent_.size() > 2 && now - recent_[1].now >= Seconds(1)) recent_.pop_front();
}

double WorkerMeter::utilisation() const {
  if (recent_.size() < 2) return 0.0;
  const Seconds elapsed = recent_.back().now - recent_.front().now;
  const Seconds cpu = recent_.back().cpu - recent_.front().cpu;
  return std::clamp(cpu / (elapsed * cores_), 0.0, 1.0);
}

std::optional<Joules> WorkerMeter::modelled_energy() const {
  if (power_.points.empty()) return std::nullopt;
  return energy_;
}

std::optional<RaplCounter> RaplCounter::open(const std::filesystem::path& folder) {
  RaplCounter opened;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    // "intel-rapl:0" is a package; "intel-rapl:0:1" a part of one, already counted in it.
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1)
      continue;
    const std::optional<double> now = read_number(entry.path() / "energy_uj");
    const std::optional<double> range = read_number(entry.path() / "max_energy_range_uj");
    if (now && range) opened.packages_.push_back({entry.path() / "energy_uj", *range, *now});
  }
  if (opened.packages_.empty()) return std::nullopt;
  return opened;
}

Joules RaplCounter::read() {
  for (Package& package : packages_) {
    const std::optional<double> now = read_number(package.counter);
    if (!now) continue;
    const double wrapped = *now < package.last ? package.range : 0.0;
    total_ += Joules((*now + wrapped - package.last) * 1e-6);
    package.last = *now;
  }
  return total_;
}

}  // namespace scinet
