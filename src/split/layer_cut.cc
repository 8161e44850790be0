#include "split/layer_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// The chain as sums; a part is [begin, end).
class Chain {
 public:
  explicit Chain(const CutProblem& problem) : problem_(problem), total_{0.0} {
    for (const Seconds work : problem.work) total_.push_back(total_.back() + work.count());
  }

  std::size_t size() const { return problem_.work.size(); }
  bool can_end(std::size_t end) const { return end == size() || problem_.crossing[end]; }
  double bytes(std::size_t end) const {
    return end == size() ? 0.0 : problem_.crossing[end]->value();
  }

  // Falls as begin rises.
  double cost(std::size_t begin, std::size_t end) const {
    return total_[end] - total_[begin] + bytes(end) / problem_.link.value();
  }

 private:
  const CutProblem& problem_;
  std::vector<double> total_;  // of the steps before each position
};

// best[k][end]: the least that the slowest of k + 1 parts over [0, end) can cost.
double least_slowest_part(const Chain& chain, std::size_t parts) {
  std::vector<double> before(chain.size() + 1, kNever);
  for (std::size_t end = 1; end <= chain.size(); ++end) {
    if (chain.can_end(end)) before[end] = chain.cost(0, end);
  }
  for (std::size_t part = 1; part < parts; ++part) {
    std::vector<double> best(chain.size() + 1, kNever);
    for (std::size_t end = part + 1; end <= chain.size(); ++end) {
      if (!chain.can_end(end)) continue;
      for (std::size_t begin = end - 1; begin >= part; --begin) {
        const double last = chain.cost(begin, end);
        if (last >= best[end]) break;  // and costs more, the earlier it begins
        best[end] = std::min(best[end], std::max(before[begin], last));
      }
    }
    before = std::move(best);
  }
  return before[chain.size()];
}

// The ends of all parts but the last: fewest bytes of all cuts with no part slower than `slowest`.
std::vector<std::size_t> lightest_cuts(const Chain& chain, std::size_t parts, double slowest) {
  std::vector<double> before(chain.size() + 1, kNever);
  before[0] = 0.0;
  std::vector<std::vector<std::size_t>> begins;  // of the last of k + 1 parts that end there
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<double> best(chain.size() + 1, kNever);
    begins.emplace_back(chain.size() + 1, 0);
    for (std::size_t end = part + 1; end <= chain.size(); ++end) {
      if (!chain.can_end(end)) continue;
      for (std::size_t begin = end; begin-- > part;) {
        if (chain.cost(begin, end) > slowest) break;
        const double bytes = before[begin] + chain.bytes(end);
        if (bytes <= best[end] && before[begin] < kNever) {
          best[end] = bytes;
          begins.back()[end] = begin;
        }
      }
    }
    before = std::move(best);
  }
  ensure(before[chain.size()] < kNever, "cuts that reach the least exist");

  std::vector<std::size_t> cuts;
  std::size_t end = chain.size();
  for (std::size_t part = parts; part-- > 1;) {
    end = begins[part][end];
    cuts.push_back(end);
  }
  std::ranges::reverse(cuts);
  return cuts;
}

}  // namespace

Result<std::vector<std::size_t>> choose_cuts(const CutProblem& problem) {
  ensure(problem.parts >= 1 && problem.link.value() > 0.0, "a chain has parts and a link");
  ensure(problem.crossing.size() == problem.work.size(), "each step has a place before it");
  if (problem.work.size() < problem.parts) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} steps cannot be shared by {} parts; ask for at most {}",
                             problem.work.size(), problem.parts, problem.work.size())};
  }
  const Chain chain(problem);
  const double slowest = least_slowest_part(chain, problem.parts);
  if (slowest == kNever) {
    const auto places =
        std::count_if(problem.crossing.begin() + 1, problem.crossing.end(),
                      [](const std::optional<Bytes>& crossing) { return crossing.has_value(); });
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("there are {} places to cut; ask for at most {} parts", places, places + 1)};
  }
  return lightest_cuts(chain, problem.parts, slowest);
}

Seconds slowest_part(const CutProblem& problem, const std::vector<std::size_t>& cuts) {
  const Chain chain(problem);
  double slowest = 0.0;
  std::size_t begin = 0;
  for (std::size_t part = 0; part <= cuts.size(); ++part) {
    const std::size_t end = part < cuts.size() ? cuts[part] : chain.size();
    slowest = std::max(slowest, chain.cost(begin, end));
    begin = end;
  }
  return Seconds(slowest);
}

}  // namespace scinet
