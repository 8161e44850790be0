// Training on lessons, and what the network then does with lessons that it never saw.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "learn/fitting.h"
#include "learn/imitation/lesson.h"

namespace scinet {

struct StudySettings {
  FitSettings fit{.epochs = 12, .batch = 32, .rate = 0.002, .decay = 0.1};
  NetworkShape shape;
};

// Changes the weights so that the best answers get the largest numbers. For each question with
// answers of worth Q the loss is
//
//   w H(softmax(Q / (0.2 s)), softmax(logits)) + E[Q_best - Q] / s     H: cross entropy
//
// where s is what is usually at stake for this head (of power: the less the more hosts there are),
// the expectation is over softmax(logits) and w is what an answer at random loses of this question,
// over s and up to a bound. So near ties count little. Added is the squared error of the
// utilisation of each host over the next beat.
void study(Weights& weights, std::span<const Lesson> lessons, const StudySettings& settings,
           RandomStream random, const OnFitProgress& on_epoch = {});

// On questions of one head, those that no answer matters to left out. Regrets are losses of QoS
// against the best answer.
struct HeadReport {
  std::int64_t questions = 0;
  double regret = 0.0;           // of the network's answers
  double random_regret = 0.0;    // of answers at random
  double majority_regret = 0.0;  // of the answer that is best most often: stop, or the first
  double rule_regret = 0.0;      // of one threshold on the closed form of what an answer leads to
  double agreement = 0.0;        // share of questions where the network's answer is the best
  double majority_agreement = 0.0;
  double rule_agreement = 0.0;
};

struct StudyReport {
  std::array<HeadReport, kHeads> heads;
  double utilisation_error = 0.0;  // root mean square, of the next beat
  double persistence_error = 0.0;  // if it stayed as it is
  double average_error = 0.0;      // if it were the mean of the last 3 beats
};

StudyReport examine(const Weights& weights, std::span<const Lesson> lessons,
                    const NetworkShape& shape);

}  // namespace scinet
