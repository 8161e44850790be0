// The requests of the local platform, from the client's bytes to the answer. local_tasks.cc has
// what lies between: their fragments on their way through the workers.
#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "platform/local/local_platform.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

HttpResponse come_back(std::string_view sentence) {
  HttpResponse response = error_response(503, sentence);
  response.fields.push_back({"Retry-After", "1"});
  return response;
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
      pending_.emplace(id, Pending{std::move(submission.body), {}, std::move(respond)});
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

LocalPlatform::Reply LocalPlatform::close_request(WorkloadId id, HttpResponse response) {
  const BookedRequest& request = book_.at(id);
  Pending pending = std::move(pending_.at(id));
  pending_.erase(id);
  drop_outputs(request);

  std::string traces;
  for (const std::string& trace : pending.traces) {
    if (!trace.empty()) traces += (traces.empty() ? "" : ", ") + trace;
  }
  std::erase_if(response.fields, [](const HttpField& field) { return field.name == kTraceField; });
  if (!traces.empty()) response.fields.push_back({kTraceField, std::move(traces)});
  Answer answer{std::move(response), id, {}, {}};
  if (request.strategy) answer.strategy = book_.strategy_of(request).name;
  for (const BookedTask& task : request.tasks) {
    if (request.attempts() == 0) break;
    answer.hosts.push_back(task.attempts > 0 ? hosts_[task.outcome.host.value].name() : "-");
  }
  return {std::move(pending.respond), std::move(answer)};
}

LocalPlatform::Reply LocalPlatform::give_up(WorkloadId id, std::string_view why) {
  book_.give_up(id);
  ++counts_.given_up;
  return close_request(id, come_back(why));
}

std::vector<LocalPlatform::Reply> LocalPlatform::give_up_overdue(SimTime time) {
  std::vector<WorkloadId> overdue;
  for (const auto& [id, pending] : pending_) {
    const SimTime age = time - book_.at(id).workload.arrival;
    if (to_seconds(age) > settings_.request_timeout) overdue.push_back(id);
  }
  std::vector<Reply> replies;
  for (const WorkloadId id : overdue) {
    replies.push_back(give_up(id, fmt::format("no host could serve this request within {:.0f} s",
                                              settings_.request_timeout.count())));
  }
  return replies;
}

std::vector<LocalPlatform::Reply> LocalPlatform::give_up_all() {
  std::vector<Reply> replies;
  while (!pending_.empty()) {
    replies.push_back(
        give_up(pending_.begin()->first, "the cluster stopped before this request was answered"));
  }
  return replies;
}

void LocalPlatform::notify_if_work_waits() {
  if (notify_ && book_.any_unplaced()) notify_();
}

}  // namespace scinet
