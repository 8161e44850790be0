#include "learn/imitation_2023/published_examination.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "learn/imitation_2023/published_network.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

struct Count {
  double trained = 0.0;
  double baseline = 0.0;
  double of = 0.0;

  void add(bool is_wrong, bool is_baseline_wrong) {
    trained += is_wrong ? 1.0 : 0.0;
    baseline += is_baseline_wrong ? 1.0 : 0.0;
    of += 1.0;
  }
  HeldOutError share(std::string what, std::string baseline_is) const {
    const double count = std::max(of, 1.0);
    return {std::move(what), trained / count, baseline / count, std::move(baseline_is)};
  }
};

class Examination {
 public:
  Examination(const Weights& weights, std::span<const PublishedLesson> learned_from)
      : network_(tape_, weights, WeightsOnTape::Use::kDecide), start_(tape_.size()) {
    for (const PublishedLesson& lesson : learned_from) {
      for (const PublishedAnswer& answer : lesson.requests) ++times_chosen_[answer.strategy];
    }
  }

  void add(const PublishedLesson& lesson) {
    tape_.rewind(start_);
    PublishedNetwork network(network_, lesson.input);
    add_power(network, lesson);
    network.decide_power(tape_.constant(lesson.on));
    for (const PublishedAnswer& answer : lesson.requests) {
      if (answer.is_chosen) add_strategy(network, answer);
    }
    const Matrix& foreseen = tape_.value(network.next_utilisation());
    squares_.trained += (foreseen - lesson.next).squaredNorm();
    squares_.baseline += (lesson.input.beats.row(kBeatsSeen - 1) - lesson.next).squaredNorm();
    squares_.of += static_cast<double>(kSlots);
  }

  std::vector<HeldOutError> errors() const {
    const double cells = std::max(squares_.of, 1.0);
    return {
        power_.share("share of hosts on or off unlike the oracle's", "left as they are"),
        strategy_.share("share of strategies unlike the oracle's", "the most frequent"),
        {"root mean square error of the utilisation of the next beat",
         std::sqrt(squares_.trained / cells), std::sqrt(squares_.baseline / cells), "last value"}};
  }

 private:
  void add_power(const PublishedNetwork& network, const PublishedLesson& lesson) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      const auto column = static_cast<Eigen::Index>(slot);
      const bool on = lesson.on(0, column) != 0.0;
      const bool was_on = lesson.input.hosts(0, column * kSlotColumns) != 0.0;
      power_.add((tape_.value(network.power())(0, column) > 0.0) != on, was_on != on);
    }
  }

  void add_strategy(const PublishedNetwork& network, const PublishedAnswer& answer) {
    const auto usual = std::ranges::max_element(times_chosen_) - times_chosen_.begin();
    const Matrix& row =
        tape_.value(only(tape_, network.strategies(answer.request), answer.possible));
    strategy_.add(largest(row) != answer.strategy,
                  static_cast<std::size_t>(usual) != answer.strategy);
  }

  Tape tape_;
  WeightsOnTape network_;
  std::size_t start_;
  std::array<int, kSlotStrategies> times_chosen_{};
  Count power_;
  Count strategy_;
  Count squares_;
};

}  // namespace

std::vector<HeldOutError> examine_published(const Weights& weights,
                                            std::span<const PublishedLesson> learned_from,
                                            std::span<const PublishedLesson> held_out) {
  Examination examination(weights, learned_from);
  for (const PublishedLesson& lesson : held_out) examination.add(lesson);
  return examination.errors();
}

}  // namespace scinet
