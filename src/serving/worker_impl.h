// What a worker is inside: internal to worker.cc, its life and what it says of itself, and to
// worker_requests.cc, the way of a request through it.
#pragma once

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "serving/application_set.h"
#include "serving/http_client.h"
#include "serving/http_server.h"
#include "serving/worker.h"
#include "serving/worker_batches.h"
#include "serving/worker_job.h"
#include "serving/worker_meter.h"
#include "serving/worker_outputs.h"
#include "serving/worker_queue.h"
#include "serving/worker_routes.h"

namespace scinet {

// 503, and the client may come back.
HttpResponse busy(std::string_view sentence);

// Everything but the fragments themselves happens on the thread of the loop, so only what the
// slots touch (applications, queue) needs locks, and they have their own.
struct Worker::Impl {
  explicit Impl(WorkerOptions given);

  // The life of the worker and what it says of itself (worker.cc).
  Status start();
  void handle(HttpRequest request, HttpRespond respond);
  HttpResponse answer(const OutputOrder& order);
  HttpResponse answer(WorkerQuestion question);
  nlohmann::json stats();
  void drain();
  void leave_when_done();
  void sample_for_ever();
  void drain_on_signals();
  Seconds uptime() const { return std::chrono::steady_clock::now() - started; }
  void log(std::string_view line) const {
    if (options.verbose)
      fmt::print(stderr, "{:.3f} {}: {}\n", uptime().count(), options.name, line);
  }

  // The way of a request (worker_requests.cc).
  void take(WorkOrder order, std::string body, HttpRespond respond);
  void fetch(const std::shared_ptr<WorkerJob>& job);
  void enqueue(const std::shared_ptr<WorkerJob>& job);
  void submit(Batch batch);
  void wait_for_batches();
  void settle(WorkerJob& job);
  void finish(const WorkerJob& job, HttpResponse response);
  void refuse(const WorkOrder& order, const HttpRespond& respond, std::string_view why);
  std::optional<SharedBytes> own_output(const HttpUrl& url) const;

  WorkerOptions options;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  ApplicationSet applications;
  boost::asio::io_context loop{1};
  HttpServer server;
  HttpClient client;
  boost::asio::steady_timer sampling{loop};
  boost::asio::steady_timer patience{loop};
  boost::asio::steady_timer closing{loop};  // of the open batch whose time is up first
  boost::asio::signal_set signals{loop};
  WorkerMeter meter;
  std::optional<RaplCounter> rapl;
  KeptOutputs outputs;
  WorkerBatches batches;
  WorkerQueue queue;
  std::thread thread;

  std::uint16_t port = 0;
  bool draining = false;
  bool done = false;              // drained to the end; read after the thread has ended
  std::size_t in_hand = 0;        // taken and not yet answered
  std::size_t fetching = 0;       // of these, waiting for their inputs
  std::size_t fetched_bytes = 0;  // inputs that were fetched for them
  std::int64_t served = 0;
  std::int64_t failed = 0;
  std::int64_t rejected = 0;
  std::int64_t together = 0;  // runs of more than one request
};

}  // namespace scinet
