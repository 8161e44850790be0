// The fragments of requests on their way through the workers: each is sent once its inputs are
// done, its output stays with the worker that made it, and what is lost with a host is made again.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include <fmt/format.h>

#include "platform/local/local_platform.h"
#include "platform/local/task_times.h"
#include "serving/batch_terms.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

bool is_result(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// What is the client's own doing is the answer. So is an error that another attempt would only
// repeat; what looks like a busy or failed host is tried again.
bool is_answer(const HttpResponse& response, int attempts) {
  const int status = response.status;
  const bool is_wrong_input = status == 400 || status == 404 || status == 413;
  const bool may_pass = status == 502 || status == 503 || status == 504 || attempts < 3;
  return is_result(response) || is_wrong_input || !may_pass;
}

std::string percent_encoded(std::string_view name) {
  std::string encoded;
  for (char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

// Another one for each attempt, so that a late one never takes the place of its successor.
std::string output_id(const TaskRun& run) {
  return fmt::format("{}-{}-{}", run.workload.value, run.fragment.value, run.attempt);
}

BatchTerms terms_of(const Batching& batch) {
  return {static_cast<std::size_t>(batch.limit),
          std::chrono::round<std::chrono::microseconds>(batch.delay)};
}

HttpUrl at_output(HttpUrl worker, const TaskRun& run) {
  worker.target = "/outputs/" + output_id(run);
  return worker;
}

}  // namespace

void LocalPlatform::send_ready(SimTime time) {
  for (const TaskRun& run : book_.dispatch(reachable(), time)) send(run);
}

void LocalPlatform::send(const TaskRun& run) {
  ++in_the_air_;
  boost::asio::post(loop_.context(), [this, run, call = call_for(run)]() mutable {
    HttpUrl worker = call.url;
    client_.send(std::move(call), [this, run, worker](Result<HttpResponse> result) {
      on_reply(run, worker, std::move(result));
    });
  });
}

HttpCall LocalPlatform::call_for(const TaskRun& run) {
  const BookedRequest& request = book_.at(run.workload);
  const Application& application = scenario_.catalogue.at(request.workload.application);
  const Strategy& strategy = book_.strategy_of(request);
  HttpCall call;
  call.url = *hosts_[request.tasks[run.fragment.value].host->value].url();
  call.url.target = fmt::format("/fragments/{}/{}/{}", percent_encoded(application.name),
                                percent_encoded(strategy.name), run.fragment.value);
  call.timeout = settings_.request_timeout;
  std::string inputs;
  for (const FragmentId input : strategy.fragments[run.fragment.value].inputs) {
    const int attempt = request.tasks[input.value].attempts;
    inputs += (inputs.empty() ? "" : ", ") + to_string(output_url({run.workload, input, attempt}));
  }
  if (inputs.empty()) {
    call.fields.push_back({"Content-Type", "application/octet-stream"});
    call.body = pending_.at(run.workload).body;  // kept for another attempt
  } else {
    call.fields.push_back({kInputsField, std::move(inputs)});
  }
  if (!is_last(run)) call.fields.push_back({kKeepField, output_id(run)});
  if (const Batching& batch = strategy.fragments[run.fragment.value].batch; batch.is_on()) {
    call.fields.push_back({kBatchField, format_batch(terms_of(batch))});
  }
  return call;
}

void LocalPlatform::on_reply(const TaskRun& run, const HttpUrl& worker,
                             Result<HttpResponse> result) {
  std::optional<Reply> reply;
  {
    const std::lock_guard lock(mutex_);
    --in_the_air_;
    const SimTime time = now();
    if (!result) advance_hosts(time);  // its process may just have ended
    if (!book_.is_under_way(run)) {
      // The attempt was given up before, because its host or the host of an input failed.
      counts_.failed_attempts += stopping_ ? 0 : 1;
      if (result && is_result(result.value()) && !is_last(run)) drop_output(at_output(worker, run));
    } else if (result && is_answer(result.value(), run.attempt)) {
      reply = take_answer(run, std::move(result).value(), time);
    } else {
      ++counts_.failed_attempts;
      begin_again_later(run, result ? missing_input(run, result.value()) : std::nullopt);
    }
    send_ready(time);
    changed_.notify_all();
  }
  if (reply) reply->respond(std::move(reply->answer));
}

// The output of the last fragment answers the client, as does what is wrong with the input.
std::optional<LocalPlatform::Reply> LocalPlatform::take_answer(const TaskRun& run,
                                                               HttpResponse response,
                                                               SimTime time) {
  const bool is_output = is_result(response);
  if (const std::string* trace = find_field(response.fields, kTraceField)) {
    std::vector<std::string>& traces = pending_.at(run.workload).traces;
    traces.resize(book_.at(run.workload).tasks.size());
    traces[run.fragment.value] = *trace;
  }
  if (is_output) {
    finish_task(run, response, time);
    if (!is_last(run)) return std::nullopt;
  }
  ++counts_.answered;
  counts_.wrong_input += is_output ? 0 : 1;
  book_.finish(run.workload, time);
  return close_request(run.workload, std::move(response));
}

void LocalPlatform::finish_task(const TaskRun& run, const HttpResponse& response, SimTime time) {
  const BookedRequest& request = book_.at(run.workload);
  const BookedTask& task = request.tasks[run.fragment.value];
  LocalHost& host = hosts_[task.host->value];
  host.model_used({request.workload.application, *request.strategy, run.fragment});
  TaskOutcome outcome{.host = host.id()};
  if (const std::string* field = find_field(response.fields, kTraceField)) {
    const Result<std::vector<FragmentTrace>> measured = parse_traces(*field);
    if (measured && measured.value().size() == 1) {
      outcome = task_outcome(task.sent_at, time, host.id(), measured.value()[0]);
      outcome.cpu = host.meter().core_seconds(outcome.cpu);
    }
  }
  book_.finish_task(run, time, outcome);
}

// A pause keeps a busy host from being asked without end; meanwhile the fragment still counts as
// under way there.
void LocalPlatform::begin_again_later(const TaskRun& run, std::optional<TaskRun> missing) {
  const int doublings = std::min(run.attempt - 1, 5);
  const std::chrono::milliseconds pause(20 << doublings);
  const auto timer = std::make_shared<boost::asio::steady_timer>(loop_.context(), pause);
  ++in_the_air_;
  timer->async_wait([this, run, missing, timer](boost::system::error_code) {
    std::optional<Reply> reply;
    {
      const std::lock_guard lock(mutex_);
      --in_the_air_;
      if (book_.is_under_way(run)) {
        missing ? book_.lose_input(run, *missing, now()) : book_.fail_task(run, now());
        if (run.attempt >= settings_.max_attempts) {
          reply =
              give_up(run.workload, fmt::format("no host answered in {} attempts", run.attempt));
        }
        send_ready(now());
        notify_if_work_waits();
      }
      changed_.notify_all();
    }
    if (reply) reply->respond(std::move(reply->answer));
  });
}

// The run whose output the worker could not get, where that is why it failed.
std::optional<TaskRun> LocalPlatform::missing_input(const TaskRun& run,
                                                    const HttpResponse& response) const {
  const std::string* field = find_field(response.fields, kFailedField);
  if (response.status != 502 || !field) return std::nullopt;
  const BookedRequest& request = book_.at(run.workload);
  for (const FragmentId id : book_.strategy_of(request).fragments[run.fragment.value].inputs) {
    const TaskRun input{run.workload, id, request.tasks[id.value].attempts};
    if (field->ends_with("/outputs/" + output_id(input))) return input;
  }
  return std::nullopt;
}

bool LocalPlatform::is_last(const TaskRun& run) const {
  return run.fragment.value + 1 == book_.at(run.workload).tasks.size();
}

HttpUrl LocalPlatform::output_url(const TaskRun& run) const {
  const BookedTask& task = book_.at(run.workload).tasks[run.fragment.value];
  return at_output(*hosts_[task.host->value].url(), run);
}

// Nobody waits for it: what is not dropped here expires there.
void LocalPlatform::drop_output(HttpUrl url) {
  if (stopping_) return;
  HttpCall call;
  call.url = std::move(url);
  call.method = "DELETE";
  call.timeout = Seconds(2);
  ++in_the_air_;
  boost::asio::post(loop_.context(), [this, call = std::move(call)]() mutable {
    client_.send(std::move(call), [this](const Result<HttpResponse>&) {
      const std::lock_guard lock(mutex_);
      --in_the_air_;
      changed_.notify_all();
    });
  });
}

void LocalPlatform::drop_outputs(const BookedRequest& request) {
  for (std::uint32_t i = 0; i + 1 < request.tasks.size(); ++i) {
    const BookedTask& task = request.tasks[i];
    const bool is_kept = task.phase == TaskPhase::kDone && !task.output_lost;
    if (is_kept) drop_output(output_url({request.workload.id, FragmentId{i}, task.attempts}));
  }
}

}  // namespace scinet
