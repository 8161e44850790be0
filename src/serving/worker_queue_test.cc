#include "serving/worker_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <limits>
#include <thread>
#include <vector>

namespace scinet {
namespace {

// Work that runs until the gate opens.
struct Gate {
  std::promise<void> opened;
  std::shared_future<void> open = opened.get_future().share();
};

TEST(WorkerQueue, TakesAsManyAsItHasSlotsAndPlacesAndNoMore) {
  Gate gate;
  std::atomic<int> finished = 0;
  std::latch both_run(2);
  WorkerQueue queue(2, 3);
  const auto wait_for_gate = [&] {
    gate.open.wait();
    ++finished;
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(queue.submit([&] {
      both_run.count_down();
      wait_for_gate();
    }));
  }
  both_run.wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.submit(wait_for_gate));
  EXPECT_FALSE(queue.submit(wait_for_gate));
  EXPECT_EQ(queue.running(), 2u);
  EXPECT_EQ(queue.waiting(), 3u);

  gate.opened.set_value();
  while (finished < 5) std::this_thread::yield();
  EXPECT_EQ(finished, 5);
}

TEST(WorkerQueue, RunsInOrderOfSubmission) {
  Gate gate;
  std::vector<int> order;
  std::promise<void> last;
  {
    WorkerQueue queue(1, 10);
    EXPECT_TRUE(queue.submit([&] { gate.open.wait(); }));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.submit([&order, i] { order.push_back(i); }));
    EXPECT_TRUE(queue.submit([&] { last.set_value(); }));
    gate.opened.set_value();
    last.get_future().wait();
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(WorkerQueue, WithoutPlacesStillUsesItsSlots) {
  Gate gate;
  WorkerQueue queue(1, 0);
  EXPECT_TRUE(queue.submit([&] { gate.open.wait(); }));
  EXPECT_FALSE(queue.submit([] {}));
  gate.opened.set_value();
}

TEST(WorkerQueue, ClosingFinishesWhatRunsAndDropsWhatWaits) {
  Gate gate;
  std::promise<void> running;
  std::atomic<bool> finished = false;
  std::atomic<bool> ran_another = false;
  WorkerQueue queue(1, std::numeric_limits<int>::max());
  EXPECT_TRUE(queue.submit([&] {
    running.set_value();
    gate.open.wait();
    finished = true;
  }));
  EXPECT_TRUE(queue.submit([&] { ran_another = true; }));
  running.get_future().wait();

  std::thread closing([&] { queue.close(); });
  while (queue.submit([] {})) std::this_thread::yield();  // until it refuses because it is closed
  gate.opened.set_value();
  closing.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(ran_another);
}

}  // namespace
}  // namespace scinet
