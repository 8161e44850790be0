// The oracle's search against the best plan of all:  oracle_against_exact [CASES [STEPS...]]
// Fails if a budget of 1000 steps or more is within 1 % in less than 95 % of the cases.
#include "tests/oracle_against_exact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

using namespace scinet;

namespace {

struct Budget {
  std::int64_t steps = 0;
  int close = 0;  // within 1 % of the best
  int equal = 0;
  int below_cosim = 0;
  double gap = 0.0;  // sum, as a share of the best
  double worst = 0.0;
};

}  // namespace

int main(int argc, char** argv) {
  const int cases = argc > 1 ? std::atoi(argv[1]) : 500;
  std::vector<Budget> budgets;
  for (int i = 2; i < argc; ++i) budgets.push_back({.steps = std::atoi(argv[i])});
  if (budgets.empty()) budgets = {{.steps = 50}, {.steps = 150}, {.steps = 1000}};

  int left_out = 0;  // too many plans to know the best
  double cosim_gap = 0.0;
  double bound_gap = 0.0;
  double rollouts = 0.0;
  for (std::uint64_t seed = 0; std::cmp_less(seed, cases); ++seed) {
    const TestCluster cluster = small_case(seed);
    const Rollout rollout(cluster.view, {}, RandomStreams(seed));
    const auto best = find_best_plan(cluster.view, rollout, {.most_rollouts = 2'000'000});
    if (!best) {
      fmt::print("left out, seed {}: {}\n", seed, best.error().message);
      ++left_out;
      continue;
    }
    const double exact = best.value().outlook.qos;
    const double cosim = rollout.of(decide_once(*make_cosim(), cluster.view)).qos;
    rollouts += static_cast<double>(best.value().rollouts);
    cosim_gap += 1.0 - cosim / exact;
    bound_gap += bound_of(cluster.view, rollout).qos - exact;
    for (Budget& budget : budgets) {
      const double found =
          search_small_case(cluster.view, rollout, budget.steps, seed).best.outlook.qos;
      const double gap = 1.0 - found / exact;
      budget.close += gap <= 0.01 ? 1 : 0;
      budget.equal += gap <= 1e-9 ? 1 : 0;
      budget.below_cosim += found < cosim ? 1 : 0;
      budget.gap += gap;
      budget.worst = std::max(budget.worst, gap);
    }
  }
  const double n = std::max(cases - left_out, 1);
  fmt::print("{} cases; best plans took {:.0f} rollouts on average\n", cases, rollouts / n);
  fmt::print("cosim is {:.2f} % below the best, the bound {:.4f} above it, on average\n",
             100.0 * cosim_gap / n, bound_gap / n);
  bool holds = true;
  for (const auto& [steps, close, equal, below_cosim, gap, worst] : budgets) {
    fmt::print("{} steps: within 1 % in {:.1f} %, the best in {:.1f} %, ", steps, 100.0 * close / n,
               100.0 * equal / n);
    fmt::print("{:.3f} % below on average, {:.2f} % at worst, below cosim in {} cases\n",
               100.0 * gap / n, 100.0 * worst, below_cosim);
    holds &= below_cosim == 0 && (steps < 1000 || close >= 0.95 * n);
  }
  return holds ? 0 : 1;
}
