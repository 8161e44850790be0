#include "policy/joint_encoding.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace scinet {
namespace {

// Of no host: the fragment goes where it finishes first.
constexpr HostId kAnyHost{std::numeric_limits<std::uint32_t>::max()};

const Fragment& smallest(const Strategy& strategy) {
  return *std::ranges::min_element(strategy.fragments, {}, [](const Fragment& fragment) {
    return fragment.memory + fragment.model_memory;
  });
}

}  // namespace

JointEncoding::JointEncoding(const DecisionSpace& space, std::vector<bool> power,
                             bool searches_power)
    : space_(&space), power_(std::move(power)) {
  if (searches_power) switched_ = space.switchable();
  options_.assign(switched_.size(), 2);
  for (std::size_t i = 0; i < space.waiting().size(); ++i) {
    const ApplicationId application = space.waiting()[i]->workload.application;
    Variables variables{.strategy = options_.size()};
    for (const StrategyId id : space.strategies(i)) {
      const Strategy& strategy = space.view().catalogue->at(application, id);
      const auto hosts = space.hosts_for(smallest(strategy));
      if (hosts.size() > variables.hosts.size()) variables.hosts = hosts;
      variables.fragments = std::max(variables.fragments, strategy.fragments.size());
    }
    options_.push_back(std::max(1, static_cast<int>(space.strategies(i).size())));
    const int host_options = static_cast<int>(variables.hosts.size()) + 1;
    options_.insert(options_.end(), variables.fragments, host_options);
    workloads_.push_back(variables);
  }
}

JointDecision JointEncoding::decision_of(const Choice& choice) const {
  JointDecision decision{.on = power_, .choices = {}};
  for (std::size_t i = 0; i < switched_.size(); ++i)
    decision.on[switched_[i].value] = choice[i] == 1;
  for (std::size_t i = 0; i < workloads_.size(); ++i) {
    const auto& [strategy, fragments, hosts] = workloads_[i];
    if (space_->strategies(i).empty()) {
      decision.choices.emplace_back();
      continue;
    }
    WorkloadChoice chosen{space_->strategies(i)[static_cast<std::size_t>(choice[strategy])]};
    for (std::size_t f = 1; f <= fragments; ++f) {
      const auto option = static_cast<std::size_t>(choice[strategy + f]);
      chosen.hosts.push_back(option == 0 ? kAnyHost : hosts[option - 1]);
    }
    decision.choices.push_back(std::move(chosen));
  }
  return decision;
}

Choice JointEncoding::start() const {
  Choice choice(options_.size(), 0);
  for (std::size_t i = 0; i < switched_.size(); ++i) {
    choice[i] = power_[switched_[i].value] ? 1 : 0;
  }
  return choice;
}

}  // namespace scinet
