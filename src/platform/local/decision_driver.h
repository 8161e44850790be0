// Asks for decisions when they are due, on one thread, one at a time: at every beat, and in the
// arrival cadence also the moment that work waits.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/time.h"
#include "model/cluster_view.h"
#include "workload/scenario.h"

namespace scinet {

class DecisionDriver {
 public:
  using Step = std::function<Status(DecisionsAsked)>;

  // The first beat is at once. Interval cadence: everything at each beat. Arrival cadence: strategy
  // and placement at each notification, everything at each beat, so that what was deferred is asked
  // about again.
  DecisionDriver(Cadence cadence, Seconds beat, Step step);
  ~DecisionDriver();  // stops
  DecisionDriver(const DecisionDriver&) = delete;
  DecisionDriver& operator=(const DecisionDriver&) = delete;

  // Work waits. From any thread; returns at once. Several before the next step count as one.
  void notify();

  // No step begins after this returns.
  void stop();

  std::int64_t steps() const;
  std::int64_t failures() const;
  std::string last_failure() const;  // empty: none

 private:
  void run();

  const Cadence cadence_;
  const SimTime beat_;
  const Step step_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool work_waits_ = false;
  bool stopping_ = false;
  std::int64_t steps_ = 0;
  std::int64_t failures_ = 0;
  std::string last_failure_;
  std::thread thread_;
};

}  // namespace scinet
