#include "report/utilisation_ledger.h"

#include <gtest/gtest.h>

#include <sstream>

#include "report/small_run.h"

namespace scinet {
namespace {

// Two hosts, of which the first is so busy.
ClusterView view_at(const Catalogue& catalogue, int second, double utilisation,
                    std::vector<double> recent = {}) {
  ClusterView view = small_view(catalogue, second);
  view.asked = DecisionsAsked::all();
  view.hosts[0].utilisation = utilisation;
  view.hosts[0].recent_utilisation = std::move(recent);
  return view;
}

class UtilisationLedgerTest : public testing::Test {
 protected:
  const Catalogue catalogue_ = small_catalogue();
  UtilisationLedger ledger_;
};

TEST_F(UtilisationLedgerTest, ClosesWhatWasPredictedAtTheNextBeat) {
  const std::vector<float> predicted{0.5f, 0.25f};
  ledger_.begin_beat(view_at(catalogue_, 5, 0.75, {0.0, 0.25, 0.5, 0.75}));
  ledger_.add(0, view_at(catalogue_, 5, 0.75, {0.0, 0.25, 0.5, 0.75}), predicted);
  ledger_.begin_beat(view_at(catalogue_, 10, 0.25));
  ledger_.add(1, view_at(catalogue_, 10, 0.25), predicted);

  const std::vector<UtilisationRecord> records = std::move(ledger_).take();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].predicted, 0.5f);
  EXPECT_EQ(records[0].last_value, 0.75f);
  EXPECT_EQ(records[0].mean_of_3, 0.5f);
  EXPECT_EQ(records[0].observed, 0.25f);
  EXPECT_EQ(records[1].observed, 0.0f);
  EXPECT_FALSE(records[2].is_observed());  // its beat has no end yet
  EXPECT_EQ(records[2].mean_of_3, 0.25f);  // without a history the last value

  // Squares: policy (0.25^2 + 0.25^2) / 2, last value (0.5^2 + 0) / 2, mean (0.25^2 + 0) / 2.
  const UtilisationErrors errors = utilisation_errors(records);
  EXPECT_EQ(errors.count, 2);
  EXPECT_DOUBLE_EQ(errors.policy, 0.25);
  EXPECT_DOUBLE_EQ(errors.last_value, std::sqrt(0.125));
  EXPECT_DOUBLE_EQ(errors.mean_of_3, std::sqrt(0.03125));
}

// A real cluster comes a little late, which is no matter; but two beats are not the one foreseen.
TEST_F(UtilisationLedgerTest, ABeatThatWasLeftOutIsNotCompared) {
  const std::vector<float> predicted{0.5f, 0.0f};
  ledger_.add(0, view_at(catalogue_, 5, 0.0), predicted);
  ClusterView late = view_at(catalogue_, 10, 0.5);
  late.now += std::chrono::milliseconds(40);
  ledger_.begin_beat(late);
  ledger_.add(1, late, predicted);
  ledger_.begin_beat(view_at(catalogue_, 20, 1.0));
  const std::vector<UtilisationRecord> records = std::move(ledger_).take();
  EXPECT_EQ(records[0].observed, 0.5f);
  EXPECT_FALSE(records[2].is_observed());
  EXPECT_EQ(utilisation_errors(records).count, 2);
}

TEST_F(UtilisationLedgerTest, WithoutPredictionsThereAreNoErrors) {
  ledger_.begin_beat(view_at(catalogue_, 5, 0.5));
  ledger_.add(0, view_at(catalogue_, 5, 0.5), {});
  const UtilisationErrors errors = utilisation_errors(std::move(ledger_).take());
  EXPECT_EQ(errors.count, 0);
  EXPECT_TRUE(std::isnan(errors.policy));
}

TEST_F(UtilisationLedgerTest, WritesALineForEachHostAndDecision) {
  ledger_.add(3, view_at(catalogue_, 5, 0.75), std::vector<float>{0.5f, 0.25f});
  ledger_.begin_beat(view_at(catalogue_, 10, 0.25));
  ledger_.add(4, view_at(catalogue_, 10, 0.25), std::vector<float>{0.125f});
  std::ostringstream csv;
  write_utilisation_csv(csv, std::move(ledger_).take());
  EXPECT_EQ(csv.str(),
            "step,time_s,host,predicted,last_value,mean_of_3,observed\n"
            "3,5,0,0.5,0.75,0.75,0.25\n3,5,1,0.25,0,0,0\n4,10,0,0.125,0.25,0.25,\n");
}

}  // namespace
}  // namespace scinet
