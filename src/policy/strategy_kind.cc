#include "policy/strategy_kind.h"

namespace scinet {

StrategyKind kind_of(const Strategy& strategy) {
  const std::vector<Fragment>& fragments = strategy.fragments;
  if (fragments.size() == 1) return StrategyKind::kSingle;
  for (std::uint32_t i = 1; i < fragments.size(); ++i) {
    const bool follows_the_last = fragments[i].inputs == std::vector{FragmentId{i - 1}};
    if (!follows_the_last) return StrategyKind::kBranches;
  }
  return StrategyKind::kChain;
}

Mi total_work(const Strategy& strategy) {
  Mi sum;
  for (const Fragment& fragment : strategy.fragments) sum += fragment.work.mean;
  return sum;
}

}  // namespace scinet
