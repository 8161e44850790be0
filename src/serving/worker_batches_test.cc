#include "serving/worker_batches.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

class Batches : public testing::Test {
 protected:
  std::shared_ptr<WorkerJob> job(std::size_t fragment, BatchTerms terms) {
    return std::make_shared<WorkerJob>(
        WorkerJob{WorkOrder{&application_, &strategy_, fragment, 1, {}, {}, terms}, {}, start_});
  }

  const ServedStrategy strategy_{"semantic", {}};
  const ServedApplication application_{"fashion", "", "", {}, ""};
  const WorkerBatches::Time start_{};
  WorkerBatches batches_;
};

TEST_F(Batches, LetARequestWithoutTermsRunAtOnce) {
  const auto alone = job(0, {});
  EXPECT_EQ(batches_.join(alone, start_), Batch{alone});
  EXPECT_EQ(batches_.waiting(), 0u);
  EXPECT_EQ(batches_.next_due(), std::nullopt);
}

TEST_F(Batches, CloseAtTheirLimit) {
  const BatchTerms three{3, 5ms};
  const Batch jobs = {job(0, three), job(0, three), job(0, three)};
  EXPECT_EQ(batches_.join(jobs[0], start_), std::nullopt);
  EXPECT_EQ(batches_.join(jobs[1], start_ + 1ms), std::nullopt);
  EXPECT_EQ(batches_.waiting(), 2u);
  EXPECT_EQ(batches_.join(jobs[2], start_ + 2ms), jobs) << "in the order in which they came";
  EXPECT_EQ(batches_.waiting(), 0u);
  EXPECT_EQ(batches_.next_due(), std::nullopt);
}

TEST_F(Batches, CloseWhenTheFirstHasWaitedLongEnough) {
  const BatchTerms terms{8, 5ms};
  const Batch jobs = {job(0, terms), job(0, terms)};
  EXPECT_FALSE(batches_.join(jobs[0], start_));
  EXPECT_FALSE(batches_.join(jobs[1], start_ + 4ms));
  EXPECT_EQ(batches_.next_due(), start_ + 5ms) << "a later one waits no longer for it";
  EXPECT_EQ(batches_.due(start_ + 5ms - 1us), std::vector<Batch>{});
  EXPECT_EQ(batches_.due(start_ + 5ms), std::vector<Batch>{jobs});
  EXPECT_EQ(batches_.waiting(), 0u);
}

TEST_F(Batches, HoldOnlyOneFragmentAndOneSetOfTerms) {
  const BatchTerms terms{2, 5ms};
  const auto first = job(1, terms);
  const auto other_fragment = job(0, terms);
  const auto other_terms = job(1, {2, 4ms});
  EXPECT_FALSE(batches_.join(first, start_));
  EXPECT_FALSE(batches_.join(other_fragment, start_));
  EXPECT_FALSE(batches_.join(other_terms, start_));
  EXPECT_EQ(batches_.waiting(), 3u);
  EXPECT_EQ(batches_.next_due(), start_ + 4ms);
  EXPECT_EQ(batches_.due(start_ + 4ms), std::vector<Batch>{{other_terms}});
  EXPECT_EQ(batches_.close_all(), (std::vector<Batch>{{first}, {other_fragment}}))
      << "in the order in which they opened";
}

}  // namespace
}  // namespace scinet
