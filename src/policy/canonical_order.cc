#include "policy/canonical_order.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace scinet {
namespace {

// What something looks like, as numbers that can be compared. Names and sources are left out.
using Looks = std::vector<double>;

void add(Looks& looks, std::initializer_list<double> numbers) {
  looks.insert(looks.end(), numbers);
}

void add(Looks& looks, const Looks& more) {
  looks.push_back(static_cast<double>(more.size()));
  looks.insert(looks.end(), more.begin(), more.end());
}

Looks looks_of(const HostType& type) {
  Looks looks;
  add(looks,
      {static_cast<double>(type.cores), type.speed.value(), type.memory.value(), type.price.value(),
       type.background, type.contention, type.bandwidth.value(), type.latency.count(),
       type.billing_increment.count(), type.boot_time.count(), type.boot_power.value()});
  Looks power;
  for (const Watts watts : type.power.points) power.push_back(watts.value());
  add(looks, power);
  if (const auto& burst = type.burst) {
    add(looks, {burst->baseline, burst->credits_per_hour, burst->initial_credits,
                burst->maximum_credits, burst->boost, burst->stall.count()});
  }
  return looks;
}

Looks looks_of(const Strategy& strategy) {
  Looks looks{strategy.accuracy};
  for (const Fragment& fragment : strategy.fragments) {
    add(looks, {fragment.work.mean.value(), static_cast<double>(fragment.work.shape),
                fragment.work.variation, fragment.cores, fragment.memory.value(),
                fragment.model_memory.value(), fragment.load_time.count(),
                fragment.load_work.value(), fragment.output.value()});
    if (const Batching& batch = fragment.batch; batch.is_on()) {
      add(looks, {static_cast<double>(batch.limit), batch.delay.count(), batch.further_work});
    }
    Looks inputs;
    for (const FragmentId input : fragment.inputs) inputs.push_back(input.value);
    add(looks, inputs);
  }
  return looks;
}

Looks looks_of(const Application& application) {  // its strategies are in order
  Looks looks;
  for (const Strategy& strategy : application.strategies) add(looks, looks_of(strategy));
  return looks;
}

// Of a host in a view whose catalogue is in order, without its tasks.
Looks looks_of(const HostView& host, SimTime now) {
  Looks looks{static_cast<double>(host.type.value), static_cast<double>(host.state),
              host.linked ? 1.0 : 0.0, host.speed_factor};
  add(looks,
      {host.utilisation, host.memory_used.value(), to_seconds(host.ready_at - now).count(),
       to_seconds(host.powered_since - now).count(), host.credits, host.throttled ? 1.0 : 0.0});
  const auto add_model = [](Looks& models, const ModelId& model) {
    add(models,
        {static_cast<double>(model.application.value), static_cast<double>(model.strategy.value),
         static_cast<double>(model.fragment.value)});
  };
  Looks resident, loading;
  for (const ModelId& model : host.resident) add_model(resident, model);
  for (const auto& [model, ready_at] : host.loading) {
    add_model(loading, model);
    loading.push_back(to_seconds(ready_at - now).count());
  }
  add(looks, resident);
  add(looks, loading);
  add(looks, host.recent_utilisation);
  return looks;
}

void add_tasks(std::vector<Looks>& hosts, const ClusterView& view) {
  for (const WorkloadView& entry : view.workloads) {
    for (const TaskView& task : entry.tasks) {
      if (!task.host) continue;
      add(hosts[task.host->value],
          {static_cast<double>(entry.workload.id.value), static_cast<double>(task.fragment.value),
           static_cast<double>(task.state), task.progress});
    }
  }
}

// Positions in order of looks; those that look the same as given.
std::vector<std::uint32_t> order_of(const std::vector<Looks>& looks) {
  std::vector<std::uint32_t> order(looks.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order,
                           [&](std::uint32_t a, std::uint32_t b) { return looks[a] < looks[b]; });
  return order;
}

template <class Thing>
std::vector<std::uint32_t> order_of(const std::vector<Thing>& things) {
  std::vector<Looks> looks;
  for (const Thing& thing : things) looks.push_back(looks_of(thing));
  return order_of(looks);
}

template <class IdType>
std::vector<IdType> ids(const std::vector<std::uint32_t>& order) {
  std::vector<IdType> result;
  for (const std::uint32_t position : order) result.push_back(IdType{position});
  return result;
}

template <class IdType>
std::vector<IdType> inverse(const std::vector<std::uint32_t>& order) {
  std::vector<IdType> at(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) at[order[i]] = IdType{i};
  return at;
}

template <class Thing>
std::vector<Thing> arranged(const std::vector<Thing>& things,
                            const std::vector<std::uint32_t>& order) {
  std::vector<Thing> result;
  for (const std::uint32_t position : order) result.push_back(things[position]);
  return result;
}

std::vector<HostTypeId> types_of(const ClusterView& view) {
  std::vector<HostTypeId> types;
  for (const HostView& host : view.hosts) types.push_back(host.type);
  return types;
}

}  // namespace

CanonicalOrder::CanonicalOrder(const ClusterView& view)
    : given_(*view.catalogue), types_(types_of(view)) {
  const auto types = order_of(given_.host_types);
  catalogue_.host_types = arranged(given_.host_types, types);
  type_at_ = inverse<HostTypeId>(types);

  std::vector<Application> applications = given_.applications;
  for (Application& application : applications) {
    const auto strategies = order_of(application.strategies);
    application.strategies = arranged(application.strategies, strategies);
    given_strategy_.push_back(ids<StrategyId>(strategies));
    strategy_at_.push_back(inverse<StrategyId>(strategies));
  }
  const auto order = order_of(applications);
  catalogue_.applications = arranged(applications, order);
  application_at_ = inverse<ApplicationId>(order);

  std::vector<std::uint32_t> as_they_are(view.hosts.size());
  std::iota(as_they_are.begin(), as_they_are.end(), 0u);
  given_host_ = ids<HostId>(as_they_are);
  host_at_ = given_host_;
  const ClusterView hosts_as_given = ordered(view);
  std::vector<Looks> looks;
  for (const HostView& host : hosts_as_given.hosts) looks.push_back(looks_of(host, view.now));
  add_tasks(looks, hosts_as_given);
  const auto hosts = order_of(looks);
  given_host_ = ids<HostId>(hosts);
  host_at_ = inverse<HostId>(hosts);
}

bool CanonicalOrder::fits(const ClusterView& view) const {
  return types_ == types_of(view) && given_ == *view.catalogue;
}

ModelId CanonicalOrder::ordered(const ModelId& model) const {
  const std::size_t application = model.application.value;
  return {application_at_[application], strategy_at_[application][model.strategy.value],
          model.fragment};
}

ClusterView CanonicalOrder::ordered(const ClusterView& view) const {
  ClusterView result = view;
  result.catalogue = &catalogue_;
  for (std::size_t i = 0; i < application_at_.size(); ++i) {
    result.arrival_rates[application_at_[i].value] = view.arrival_rates[i];
    result.recent_requests[application_at_[i].value] = view.recent_requests[i];
  }
  for (std::uint32_t i = 0; i < result.hosts.size(); ++i) {
    HostView& host = result.hosts[i];
    host = view.host(given_host_[i]);
    host.id = HostId{i};
    host.type = type_at_[host.type.value];
    for (ModelId& model : host.resident) model = ordered(model);
    for (ModelLoad& load : host.loading) load.model = ordered(load.model);
    std::ranges::sort(host.resident);
    std::ranges::sort(host.loading, {}, &ModelLoad::model);
  }
  for (WorkloadView& entry : result.workloads) {
    ApplicationId& application = entry.workload.application;
    if (entry.strategy) entry.strategy = strategy_at_[application.value][entry.strategy->value];
    application = application_at_[application.value];
    for (TaskView& task : entry.tasks) {
      if (task.host) task.host = host_at_[task.host->value];
    }
  }
  return result;
}

Plan CanonicalOrder::as_given(Plan plan, const ClusterView& view) const {
  for (PowerChange& change : plan.power) change.host = given_host_[change.host.value];
  for (auto& [workload, strategy] : plan.deployments) {
    const ApplicationId application = view.find(workload)->workload.application;
    strategy = given_strategy_[application.value][strategy.value];
  }
  for (Placement& placement : plan.placements) {
    placement.host = given_host_[placement.host.value];
  }
  std::ranges::sort(plan.power, {}, &PowerChange::host);
  return plan;
}

std::vector<float> CanonicalOrder::as_given(std::span<const float> of_hosts) const {
  std::vector<float> given(of_hosts.size());
  for (std::size_t i = 0; i < of_hosts.size(); ++i) given[given_host_[i].value] = of_hosts[i];
  return given;
}

namespace {

class InCanonicalOrder final : public Policy {
 public:
  explicit InCanonicalOrder(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    if (!order_ || !order_->fits(view)) order_.emplace(view);
    ordered_ = order_->ordered(view);
    return order_->as_given(policy_->decide(ordered_, context), view);
  }

  std::string review(const ClusterView&, DecisionContext& context) override {
    std::string said = policy_->review(ordered_, context);
    next_utilisation_ = order_->as_given(policy_->next_utilisation());
    return said;
  }

  std::span<const float> next_utilisation() const override { return next_utilisation_; }

 private:
  std::unique_ptr<Policy> policy_;
  std::optional<CanonicalOrder> order_;
  ClusterView ordered_;  // the view that was decided last
  std::vector<float> next_utilisation_;
};

}  // namespace

std::unique_ptr<Policy> in_canonical_order(std::unique_ptr<Policy> policy) {
  return std::make_unique<InCanonicalOrder>(std::move(policy));
}

}  // namespace scinet
