// How much tasks of one host slow each other down beyond sharing its cores, where it is known
// exactly what each of them used.
//
// A long task meets more company than a short one, so use and company go together even where nobody
// slows anybody down. Who was there when a task began does not depend on how long it then took, and
// therefore serves as an instrument (P. G. Wright, The Tariff on Animal and Vegetable Oils, 1928,
// appendix B).
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "calibration/task_samples.h"

namespace scinet {

struct ContentionSample {
  const TaskSample* task;
  std::size_t kind = 0;  // of one kind are tasks that would use about as much if they were alone
};

// The contention c in [0, most] at which
//     sum of (z - mean z) ln(core-seconds / inflation(c)),   z = 1 - 1 / company at the start
// is 0, with the means over the tasks of a kind. That sum falls with c, since who has company at
// the start has more of it later too. None unless the sum at `before` is further from 0 than chance
// takes it in 19 of 20 cases (residuals of unlike variance: White, Econometrica 48, 1980; tasks are
// taken to be independent), nor where company at the start says so little about later that no
// contention up to `most` would explain it.
std::optional<double> fit_contention(std::span<const ContentionSample> samples, double before,
                                     double most);

}  // namespace scinet
