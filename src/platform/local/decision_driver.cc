#include "platform/local/decision_driver.h"

#include <chrono>
#include <utility>

namespace scinet {

DecisionDriver::DecisionDriver(Cadence cadence, Seconds beat, Step step)
    : cadence_(cadence),
      beat_(to_sim_time(beat)),
      step_(std::move(step)),
      thread_([this] { run(); }) {}

DecisionDriver::~DecisionDriver() { stop(); }

void DecisionDriver::notify() {
  if (cadence_ == Cadence::kInterval) return;
  const std::lock_guard lock(mutex_);
  work_waits_ = true;
  changed_.notify_one();
}

void DecisionDriver::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void DecisionDriver::run() {
  auto next_beat = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_until(lock, next_beat, [this] { return stopping_ || work_waits_; });
    if (stopping_) return;
    const auto now = std::chrono::steady_clock::now();
    const bool is_beat = now >= next_beat;
    if (!is_beat && !work_waits_) continue;
    // A step that took longer than a beat leaves out the beats that it has missed.
    while (next_beat <= now) next_beat += beat_;
    work_waits_ = false;

    lock.unlock();
    const DecisionsAsked at_arrival{.provisioning = false, .deployment = true, .placement = true};
    const Status status = step_(is_beat ? DecisionsAsked::all() : at_arrival);
    lock.lock();

    ++steps_;
    if (!status) {
      ++failures_;
      last_failure_ = status.error().message;
    }
  }
}

std::int64_t DecisionDriver::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

std::int64_t DecisionDriver::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

std::string DecisionDriver::last_failure() const {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

}  // namespace scinet
