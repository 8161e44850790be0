#include "policy/rules.h"

#include <algorithm>

namespace scinet {
namespace {

class MostAccurateInTime final : public DeploymentRule {
 public:
  void rank(std::vector<StrategyOption>& options, const DeploymentCase& request,
            DecisionContext&) override {
    const Seconds slack = request.slack;
    std::ranges::sort(options, [&](const StrategyOption& a, const StrategyOption& b) {
      const bool a_in_time = a.finish <= slack;
      const bool b_in_time = b.finish <= slack;
      if (a_in_time != b_in_time) return a_in_time;
      if (a_in_time && a.accuracy != b.accuracy) return a.accuracy > b.accuracy;
      return std::tuple(a.finish, -a.accuracy, a.strategy) <
             std::tuple(b.finish, -b.accuracy, b.strategy);
    });
  }
};

class EarliestFinish final : public PlacementRule {
 public:
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    const HostLoad* first = nullptr;
    Seconds earliest{0};
    for (const HostLoad* host : candidates) {
      const Seconds finish = route.finish_on(*host, fragment);
      if (first &&
          (finish > earliest || (finish == earliest && tie_break(*host) > tie_break(*first)))) {
        continue;
      }
      first = host;
      earliest = finish;
    }
    return first->id();
  }
  bool takes_first_to_finish() const override { return true; }
};

}  // namespace

std::unique_ptr<DeploymentRule> most_accurate_in_time() {
  return std::make_unique<MostAccurateInTime>();
}

std::unique_ptr<PlacementRule> earliest_finish() { return std::make_unique<EarliestFinish>(); }

}  // namespace scinet
