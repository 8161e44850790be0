#include "learn/imitation/study.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

using Variable = Tape::Variable;

// What is usually at stake in a question of each head, in QoS; of power, with kUsualHosts.
constexpr std::array<double, kHeads> kStakes{0.01, 0.0015, 0.0015};
// The expected regret is linear in worth, so errors of the worth average out; the cross entropy is
// not, and where little is at stake it would learn them.
constexpr std::array<double, kHeads> kEntropyShare{1.0, 0.0, 0.0};
constexpr double kTemperature = 0.2;  // of the stakes
constexpr double kMostWeight = 2.0;
constexpr double kAlike = 1e-6;  // answers that differ by less are equally good

Matrix matrix_of(const std::vector<float>& rows, Eigen::Index columns) {
  const auto count = static_cast<Eigen::Index>(rows.size()) / columns;
  return Eigen::Map<const FloatRows>(rows.data(), count, columns).cast<double>();
}

ImitationInput input_of(const Lesson& lesson) {
  ImitationInput input{.hosts = lesson.rows.hosts.cast<double>(),
                       .requests = lesson.rows.requests.cast<double>(),
                       .cluster = lesson.rows.cluster.cast<double>(),
                       .heads = {}};
  for (std::size_t k = 0; k < kHeads; ++k) {
    input.heads[k].answers = matrix_of(lesson.heads[k].answers, kAnswerColumns[k]);
    input.heads[k].hosts.assign(lesson.heads[k].hosts.begin(), lesson.heads[k].hosts.end());
  }
  return input;
}

// Begin of each question in the rows of a head, and the end of the last.
std::vector<std::size_t> bounds_of(const HeadLesson& head) {
  std::vector<std::size_t> bounds;
  for (std::size_t i = 0; i < head.question.size(); ++i) {
    if (i == 0 || head.question[i] != head.question[i - 1]) bounds.push_back(i);
  }
  bounds.push_back(head.question.size());
  return bounds;
}

// softmax(x / temperature).
std::vector<double> softmax(std::span<const double> x, double temperature) {
  const double most = *std::ranges::max_element(x);
  std::vector<double> shares;
  double sum = 0.0;
  for (const double value : x) {
    shares.push_back(std::exp((value - most) / temperature));
    sum += shares.back();
  }
  for (double& share : shares) share /= sum;
  return shares;
}

struct Loss {
  double value = 0.0;
  Matrix slope;  // by each logit, [1, answers]
};

Loss loss_of(const HeadLesson& head, double stakes, double entropy_share, const Matrix& logits) {
  Loss loss{.slope = Matrix::Zero(1, logits.rows())};
  const std::vector<std::size_t> bounds = bounds_of(head);
  const auto questions = static_cast<double>(head.questions);
  for (std::size_t q = 0; q + 1 < bounds.size(); ++q) {
    const std::size_t begin = bounds[q];
    const std::size_t count = bounds[q + 1] - begin;
    std::vector<double> worth(head.worth.begin() + static_cast<std::ptrdiff_t>(begin),
                              head.worth.begin() + static_cast<std::ptrdiff_t>(begin + count));
    std::vector<double> of_answers(count);
    for (std::size_t i = 0; i < count; ++i) {
      of_answers[i] = logits(static_cast<Eigen::Index>(begin + i), 0);
    }
    const std::vector<double> wanted = softmax(worth, kTemperature * stakes);
    const std::vector<double> given = softmax(of_answers, 1.0);
    const double best = *std::ranges::max_element(worth);
    double at_random = 0.0;
    double expected = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      at_random += (best - worth[i]) / static_cast<double>(count);
      expected += given[i] * (best - worth[i]);
    }
    const double weight = entropy_share * std::min(at_random / stakes, kMostWeight) / questions;
    for (std::size_t i = 0; i < count; ++i) {
      const double regret = best - worth[i];
      loss.value -= weight * wanted[i] * std::log(std::max(given[i], 1e-12));
      loss.slope(0, static_cast<Eigen::Index>(begin + i)) =
          weight * (given[i] - wanted[i]) + given[i] * (regret - expected) / (stakes * questions);
    }
    loss.value += expected / (stakes * questions);
  }
  return loss;
}

double stakes_of(Head head, const Lesson& lesson) {
  const double stakes = kStakes[static_cast<std::size_t>(head)];
  return head == Head::kPower ? stakes * kUsualHosts / static_cast<double>(lesson.rows.hosts.rows())
                              : stakes;
}

Variable lesson_loss(const WeightsOnTape& network, const Lesson& lesson,
                     const NetworkShape& shape) {
  Tape& tape = network.tape();
  const ImitationOutput output = record_imitation(network, shape, input_of(lesson));
  Variable sum = tape.constant(Matrix::Zero(1, 1));
  for (std::size_t k = 0; k < kHeads; ++k) {
    if (lesson.heads[k].questions == 0) continue;
    Loss loss = loss_of(lesson.heads[k], stakes_of(static_cast<Head>(k), lesson), kEntropyShare[k],
                        tape.value(output.logits[k]));
    sum = tape.sum(sum, tape.computed(output.logits[k], Matrix::Constant(1, 1, loss.value),
                                      std::move(loss.slope)));
  }
  if (lesson.next_utilisation.empty()) return sum;
  const Matrix next = matrix_of(lesson.next_utilisation, 1);
  const Variable error = tape.difference(output.utilisation, tape.constant(next));
  return tape.sum(
      sum, tape.scaled(tape.total(tape.square(error)), 2.0 / static_cast<double>(next.rows())));
}

Weights zeros_like(const Weights& weights) {
  Weights zeros = weights;
  for (NamedMatrix& matrix : zeros) matrix.values.setZero();
  return zeros;
}

// ---- What it does with lessons that it never saw.

constexpr std::array<Eigen::Index, kHeads> kRuleColumn{kPowerGainColumn, kStrategyLossColumn,
                                                       kHostLossColumn};

class Examination {
 public:
  explicit Examination(Head head) : head_(head) {}

  void add(const HeadLesson& head, const Matrix& logits) {
    const std::vector<std::size_t> bounds = bounds_of(head);
    for (std::size_t q = 0; q + 1 < bounds.size(); ++q) add(head, logits, bounds[q], bounds[q + 1]);
  }

  HeadReport report() const {
    HeadReport mean = sums_;
    const double count = std::max(static_cast<double>(sums_.questions), 1.0);
    for (double* sum : {&mean.regret, &mean.random_regret, &mean.majority_regret, &mean.rule_regret,
                        &mean.agreement, &mean.majority_agreement, &mean.rule_agreement}) {
      *sum /= count;
    }
    return mean;
  }

 private:
  void add(const HeadLesson& head, const Matrix& logits, std::size_t begin, std::size_t end) {
    const std::span worth = std::span(head.worth).subspan(begin, end - begin);
    const float best = *std::ranges::max_element(worth);
    if (best - *std::ranges::min_element(worth) < kAlike) return;
    const std::size_t chosen = chosen_by_network(logits, begin, end);
    const std::size_t ruled = chosen_by_rule(head, begin, end);
    ++sums_.questions;
    sums_.regret += best - worth[chosen];
    sums_.majority_regret += best - worth[0];
    sums_.rule_regret += best - worth[ruled];
    for (const float value : worth) {
      sums_.random_regret += (best - value) / static_cast<double>(worth.size());
    }
    sums_.agreement += best - worth[chosen] < kAlike ? 1.0 : 0.0;
    sums_.majority_agreement += best - worth[0] < kAlike ? 1.0 : 0.0;
    sums_.rule_agreement += best - worth[ruled] < kAlike ? 1.0 : 0.0;
  }

  static std::size_t chosen_by_network(const Matrix& logits, std::size_t begin, std::size_t end) {
    std::size_t chosen = begin;
    for (std::size_t i = begin; i < end; ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      if (logits(row, 0) > logits(static_cast<Eigen::Index>(chosen), 0)) chosen = i;
    }
    return chosen - begin;
  }

  // The power switch that gains most by the closed form, if it gains; the least loss of a request.
  std::size_t chosen_by_rule(const HeadLesson& head, std::size_t begin, std::size_t end) const {
    const auto k = static_cast<std::size_t>(head_);
    const auto columns = static_cast<std::size_t>(kAnswerColumns[k]);
    const auto value = [&](std::size_t i) {
      const float found = head.answers[i * columns + static_cast<std::size_t>(kRuleColumn[k])];
      return head_ == Head::kPower ? found : -found;
    };
    std::size_t chosen = begin;
    for (std::size_t i = begin; i < end; ++i) {
      if (value(i) > value(chosen)) chosen = i;
    }
    return chosen - begin;
  }

  Head head_;
  HeadReport sums_;
};

}  // namespace

void study(Weights& weights, std::span<const Lesson> lessons, const StudySettings& settings,
           RandomStream random, const OnFitProgress& on_epoch) {
  // A few questions with much at stake move the weights about; their mean over the second half of
  // the epochs is steadier than the last.
  Weights sum;
  int counted = 0;
  const auto after_epoch = [&](const FitProgress& progress) {
    if (2 * progress.epoch > progress.epochs) {
      if (sum.empty()) sum = zeros_like(weights);
      for (std::size_t i = 0; i < weights.size(); ++i) sum[i].values += weights[i].values;
      ++counted;
    }
    if (on_epoch) on_epoch(progress);
  };
  fit(
      weights, lessons.size(),
      [&](const WeightsOnTape& network, std::size_t i) {
        return lesson_loss(network, lessons[i], settings.shape);
      },
      settings.fit, random, after_epoch);
  for (std::size_t i = 0; i < sum.size(); ++i) weights[i].values = sum[i].values / counted;
}

StudyReport examine(const Weights& weights, std::span<const Lesson> lessons,
                    const NetworkShape& shape) {
  std::array<Examination, kHeads> heads{Examination(Head::kPower), Examination(Head::kStrategy),
                                        Examination(Head::kHost)};
  double hosts = 0.0;
  StudyReport report;
  Tape tape;
  const WeightsOnTape network(tape, weights, WeightsOnTape::Use::kDecide);
  const std::size_t start = tape.size();
  for (const Lesson& lesson : lessons) {
    tape.rewind(start);
    const ImitationOutput output = record_imitation(network, shape, input_of(lesson));
    for (std::size_t k = 0; k < kHeads; ++k) {
      if (lesson.heads[k].questions > 0) {
        heads[k].add(lesson.heads[k], tape.value(output.logits[k]));
      }
    }
    for (std::size_t i = 0; i < lesson.next_utilisation.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const double next = lesson.next_utilisation[i];
      report.utilisation_error += std::pow(tape.value(output.utilisation)(row, 0) - next, 2.0);
      report.persistence_error += std::pow(lesson.rows.hosts(row, 6) - next, 2.0);
      report.average_error += std::pow(lesson.rows.hosts(row, 7) - next, 2.0);
      hosts += 1.0;
    }
  }
  for (std::size_t k = 0; k < kHeads; ++k) report.heads[k] = heads[k].report();
  for (double* sum :
       {&report.utilisation_error, &report.persistence_error, &report.average_error}) {
    *sum = std::sqrt(*sum / std::max(hosts, 1.0));
  }
  return report;
}

}  // namespace scinet
