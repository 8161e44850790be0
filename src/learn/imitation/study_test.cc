// That training finds what decides the best answer, and that its figures are what they say.
#include "learn/imitation/study.h"

#include <cmath>

#include "learn/imitation/imitation_testing.h"

namespace scinet {
namespace {

Weights beginning() {
  return random_weights(imitation_shapes(), RandomStreams(1).stream("weights"));
}

RandomStream order() { return RandomStreams(1).stream("order"); }

TEST(Study, FindsWhatDecidesTheBestAnswer) {
  const std::vector<Lesson> lessons = made_up_lessons(60, 1);
  const std::vector<Lesson> others = made_up_lessons(40, 2);
  Weights weights = beginning();
  const StudyReport before = examine(weights, others, {});
  std::vector<double> losses;
  study(weights, lessons,
        {.fit = {.epochs = 40, .batch = 4, .rate = 0.01, .decay = 0.0}, .shape = {}}, order(),
        [&](const FitProgress& progress) { losses.push_back(progress.loss); });
  const StudyReport after = examine(weights, others, {});
  ASSERT_EQ(losses.size(), 40u);
  EXPECT_LT(losses.back(), 0.5 * losses.front());
  for (std::size_t k = 0; k < kHeads; ++k) {
    const std::string_view name = to_string(static_cast<Head>(k));
    EXPECT_EQ(after.heads[k].questions, 120) << name;
    EXPECT_LT(before.heads[k].agreement, 0.6) << name;
    // Near ties among hosts and strategies are not worth learning, and are not.
    EXPECT_GT(after.heads[k].agreement, 0.75) << name;
    EXPECT_LT(after.heads[k].regret, 0.05 * after.heads[k].random_regret) << name;
  }
  EXPECT_LT(after.utilisation_error, 0.5 * after.persistence_error);
}

TEST(Study, GivesTheSameWeightsTwice) {
  const std::vector<Lesson> lessons = made_up_lessons(10, 1);
  const StudySettings settings{.fit = {.epochs = 2, .batch = 4, .rate = 0.01}, .shape = {}};
  Weights one = beginning();
  Weights other = beginning();
  study(one, lessons, settings, order());
  study(other, lessons, settings, order());
  EXPECT_EQ(one, other);
  EXPECT_NE(one, beginning());
}

double loss_at(Weights weights, const std::vector<Lesson>& lessons) {
  double loss = 0.0;
  study(weights, lessons,
        {.fit = {.epochs = 1, .batch = 1000, .rate = 0.0, .decay = 0.0}, .shape = {}}, order(),
        [&](const FitProgress& progress) { loss = progress.loss; });
  return loss;
}

// Adam's first step goes by the rate against the sign of the gradient, in every weight.
TEST(Study, StepsAgainstTheSlopeOfTheLoss) {
  constexpr double kStep = 1e-5;
  std::vector<Lesson> lessons = made_up_lessons(3, 1);
  // Answers between which little is at stake, and much.
  for (float& worth : lessons[1].heads[0].worth) worth = 0.7f + 0.02f * (worth - 0.7f);
  for (float& worth : lessons[2].heads[2].worth) worth = 0.7f + 20.0f * (worth - 0.7f);
  const Weights weights = imitation_noise(5);
  Weights stepped = weights;
  study(stepped, lessons,
        {.fit = {.epochs = 1, .batch = 1000, .rate = 1e-6, .decay = 0.0}, .shape = {}}, order());
  EXPECT_LT(loss_at(stepped, lessons), loss_at(weights, lessons));
  RandomStream random = RandomStreams(1).stream("which");
  int checked = 0;
  for (std::size_t m = 0; m < weights.size(); ++m) {
    for (int n = 0; n < 8; ++n) {
      const auto i = static_cast<Eigen::Index>(
          random.below(static_cast<std::uint64_t>(weights[m].values.size())));
      const auto loss_with = [&](double change) {
        Weights changed = weights;
        changed[m].values.data()[i] += change;
        return loss_at(changed, lessons);
      };
      const double slope = (loss_with(kStep) - loss_with(-kStep)) / (2.0 * kStep);
      const double step = stepped[m].values.data()[i] - weights[m].values.data()[i];
      if (std::abs(slope) < 1e-6) continue;
      ++checked;
      EXPECT_LT(step * slope, 0.0) << weights[m].name << ", element " << i << ": slope " << slope;
    }
  }
  EXPECT_GT(checked, 150);
}

// ---- examine(), by hand.

struct Answer {
  double worth = 0.0;
  float logit = 0.0f;  // column 0, which the network takes as it is
  float rule = 0.0f;   // the closed form of what it leads to
};

void add_made_up_question(Lesson& lesson, Head head, Eigen::Index rule,
                          const std::vector<Answer>& answers) {
  Question question;
  question.head = head;
  const auto k = static_cast<std::size_t>(head);
  question.answers = FloatRows::Zero(static_cast<Eigen::Index>(answers.size()), kAnswerColumns[k]);
  question.hosts.assign(answers.size(), std::nullopt);
  std::vector<std::size_t> all;
  std::vector<double> worth;
  for (const Answer& answer : answers) {
    const auto row = static_cast<Eigen::Index>(all.size());
    question.answers(row, 0) = answer.logit;
    question.answers(row, rule) = answer.rule;
    all.push_back(all.size());
    worth.push_back(answer.worth);
  }
  lesson.note(question, all, worth);
}

Weights taking_column_0() {
  Weights weights = beginning();
  for (NamedMatrix& matrix : weights) matrix.values.setZero();
  for (const char* name : {"power.skip", "strategy.skip", "host.skip"}) {
    weights_named(weights, name)(0, 0) = 1.0;
  }
  return weights;
}

Lesson lesson_of_two_hosts() {
  return {.rows = {.hosts = FloatRows::Zero(2, kHostColumns),
                   .requests = FloatRows::Zero(0, kRequestColumns),
                   .cluster = FloatRows::Zero(1, kClusterColumns)}};
}

void expect_figures(const HeadReport& found, const HeadReport& expected) {
  constexpr double kRounding = 1e-6;  // worths are of 32 bits
  EXPECT_EQ(found.questions, expected.questions);
  EXPECT_NEAR(found.regret, expected.regret, kRounding);
  EXPECT_NEAR(found.random_regret, expected.random_regret, kRounding);
  EXPECT_NEAR(found.majority_regret, expected.majority_regret, kRounding);
  EXPECT_NEAR(found.rule_regret, expected.rule_regret, kRounding);
  EXPECT_NEAR(found.agreement, expected.agreement, kRounding);
  EXPECT_NEAR(found.majority_agreement, expected.majority_agreement, kRounding);
  EXPECT_NEAR(found.rule_agreement, expected.rule_agreement, kRounding);
}

// Of hosts the rule takes the least loss:
//   worths         network     the first    the rule    at random
//   .50 .53 .51    2nd: 0      .03          1st: .03    (.03 + 0 + .02) / 3
//   .60 .58        2nd: .02    0            1st: 0      .01
//   .70 .70        left out
//   .90 .94        2nd: 0      .04          2nd: 0      .02
TEST(Examine, ComparesAnswersWithTheBest) {
  Lesson one = lesson_of_two_hosts();
  Lesson other = lesson_of_two_hosts();
  add_made_up_question(one, Head::kHost, kHostLossColumn, {{.50, 1, 0}, {.53, 3, 5}, {.51, 2, 5}});
  add_made_up_question(one, Head::kHost, kHostLossColumn, {{.60, 0, 0}, {.58, 1, 1}});
  add_made_up_question(other, Head::kHost, kHostLossColumn, {{.70, 0, 1}, {.70, 1, 0}});
  add_made_up_question(other, Head::kHost, kHostLossColumn, {{.90, 0, 1}, {.94, 1, 0}});
  const StudyReport report = examine(taking_column_0(), std::vector{one, other}, {});
  expect_figures(report.heads[2], {.questions = 3,
                                   .regret = .02 / 3,
                                   .random_regret = (.05 / 3 + .01 + .02) / 3,
                                   .majority_regret = .07 / 3,
                                   .rule_regret = .03 / 3,
                                   .agreement = 2.0 / 3,
                                   .majority_agreement = 1.0 / 3,
                                   .rule_agreement = 2.0 / 3});
  EXPECT_EQ(report.heads[0].questions, 0);
  EXPECT_EQ(report.heads[1].questions, 0);
}

// Of hosts to switch the rule takes the largest gain, or stops where there is none:
//   worths      network     stop     the rule       at random
//   .5 .4 .6    2nd: .2     .1       3rd: 0         (.1 + .2 + 0) / 3
//   .5 .4       1st: 0      0        stop: 0        .05
TEST(Examine, KnowsTheRuleForPower) {
  Lesson lesson = lesson_of_two_hosts();
  add_made_up_question(lesson, Head::kPower, kPowerGainColumn,
                       {{.5, 0, 0}, {.4, 2, 1}, {.6, 1, 2}});
  add_made_up_question(lesson, Head::kPower, kPowerGainColumn, {{.5, 1, 0}, {.4, 0, -1}});
  const StudyReport report = examine(taking_column_0(), std::vector{lesson}, {});
  expect_figures(report.heads[0], {.questions = 2,
                                   .regret = .1,
                                   .random_regret = (.1 + .05) / 2,
                                   .majority_regret = .05,
                                   .rule_regret = 0,
                                   .agreement = .5,
                                   .majority_agreement = .5,
                                   .rule_agreement = 1});
}

// The network expects 1/2 of every host.
//   now   mean of the last three   next      errors of the three
//   .4    .6                       .5        0    .1   .1
//   .2    .5                       .9        .4   .7   .4
TEST(Examine, ComparesUtilisationWithWhatFollowed) {
  Lesson lesson = lesson_of_two_hosts();
  lesson.rows.hosts.col(6) << 0.4f, 0.2f;
  lesson.rows.hosts.col(7) << 0.6f, 0.5f;
  lesson.next_utilisation = {0.5f, 0.9f};
  const StudyReport report = examine(taking_column_0(), std::vector{lesson}, {});
  EXPECT_NEAR(report.utilisation_error, std::sqrt(.16 / 2), 1e-6);
  EXPECT_NEAR(report.persistence_error, std::sqrt(.50 / 2), 1e-6);
  EXPECT_NEAR(report.average_error, std::sqrt(.17 / 2), 1e-6);
}

}  // namespace
}  // namespace scinet
