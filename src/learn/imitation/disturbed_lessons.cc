#include "learn/imitation/disturbed_lessons.h"

#include <algorithm>

namespace scinet {
namespace {

using RowMap = Eigen::Map<FloatRows>;

RowMap answers_of(HeadLesson& head, std::size_t k) {
  const auto count = static_cast<Eigen::Index>(head.answers.size()) / kAnswerColumns[k];
  return {head.answers.data(), count, kAnswerColumns[k]};
}

// Fisher and Yates.
template <typename Rows>
void shuffle_rows(Rows&& rows, RandomStream& random) {
  for (Eigen::Index i = rows.rows() - 1; i > 0; --i) {
    const auto other = static_cast<Eigen::Index>(random.below(static_cast<std::uint64_t>(i) + 1));
    if (other != i) rows.row(i).swap(rows.row(other));
  }
}

}  // namespace

std::vector<Lesson> without_features(std::vector<Lesson> lessons) {
  for (Lesson& lesson : lessons) {
    lesson.rows.hosts.setZero();
    lesson.rows.requests.setZero();
    lesson.rows.cluster.setZero();
    for (HeadLesson& head : lesson.heads) std::ranges::fill(head.answers, 0.0f);
  }
  return lessons;
}

std::vector<Lesson> with_shuffled_features(std::vector<Lesson> lessons, RandomStream random) {
  for (Lesson& lesson : lessons) {
    shuffle_rows(lesson.rows.hosts, random);
    shuffle_rows(lesson.rows.requests, random);
    for (std::size_t k = 0; k < kHeads; ++k) shuffle_rows(answers_of(lesson.heads[k], k), random);
  }
  return lessons;
}

}  // namespace scinet
