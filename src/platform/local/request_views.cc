// What policies see of the requests in the book.
#include <algorithm>

#include "model/expected_progress.h"
#include "platform/local/request_book.h"

namespace scinet {

std::vector<WorkloadView> RequestBook::views(SimTime now) const {
  const std::set<TaskKey> at_work = served();
  std::vector<WorkloadView> views;
  views.reserve(open_.size());
  for (const WorkloadId id : open_) {
    const BookedRequest& request = requests_[id.value];
    WorkloadView view{request.workload, request.strategy, request.deployed_at, {}};
    for (std::size_t i = 0; i < request.tasks.size(); ++i) {
      view.tasks.push_back(view_of(request, i, at_work.contains({id, i}), now));
    }
    views.push_back(std::move(view));
  }
  return views;
}

// A worker serves in order of arrival, so of what was sent to a host the first fragments run.
std::set<RequestBook::TaskKey> RequestBook::served() const {
  std::vector<std::pair<const BookedTask*, TaskKey>> sent;
  for (const WorkloadId id : open_) {
    const std::vector<BookedTask>& tasks = requests_[id.value].tasks;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].phase == TaskPhase::kSent) sent.push_back({&tasks[i], {id, i}});
    }
  }
  std::ranges::stable_sort(sent, {}, [](const auto& entry) { return entry.first->sent_at; });
  std::set<TaskKey> served;
  std::vector<int> busy(hosts_.size(), 0);
  for (const auto& [task, key] : sent) {
    const std::size_t host = task->host->value;
    if (busy[host]++ < hosts_[host].running) served.insert(key);
  }
  return served;
}

TaskView RequestBook::view_of(const BookedRequest& request, std::size_t i, bool is_served,
                              SimTime now) const {
  const BookedTask& task = request.tasks[i];
  TaskView view;
  view.fragment = FragmentId{static_cast<std::uint32_t>(i)};
  view.host = task.host;
  view.since = task.placed_at;
  if (!task.host) return view;
  if (task.phase == TaskPhase::kDone) {
    view.state = TaskState::kDone;
    view.since = task.done_at;
    view.progress = 1.0;
  } else if (is_served) {
    view.state = TaskState::kRunning;
    view.since = task.sent_at;
    // Workers do not report how far a fragment is.
    view.progress = expected_progress(strategy_of(request).fragments[i],
                                      catalogue_->at(hosts_[task.host->value].type),
                                      to_seconds(now - task.sent_at));
  } else if (task.phase == TaskPhase::kSent || has_inputs(request, i)) {
    view.state = TaskState::kQueued;
    for (const FragmentId before : strategy_of(request).fragments[i].inputs) {
      view.since = std::max(view.since, request.tasks[before.value].done_at);
    }
  } else {
    view.state = TaskState::kBlocked;
  }
  return view;
}

}  // namespace scinet
