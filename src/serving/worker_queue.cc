#include "serving/worker_queue.h"

#include <utility>

#include "base/ensure.h"

namespace scinet {

WorkerQueue::WorkerQueue(std::size_t slots, std::size_t waiting_limit)
    : slot_count_(slots), waiting_limit_(waiting_limit) {
  ensure(slots > 0, "a worker has at least one execution slot");
  for (std::size_t i = 0; i < slots; ++i) threads_.emplace_back([this] { run_slot(); });
}

WorkerQueue::~WorkerQueue() { close(); }

bool WorkerQueue::submit(std::function<void()> work, std::size_t requests) {
  {
    const std::lock_guard lock(mutex_);
    // Work in the line may be about to start, so slots and places are counted together.
    if (closed_ || busy_ + line_.size() >= slot_count_ + waiting_limit_) return false;
    line_.push_back({std::move(work), requests});
  }
  changed_.notify_one();
  return true;
}

void WorkerQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerQueue::running() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

std::size_t WorkerQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t requests = 0;
  for (const Entry& entry : line_) requests += entry.requests;
  return requests;
}

void WorkerQueue::run_slot() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closed_ || !line_.empty(); });
    if (closed_) return;
    {
      std::function<void()> work = std::move(line_.front().work);
      line_.pop_front();
      ++busy_;
      lock.unlock();
      work();
    }  // what the work holds is released before its slot counts as free
    lock.lock();
    --busy_;
  }
}

}  // namespace scinet
