// What no plan for a view can exceed by the score of a Rollout, also where there are too many plans
// to try: every plan can state how far it is from the best at most.
//
// The bound is the optimum of a mixed-integer program that every plan satisfies with its own
// decisions and the times of its own rollout, and that counts no more loss than the score does.
// With y_h whether host h accepts work, x_ws whether workload w gets strategy s, z_wsfg the share
// of its fragment f on hosts of group g (same type, speed, state) and b_wsj whether it is then
// answered in the j-th interval of time (D_j-1, D_j]:
//
//   sum_s x_ws + deferred_w = 1,   sum_j b_wsj = x_ws,   sum_g z_wsfg = x_ws = sum_g sum_j u_wsfgj
//   z_wsfg <= sum of y_h over the group
//   the answer R_ws is not before the critical path of the fragments, each run at the full speed of
//   its group, nor outside its interval
//   for every D: sum of work u_wsfgj with D_j <= D   <=   speed of the group's cores *
//                                                         (D - end of boot) * sum of y_h
//
// The last row is contention: what is answered by D has been worked on by D. The work of what may
// run in a batch is that of a further member (optimist.h). All else is the floor of loss_floor.h:
// idle power and price of hosts, energy of work, requests ahead and deployed ones. Each future of
// the rollout has its own R, b and u under common y, x and z. Workloads of which a part is placed
// already are held to their floor alone.
#pragma once

#include "model/qos.h"
#include "oracle/rollout.h"

namespace scinet {

struct BoundSettings {
  int most_nodes = 200;        // of branch and bound; 0: the linear relaxation
  int most_variables = 5'000;  // workloads beyond are only held to their floor
};

struct Bound {
  double qos = 1.0;  // no plan that keeps work served (policy/wake.h) scores more
  QosTerms terms;    // no such plan has less of this one; rarely all at once
};

// `rollout` is for this view. The same input gives the same bound.
Bound bound_of(const ClusterView& view, const Rollout& rollout, const BoundSettings& settings = {});

}  // namespace scinet
