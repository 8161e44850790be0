// `scinet train scinet-2023`: the published network imitates the oracle, in the two phases of the
// paper: first each head is told what the oracle decided before it (teacher forcing), then what the
// network itself decided.
#pragma once

#include <vector>

#include "learn/imitation_2023/published_lesson.h"
#include "learn/plan_training.h"

namespace scinet {

enum class PublishedPhase { kForced, kOwn };

// Squared error of the next utilisation and the cross entropy of each head with what the oracle
// decided. Own decisions are drawn (Gumbel noise) and handed on differentiably.
Tape::Variable published_loss(const WeightsOnTape& network, const PublishedLesson& lesson,
                              PublishedPhase phase, RandomStream& random);

struct PublishedFit {
  int forced_epochs = 7;
  int own_epochs = 3;
};

// Learns from the first nine tenths of the lessons and measures on the rest, as the paper does.
TrainedNetwork train_published(const std::vector<PublishedLesson>& lessons,
                               const PublishedFit& settings, const RandomStreams& streams,
                               const OnFitProgress& on_epoch = {});

}  // namespace scinet
