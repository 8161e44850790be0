#include "serving/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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
#include "serving/worker_meter.h"
#include "serving/worker_queue.h"
#include "serving/worker_routes.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

std::int64_t microseconds(Seconds time) {
  return std::chrono::round<std::chrono::microseconds>(time).count();
}

HttpResponse busy(std::string_view sentence) {
  HttpResponse response = error_response(503, sentence);
  response.fields.push_back({"Retry-After", "1"});
  return response;
}

// One request on its way through the worker. Its slot's thread owns it while it runs, the loop's
// thread before and after.
struct Job {
  WorkOrder order;
  std::string bytes;  // the input of the next fragment to run
  HttpRespond respond;
  Clock::time_point arrived;
  std::vector<FragmentTrace> traces;
  std::optional<Error> failure;
};

// Whether the next host's answer goes to the client as it stands: a result, a complaint about the
// client's bytes, or the name of a host further on that failed.
bool passes_on(int status) {
  return (status >= 200 && status < 300) || status == 400 || status == 413 || status == 502;
}

}  // namespace

// Everything but the fragments themselves happens on the thread of the loop, so only what the
// slots touch (applications, queue) needs locks, and they have their own.
struct Worker::Impl {
  explicit Impl(WorkerOptions given);

  Status start();
  void handle(HttpRequest request, HttpRespond respond);
  void take(WorkOrder order, std::string bytes, HttpRespond respond);
  void run(Job& job);
  Result<std::string> run_fragment(Job& job, std::size_t fragment);
  void relay(const std::shared_ptr<Job>& job);
  void finish(const Job& job, HttpResponse response);
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
  WorkerQueue queue;
  std::thread thread;

  std::uint16_t port = 0;
  bool draining = false;
  bool done = false;          // drained to the end; read after the thread has ended
  std::int64_t in_hand = 0;   // taken and not yet answered
  std::int64_t relaying = 0;  // of these, waiting for another host
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
      client(loop),
      meter(options.cores, options.power),
      queue(options.concurrency, options.queue) {}

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
  } else {
    respond(answer(std::get<WorkerQuestion>(what)));
  }
}

void Worker::Impl::take(WorkOrder order, std::string bytes, HttpRespond respond) {
  const auto refuse = [&](std::string_view why) {
    ++rejected;
    log(fmt::format("refused {}: {}", order.application->name, why));
    respond(busy(why));
  };
  if (draining) return refuse("this worker is draining and takes no new work");
  const auto job =
      std::make_shared<Job>(Job{std::move(order), std::move(bytes), respond, Clock::now(), {}, {}});
  const bool taken = queue.submit([this, job] {
    run(*job);
    asio::post(loop, [this, job] { relay(job); });
  });
  if (!taken) {
    return refuse(fmt::format("{} requests are running and {} are waiting; no more are taken",
                              options.concurrency, options.queue));
  }
  ++in_hand;
}

// On a slot's thread.
void Worker::Impl::run(Job& job) {
  for (std::size_t i = 0; i < job.order.count && !job.failure; ++i) {
    Result<std::string> output = run_fragment(job, job.order.first + i);
    if (output) {
      job.bytes = std::move(output).value();
    } else {
      job.failure = output.error();
    }
  }
}

Result<std::string> Worker::Impl::run_fragment(Job& job, std::size_t fragment) {
  const std::string& application = job.order.application->name;
  const std::string& strategy = job.order.strategy->name;
  const std::vector<std::string>& models = job.order.strategy->fragments[fragment].model_files;
  FragmentTrace trace{options.name, application, strategy, fragment};
  // A later fragment of the same request did not wait for its slot.
  if (job.traces.empty()) trace.queue_us = microseconds(Clock::now() - job.arrived);

  const Seconds cpu_before = thread_cpu_time();
  const std::vector<std::string> resident = applications.resident_models();
  const bool cold = std::any_of(models.begin(), models.end(), [&](const std::string& model) {
    return !std::binary_search(resident.begin(), resident.end(), model);
  });
  const Clock::time_point begin = Clock::now();
  const Status loaded = cold ? applications.load(application, strategy, fragment) : ok_status();
  const Clock::time_point ready = Clock::now();
  Result<std::string> output = loaded ? applications.run(application, strategy, fragment,
                                                         std::array{std::string_view(job.bytes)})
                                      : Result<std::string>(loaded.error());
  if (cold) trace.load_us = microseconds(ready - begin);
  trace.run_us = microseconds(Clock::now() - ready);
  trace.cpu_us = microseconds(thread_cpu_time() - cpu_before);
  job.traces.push_back(std::move(trace));
  return output;
}

// Back on the loop's thread: answers, or hands the output on to the next host.
void Worker::Impl::relay(const std::shared_ptr<Job>& job) {
  const WorkOrder& order = job->order;
  if (job->failure) {
    return finish(*job, error_response(http_status(job->failure->code), job->failure->message));
  }
  if (order.next.empty()) {
    const bool last = order.first + order.count == order.strategy->fragments.size();
    return finish(*job, {200,
                         last ? order.application->content_type : "application/octet-stream",
                         {},
                         std::move(job->bytes)});
  }
  const HttpUrl& next = order.next.front();
  HttpCall call;
  call.url = next;
  call.body = std::move(job->bytes);
  if (order.next.size() > 1) call.fields.push_back({kNextField, format_next(order.next, 1)});
  // Each host gives up on the next one before the host before it does, so that the one to blame
  // is named.
  call.timeout = options.relay_timeout * static_cast<double>(order.next.size());
  ++relaying;
  client.send(std::move(call), [this, job](Result<HttpResponse> answer) {
    --relaying;
    if (answer && passes_on(answer.value().status)) {
      return finish(*job, std::move(answer).value());
    }
    const HttpUrl& asked = job->order.next.front();
    HttpResponse response = error_response(
        502, answer ? fmt::format("the next host, {}, answered {}: {}", to_string(asked),
                                  answer.value().status, answer.value().body.substr(0, 500))
                    : fmt::format("the next host, {}, failed: {}", to_string(asked),
                                  answer.error().message));
    response.fields.push_back({kFailedField, fmt::format("http://{}:{}", asked.host, asked.port)});
    finish(*job, std::move(response));
  });
}

void Worker::Impl::finish(const Job& job, HttpResponse response) {
  std::string traces = format_traces(job.traces);
  HttpFields fields;
  for (HttpField& field : response.fields) {
    if (field.name == kTraceField) {
      traces += ", " + field.value;
    } else if (field.name == kFailedField) {
      fields.push_back(std::move(field));
    }
  }
  fields.push_back({kTraceField, std::move(traces)});
  response.fields = std::move(fields);
  ++(response.status < 300 ? served : failed);
  log(fmt::format("{}: {}, {}", job.order.application->name, response.status,
                  response.fields.back().value));
  job.respond(std::move(response));
  --in_hand;
  leave_when_done();
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
  meter.sample(uptime(), cpu);
  nlohmann::json unavailable = nlohmann::json::object();
  for (const ServedApplication& application : applications.applications()) {
    if (!application.unavailable.empty()) unavailable[application.name] = application.unavailable;
  }
  nlohmann::json stats{{"host", options.name},
                       {"uptime_s", uptime().count()},
                       {"cores", options.cores},
                       {"cpu_s", cpu.count()},
                       {"utilisation", meter.utilisation()},
                       {"memory_bytes", resident_memory().value()},
                       {"memory_limit", options.memory_limit.value()},
                       {"energy_j", nullptr},
                       {"energy_source", "none"},
                       {"running", queue.running()},
                       {"queued", queue.waiting()},
                       {"relaying", relaying},
                       {"served", served},
                       {"failed", failed},
                       {"rejected", rejected},
                       {"draining", draining},
                       {"resident_models", applications.resident_models()},
                       {"unavailable", std::move(unavailable)},
                       {"concurrency_limit", options.concurrency},
                       {"queue_limit", options.queue},
                       {"max_body_bytes", options.http.max_body}};
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
