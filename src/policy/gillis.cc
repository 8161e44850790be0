// Gillis: which partition of a model serves a request, by dynamic programming over its fragments
// (M. Yu, Z. Jiang, H. C. Ng, W. Wang, R. Chen, B. Li, "Gillis: Serving large neural networks in
// serverless functions with automatic model partitioning", ICDCS 2021).
//
// Of every fragment and host the program keeps the ways to have the fragment done there that no
// other way beats in both time and cost,
//     time = expected finish on the host, once each input has come from where its way ends
//     cost = sum of price * work / speed of all hosts' cores, as functions are billed
// so that its last row holds the latency-optimal partition and the cheapest one within the SLO.
// Branches that run side by side see the load of those before them.
//
// Gillis cuts a model without changing its answers. So of what is in time the lossless strategies
// come first, by cost; then the lossy ones, by cost; what is late by latency.
//
// Ours: the fragments are given, so partitions are strategies with hosts; the search for the
// cheapest within the SLO is by Pareto sets instead of reinforcement learning, which the paper
// needs for fine cuts; and a few hosts of each type that would finish first stand for all.
#include <algorithm>
#include <map>
#include <tuple>

#include "policy/baselines.h"
#include "policy/rules.h"

namespace scinet {
namespace {

constexpr std::size_t kHostsPerType = 3;
constexpr std::size_t kMostWays = 8;  // for each fragment and host

struct Way {
  Seconds time{0};
  double cost = 0.0;  // dollars
};

// Keeps what no other way beats, in order of time; thinned out evenly, both ends kept.
void keep_best(std::vector<Way>& ways) {
  std::ranges::sort(ways, {}, [](const Way& way) { return std::pair(way.time, way.cost); });
  std::vector<Way> best;
  for (const Way& way : ways) {
    if (best.empty() || way.cost < best.back().cost) best.push_back(way);
  }
  if (best.size() > kMostWays) {
    std::vector<Way> few;
    for (std::size_t i = 0; i < kMostWays; ++i) {
      few.push_back(best[i * (best.size() - 1) / (kMostWays - 1)]);
    }
    best = std::move(few);
  }
  ways = std::move(best);
}

// All partitions of one request by one strategy.
class Partitions {
 public:
  Partitions(const DeploymentCase& request, StrategyId id)
      : request_(request),
        id_(id),
        strategy_(request.load.view().catalogue->at(request.entry.workload.application, id)),
        load_(request.load) {
    for (std::uint32_t i = 0; i < strategy_.fragments.size(); ++i) add_row(FragmentId{i});
  }

  // Until the client has its answer; in order of time.
  std::vector<Way> ways() const {
    const Bytes answer = strategy_.fragments.back().output;
    std::vector<Way> all;
    for (const auto& [host, ways] : rows_.back()) {
      const Seconds travel = transfer_time(*host->type, *host->type, answer);
      for (const Way& way : ways) all.push_back({way.time + travel, way.cost});
    }
    keep_best(all);
    return all;
  }

 private:
  struct Cell {
    const HostLoad* host;
    std::vector<Way> ways;
  };
  using Row = std::vector<Cell>;

  ModelId model(FragmentId fragment) const {
    return {request_.entry.workload.application, id_, fragment};
  }

  void add_row(FragmentId fragment) {
    const Fragment& what = strategy_.fragments[fragment.value];
    Row row;
    for (const HostLoad* host : first_hosts(fragment)) {
      Cell cell{host, {}};
      const Mips whole_host = host->total_speed();
      const double cost = (host->type->price * (what.work.mean / whole_host)).value();
      for (const Way& inputs : ways_of_inputs(*host, what)) {
        cell.ways.push_back(
            {load_.finish(*host, model(fragment), inputs.time), inputs.cost + cost});
      }
      keep_best(cell.ways);
      row.push_back(std::move(cell));
    }
    if (has_siblings(fragment)) {
      const auto first = std::ranges::min_element(
          row, {}, [](const Cell& cell) { return cell.ways.front().time; });
      if (first != row.end()) load_.place(first->host->id(), model(fragment));
    }
    rows_.push_back(std::move(row));
  }

  // Ways to have all inputs on the host.
  std::vector<Way> ways_of_inputs(const HostLoad& host, const Fragment& what) const {
    if (what.inputs.empty()) {
      return {{transfer_time(*host.type, *host.type, request_.entry.workload.input), 0.0}};
    }
    std::vector<Way> all{{Seconds(0), 0.0}};
    for (const FragmentId input : what.inputs) {
      const std::vector<Way> more = ways_of_input(host, input);
      std::vector<Way> both;
      for (const Way& a : all) {
        for (const Way& b : more) both.push_back({std::max(a.time, b.time), a.cost + b.cost});
      }
      keep_best(both);
      all = std::move(both);
    }
    return all;
  }

  std::vector<Way> ways_of_input(const HostLoad& host, FragmentId input) const {
    const Bytes size = strategy_.fragments[input.value].output;
    std::vector<Way> all;
    for (const auto& [from, ways] : rows_[input.value]) {
      const Seconds travel =
          from->id() == host.id() ? Seconds(0) : transfer_time(*from->type, *host.type, size);
      for (const Way& way : ways) all.push_back({way.time + travel, way.cost});
    }
    keep_best(all);
    return all;
  }

  // Of each type the hosts on which the fragment would finish first if its inputs were there.
  std::vector<const HostLoad*> first_hosts(FragmentId fragment) const {
    using Key = std::tuple<Seconds, TieBreak>;
    std::map<HostTypeId, std::vector<Key>> by_type;
    for (const HostLoad* host : request_.hosts_for(strategy_.fragments[fragment.value])) {
      const HostLoad& now = load_.at(host->id());
      by_type[now.view->type].push_back(
          {load_.finish(now, model(fragment), Seconds(0)), tie_break(now)});
    }
    std::vector<const HostLoad*> hosts;
    for (auto& [type, keys] : by_type) {
      const std::size_t count = std::min(keys.size(), kHostsPerType);
      std::ranges::partial_sort(keys, keys.begin() + static_cast<std::ptrdiff_t>(count));
      for (std::size_t i = 0; i < count; ++i) {
        hosts.push_back(&load_.at(std::get<HostId>(std::get<TieBreak>(keys[i]))));
      }
    }
    return hosts;
  }

  // Whether fragments beside it feed the same successor.
  bool has_siblings(FragmentId fragment) const {
    return std::ranges::any_of(strategy_.fragments, [&](const Fragment& other) {
      return other.inputs.size() > 1 &&
             std::ranges::find(other.inputs, fragment) != other.inputs.end();
    });
  }

  const DeploymentCase& request_;
  StrategyId id_;
  const Strategy& strategy_;
  ClusterLoad load_;  // with the branches chosen so far
  std::vector<Row> rows_;
};

class CheapestPartitionInTime final : public DeploymentRule {
 public:
  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext&) override {
    double lossless = 0.0;
    for (const StrategyOption& option : options) lossless = std::max(lossless, option.accuracy);
    std::vector<std::pair<Rank, StrategyOption>> ranked;
    for (const StrategyOption& option : options) {
      ranked.push_back({rank_of(option, request, lossless), option});
    }
    std::ranges::sort(ranked, {}, [](const auto& entry) { return entry.first; });
    for (std::size_t i = 0; i < options.size(); ++i) options[i] = ranked[i].second;
  }

 private:
  // Late, lossy, cost or latency; then what looks better, then the lower id.
  using Rank = std::tuple<bool, bool, double, Seconds, double, StrategyId>;

  static Rank rank_of(const StrategyOption& option, const DeploymentCase& request,
                      double lossless) {
    const std::vector<Way> ways = Partitions(request, option.strategy).ways();
    const Way& fastest = ways.front();
    const bool is_late = fastest.time > request.slack;
    double cost = fastest.cost;
    for (const Way& way : ways) {
      if (way.time <= request.slack) cost = std::min(cost, way.cost);
    }
    return {is_late,
            !is_late && option.accuracy < lossless,
            is_late ? fastest.time.count() : cost,
            fastest.time,
            -option.accuracy,
            option.strategy};
  }
};

}  // namespace

std::unique_ptr<DeploymentRule> gillis() { return std::make_unique<CheapestPartitionInTime>(); }

std::unique_ptr<Policy> make_gillis() {
  return compose(threshold_provisioning(), gillis(), earliest_finish());
}

}  // namespace scinet
