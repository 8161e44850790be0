// What the tests of the imitation learner share: weights without meaning, walks by chance, lessons.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "learn/episode.h"
#include "learn/imitation/decision_walk.h"
#include "learn/imitation/lesson.h"
#include "learn/imitation/network.h"
#include "policy/baselines.h"
#include "workload/random_scenario.h"

namespace scinet {

// Of every shape, biases too, of 32 bits.
inline Weights imitation_noise(std::uint64_t seed) {
  Weights weights = random_weights(imitation_shapes(), RandomStreams(seed).stream("weights"));
  RandomStream random = RandomStreams(seed).stream("biases");
  for (NamedMatrix& matrix : weights) {
    if (!matrix.name.ends_with(".bias")) continue;
    for (double& value : matrix.values.reshaped()) value = 0.5 * random.normal();
  }
  round_to_float(weights);
  return weights;
}

inline Matrix& weights_named(Weights& weights, std::string_view name) {
  return std::ranges::find(weights, name, &NamedMatrix::name)->values;
}

// Every question of a walk that answers by chance.
inline std::vector<Question> questions_by_chance(DecisionWalk& walk, RandomStream random) {
  std::vector<Question> questions;
  while (const Question* question = walk.question()) {
    questions.push_back(*question);
    walk.answer(random.below(question->size()));
  }
  return questions;
}

// The same questions as training records them.
inline ImitationInput input_of(const ViewRows& rows, const std::vector<Question>& questions) {
  ImitationInput input{.hosts = rows.hosts.cast<double>(),
                       .requests = rows.requests.cast<double>(),
                       .cluster = rows.cluster.cast<double>(),
                       .heads = {}};
  for (const Question& question : questions) {
    AnswerRows& head = input.heads[static_cast<std::size_t>(question.head)];
    const Eigen::Index before = head.answers.rows();
    head.answers.conservativeResize(before + question.answers.rows(), question.answers.cols());
    head.answers.bottomRows(question.answers.rows()) = question.answers.cast<double>();
    for (const auto& host : question.hosts) {
      head.hosts.push_back(host ? static_cast<Eigen::Index>(host->value) : -1);
    }
  }
  return input;
}

inline Scenario small_scenario(std::uint64_t seed, Cadence cadence = Cadence::kInterval) {
  return random_scenario({.hosts = {3, 7},
                          .load = {0.1, 0.6},
                          .requests_a_beat = {0.5, 3},
                          .cadence = cadence,
                          .beats = 30},
                         RandomStreams(seed).stream("scenario"));
}

// With few rollouts.
inline LessonSettings quick_lessons() {
  return {
      .rollout = {.beats = 1, .futures = 1}, .most_answers = 5, .most_workloads = 2, .walk = {}};
}

// Of views that a small scenario leads to, with a made-up utilisation of the beat that followed.
inline std::vector<Lesson> taught_lessons(std::uint64_t seed, std::size_t count) {
  std::vector<Lesson> lessons;
  const RandomStreams streams(seed);
  RandomStream random = streams.stream("utilisation");
  const auto policy = make_random();
  play(small_scenario(seed), *policy, 12, streams, [&](const ClusterView& view, const Plan&) {
    if (lessons.size() == count) return;
    Plan taken;
    Lesson lesson = teach(view, quick_lessons(), nullptr, streams, taken);
    for (std::size_t i = 0; i < view.hosts.size(); ++i) {
      lesson.next_utilisation.push_back(static_cast<float>(random.uniform()));
    }
    lessons.push_back(std::move(lesson));
  });
  return lessons;
}

// The column that decides what an answer of made_up_lessons() is worth, and how much.
inline constexpr std::array<Eigen::Index, kHeads> kDecisiveColumn{4, 7, 2};
inline constexpr std::array<double, kHeads> kAtStake{0.02, 0.003, 0.003};

inline FloatRows drawn_rows(Eigen::Index rows, Eigen::Index columns, RandomStream& random) {
  FloatRows drawn(rows, columns);
  for (float& value : drawn.reshaped()) value = static_cast<float>(random.uniform());
  return drawn;
}

// A question of four answers, of which one number says what they are worth.
inline void add_made_up_question(Lesson& lesson, std::size_t k, RandomStream& random) {
  Question question;
  question.head = static_cast<Head>(k);
  question.answers = drawn_rows(4, kAnswerColumns[k], random);
  std::vector<double> worth;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const bool has_host = question.head == Head::kHost || (question.head == Head::kPower && i > 0);
    question.hosts.push_back(has_host ? std::optional(HostId{i}) : std::nullopt);
    worth.push_back(0.7 + kAtStake[k] * question.answers(i, kDecisiveColumn[k]));
  }
  lesson.note(question, {0, 1, 2, 3}, worth);
}

// Hosts that were busy will be idle.
inline std::vector<Lesson> made_up_lessons(std::size_t count, std::uint64_t seed) {
  RandomStream random = RandomStreams(seed).stream("lessons");
  std::vector<Lesson> lessons(count);
  for (Lesson& lesson : lessons) {
    lesson.rows = {.hosts = drawn_rows(4, kHostColumns, random),
                   .requests = drawn_rows(3, kRequestColumns, random),
                   .cluster = drawn_rows(1, kClusterColumns, random)};
    for (std::size_t k = 0; k < kHeads; ++k) {
      for (int questions = 0; questions < 3; ++questions) add_made_up_question(lesson, k, random);
    }
    for (Eigen::Index i = 0; i < 4; ++i) {
      lesson.next_utilisation.push_back(1.0f - lesson.rows.hosts(i, 6));
    }
  }
  return lessons;
}

inline bool are_same(const Lesson& one, const Lesson& other) {
  const auto same = [](const FloatRows& a, const FloatRows& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
  };
  return same(one.rows.hosts, other.rows.hosts) && same(one.rows.requests, other.rows.requests) &&
         same(one.rows.cluster, other.rows.cluster) && one.heads == other.heads &&
         one.next_utilisation == other.next_utilisation;
}

inline bool are_same(const std::vector<Lesson>& some, const std::vector<Lesson>& others) {
  return std::ranges::equal(some, others,
                            [](const Lesson& a, const Lesson& b) { return are_same(a, b); });
}

// A folder of its own for each test, removed in the end.
class InAFolder : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("imitation_") +
       testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "_" +
       testing::UnitTest::GetInstance()->current_test_info()->name() + "_" +
       std::to_string(getpid()));
};

}  // namespace scinet
