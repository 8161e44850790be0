// The requests of the local platform, from the client's bytes to the answer: waiting for a plan,
// on their way through the workers of their fragments, and again if a host fails them.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cmath>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "platform/local/local_platform.h"
#include "platform/local/task_times.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

HttpResponse come_back(std::string_view sentence) {
  HttpResponse response = error_response(503, sentence);
  response.fields.push_back({"Retry-After", "1"});
  return response;
}

// What is the client's own doing is the answer. So is an error that another attempt would only
// repeat; what looks like a busy or failed host is tried again.
bool is_answer(const HttpResponse& response, int attempts) {
  const int status = response.status;
  const bool is_result = status >= 200 && status < 300;
  const bool is_wrong_input = status == 400 || status == 404 || status == 413;
  const bool may_pass = status == 502 || status == 503 || status == 504 || attempts < 3;
  return is_result || is_wrong_input || !may_pass;
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

}  // namespace

void LocalPlatform::submit(Submission submission, std::function<void(Answer)> respond) {
  std::string refusal;
  {
    const std::lock_guard lock(mutex_);
    if (refusing_) {
      refusal = "the cluster is stopping and takes no more requests";
    } else if (book_.open_count() >= settings_.max_open) {
      refusal = fmt::format("{} requests wait already; no more are taken until some are answered",
                            settings_.max_open);
    } else {
      const Seconds slo = submission.slo ? *submission.slo : draw_slo(submission.application);
      const Bytes size(static_cast<double>(submission.body.size()));
      const WorkloadId id = book_.arrive(submission.application, slo, size, now());
      pending_.emplace(id, Pending{std::move(submission.body), std::move(respond)});
      ++counts_.arrived;
      notify_if_work_waits();
    }
    if (!refusal.empty()) ++counts_.refused;
  }
  if (!refusal.empty()) respond({come_back(refusal), std::nullopt, {}, {}});
}

Answer LocalPlatform::submit(Submission submission) {
  const auto promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> answer = promise->get_future();
  submit(std::move(submission), [promise](Answer given) { promise->set_value(std::move(given)); });
  return answer.get();
}

Seconds LocalPlatform::draw_slo(ApplicationId application) {
  for (const ApplicationMix& mix : scenario_.mix) {
    if (mix.application != application) continue;
    const double spread = (mix.slo_max - mix.slo_min).count();
    const double draw = settings_.slo_draws.uniform();
    if (mix.slo_step <= Seconds(0)) return mix.slo_min + Seconds(draw * spread);
    const double steps = std::floor(spread / mix.slo_step.count() + 1e-9) + 1.0;
    return mix.slo_min + std::floor(draw * steps) * mix.slo_step;
  }
  return Seconds(1);
}

void LocalPlatform::send_ready(SimTime time) {
  for (WorkloadId id : book_.dispatch(reachable(), time)) send(id);
}

void LocalPlatform::send(WorkloadId id) {
  const BookedRequest& request = book_.at(id);
  const Application& application = scenario_.catalogue.at(request.workload.application);
  const Strategy& strategy = application.strategies[request.strategy->value];
  std::vector<HttpUrl> urls;
  for (std::size_t i = 0; i < request.route.size(); ++i) {
    HttpUrl url = *hosts_[request.route[i].value].url();
    url.target = fmt::format("/fragments/{}/{}/{}", percent_encoded(application.name),
                             percent_encoded(strategy.name), i);
    urls.push_back(std::move(url));
  }
  std::string next;
  for (std::size_t i = 1; i < urls.size(); ++i) next += (i > 1 ? ", " : "") + to_string(urls[i]);

  HttpCall call;
  call.url = urls.front();
  call.fields.push_back({"Content-Type", "application/octet-stream"});
  if (!next.empty()) call.fields.push_back({kNextField, next});
  call.body = pending_.at(id).body;  // kept for another attempt
  call.timeout = settings_.request_timeout;
  ++in_the_air_;
  boost::asio::post(
      loop_.context(), [this, id, attempt = request.attempts, call = std::move(call)]() mutable {
        client_.send(std::move(call), [this, id, attempt](Result<HttpResponse> result) {
          on_reply(id, attempt, std::move(result));
        });
      });
}

void LocalPlatform::on_reply(WorkloadId id, int attempt, Result<HttpResponse> result) {
  std::optional<Reply> reply;
  {
    const std::lock_guard lock(mutex_);
    --in_the_air_;
    const SimTime time = now();
    if (!result) advance_hosts(time);  // its process may just have ended
    if (!book_.is_under_way(id, attempt)) {
      // The attempt was given up before, because a host on its way failed.
      counts_.failed_attempts += stopping_ ? 0 : 1;
    } else if (result && is_answer(result.value(), attempt)) {
      const BookedRequest& request = book_.at(id);
      const bool is_result = result.value().status < 300;
      for (std::uint32_t i = 0; is_result && i < request.route.size(); ++i) {
        hosts_[request.route[i].value].model_used(
            {request.workload.application, *request.strategy, FragmentId{i}});
      }
      ++counts_.answered;
      counts_.wrong_input += is_result ? 0 : 1;
      book_.finish(id, time, measured_tasks(request, result.value(), time));
      reply = close_request(id, std::move(result).value());
      send_ready(time);
    } else {
      ++counts_.failed_attempts;
      begin_again_later(id, attempt);
    }
    changed_.notify_all();
  }
  if (reply) reply->respond(std::move(reply->answer));
}

// A pause keeps a busy host from being asked without end; meanwhile the request still counts as
// under way there.
void LocalPlatform::begin_again_later(WorkloadId id, int attempt) {
  const int doublings = std::min(attempt - 1, 5);
  const std::chrono::milliseconds pause(20 << doublings);
  const auto timer = std::make_shared<boost::asio::steady_timer>(loop_.context(), pause);
  ++in_the_air_;
  timer->async_wait([this, id, attempt, timer](boost::system::error_code) {
    std::optional<Reply> reply;
    {
      const std::lock_guard lock(mutex_);
      --in_the_air_;
      if (book_.is_under_way(id, attempt)) {
        book_.fail_attempt(id, now());
        if (attempt >= settings_.max_attempts) {
          book_.give_up(id);
          ++counts_.given_up;
          reply =
              close_request(id, come_back(fmt::format("no host answered in {} attempts", attempt)));
        }
        send_ready(now());
        notify_if_work_waits();
      }
      changed_.notify_all();
    }
    if (reply) reply->respond(std::move(reply->answer));
  });
}

// From what the workers say of it; nothing where they do not, as with wrong input.
std::vector<TaskOutcome> LocalPlatform::measured_tasks(const BookedRequest& request,
                                                       const HttpResponse& response,
                                                       SimTime time) const {
  const std::string* const field = find_field(response.fields, kTraceField);
  if (!field || response.status >= 300) return {};
  const Result<std::vector<FragmentTrace>> traces = parse_traces(*field);
  if (!traces) return {};
  std::vector<TaskOutcome> tasks =
      task_outcomes(request.sent_at, time, request.route, traces.value());
  for (TaskOutcome& task : tasks) {
    task.cpu = hosts_[task.host.value].meter().core_seconds(task.cpu);
  }
  return tasks;
}

LocalPlatform::Reply LocalPlatform::close_request(WorkloadId id, HttpResponse response) {
  const BookedRequest& request = book_.at(id);
  Answer answer{std::move(response), id, {}, {}};
  if (request.strategy) {
    answer.strategy = scenario_.catalogue.at(request.workload.application, *request.strategy).name;
  }
  for (HostId host : request.route) answer.hosts.push_back(hosts_[host.value].name());
  Reply reply{std::move(pending_.at(id).respond), std::move(answer)};
  pending_.erase(id);
  return reply;
}

std::vector<LocalPlatform::Reply> LocalPlatform::give_up_overdue(SimTime time) {
  std::vector<Reply> replies;
  std::vector<WorkloadId> overdue;
  for (const auto& [id, pending] : pending_) {
    const SimTime age = time - book_.at(id).workload.arrival;
    if (to_seconds(age) > settings_.request_timeout) overdue.push_back(id);
  }
  for (WorkloadId id : overdue) {
    book_.give_up(id);
    ++counts_.given_up;
    replies.push_back(
        close_request(id, come_back(fmt::format("no host could serve this request within {:.0f} s",
                                                settings_.request_timeout.count()))));
  }
  return replies;
}

std::vector<LocalPlatform::Reply> LocalPlatform::give_up_all() {
  std::vector<Reply> replies;
  while (!pending_.empty()) {
    const WorkloadId id = pending_.begin()->first;
    book_.give_up(id);
    ++counts_.given_up;
    replies.push_back(
        close_request(id, come_back("the cluster stopped before this request was answered")));
  }
  return replies;
}

void LocalPlatform::notify_if_work_waits() {
  if (notify_ && book_.any_unplaced()) notify_();
}

}  // namespace scinet
