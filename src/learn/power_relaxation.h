// Which hosts to have on for a demand, as a problem whose solution has derivatives (the quadratic
// smoothing of B. Wilder, B. Dilkina, M. Tambe, "Melding the data-decisions pipeline", AAAI 2019):
//
//   minimise  sum_h (loss_h x_h + smoothing / 2 x_h^2)
//   over      0 <= x_h <= 1,  sum_h share_h x_h >= demand
//
// By its conditions of optimality x_h = (price share_h - loss_h) / smoothing, cut to [0, 1], with
// the least price >= 0 at which the demand is met; hosts that are not cut move with the demand,
//   d x_h / d demand = share_h / sum of share^2 over the hosts that are not cut.
#pragma once

#include "learn/tape.h"
#include "model/cluster_view.h"

namespace scinet {

struct PowerProblem {
  Matrix loss;   // [hosts, 1]: QoS that is lost for having the host on
  Matrix share;  // [hosts, 1]: of the speed of all hosts; sums to 1 or less
  double smoothing = 0.0;
};

// Hosts that have failed or lost their link have no share.
PowerProblem power_problem(const ClusterView& view);

struct PowerSolution {
  Matrix on;           // [hosts, 1]
  Matrix jacobian;     // [hosts, 1], by the demand
  double price = 0.0;  // QoS that a little more demand costs, for each share of the speed
};
PowerSolution solve(const PowerProblem& problem, double demand);

}  // namespace scinet
