// The execution slots of a worker and the bounded line in front of them. What is taken is run;
// what does not fit is refused at once, which is how a worker says that it is busy.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace scinet {

class WorkerQueue {
 public:
  // `slots` threads (at least 1) run at once and `waiting_limit` more wait.
  WorkerQueue(std::size_t slots, std::size_t waiting_limit);
  // Waits for what runs; what still waits is dropped without being run.
  ~WorkerQueue();

  // Runs `work`, which is that of so many requests, on some slot in order of submission. False when
  // all slots and places are taken, or after close(). `work` must not throw.
  bool submit(std::function<void()> work, std::size_t requests = 1);

  // Refuses from now on and waits for what runs.
  void close();

  std::size_t running() const;  // slots that are taken
  std::size_t waiting() const;  // requests

 private:
  struct Entry {
    std::function<void()> work;
    std::size_t requests;
  };
  void run_slot();

  const std::size_t slot_count_;
  const std::size_t waiting_limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> line_;
  std::size_t busy_ = 0;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace scinet
