#include "learn/power_relaxation.h"

#include <algorithm>

namespace scinet {
namespace {

Matrix at_price(const PowerProblem& problem, double price) {
  return ((price * problem.share - problem.loss) / problem.smoothing).cwiseMax(0.0).cwiseMin(1.0);
}

double met(const PowerProblem& problem, double price) {
  return problem.share.cwiseProduct(at_price(problem, price)).sum();
}

// At this price every host with a share is on.
double highest_price(const PowerProblem& problem) {
  double highest = 0.0;
  for (Eigen::Index i = 0; i < problem.share.rows(); ++i) {
    if (problem.share(i, 0) <= 0.0) continue;
    highest = std::max(highest, (problem.loss(i, 0) + problem.smoothing) / problem.share(i, 0));
  }
  return highest;
}

}  // namespace

PowerProblem power_problem(const ClusterView& view) {
  constexpr double kSmoothing = 0.3;  // of the mean loss of a host
  const auto hosts = static_cast<Eigen::Index>(view.hosts.size());
  double watts = 0.0;
  double price = 0.0;
  double speed = 0.0;
  for (const HostView& host : view.hosts) {
    const HostType& type = view.type_of(host);
    watts += type.power.peak().value();
    price += type.price.value();
    speed += type.total_speed().value();
  }
  PowerProblem problem{.loss = Matrix::Zero(hosts, 1), .share = Matrix::Zero(hosts, 1)};
  for (const HostView& host : view.hosts) {
    const HostType& type = view.type_of(host);
    const auto row = static_cast<Eigen::Index>(host.id.value);
    const double energy = watts > 0.0 ? type.power.idle().value() / watts : 0.0;
    const double cost = price > 0.0 ? type.price.value() / price : 0.0;
    problem.loss(row, 0) = view.weights.energy * energy + view.weights.cost * cost;
    const bool is_usable = host.state != HostState::kFailed && host.linked;
    if (is_usable) problem.share(row, 0) = type.total_speed().value() * host.speed_factor / speed;
  }
  const double loss = problem.loss.sum() / std::max(static_cast<double>(hosts), 1.0);
  problem.smoothing = kSmoothing * std::max(loss, 1e-6);
  return problem;
}

PowerSolution solve(const PowerProblem& problem, double demand) {
  constexpr int kHalvings = 60;
  double low = 0.0;
  double high = highest_price(problem);
  if (met(problem, high) <= demand) {
    const Matrix all = (problem.share.array() > 0.0).cast<double>();
    return {.on = all, .jacobian = Matrix::Zero(all.rows(), 1), .price = high};
  }
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = 0.5 * (low + high);
    (met(problem, middle) < demand ? low : high) = middle;
  }
  PowerSolution solution{.on = at_price(problem, high), .jacobian = {}, .price = high};
  const auto is_free = (solution.on.array() > 0.0 && solution.on.array() < 1.0).cast<double>();
  const Matrix free_share = problem.share.array() * is_free;
  const double squares = free_share.squaredNorm();
  solution.jacobian = squares > 0.0 ? Matrix(free_share / squares) : Matrix(0.0 * free_share);
  return solution;
}

}  // namespace scinet
