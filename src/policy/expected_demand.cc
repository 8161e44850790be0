#include "policy/expected_demand.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "policy/strategy_kind.h"

namespace scinet {
namespace {

constexpr double kAssumedRequests = 2.0;
constexpr double kAssumedLoad = 0.4;
constexpr double kSloInWork = 4.0;

Mi heaviest_work(const Application& application) {
  Mi heaviest;
  for (const Strategy& strategy : application.strategies) {
    heaviest = std::max(heaviest, total_work(strategy));
  }
  return heaviest;
}

// Of each application, its share of the requests.
std::vector<double> shares(const ClusterView& view) {
  const double rate = total_arrival_rate(view);
  std::vector<double> shares = view.arrival_rates;
  for (double& share : shares) {
    share = rate > 0.0 ? share / rate : 1.0 / static_cast<double>(shares.size());
  }
  return shares;
}

// Requests a second at the assumed load, 0 where none can be worked on.
double assumed_rate(const ClusterView& view, const std::vector<double>& shares) {
  Mips speed;
  for (const HostView& host : view.hosts) {
    speed += view.type_of(host).speed * static_cast<double>(view.type_of(host).cores);
  }
  Mi work;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    work += heaviest_work(view.catalogue->applications[i]) * shares[i];
  }
  return work > Mi(0) ? kAssumedLoad * speed.value() / work.value() : 0.0;
}

Mips fastest_core(const ClusterView& view) {
  Mips fastest;
  for (const HostView& host : view.hosts) fastest = std::max(fastest, view.type_of(host).speed);
  return fastest;
}

class ExpectingDemand final : public Policy {
 public:
  explicit ExpectingDemand(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    return policy_->decide(expected(view), context);
  }
  std::string review(const ClusterView& view, DecisionContext& context) override {
    return policy_->review(expected(view), context);
  }
  std::span<const float> next_utilisation() const override { return policy_->next_utilisation(); }

 private:
  const ClusterView& expected(const ClusterView& view) {
    if (!has_seen_little(view)) return view;
    return expected_ = with_expected_demand(view);
  }

  std::unique_ptr<Policy> policy_;
  ClusterView expected_;
};

}  // namespace

bool has_seen_little(const ClusterView& view) {
  return to_seconds(view.now) < kRatesCover &&
         std::ranges::any_of(view.hosts, [&](const auto& host) {
           return view.type_of(host).boot_time > view.beat;
         });
}

ClusterView with_expected_demand(ClusterView view) {
  if (!has_seen_little(view)) return view;
  const double seen = to_seconds(view.now).count();
  const double came = total_arrival_rate(view) * seen;
  const std::vector<double> share = shares(view);
  const double assumed = assumed_rate(view, share);
  if (assumed <= 0.0) return view;
  const double rate = (came + kAssumedRequests) / (seen + kAssumedRequests / assumed);
  const Mips fastest = fastest_core(view);
  for (std::size_t i = 0; i < share.size(); ++i) {
    view.arrival_rates[i] = rate * share[i];
    if (came > 0.0) continue;
    const Mi work = heaviest_work(view.catalogue->applications[i]);
    const Seconds slo = std::max(work / fastest * kSloInWork, view.beat);
    view.recent_requests[i] = {RequestTerms{.slo = slo, .input = Bytes(0)}};
  }
  return view;
}

std::unique_ptr<Policy> expecting_demand(std::unique_ptr<Policy> policy) {
  return std::make_unique<ExpectingDemand>(std::move(policy));
}

}  // namespace scinet
