// How much work a task is, drawn for one request.
#pragma once

#include "base/random.h"
#include "model/application.h"
#include "model/workload.h"

namespace scinet {

// Each fragment of each request has a stream of its own, so a request is as much work under every
// plan, and its fragment i is as lucky under every strategy.
//
// Lognormal with mean m and coefficient of variation c: exp(N(mu, s^2)) with s^2 = ln(1 + c^2),
// mu = ln m - s^2 / 2 (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1,
// ch. 14). Hyperexponential with balanced means: with probability
// p = (1 + sqrt((c^2 - 1) / (c^2 + 1))) / 2 exponential of mean m / (2 p), else of mean
// m / (2 (1 - p)) (Whitt, Operations Research 30(1), 1982); c <= 1 gives p = 1/2, the
// exponential.
Mi draw_varying_work(const WorkDistribution& distribution, const RandomStreams& streams,
                     WorkloadId workload, FragmentId fragment);

// Constant work draws nothing.
inline Mi draw_work(const WorkDistribution& distribution, const RandomStreams& streams,
                    WorkloadId workload, FragmentId fragment) {
  if (distribution.shape == WorkShape::kConstant) return distribution.mean;
  return draw_varying_work(distribution, streams, workload, fragment);
}

}  // namespace scinet
