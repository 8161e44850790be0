#include "serving/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/ensure.h"
#include "base/text.h"
#include "serving/application_set.h"
#include "serving/cpu_time.h"
#include "serving/http_client.h"
#include "serving/http_server.h"
#include "serving/process_memory.h"
#include "serving/worker_inputs.h"
#include "serving/worker_job.h"
#include "serving/worker_meter.h"
#include "serving/worker_outputs.h"
#include "serving/worker_queue.h"
#include "serving/worker_routes.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

HttpResponse busy(std::string_view sentence) {
  HttpResponse response = error_response(503, sentence);
  response.fields.push_back({"Retry-After", "1"});
  return response;
}

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

// Everything but the fragments themselves happens on the thread of the loop, so only what the
// slots touch (applications, queue) needs locks, and they have their own.
struct Worker::Impl {
  explicit Impl(WorkerOptions given);

  Status start();
  void handle(HttpRequest request, HttpRespond respond);
  void take(WorkOrder order, std::string body, HttpRespond respond);
  void fetch(const std::shared_ptr<WorkerJob>& job);
  void enqueue(const std::shared_ptr<WorkerJob>& job);
  void settle(WorkerJob& job);
  void finish(const WorkerJob& job, HttpResponse response);
  void refuse(const WorkOrder& order, const HttpRespond& respond, std::string_view why);
  std::optional<SharedBytes> own_output(const HttpUrl& url) const;
  HttpResponse answer(const OutputOrder& order);
  void drain();
  void leave_when_done();
  void sample_for_ever();
  void drain_on_signals();
  nlohmann::json stats();
  HttpResponse answer(WorkerQuestion question);
  Seconds uptime() const { return Clock::now() - started; }
  void log(std::string_view line) const {
    if (options.verbose)
      fmt::print(stderr, "{:.3f} {}: {}\n", uptime().count(), options.name, line);
  }

  WorkerOptions options;
  Clock::time_point started = Clock::now();
  ApplicationSet applications;
  asio::io_context loop{1};
  HttpServer server;
  HttpClient client;
  asio::steady_timer sampling{loop};
  asio::steady_timer patience{loop};
  asio::signal_set signals{loop};
  WorkerMeter meter;
  std::optional<RaplCounter> rapl;
  KeptOutputs outputs;
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
};

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

void Worker::Impl::take(WorkOrder order, std::string body, HttpRespond respond) {
  if (draining) return refuse(order, respond, "this worker is draining and takes no new work");
  if (in_hand >= options.concurrency + options.queue) {
    return refuse(order, respond,
                  fmt::format("{} requests are running and {} are waiting; no more are taken",
                              options.concurrency, options.queue));
  }
  if (!order.keep.empty() && outputs.full()) {
    return refuse(order, respond, "there is no room for another output to keep");
  }
  ++in_hand;
  const auto job =
      std::make_shared<WorkerJob>(WorkerJob{std::move(order), std::move(respond), Clock::now()});
  if (!job->order.inputs.empty()) return fetch(job);
  job->inputs.push_back(std::make_shared<const std::string>(std::move(body)));
  enqueue(job);
}

// The job needs no slot until its inputs are here.
void Worker::Impl::fetch(const std::shared_ptr<WorkerJob>& job) {
  ++fetching;
  const auto own = [this](const HttpUrl& url) { return own_output(url); };
  const auto take_inputs = [this, job](FetchedInputs fetched) {
    --fetching;
    if (const auto* missing = std::get_if<MissingInput>(&fetched)) {
      const std::string url = to_string(missing->url);
      HttpResponse response =
          error_response(502, fmt::format("the input {} cannot be had: {}", url, missing->why));
      response.fields.push_back({kFailedField, url});
      return finish(*job, std::move(response));
    }
    job->inputs = std::move(std::get<std::vector<SharedBytes>>(fetched));
    for (std::size_t i = 0; i < job->inputs.size(); ++i) {
      if (!own_output(job->order.inputs[i])) job->fetched_bytes += job->inputs[i]->size();
    }
    fetched_bytes += job->fetched_bytes;
    if (fetched_bytes > options.http.max_bodies) {
      return finish(*job, busy("the inputs of other requests fill the memory"));
    }
    enqueue(job);
  };
  fetch_inputs(client, job->order.inputs, options.fetch_timeout, own, take_inputs);
}

std::optional<SharedBytes> Worker::Impl::own_output(const HttpUrl& url) const {
  if (url.host != options.address || url.port != port) return std::nullopt;
  return outputs.find(output_id(url));
}

void Worker::Impl::enqueue(const std::shared_ptr<WorkerJob>& job) {
  job->ready = Clock::now();
  const bool taken = queue.submit([this, job] {
    run_job(*job, options.name, applications);
    asio::post(loop, [this, job] { settle(*job); });
  });
  if (!taken) finish(*job, busy("all places are taken"));
}

void Worker::Impl::refuse(const WorkOrder& order, const HttpRespond& respond,
                          std::string_view why) {
  ++rejected;
  log(fmt::format("refused {}: {}", order.application->name, why));
  respond(busy(why));
}

// Back on the loop's thread: the output is the answer, or stays here.
void Worker::Impl::settle(WorkerJob& job) {
  const WorkOrder& order = job.order;
  if (job.failure) {
    return finish(job, error_response(http_status(job.failure->code), job.failure->message));
  }
  if (order.keep.empty()) {
    const bool last = order.first + order.count == order.strategy->fragments.size();
    return finish(job, {200,
                        last ? order.application->content_type : "application/octet-stream",
                        {},
                        std::move(job.output)});
  }
  const std::size_t size = job.output.size();
  auto output = std::make_shared<const std::string>(std::move(job.output));
  if (!outputs.keep(order.keep, std::move(output), Clock::now())) {
    return finish(job, busy(fmt::format("there is no room to keep an output of {} bytes", size)));
  }
  finish(job, {200, "application/octet-stream", {{kSizeField, fmt::to_string(size)}}, {}});
}

void Worker::Impl::finish(const WorkerJob& job, HttpResponse response) {
  response.fields.push_back({kTraceField, format_traces(job.traces)});
  ++(response.status < 300 ? served : failed);
  log(fmt::format("{}: {}, {}", job.order.application->name, response.status,
                  response.fields.back().value));
  job.respond(std::move(response));
  fetched_bytes -= job.fetched_bytes;
  --in_hand;
  leave_when_done();
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
  const std::size_t waiting = queue.waiting();
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
