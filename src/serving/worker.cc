#include "serving/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/ensure.h"
#include "base/text.h"
#include "serving/cpu_time.h"
#include "serving/process_memory.h"
#include "serving/worker_impl.h"

namespace scinet {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

HttpResponse no_such_output(std::string_view id) {
  return error_response(404, fmt::format("there is no output {}: it was dropped, or is too old, or "
                                         "has never been kept here",
                                         in_quotes(id)));
}

// Not more than half of the memory, or keeping outputs could end the worker.
std::size_t keep_limit(const WorkerOptions& options) {
  if (options.memory_limit <= Bytes(0)) return options.keep_memory;
  return std::min(options.keep_memory,
                  static_cast<std::size_t>(options.memory_limit.value() / 2.0));
}

}  // namespace

Worker::Impl::Impl(WorkerOptions given)
    : options(std::move(given)),
      applications(options.model_directory),
      server(loop, options.http,
             [this](HttpRequest request, HttpRespond respond) {
               handle(std::move(request), std::move(respond));
             }),
      client(loop, keep_limit(options)),
      meter(options.cores, options.power),
      outputs(keep_limit(options), options.keep_time),
      queue(options.concurrency, options.queue) {
  meter.sample(Seconds(0), process_cpu_time());  // energy counts from `started`, as uptime does
}

Status Worker::Impl::start() {
  ensure(!thread.joinable(), "a worker starts once");
  if (options.use_rapl) rapl = RaplCounter::open("/sys/class/powercap");
  const Result<std::uint16_t> listening = server.listen(options.address, options.port);
  if (!listening) return listening.error();
  port = listening.value();
  sample_for_ever();
  if (options.drain_on_signals) drain_on_signals();
  thread = std::thread([this] { loop.run(); });
  log(fmt::format("serving on port {}", port));
  return ok_status();
}

void Worker::Impl::handle(HttpRequest request, HttpRespond respond) {
  WorkerRoute what = route(request, applications);
  if (auto* response = std::get_if<HttpResponse>(&what)) {
    log(fmt::format("{} {}: {}", request.method, in_quotes(request.target), response->status));
    respond(std::move(*response));
  } else if (auto* order = std::get_if<WorkOrder>(&what)) {
    take(std::move(*order), std::move(request.body), std::move(respond));
  } else if (const auto* output = std::get_if<OutputOrder>(&what)) {
    respond(answer(*output));
  } else {
    respond(answer(std::get<WorkerQuestion>(what)));
  }
}

HttpResponse Worker::Impl::answer(const OutputOrder& order) {
  if (order.drop) {
    return outputs.drop(order.id) ? HttpResponse{204, "", {}, ""} : no_such_output(order.id);
  }
  const SharedBytes output = outputs.find(order.id);
  return output ? HttpResponse{200, "application/octet-stream", {}, *output}
                : no_such_output(order.id);
}

void Worker::Impl::drain() {
  if (std::exchange(draining, true)) return;
  log(fmt::format("draining, {} requests to finish", in_hand));
  wait_for_batches();
  leave_when_done();
}

void Worker::Impl::leave_when_done() {
  if (!draining || in_hand > 0 || done) return;
  done = true;
  log("drained");
  // Those that read their answer slowly get a few seconds more.
  patience.expires_after(std::chrono::seconds(5));
  patience.async_wait([this](error_code) { loop.stop(); });
  server.close([this] { loop.stop(); });
}

void Worker::Impl::sample_for_ever() {
  meter.sample(uptime(), process_cpu_time());
  outputs.expire(Clock::now());
  sampling.expires_after(std::chrono::milliseconds(200));
  sampling.async_wait([this](error_code failure) {
    if (!failure) sample_for_ever();
  });
}

void Worker::Impl::drain_on_signals() {
  error_code ignored;
  signals.add(SIGTERM, ignored);
  signals.add(SIGINT, ignored);
  signals.async_wait([this](error_code failure, int) {
    if (failure) return;
    drain();
    signals.async_wait([this](error_code stopped, int) {
      if (!stopped) loop.stop();
    });
  });
}

HttpResponse Worker::Impl::answer(WorkerQuestion question) {
  switch (question) {
    case WorkerQuestion::kHealth:
      return draining ? busy("this worker is draining")
                      : HttpResponse{200, "text/plain", {}, "ok\n"};
    case WorkerQuestion::kStats:
      return json_response(200, stats().dump());
    case WorkerQuestion::kDrain:
      asio::post(loop, [this] { drain(); });
      return json_response(200, nlohmann::json{{"draining", true}, {"unfinished", in_hand}}.dump());
  }
  return error_response(500, "this question has no answer");
}

nlohmann::json Worker::Impl::stats() {
  const Seconds cpu = process_cpu_time();
  const Seconds now = uptime();
  meter.sample(now, cpu);
  nlohmann::json unavailable = nlohmann::json::object();
  for (const ServedApplication& application : applications.applications()) {
    if (!application.unavailable.empty()) unavailable[application.name] = application.unavailable;
  }
  const std::size_t waiting = queue.waiting() + batches.waiting();
  nlohmann::json stats{{"host", options.name},
                       {"uptime_s", now.count()},
                       {"cores", options.cores},
                       {"cpu_s", cpu.count()},
                       {"utilisation", meter.utilisation()},
                       {"memory_bytes", resident_memory().value()},
                       {"memory_limit", options.memory_limit.value()},
                       {"energy_j", nullptr},
                       {"energy_source", "none"},
                       {"running", in_hand - fetching - waiting},
                       {"queued", waiting},
                       {"fetching", fetching},
                       {"served", served},
                       {"failed", failed},
                       {"rejected", rejected},
                       {"batches", together},
                       {"draining", draining},
                       {"kept_outputs", outputs.count()},
                       {"kept_bytes", outputs.bytes()},
                       {"resident_models", applications.resident_models()},
                       {"unavailable", std::move(unavailable)},
                       {"concurrency_limit", options.concurrency},
                       {"queue_limit", options.queue},
                       {"max_body_bytes", options.http.max_body},
                       {"keep_limit_bytes", outputs.limit()}};
  if (rapl) {
    stats["energy_j"] = rapl->read().value();
    stats["energy_source"] = "rapl";
  } else if (const std::optional<Joules> energy = meter.modelled_energy()) {
    stats["energy_j"] = energy->value();
    stats["energy_source"] = "modelled";
  }
  return stats;
}

Worker::Worker(WorkerOptions options) {
  if (options.cores <= 0.0) options.cores = std::max(1u, std::thread::hardware_concurrency());
  if (options.memory_limit == Bytes()) options.memory_limit = machine_memory();
  impl_ = std::make_unique<Impl>(std::move(options));
}

Worker::~Worker() { stop(); }

Status Worker::start() { return impl_->start(); }

std::uint16_t Worker::port() const { return impl_->port; }

std::string Worker::url() const {
  return fmt::format("http://{}:{}", impl_->options.address, impl_->port);
}

void Worker::drain() {
  asio::post(impl_->loop, [this] { impl_->drain(); });
}

bool Worker::wait() {
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->queue.close();
  return impl_->done;
}

void Worker::stop() {
  impl_->loop.stop();
  wait();
}

}  // namespace scinet
