#include "learn/graf_capacity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "learn/fitting.h"
#include "model/plan.h"
#include "policy/host_burden.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

// What 19 of 20 requests stay below, log(latency / SLO), [graphs, 1].
Variable upper_bound(Tape& tape, const PredictedLatency& latency) {
  return tape.sum(latency.mean, tape.scaled(tape.exp(latency.log_deviation), kDoubt));
}

// The share of each fragment in the capacity of its graph.
Matrix shares(const Matrix& log_capacity, const TaskGraphs& graphs) {
  Matrix capacity = log_capacity.array().exp();
  Matrix sums = Matrix::Zero(graphs.size(), 1);
  for (Eigen::Index i = 0; i < capacity.rows(); ++i) {
    sums(graphs.graph_of[static_cast<std::size_t>(i)], 0) += capacity(i, 0);
  }
  for (Eigen::Index i = 0; i < capacity.rows(); ++i) {
    capacity(i, 0) /= sums(graphs.graph_of[static_cast<std::size_t>(i)], 0);
  }
  return capacity;
}

}  // namespace

Mips capacity_given(const HostLoad& host, const Fragment& fragment, double cores_wanted) {
  const double cores = std::min(fragment.cores, host.cores());
  const double share = cores_wanted > host.cores() ? host.cores() / cores_wanted : 1.0;
  return host.speed() * (cores * share);
}

Mips capacity_of_one_more(const HostLoad& host, const Fragment& fragment) {
  return capacity_given(host, fragment, host.cores_wanted + std::min(fragment.cores, host.cores()));
}

Seconds start_delay(const HostLoad& host, const ModelId& model, const Fragment& fragment) {
  if (host.is_warm(model)) return host.ready;
  return host.ready + fragment.load_time + fragment.load_work / host.speed();
}

LoadOffered::LoadOffered(const ClusterView& view, std::vector<HostState> states)
    : view_(view), states_(std::move(states)), work_(arriving_work(view).value()) {
  double speed = 0.0;
  for (const HostView& host : view.hosts) speed += view.type_of(host).speed.value();
  if (speed > 0.0) core_ = Mips(speed / static_cast<double>(view.hosts.size()));
}

double LoadOffered::to(const Fragment& fragment) const {
  double speed = 0.0;
  for (const HostView& host : view_.hosts) {
    const HostType& type = view_.type_of(host);
    if (!accepts_work(states_[host.id.value]) || !can_ever_hold(type, fragment)) continue;
    speed += type.total_speed().value() * host.speed_factor;
  }
  constexpr double kOverloaded = 2.0;
  return speed > 0.0 ? std::min(work_ / speed, kOverloaded) : kOverloaded;
}

// Capacities are most * sigmoid(x), x free. What is minimised for each graph is
//   log(sum of capacities) + penalty * excess of the bound over the limit
// with the excess rounded off at 0, so that it has a slope on both sides. The first term has the
// slope of sum_i share_i log(capacity_i) at shares that stand still.
CapacitySolution least_capacity(const Weights& weights, const CapacityProblem& problem,
                                std::int64_t most_steps) {
  constexpr std::int64_t kSteps = 60;
  constexpr double kStart = 2.0;
  constexpr double kPenalty = 4.0;
  constexpr double kRounding = 0.03;
  constexpr AdamW::Settings kSettings{.rate = 0.3, .decay = 0.0, .beta2 = 0.9};
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const std::size_t start = tape.size();
  const auto bound_at = [&](Variable capacity) {
    return upper_bound(tape, predict_latency(network, problem.graphs, capacity));
  };
  CapacitySolution solution{.capacity = {},
                            .best_latency = tape.value(bound_at(tape.constant(problem.most)))};
  Matrix x = Matrix::Constant(problem.most.rows(), 1, kStart);
  AdamW optimiser(kSettings);
  const std::int64_t steps = std::clamp<std::int64_t>(most_steps, 1, kSteps);
  for (std::int64_t step = 0; step < steps; ++step) {
    tape.rewind(start);
    const Variable free = tape.tracked(x);
    const Variable unused = tape.softplus(tape.scaled(free, -1.0));  // -log sigmoid
    const Variable capacity = tape.difference(tape.constant(problem.most), unused);
    const Variable sums =
        tape.times(capacity, tape.constant(shares(tape.value(capacity), problem.graphs)));
    const Variable over = tape.difference(bound_at(capacity), tape.constant(problem.limit));
    const Variable excess = tape.softplus(tape.scaled(over, 1.0 / kRounding));
    tape.differentiate(
        tape.sum(tape.total(sums), tape.scaled(tape.total(excess), kPenalty * kRounding)));
    solution.capacity = tape.value(capacity);
    const double left =
        1.0 - static_cast<double>(step) / static_cast<double>(steps);  // shorter and shorter steps
    const Matrix& gradient = tape.gradient(free);
    optimiser.step(x, gradient, gradient, kSettings.rate * left);
  }
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const Eigen::Index graph = problem.graphs.graph_of[static_cast<std::size_t>(i)];
    const bool is_late = solution.best_latency(graph, 0) > problem.limit(graph, 0);
    if (is_late) solution.capacity(i, 0) = problem.most(i, 0);
  }
  return solution;
}

}  // namespace scinet
