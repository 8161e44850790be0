#include "search/local_search.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/ensure.h"

namespace scinet {
namespace {

class LocalSearch {
 public:
  LocalSearch(const OptionProblem& problem, const LocalSearchSettings& settings,
              RandomStream& random)
      : problem_(problem), settings_(settings), random_(random) {}

  Found run(const Choice& start) {
    Found best = scored(start);
    Found now = best;
    for (int round = 0; round <= settings_.restarts && has_steps(); ++round) {
      if (round > 0) now = scored(shaken(best.choice));
      while (has_steps() && improve(now)) {
      }
      if (now.score > best.score) best = now;
    }
    best.steps = steps_;
    return best;
  }

 private:
  bool has_steps() const { return steps_ < settings_.most_steps; }

  Found scored(Choice choice) {
    ++steps_;
    const double score = problem_.score(choice);
    return {std::move(choice), score, 0};
  }

  Choice shaken(Choice choice) {
    for (std::size_t i = 0; i < choice.size(); ++i) {
      if (random_.uniform() < settings_.changed) choice[i] = any_option(i);
    }
    return choice;
  }

  int any_option(std::size_t variable) {
    return static_cast<int>(random_.below(static_cast<std::uint64_t>(problem_.options[variable])));
  }

  // Variables in a random order, so that none is favoured when steps run out.
  std::vector<std::size_t> random_order() {
    std::vector<std::size_t> order(problem_.options.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t left = order.size(); left > 1; --left) {
      std::swap(order[left - 1], order[random_.below(left)]);
    }
    return order;
  }

  bool improve(Found& now) {
    const std::vector<std::size_t> order = random_order();
    for (const std::size_t i : order) {
      for (int option = 0; option < problem_.options[i] && has_steps(); ++option) {
        if (option == now.choice[i]) continue;
        Choice moved = now.choice;
        moved[i] = option;
        if (accept(now, std::move(moved))) return true;
      }
    }
    return settings_.swaps && improve_by_swap(now, order);
  }

  bool improve_by_swap(Found& now, const std::vector<std::size_t>& order) {
    for (std::size_t a = 0; a < order.size(); ++a) {
      for (std::size_t b = a + 1; b < order.size() && has_steps(); ++b) {
        const std::size_t i = order[a];
        const std::size_t j = order[b];
        const bool can_swap = now.choice[i] != now.choice[j] &&
                              now.choice[i] < problem_.options[j] &&
                              now.choice[j] < problem_.options[i];
        if (!can_swap) continue;
        Choice moved = now.choice;
        std::swap(moved[i], moved[j]);
        if (accept(now, std::move(moved))) return true;
      }
    }
    return false;
  }

  bool accept(Found& now, Choice moved) {
    Found next = scored(std::move(moved));
    if (next.score <= now.score) return false;
    now = std::move(next);
    return true;
  }

  const OptionProblem& problem_;
  const LocalSearchSettings& settings_;
  RandomStream& random_;
  std::int64_t steps_ = 0;
};

}  // namespace

Found search_locally(const OptionProblem& problem, const Choice& start,
                     const LocalSearchSettings& settings, RandomStream& random) {
  ensure(start.size() == problem.options.size(), "the start has an option for every variable");
  return LocalSearch(problem, settings, random).run(start);
}

}  // namespace scinet
