// The way of a request through a worker: taken or refused, its inputs fetched, joined with others
// of its fragment, run on a slot, answered.
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "serving/worker_impl.h"
#include "serving/worker_inputs.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

}  // namespace

HttpResponse busy(std::string_view sentence) {
  HttpResponse response = error_response(503, sentence);
  response.fields.push_back({"Retry-After", "1"});
  return response;
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
  if (std::optional<Batch> complete = batches.join(job, job->ready)) submit(std::move(*complete));
  wait_for_batches();
}

void Worker::Impl::submit(Batch batch) {
  const auto jobs = std::make_shared<const Batch>(std::move(batch));
  const auto run = [this, jobs] {
    run_batch(*jobs, options.name, applications);
    boost::asio::post(loop, [this, jobs] {
      for (const auto& job : *jobs) settle(*job);
    });
  };
  if (queue.submit(run, jobs->size())) {
    together += jobs->size() > 1 ? 1 : 0;
  } else {
    for (const auto& job : *jobs) finish(*job, busy("all places are taken"));
  }
}

// Who drains waits for nobody.
void Worker::Impl::wait_for_batches() {
  if (draining) {
    for (Batch& batch : batches.close_all()) submit(std::move(batch));
  }
  const std::optional<Clock::time_point> next = batches.next_due();
  if (!next) return;
  closing.expires_at(*next);
  closing.async_wait([this](error_code failure) {
    if (failure) return;
    for (Batch& batch : batches.due(Clock::now())) submit(std::move(batch));
    wait_for_batches();
  });
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

}  // namespace scinet
