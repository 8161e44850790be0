#include "learn/on_all_processors.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace scinet {

void on_all_processors(std::size_t count,
                       const std::function<std::function<void(std::size_t)>()>& worker,
                       const std::function<void(double share)>& on_share_done) {
  std::atomic<std::size_t> next{0};
  std::size_t done = 0;
  std::mutex telling;
  const auto work = [&] {
    const std::function<void(std::size_t)> piece = worker();
    for (std::size_t i = next++; i < count; i = next++) {
      piece(i);
      const std::lock_guard lock(telling);
      ++done;
      if (on_share_done) on_share_done(static_cast<double>(done) / static_cast<double>(count));
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < std::max(std::thread::hardware_concurrency(), 1u); ++i) {
    threads.emplace_back(work);
  }
  work();
}

}  // namespace scinet
