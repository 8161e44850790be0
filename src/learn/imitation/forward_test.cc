// What decides is what was trained: the 32-bit network against the one on the tape.
#include "learn/imitation/forward.h"

#include <numeric>

#include "learn/imitation/imitation_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

constexpr double kTolerance = 1e-5;  // of the largest number that is compared, or of 1

void expect_near(std::span<const float> found, const Matrix& expected, const std::string& what) {
  ASSERT_EQ(static_cast<Eigen::Index>(found.size()), expected.rows()) << what;
  const double scale = std::max(expected.size() > 0 ? expected.cwiseAbs().maxCoeff() : 0.0, 1.0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected(static_cast<Eigen::Index>(i), 0), kTolerance * scale)
        << what << ", row " << i;
  }
}

// Views of 1 to 118 hosts, larger and smaller in turn, for one and the same forward.
void expect_what_the_tape_has(const NetworkShape& shape) {
  const Weights weights = imitation_noise(1);
  ImitationForward forward(weights, shape);
  std::array<std::size_t, kHeads> asked{};
  std::size_t most_hosts = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    most_hosts = std::max(most_hosts, cluster.view.hosts.size());
    DecisionWalk walk(cluster.view);
    std::vector<Question> questions =
        questions_by_chance(walk, RandomStreams(seed).stream("answers"));
    if (questions.size() > 30) questions.resize(30);
    Tape tape;
    const WeightsOnTape on_tape(tape, weights, WeightsOnTape::Use::kDecide);
    const ImitationOutput expected =
        record_imitation(on_tape, shape, input_of(walk.rows(), questions));
    forward.see(walk.rows());
    const std::string name = "seed " + std::to_string(seed);
    expect_near(forward.next_utilisation(), tape.value(expected.utilisation), name);
    std::array<Eigen::Index, kHeads> next{};
    for (const Question& question : questions) {
      const auto k = static_cast<std::size_t>(question.head);
      const auto count = static_cast<Eigen::Index>(question.size());
      const Matrix of_question =
          tape.value(expected.logits[k]).middleRows(std::exchange(next[k], next[k] + count), count);
      expect_near(forward.logits(question), of_question, name);
      ++asked[k];
    }
  }
  EXPECT_GT(most_hosts, 100u);
  for (const std::size_t count : asked) EXPECT_GT(count, 30u) << "a head is left untested";
}

TEST(ImitationForward, SaysWhatTheTapeSays) { expect_what_the_tape_has({.attention = true}); }

TEST(ImitationForward, SaysWhatTheTapeSaysWithoutAttention) {
  expect_what_the_tape_has({.attention = false});
}

TEST(ImitationForward, SaysWhatTheTapeSaysWhereNothingIs) {
  const Weights weights = imitation_noise(1);
  ImitationForward forward(weights, {});
  const ViewRows rows{.hosts = FloatRows::Zero(0, kHostColumns),
                      .requests = FloatRows::Zero(0, kRequestColumns),
                      .cluster = FloatRows::Constant(1, kClusterColumns, 0.5f)};
  Question question;
  question.head = Head::kStrategy;
  question.answers = FloatRows::Constant(2, kAnswerColumns[1], 0.5f);
  question.hosts.assign(2, std::nullopt);
  Tape tape;
  const WeightsOnTape on_tape(tape, weights, WeightsOnTape::Use::kDecide);
  const ImitationOutput expected = record_imitation(on_tape, {}, input_of(rows, {question}));
  forward.see(rows);
  EXPECT_TRUE(forward.next_utilisation().empty());
  expect_near(forward.logits(question), tape.value(expected.logits[1]), "no hosts");
}

TEST(ImitationForward, TakesTheFirstOfTheBestAnswers) {
  Weights weights = imitation_noise(1);
  for (NamedMatrix& matrix : weights) matrix.values.setZero();
  weights_named(weights, "host.skip")(0, 0) = 1.0;
  ImitationForward forward(weights, {});
  Question question;
  question.head = Head::kHost;
  question.answers = FloatRows::Zero(4, kAnswerColumns[2]);
  question.hosts.assign(4, HostId{0});
  forward.see({.hosts = FloatRows::Zero(1, kHostColumns),
               .requests = FloatRows::Zero(0, kRequestColumns),
               .cluster = FloatRows::Zero(1, kClusterColumns)});
  EXPECT_EQ(forward.best_answer(question), 0u);
  question.answers.col(0) << 1.0f, 3.0f, 2.0f, 3.0f;
  EXPECT_EQ(forward.best_answer(question), 1u);
}

// Where host i of the view is in the other.
std::vector<Eigen::Index> some_order(Eigen::Index size, RandomStream random) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.below(left)]);
  }
  return order;
}

TEST(ImitationForward, PermutingHostsPermutesItsNumbers) {
  const Weights weights = imitation_noise(2);
  ImitationForward forward(weights, {});
  ImitationForward other(weights, {});
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    DecisionWalk walk(cluster.view);
    const std::vector<Question> questions =
        questions_by_chance(walk, RandomStreams(seed).stream("answers"));
    const ViewRows& rows = walk.rows();
    const std::vector<Eigen::Index> order =
        some_order(rows.hosts.rows(), RandomStreams(seed).stream("order"));
    ViewRows permuted = rows;
    for (std::size_t i = 0; i < order.size(); ++i) {
      permuted.hosts.row(order[i]) = rows.hosts.row(static_cast<Eigen::Index>(i));
    }
    forward.see(rows);
    other.see(permuted);
    const std::span<const float> next = forward.next_utilisation();
    const std::span<const float> other_next = other.next_utilisation();
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_NEAR(next[i], other_next[static_cast<std::size_t>(order[i])], 1e-5) << "seed " << seed;
    }
    for (const Question& question : questions) {
      Question moved = question;
      for (auto& host : moved.hosts) {
        if (host) host = HostId{static_cast<std::uint32_t>(order[host->value])};
      }
      const std::span<const float> logits = forward.logits(question);
      const std::span<const float> others = other.logits(moved);
      for (std::size_t i = 0; i < logits.size(); ++i) {
        EXPECT_NEAR(logits[i], others[i], 1e-4) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace scinet
