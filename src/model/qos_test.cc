#include "model/qos.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace scinet {
namespace {

TEST(QosTerms, AreSharesOfAbsoluteReferences) {
  WindowTotals totals;
  totals.energy = Joules(250);
  totals.energy_at_full_power = Joules(1000);
  totals.cost = Dollars(0.03);
  totals.cost_of_all_on = Dollars(0.06);
  totals.add_arrival(Seconds(1), Seconds(2));  // 1 / (2 * 2) = 0.25
  totals.add_arrival(Seconds(9), Seconds(3));  // 9 / (2 * 3) = 1.5, counts as 1
  totals.finished = 4;
  totals.finished_late = 1;
  totals.overdue = 1;
  totals.deployed = 2;
  totals.accuracy_sum = 0.9 + 0.7;

  const QosTerms terms = qos_terms(totals);
  EXPECT_DOUBLE_EQ(terms.energy, 0.25);       // 250 / 1000
  EXPECT_DOUBLE_EQ(terms.cost, 0.5);          // 0.03 / 0.06
  EXPECT_DOUBLE_EQ(terms.response, 0.625);    // (0.25 + 1) / 2
  EXPECT_DOUBLE_EQ(terms.violation, 0.4);     // (1 late + 1 overdue) / (4 finished + 1)
  EXPECT_NEAR(terms.inaccuracy, 0.2, 1e-12);  // 1 - 1.6 / 2
}

TEST(QosTerms, OfNothingAreZero) { EXPECT_EQ(qos_terms(WindowTotals()), QosTerms()); }

TEST(QosTerms, NeverLeaveTheUnitInterval) {
  WindowTotals totals;
  totals.energy = Joules(1100);  // a meter may read more than the curve's peak
  totals.energy_at_full_power = Joules(1000);
  totals.cost = Dollars(3600);  // a started hour is billed whole
  totals.cost_of_all_on = Dollars(1);
  EXPECT_EQ(qos_terms(totals).energy, 1.0);
  EXPECT_EQ(qos_terms(totals).cost, 1.0);
}

TEST(QosScore, IsOneMinusTheWeightedTerms) {
  const QosTerms terms{
      .energy = 0.5, .cost = 0.25, .response = 0.2, .violation = 0.1, .inaccuracy = 0.4};
  // 1 - (0.1 * 0.5 + 0.2 * 0.25 + 0.3 * 0.2 + 0.2 * 0.1 + 0.2 * 0.4) = 1 - 0.26
  EXPECT_NEAR(qos_score(terms, {0.1, 0.2, 0.3, 0.2, 0.2}), 0.74, 1e-12);
  EXPECT_EQ(qos_score({}, {}), 1.0);
  EXPECT_NEAR(qos_score({1, 1, 1, 1, 1}, {}), 0.0, 1e-12);
}

// Totals of a random window; every count is possible.
WindowTotals random_totals(RandomStream& random) {
  const auto count = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1));
  };
  WindowTotals totals;
  totals.energy_at_full_power = Joules(1 + 1e6 * random.uniform());
  totals.energy = totals.energy_at_full_power * random.uniform();
  totals.cost_of_all_on = Dollars(0.01 + random.uniform());
  totals.cost = totals.cost_of_all_on * random.uniform();
  for (auto n = count(20); n > 0; --n) {
    totals.add_arrival(Seconds(10 * random.uniform()), Seconds(0.1 + 5 * random.uniform()));
  }
  totals.finished = count(20);
  totals.finished_late = count(totals.finished);
  totals.overdue = count(5);
  totals.deployed = count(20);
  for (auto n = totals.deployed; n > 0; --n) totals.accuracy_sum += random.uniform();
  return totals;
}

QosWeights random_weights(RandomStream& random) {
  const double a = random.uniform(), b = random.uniform(), c = random.uniform();
  const double d = random.uniform(), e = random.uniform();
  const double sum = a + b + c + d + e;
  return {a / sum, b / sum, c / sum, d / sum, e / sum};
}

class QosProperty : public testing::Test {
 protected:
  template <class Change>
  void never_lowers_the_score(Change change) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      RandomStream random = RandomStreams(seed).stream("qos");
      WindowTotals totals = random_totals(random);
      const QosWeights weights = random_weights(random);
      const double before = qos_score(qos_terms(totals), weights);
      if (!change(totals, random)) continue;
      EXPECT_GE(qos_score(qos_terms(totals), weights), before - 1e-12) << "seed " << seed;
    }
  }
};

TEST_F(QosProperty, ScoresLieBetweenZeroAndOne) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomStream random = RandomStreams(seed).stream("qos");
    const WindowTotals totals = random_totals(random);
    const double score = qos_score(qos_terms(totals), random_weights(random));
    EXPECT_GE(score, -1e-12) << "seed " << seed;
    EXPECT_LE(score, 1.0) << "seed " << seed;
  }
}

TEST_F(QosProperty, MeetingTheSloNeverLowersTheScore) {
  never_lowers_the_score([](WindowTotals& totals, RandomStream&) {
    if (totals.finished_late == 0) return false;
    --totals.finished_late;
    return true;
  });
  never_lowers_the_score([](WindowTotals& totals, RandomStream&) {  // overdue: now done in time
    if (totals.overdue == 0) return false;
    --totals.overdue;
    ++totals.finished;
    return true;
  });
}

// One more arrival, answered at once or late: the earlier answer is never worth less.
TEST_F(QosProperty, AnsweringEarlierNeverLowersTheScore) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomStream random = RandomStreams(seed).stream("qos");
    const WindowTotals totals = random_totals(random);
    const QosWeights weights = random_weights(random);
    const Seconds slo(0.1 + random.uniform());
    const Seconds late(3 * random.uniform());
    const auto score_with = [&](Seconds response) {
      WindowTotals with = totals;
      with.add_arrival(response, slo);
      ++with.finished;
      if (response > slo) ++with.finished_late;
      return qos_score(qos_terms(with), weights);
    };
    EXPECT_GE(score_with(late * random.uniform()), score_with(late) - 1e-12) << "seed " << seed;
  }
}

TEST_F(QosProperty, SavingEnergyOrMoneyNeverLowersTheScore) {
  never_lowers_the_score([](WindowTotals& totals, RandomStream& random) {
    totals.energy = totals.energy * random.uniform();
    return true;
  });
  never_lowers_the_score([](WindowTotals& totals, RandomStream& random) {
    totals.cost = totals.cost * random.uniform();
    return true;
  });
}

TEST_F(QosProperty, AMoreAccurateStrategyNeverLowersTheScore) {
  never_lowers_the_score([](WindowTotals& totals, RandomStream& random) {
    const double headroom = static_cast<double>(totals.deployed) - totals.accuracy_sum;
    totals.accuracy_sum += headroom * random.uniform();
    return true;
  });
}

TEST_F(QosProperty, WindowsAddUpInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RandomStream random = RandomStreams(seed).stream("qos");
    const WindowTotals a = random_totals(random);
    const WindowTotals b = random_totals(random);
    WindowTotals ab = a, ba = b;
    ab += b;
    ba += a;
    EXPECT_EQ(ab, ba) << "seed " << seed;
    EXPECT_EQ(ab.arrived, a.arrived + b.arrived);
    EXPECT_DOUBLE_EQ(ab.energy.value(), a.energy.value() + b.energy.value());
    WindowTotals none = a;
    none += WindowTotals();
    EXPECT_EQ(none, a) << "seed " << seed;
  }
}

}  // namespace
}  // namespace scinet
