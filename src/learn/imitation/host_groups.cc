#include "learn/imitation/host_groups.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/ensure.h"

namespace scinet {
namespace {

class Hash {
 public:
  void add(std::uint64_t number) {
    sum_ ^= number;
    sum_ *= 0x9e3779b97f4a7c15u;
    sum_ ^= sum_ >> 29;
  }
  std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0x2545f4914f6cdd1du;
};

// How finely hosts are told apart. From kFirstStep on each step is twice the last.
constexpr double kFirstStep = 1.0 / 64.0;
constexpr double kSameTypeUpTo = 1.0;
constexpr double kLargestStep = 64.0;  // rows have no larger differences
constexpr float kAboveZero = 2048.5f;  // rows are within 20, and a half rounds

// What hosts have in common that are in one group.
class Looks {
 public:
  Looks(const ClusterLoad& load, const DecisionSpace& space) : load_(load) {
    applications_.resize(load.view().catalogue->applications.size(), false);
    for (const WorkloadView* entry : space.waiting()) {
      applications_[entry->workload.application.value] = true;
    }
    for (const HostLoad& host : load.hosts()) models_.push_back(models_of(host));
  }

  std::uint64_t of(const HostLoad& host, std::span<const float> row, double step) const {
    Hash hash;
    hash.add(static_cast<std::uint64_t>(host.state));
    hash.add(host.view->linked ? 1 : 0);
    hash.add(static_cast<std::uint64_t>(host.type->memory.value()));
    if (step <= kSameTypeUpTo) {
      hash.add(host.view->type.value);
      hash.add(models_[host.id().value]);
    }
    const auto steps = static_cast<float>(1.0 / step);
    for (const float value : row) {
      hash.add(static_cast<std::uint32_t>(value * steps + kAboveZero));
    }
    return hash.sum();
  }

 private:
  // Those that are warm there and that waiting work may ask for.
  std::uint64_t models_of(const HostLoad& host) const {
    Hash hash;
    for (const std::vector<ModelId>* models : {&host.view->resident, &host.needed}) {
      for (const ModelId& model : *models) {
        if (!applications_[model.application.value]) continue;
        hash.add(model.application.value);
        hash.add(model.strategy.value);
        hash.add(model.fragment.value);
      }
      hash.add(~std::uint64_t{0});
    }
    return hash.sum();
  }

  const ClusterLoad& load_;
  std::vector<bool> applications_;  // that wait
  std::vector<std::uint64_t> models_;
};

}  // namespace

HostGroups::HostGroups(std::size_t hosts) : first_(hosts + 1), group_of_(hosts) {
  std::iota(first_.begin(), first_.end(), std::size_t{0});
  std::iota(group_of_.begin(), group_of_.end(), 0u);
  members_.reserve(hosts);
  for (std::uint32_t i = 0; i < hosts; ++i) members_.push_back(HostId{i});
}

HostGroups HostGroups::of_alike(const ClusterLoad& load, const DecisionSpace& space,
                                const FloatRows& hosts, std::size_t most) {
  const Looks looks(load, space);
  const auto columns = static_cast<std::size_t>(hosts.cols());
  const std::size_t count = load.hosts().size();
  std::vector<std::uint32_t> group_of(count);
  std::unordered_map<std::uint64_t, std::uint32_t> group_with;  // order of hashes means nothing
  for (double step = kFirstStep; step <= kLargestStep; step *= 2.0) {
    const bool is_last = 2.0 * step > kLargestStep;
    group_with.clear();
    for (std::size_t i = 0; i < count && (group_with.size() <= most || is_last); ++i) {
      const std::span<const float> row(hosts.data() + i * columns, columns);
      const std::uint64_t look = looks.of(load.hosts()[i], row, step);
      const auto next = static_cast<std::uint32_t>(group_with.size());
      group_of[i] = group_with.try_emplace(look, next).first->second;
    }
    if (group_with.size() <= most) break;
  }
  return HostGroups(load, std::move(group_of), group_with.size());
}

HostGroups::HostGroups(const ClusterLoad& load, std::vector<std::uint32_t> group_of,
                       std::size_t groups)
    : members_(group_of.size()), first_(groups + 1, 0), group_of_(std::move(group_of)) {
  for (const std::uint32_t group : group_of_) ++first_[group + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  std::vector<std::size_t> end(first_.begin(), first_.end() - 1);
  for (std::uint32_t i = 0; i < group_of_.size(); ++i) members_[end[group_of_[i]]++] = HostId{i};
  for (std::size_t group = 0; group < groups; ++group) {
    const auto begin = members_.begin() + static_cast<std::ptrdiff_t>(first_[group]);
    std::sort(begin, members_.begin() + static_cast<std::ptrdiff_t>(first_[group + 1]),
              [&](HostId a, HostId b) { return tie_break(load.at(a)) < tie_break(load.at(b)); });
  }
}

ViewRows rows_of_groups(ViewRows rows, const HostGroups& groups) {
  FloatRows means(static_cast<Eigen::Index>(groups.size()), rows.hosts.cols());
  rows.counts.clear();
  rows.row_of.clear();
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const std::span<const HostId> members = groups.members(group);
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(rows.hosts.cols());
    for (const HostId host : members) sum += rows.hosts.row(host.value).cast<double>();
    means.row(static_cast<Eigen::Index>(group)) =
        (sum / static_cast<double>(members.size())).cast<float>();
    rows.counts.push_back(static_cast<float>(members.size()));
  }
  for (std::uint32_t host = 0; host < groups.hosts(); ++host) {
    rows.row_of.push_back(groups.group_of(HostId{host}));
  }
  rows.hosts = std::move(means);
  return rows;
}

HostOffers::HostOffers(const HostGroups& groups, const std::vector<bool>& can_be_sent_to)
    : queues_(groups.size()), queue_of_(groups.hosts()) {
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    for (const HostId host : groups.members(group)) {
      queue_of_[host.value] = group;
      if (can_be_sent_to[host.value]) queues_[group].hosts.push_back(host);
    }
  }
}

std::span<const HostId> HostOffers::hosts_for(const ClusterView& view, const Fragment& fragment,
                                              std::span<const HostId> taken) {
  const auto is_taken = [&](HostId host) { return std::ranges::find(taken, host) != taken.end(); };
  offered_.assign(used_.begin(), used_.end());
  offered_.insert(offered_.end(), taken.begin(), taken.end());
  for (const Queue& queue : queues_) {
    for (std::size_t i = queue.next; i < queue.hosts.size(); ++i) {
      if (is_taken(queue.hosts[i])) continue;
      offered_.push_back(queue.hosts[i]);
      break;
    }
  }
  std::erase_if(offered_, [&](HostId host) {
    return !can_ever_hold(view.type_of(view.host(host)), fragment);
  });
  std::ranges::sort(offered_);
  const auto repeated = std::ranges::unique(offered_);
  offered_.erase(repeated.begin(), repeated.end());
  return offered_;
}

void HostOffers::send_to(HostId host) {
  Queue& queue = queues_[queue_of_[host.value]];
  if (std::ranges::find(used_, host) != used_.end()) return;
  // Mostly it is the next one.
  const auto waiting = queue.hosts.begin() + static_cast<std::ptrdiff_t>(queue.next);
  const auto found = std::find(waiting, queue.hosts.end(), host);
  ensure(found != queue.hosts.end(), "a host that gets work was offered");
  std::rotate(waiting, found, found + 1);
  ++queue.next;
  used_.push_back(host);
  if (used_.size() <= kMostUsed) return;
  // The one that got work first waits for its turn again.
  queues_[queue_of_[used_.front().value]].hosts.push_back(used_.front());
  used_.erase(used_.begin());
}

}  // namespace scinet
