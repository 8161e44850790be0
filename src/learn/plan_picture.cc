#include "learn/plan_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/ensure.h"
#include "learn/squashing.h"

namespace scinet {
namespace {

// Rows of numbers that become a matrix.
class Table {
 public:
  explicit Table(Eigen::Index columns) : columns_(columns) {}

  template <std::size_t count>
  void add(const std::array<double, count>& row) {
    ensure(static_cast<Eigen::Index>(count) == columns_, "a row has one number per feature");
    numbers_.insert(numbers_.end(), row.begin(), row.end());
  }

  Matrix matrix() const {
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto rows = static_cast<Eigen::Index>(numbers_.size()) / columns_;
    return Eigen::Map<const RowMajor>(numbers_.data(), rows, columns_);
  }

 private:
  Eigen::Index columns_;
  std::vector<double> numbers_;
};

double mean_of(const std::vector<double>& numbers) {
  double sum = 0.0;
  for (const double number : numbers) sum += number;
  return ratio(sum, static_cast<double>(numbers.size()));
}

// What a whole cluster has, and how much of it is on.
struct ClusterSums {
  double watts = 0.0;    // of all hosts at their peak
  double price = 0.0;    // of all hosts
  double speed = 0.0;    // of the fastest core
  double idle_on = 0.0;  // watts
  double price_on = 0.0;
  double speed_on = 0.0;
  double outstanding = 0.0;  // work, on hosts that accept work
};

bool has_power(HostState state) { return state != HostState::kOff && state != HostState::kFailed; }

ClusterSums sums_of(const ClusterLoad& load) {
  ClusterSums sums;
  for (const HostLoad& host : load.hosts()) {
    sums.watts += host.type->power.peak().value();
    sums.price += host.type->price.value();
    sums.speed = std::max(sums.speed, host.type->speed.value());
    sums.outstanding += host.outstanding.value();
    if (!has_power(host.state)) continue;
    sums.idle_on += host.type->power.idle().value();
    sums.price_on += host.type->price.value();
    if (host.can_get_work()) sums.speed_on += host.total_speed().value();
  }
  return sums;
}

std::array<double, kHostFeatures> features_of(const HostLoad& host, const ClusterSums& sums,
                                              double hosts) {
  const HostType& type = *host.type;
  const double memory = type.memory.value();
  return {host.can_get_work() ? 1.0 : 0.0,
          has_power(host.state) ? 1.0 : 0.0,
          squashed(host.ready.count() / 10.0),
          host.view->speed_factor,
          host.view->throttled ? 1.0 : 0.0,
          ratio(type.speed.value(), sums.speed),
          squashed(host.cores()) / 2.0,
          hosts * ratio(type.power.idle().value(), sums.watts),
          hosts * ratio(type.power.peak().value(), sums.watts),
          hosts * ratio(type.price.value(), sums.price),
          squashed(host.outstanding / host.total_speed() / Seconds(10)),
          squashed(ratio(host.cores_wanted, host.cores())),
          std::min(ratio(host.committed.value(), memory), 2.0),
          squashed(static_cast<double>(host.backlog.size())),
          host.view->utilisation,
          mean_of(host.view->recent_utilisation)};
}

std::array<double, kTaskFeatures> features_of(const PlacedTask& task, const ClusterLoad& load,
                                              const ClusterSums& sums) {
  const Workload& workload = task.entry->workload;
  const Strategy& strategy = load.view().catalogue->at(workload.application, task.strategy);
  const Fragment& fragment = strategy.fragments[task.fragment.value];
  const double slo = workload.slo.count();
  const auto fragments = static_cast<double>(strategy.fragments.size());
  double work = 0.0;
  for (const Fragment& other : strategy.fragments) work += other.work.mean.value();
  return {squashed(ratio(fragment.work.mean.value(), sums.speed * slo)),
          std::min(fragment.cores, 8.0) / 2.0,
          fragment.work.variation,
          std::min(age(workload, load.view().now).count() / slo, 4.0),
          ratio(fragment.work.mean.value(), work),
          static_cast<double>(task.fragment.value + 1) / fragments,
          squashed(fragments - 1.0)};
}

void add_pair(const PlacedTask& task, const HostLoad& host, const ClusterLoad& load, Table& pairs,
              Table& loads) {
  const Workload& workload = task.entry->workload;
  const ModelId model{workload.application, task.strategy, task.fragment};
  const Fragment& fragment = load.at(model);
  const double slo = workload.slo.count();
  const double cores = std::min(fragment.cores, host.cores());
  const Seconds alone = fragment.work.mean / (host.speed() * cores);
  pairs.add<kPairFeatures>(
      {squashed(alone.count() / slo), squashed(load.finish(host, model, Seconds(0)).count() / slo),
       host.is_warm(model) ? 1.0 : 0.0, host.has_room_for(model, fragment) ? 1.0 : 0.0,
       load.added_energy(host, fragment) / (load.highest_peak() * workload.slo)});
  loads.add<kPairLoads>({squashed(fragment.work.mean / host.total_speed() / Seconds(10)),
                         ratio(cores, host.cores()),
                         ratio(fragment.memory.value(), host.type->memory.value()), 1.0});
}

// What is in the view already and what the plan adds, without saying where.
std::array<double, kPlanFeatures> features_of(const ClusterLoad& load, const ClusterSums& sums,
                                              std::span<const PlacedTask> tasks,
                                              std::size_t deferred) {
  const ClusterView& view = load.view();
  double arriving = 0.0;  // work a second
  double requests = 0.0;  // a second
  for (std::size_t i = 0; i < view.arrival_rates.size(); ++i) {
    arriving += view.arrival_rates[i] * mean_work(view.catalogue->applications[i]).value();
    requests += view.arrival_rates[i];
  }
  double ages = 0.0;
  double overdue = 0.0;
  double slo = 0.0;
  for (const WorkloadView& entry : view.workloads) {
    const double share = age(entry.workload, view.now) / entry.workload.slo;
    ages += std::min(share, 4.0);
    overdue += share > 1.0 ? 1.0 : 0.0;
    slo += entry.workload.slo.count();
  }
  double inaccuracy = 0.0;
  double deployed = 0.0;
  for (const PlacedTask& task : tasks) {
    if (task.fragment != FragmentId{0} || task.entry->strategy) continue;
    const ApplicationId application = task.entry->workload.application;
    inaccuracy += 1.0 - view.catalogue->at(application, task.strategy).accuracy;
    deployed += 1.0;
  }
  const auto workloads = static_cast<double>(view.workloads.size());
  return {squashed(ratio(arriving, sums.speed_on)),
          squashed(workloads) / 3.0,
          squashed(static_cast<double>(tasks.size())) / 3.0,
          squashed(static_cast<double>(deferred)),
          ratio(inaccuracy, deployed),
          ratio(deployed, workloads),
          ratio(overdue, workloads),
          ratio(ages, workloads),
          ratio(sums.idle_on, sums.watts),
          ratio(sums.price_on, sums.price),
          squashed(ratio(sums.outstanding, sums.speed_on * view.beat.count())),
          squashed(requests * view.beat.count()),
          ratio(view.beat.count() * workloads, slo)};
}

void append_rows(Matrix& to, const Matrix& more) {
  if (to.rows() == 0) {
    to = more;
    return;
  }
  Matrix both(to.rows() + more.rows(), to.cols());
  both << to, more;
  to = std::move(both);
}

void append_shifted(Rows& to, const Rows& more, Eigen::Index shift) {
  for (const Eigen::Index row : more) to.push_back(row + shift);
}

}  // namespace

void PlanPictures::append(const PlanPictures& more) {
  append_shifted(plan_of_host, more.plan_of_host, plans.rows());
  append_shifted(plan_of_task, more.plan_of_task, plans.rows());
  append_shifted(task_of_pair, more.task_of_pair, tasks.rows());
  append_shifted(host_of_pair, more.host_of_pair, hosts.rows());
  append_rows(hosts, more.hosts);
  append_rows(tasks, more.tasks);
  append_rows(pairs, more.pairs);
  append_rows(loads, more.loads);
  append_rows(plans, more.plans);
}

PlanPictures picture_of(const ClusterLoad& load, std::span<const PlacedTask> tasks,
                        std::size_t deferred) {
  const ClusterSums sums = sums_of(load);
  const auto hosts = static_cast<double>(load.hosts().size());
  Table host_rows(kHostFeatures);
  Table task_rows(kTaskFeatures);
  Table pair_rows(kPairFeatures);
  Table load_rows(kPairLoads);
  Table plan_rows(kPlanFeatures);
  PlanPictures picture;
  for (const HostLoad& host : load.hosts()) host_rows.add(features_of(host, sums, hosts));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    task_rows.add(features_of(tasks[i], load, sums));
    for (const HostId host : tasks[i].hosts) {
      add_pair(tasks[i], load.at(host), load, pair_rows, load_rows);
      picture.task_of_pair.push_back(static_cast<Eigen::Index>(i));
      picture.host_of_pair.push_back(static_cast<Eigen::Index>(host.value));
    }
  }
  plan_rows.add(features_of(load, sums, tasks, deferred));
  picture.hosts = host_rows.matrix();
  picture.tasks = task_rows.matrix();
  picture.pairs = pair_rows.matrix();
  picture.loads = load_rows.matrix();
  picture.plans = plan_rows.matrix();
  picture.plan_of_host.assign(load.hosts().size(), 0);
  picture.plan_of_task.assign(tasks.size(), 0);
  return picture;
}

PlanPictures picture_of(const ClusterView& view, const Plan& plan) {
  ClusterLoad load(view);
  load.set_states(states_after(plan, view));
  return picture_of(load, tasks_of(view, plan), plan.deferrals.size());
}

std::vector<PlacedTask> tasks_of(const ClusterView& view, const Plan& plan) {
  std::vector<PlacedTask> tasks;
  for (const auto& [workload, fragment, host] : plan.placements) {
    const WorkloadView* entry = view.find(workload);
    const auto chosen = std::ranges::find(plan.deployments, workload, &Deployment::workload);
    const StrategyId strategy = entry->strategy ? *entry->strategy : chosen->strategy;
    tasks.push_back({entry, strategy, fragment, {host}});
  }
  return tasks;
}

}  // namespace scinet
