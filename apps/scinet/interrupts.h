// Ctrl-C and SIGTERM as a stop token, so that a run ends in order: everything that was started is
// stopped and the results are written. The second one ends the program at once.
#pragma once

#include <pthread.h>

#include <csignal>
#include <initializer_list>
#include <stop_token>
#include <thread>

namespace scinet {

// Make it before any other thread: threads inherit that these signals are for this object.
class Interrupts {
 public:
  Interrupts() {
    const sigset_t signals = set_of({SIGINT, SIGTERM, kEnd});
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
    waiter_ = std::thread([this] { wait(); });
  }
  ~Interrupts() {
    pthread_kill(waiter_.native_handle(), kEnd);
    waiter_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  static constexpr int kEnd = SIGUSR1;  // to the waiter only, from the destructor

  static sigset_t set_of(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    return set;
  }

  static int next_of(std::initializer_list<int> signals) {
    const sigset_t set = set_of(signals);
    int signal = 0;
    sigwait(&set, &signal);
    return signal;
  }

  void wait() {
    if (next_of({SIGINT, SIGTERM, kEnd}) == kEnd) return;
    stop_.request_stop();
    const sigset_t interrupts = set_of({SIGINT, SIGTERM});
    pthread_sigmask(SIG_UNBLOCK, &interrupts, nullptr);
    next_of({kEnd});
  }

  sigset_t before_{};
  std::stop_source stop_;
  std::thread waiter_;
};

}  // namespace scinet
