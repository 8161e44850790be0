// Splits sums that were measured over what may have caused them: observed_b = sum_j A_bj x_j, x >=
// 0.
#pragma once

#include <cstddef>
#include <vector>

namespace scinet {

// One measured sum, and how much of each cause was there.
struct MeasuredSum {
  double observed = 0.0;
  struct Share {
    std::size_t cause = 0;
    double amount = 0.0;
  };
  std::vector<Share> shares;
};

struct Attribution {
  std::vector<double> values;  // x, per unit of amount; 0 where a cause never appears
  std::vector<double> errors;  // standard errors
};

// Maximum likelihood of a Poisson regression with identity link by expectation maximisation (Shepp
// and Vardi, IEEE Transactions on Medical Imaging 1, 1982), which keeps x >= 0. Sums of CPU time
// vary more as they get larger, which is what that likelihood assumes; how much is estimated
// (quasi-likelihood, McCullagh and Nelder, Generalized Linear Models, 1989, ch. 9) and is in the
// standard errors.
Attribution attribute(const std::vector<MeasuredSum>& sums, std::size_t causes);

}  // namespace scinet
