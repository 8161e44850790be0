#include "learn/imitation_2023/published_training.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/ensure.h"
#include "learn/imitation_2023/published_examination.h"

namespace scinet {
namespace {

using Variable = Tape::Variable;

constexpr std::size_t kMostRequests = 12;  // of a lesson that are asked about

// -log softmax(logits) of that one.
Variable cross_entropy(Tape& tape, Variable logits, std::size_t which) {
  const Matrix& row = tape.value(logits);
  const Eigen::Index count = row.cols();
  Matrix share = (row.array() - row.maxCoeff()).exp();
  share /= share.sum();
  const double loss = -std::log(std::max(share(0, static_cast<Eigen::Index>(which)), 1e-300));
  Matrix slope = share - one_of(static_cast<std::size_t>(count), which);
  const Variable column =
      tape.product_with_transposed(tape.constant(Matrix::Identity(count, count)), logits);
  return tape.computed(column, Matrix::Constant(1, 1, loss), std::move(slope));
}

// Of switches, where they are to be decided.
Variable binary_cross_entropy(Tape& tape, Variable logits, const Matrix& on, const Matrix& counts) {
  const Variable loss =
      tape.difference(tape.softplus(logits), tape.times(logits, tape.constant(on)));
  return tape.total(tape.times(loss, tape.constant(counts)));
}

Matrix row_of(const std::array<bool, kSlots>& flags) {
  Matrix row(1, kSlots);
  for (std::size_t i = 0; i < kSlots; ++i) row(0, static_cast<Eigen::Index>(i)) = flags[i];
  return row;
}

// A uniform number strictly between 0 and 1.
double between(RandomStream& random) { return std::clamp(random.uniform(), 1e-12, 1.0 - 1e-12); }

// A draw from the softmax of the logits, by the Gumbel noise that is added to them.
Variable drawn(Tape& tape, Variable logits, RandomStream& random) {
  Matrix noise(1, tape.value(logits).cols());
  for (Eigen::Index i = 0; i < noise.cols(); ++i) {
    noise(0, i) = -std::log(-std::log(between(random)));
  }
  const Variable soft = tape.row_softmax(tape.sum(logits, tape.constant(noise)));
  return straight_through(
      tape, soft, one_of(static_cast<std::size_t>(noise.cols()), largest(tape.value(soft))));
}

// Where the inputs of the fragment are, as shares of slots; `placed` are the fragments before it.
Variable inputs_at(Tape& tape, const std::vector<Variable>& placed,
                   const PublishedFragment& fragment) {
  Variable sum = tape.constant(Matrix::Zero(1, kSlots));
  for (const std::size_t input : fragment.inputs) {
    const double share = 1.0 / static_cast<double>(fragment.inputs.size());
    sum = tape.sum(sum, tape.scaled(placed[input], share));
  }
  return sum;
}

// The oracle's host is possible even where the network would have switched it off.
std::array<bool, kSlots> possible_hosts(const PublishedFragment& fragment, const Matrix& on,
                                        std::size_t oracle) {
  std::array<bool, kSlots> hosts = fragment.can_hold;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    hosts[slot] = hosts[slot] && on(0, static_cast<Eigen::Index>(slot)) > 0.5;
  }
  hosts[oracle] = true;
  return hosts;
}

// What the loss of one lesson is made of, recorded decision by decision.
class LessonLoss {
 public:
  LessonLoss(const WeightsOnTape& network, const PublishedLesson& lesson, PublishedPhase phase,
             RandomStream& random)
      : tape_(network.tape()),
        network_(network, lesson.input),
        lesson_(lesson),
        is_own_(phase == PublishedPhase::kOwn),
        random_(random) {}

  Variable record() {
    const Variable error =
        tape_.difference(network_.next_utilisation(), tape_.constant(lesson_.next));
    sum_ = tape_.total(tape_.square(error));
    power();
    const std::size_t count = std::min(lesson_.requests.size(), kMostRequests);
    for (std::size_t i = 0; i < count; ++i) request(lesson_.requests[i]);
    return sum_;
  }

 private:
  void add(Variable loss) { sum_ = tape_.sum(sum_, loss); }

  void power() {
    const Matrix counts = row_of(lesson_.switchable);
    add(binary_cross_entropy(tape_, network_.power(), lesson_.on, counts));
    on_ = lesson_.on;
    if (!is_own_) return network_.decide_power(tape_.constant(on_));
    Matrix noise(1, kSlots);
    for (Eigen::Index i = 0; i < noise.cols(); ++i) {
      const double u = between(random_);
      noise(0, i) = std::log(u / (1.0 - u));
    }
    const Variable soft = tape_.times(
        tape_.sigmoid(tape_.sum(network_.power(), tape_.constant(noise))), tape_.constant(counts));
    for (Eigen::Index i = 0; i < on_.cols(); ++i) {
      if (counts(0, i) != 0.0) on_(0, i) = tape_.value(soft)(0, i) > 0.5 ? 1.0 : 0.0;
    }
    network_.decide_power(straight_through(tape_, soft, on_));
  }

  void request(const PublishedAnswer& answer) {
    Variable strategy = tape_.constant(one_of(kSlotStrategies, answer.strategy));
    if (answer.is_chosen) {
      const Variable logits = only(tape_, network_.strategies(answer.request), answer.possible);
      add(cross_entropy(tape_, logits, answer.strategy));
      if (is_own_) strategy = drawn(tape_, logits, random_);
    }
    std::vector<Variable> placed;
    for (std::size_t i = 0; i < answer.fragments.size(); ++i) {
      const PublishedFragment& fragment = answer.fragments[i];
      const Variable inputs = inputs_at(tape_, placed, fragment);
      const Variable logits =
          only(tape_, network_.hosts(answer.request, strategy, fragment, inputs),
               possible_hosts(fragment, on_, answer.slots[i]));
      add(cross_entropy(tape_, logits, answer.slots[i]));
      placed.push_back(is_own_ ? drawn(tape_, logits, random_)
                               : tape_.constant(one_of(kSlots, answer.slots[i])));
      network_.place(placed.back(), fragment.work);
    }
  }

  Tape& tape_;
  PublishedNetwork network_;
  const PublishedLesson& lesson_;
  bool is_own_;
  RandomStream& random_;
  Variable sum_{};
  Matrix on_;
};

}  // namespace

Variable published_loss(const WeightsOnTape& network, const PublishedLesson& lesson,
                        PublishedPhase phase, RandomStream& random) {
  return LessonLoss(network, lesson, phase, random).record();
}

TrainedNetwork train_published(const std::vector<PublishedLesson>& lessons,
                               const PublishedFit& settings, const RandomStreams& streams,
                               const OnFitProgress& on_epoch) {
  ensure(lessons.size() >= 10, "there are lessons to learn from and to measure on");
  const std::span all(lessons);
  const auto learned_from = all.first(lessons.size() * 9 / 10);
  TrainedNetwork trained;
  trained.weights = random_weights(published_shapes(), streams.stream("weights"));
  RandomStream noise = streams.stream("noise");
  const auto study = [&](PublishedPhase phase, int epochs, double rate, const char* order) {
    fit(
        trained.weights, learned_from.size(),
        [&](const WeightsOnTape& network, std::size_t i) {
          return published_loss(network, learned_from[i], phase, noise);
        },
        {.epochs = epochs, .batch = 16, .rate = rate, .decay = 1e-5}, streams.stream(order),
        on_epoch);
  };
  study(PublishedPhase::kForced, settings.forced_epochs, 0.002, "forced");
  study(PublishedPhase::kOwn, settings.own_epochs, 0.001, "own");
  round_to_float(trained.weights);
  trained.held_out =
      examine_published(trained.weights, learned_from, all.subspan(learned_from.size()));
  return trained;
}

}  // namespace scinet
