#include "learn/imitation_2023/published_scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kManyRequests = 8.0;  // a beat: where counts of requests come to 1

// Those with open hosts first; a host without link or repair last.
int rank_of(const HostLoad& host) {
  if (host.state == HostState::kFailed || !host.view->linked) return 3;
  if (accepts_work(host.state)) return 0;
  return host.state == HostState::kDraining ? 1 : 2;
}

double beats_of_work(const HostLoad& host, Seconds beat) {
  return host.outstanding / (host.total_speed() * beat);
}

}  // namespace

std::string beyond_published_shape(const ClusterView& view) {
  if (view.hosts.size() != kSlots) {
    return fmt::format("its inputs have places for exactly {} hosts, and there are {}", kSlots,
                       view.hosts.size());
  }
  const std::vector<Application>& applications = view.catalogue->applications;
  if (applications.size() > kSlotApplications) {
    return fmt::format("its inputs have places for {} applications, and there are {}",
                       kSlotApplications, applications.size());
  }
  for (const Application& application : applications) {
    if (application.strategies.size() > kSlotStrategies) {
      return fmt::format("its inputs have places for {} strategies, and an application has {}",
                         kSlotStrategies, application.strategies.size());
    }
    for (const Strategy& strategy : application.strategies) {
      if (strategy.fragments.size() <= kSlotFragments) continue;
      return fmt::format("its inputs have places for {} fragments, and a strategy has {}",
                         kSlotFragments, strategy.fragments.size());
    }
  }
  return "";
}

PublishedScene::PublishedScene(const ClusterView& view)
    : view_(&view), space_(view), load_(view), order_(space_.waiting().size()) {
  ensure(beyond_published_shape(view).empty(), "the inputs of the network can say the view");
  for (const HostLoad& host : load_.hosts()) mean_speed_ += host.total_speed() * (1.0 / kSlots);
  sort_slots();
  for (const HostId host : space_.switchable()) {
    switchable_[slot_of(host)] = view.host(host).linked;
  }
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::stable_sort(order_, {}, [&](std::size_t i) {
    return time_left(space_.waiting()[i]->workload, view.now);
  });
  input_ = {.beats = beats(), .hosts = hosts(), .cluster = cluster(), .load = load()};
}

void PublishedScene::sort_slots() {
  for (std::size_t i = 0; i < kSlots; ++i) host_at_[i] = load_.hosts()[i].id();
  const auto key = [&](HostId id) {
    const HostLoad& host = load_.at(id);
    const HostType& type = *host.type;
    return std::tuple(type.price.value() / type.total_speed().value(), type.power.peak(),
                      type.memory, host.view->type, rank_of(host), host.ready,
                      -host.outstanding.value(), tie_break(host));
  };
  std::ranges::sort(host_at_, {}, key);
  for (std::size_t slot = 0; slot < kSlots; ++slot) slot_of_[host_at_[slot].value] = slot;
}

bool PublishedScene::is_open(std::size_t slot) const { return at(slot).can_get_work(); }

bool PublishedScene::is_switchable(std::size_t slot) const { return switchable_[slot]; }

bool PublishedScene::look_alike(std::size_t slot, std::size_t other) const {
  const auto looks = [&](std::size_t i) {
    const HostLoad& host = at(i);
    return std::tuple(host.view->type, switchable_[i], rank_of(host), host.ready,
                      host.backlog.size(), host.outstanding, host.view->speed_factor);
  };
  return looks(slot) == looks(other);
}

Matrix PublishedScene::beats() const {
  Matrix beats = Matrix::Zero(kBeatsSeen, kSlots);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::vector<double>& seen = at(slot).view->recent_utilisation;
    const auto count = std::min<Eigen::Index>(std::ssize(seen), kBeatsSeen);
    for (Eigen::Index i = 1; i <= count; ++i) {
      beats(kBeatsSeen - i, static_cast<Eigen::Index>(slot)) = *(seen.end() - i);
    }
  }
  return beats;
}

Matrix PublishedScene::hosts() const {
  Matrix row(1, static_cast<Eigen::Index>(kSlots) * kSlotColumns);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const HostLoad& host = at(slot);
    row.middleCols(static_cast<Eigen::Index>(slot) * kSlotColumns, kSlotColumns)
        << (host.can_get_work() ? 1.0 : 0.0),
        rank_of(host) == 3 ? 1.0 : 0.0, std::min(host.ready / (8.0 * view_->beat), 1.0),
        kLoadOfTask * static_cast<double>(host.backlog.size()), beats_of_work(host, view_->beat),
        host.view->utilisation;
  }
  return row;
}

Matrix PublishedScene::load() const {
  Matrix row(1, 2 * kSlots);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const auto column = static_cast<Eigen::Index>(slot);
    row(0, column) = kLoadOfTask * static_cast<double>(at(slot).backlog.size());
    row(0, column + static_cast<Eigen::Index>(kSlots)) = beats_of_work(at(slot), view_->beat);
  }
  return row;
}

// Of each application the requests that wait and their rate; of all together both again, how many
// are open and how much of their time those that wait have left.
Matrix PublishedScene::cluster() const {
  Matrix row = Matrix::Zero(1, kSceneColumns);
  constexpr auto kRates = static_cast<Eigen::Index>(kSlotApplications);
  constexpr Eigen::Index kAll = 2 * kRates;
  for (const WorkloadView* entry : space_.waiting()) {
    const Workload& workload = entry->workload;
    row(0, workload.application.value) += 2.0 / kManyRequests;
    row(0, kAll) += 1.0 / kManyRequests;
    row(0, kAll + 3) += time_left(workload, view_->now) / workload.slo /
                        static_cast<double>(space_.waiting().size());
  }
  for (std::size_t i = 0; i < view_->arrival_rates.size(); ++i) {
    const double a_beat = view_->arrival_rates[i] * view_->beat.count() / kManyRequests;
    row(0, kRates + static_cast<Eigen::Index>(i)) = 2.0 * a_beat;
    row(0, kAll + 1) += a_beat;
  }
  row(0, kAll + 2) = static_cast<double>(view_->workloads.size()) / (4.0 * kManyRequests);
  return row;
}

Matrix PublishedScene::request(std::size_t waiting) const {
  constexpr double kLongSlo = 8.0;  // beats
  const Workload& workload = space_.waiting()[waiting]->workload;
  Matrix row = Matrix::Zero(1, kRequestFeatures);
  row(0, workload.application.value) = 1.0;
  row(0, kRequestFeatures - 2) = time_left(workload, view_->now) / workload.slo;
  row(0, kRequestFeatures - 1) = workload.slo / (kLongSlo * view_->beat);
  return row;
}

std::vector<PublishedFragment> PublishedScene::fragments(std::size_t waiting,
                                                         StrategyId strategy) const {
  const WorkloadView& entry = *space_.waiting()[waiting];
  const auto& all = view_->catalogue->at(entry.workload.application, strategy).fragments;
  std::vector<PublishedFragment> fragments;
  std::array<std::size_t, kSlotFragments> position{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!needs_host(entry, i)) continue;
    position[i] = fragments.size();
    PublishedFragment fragment{.fragment = i,
                               .work = all[i].work.mean / (mean_speed_ * view_->beat)};
    for (const HostId host : space_.hosts_for(all[i])) fragment.can_hold[slot_of(host)] = true;
    for (const FragmentId input : all[i].inputs) {
      if (needs_host(entry, input.value)) fragment.inputs.push_back(position[input.value]);
    }
    fragments.push_back(std::move(fragment));
  }
  return fragments;
}

}  // namespace scinet
