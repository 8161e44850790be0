// One thread that runs all waiting of the local platform: connections, timers, child processes.
// Children are started on this thread too: Linux ties "exit with the parent" to the thread that
// made the child, so the loop outlives everything that uses it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace scinet {

class EventLoop {
 public:
  EventLoop() : thread_([this] { loop_.run(); }) {}
  ~EventLoop() {
    work_.reset();
    loop_.stop();
    thread_.join();
  }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  boost::asio::io_context& context() { return loop_; }

 private:
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      loop_.get_executor()};
  std::thread thread_;
};

}  // namespace scinet
