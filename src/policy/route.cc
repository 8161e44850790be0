#include "policy/route.h"

#include <algorithm>

namespace scinet {
namespace {

// Over the link of one host; a bandwidth of 0 stands for no limit.
Seconds flow_time(const HostType& host, Bytes size) {
  return host.bandwidth.value() > 0.0 ? size / host.bandwidth : Seconds(0);
}

Seconds to_client(const HostType& host, Bytes size) { return transfer_time(host, host, size); }

}  // namespace

Seconds transfer_time(const HostType& from, const HostType& to, Bytes size) {
  return std::max(from.latency, to.latency) + std::max(flow_time(from, size), flow_time(to, size));
}

Route::Route(const ClusterLoad& load, const WorkloadView& entry, StrategyId strategy)
    : load_(&load),
      entry_(&entry),
      id_(strategy),
      strategy_(&load.view().catalogue->at(entry.workload.application, strategy)),
      stops_(strategy_->fragments.size()) {}

ModelId Route::model(FragmentId fragment) const {
  return {entry_->workload.application, id_, fragment};
}

bool Route::is_placed(FragmentId fragment) const {
  return entry_->strategy && entry_->tasks[fragment.value].state != TaskState::kUnplaced;
}

Seconds Route::inputs_at(const HostLoad& host, FragmentId fragment) const {
  const std::vector<FragmentId>& inputs = strategy_->fragments[fragment.value].inputs;
  if (inputs.empty()) return to_client(*host.type, entry_->workload.input);
  Seconds latest{0};
  for (const FragmentId input : inputs) {
    const auto& [source, finish] = stops_[input.value];
    const Bytes size = strategy_->fragments[input.value].output;
    const Seconds travel =
        source == host.id() ? Seconds(0) : transfer_time(*load_->at(source).type, *host.type, size);
    latest = std::max(latest, finish + travel);
  }
  return latest;
}

Seconds Route::finish_on(const HostLoad& host, FragmentId fragment) const {
  return load_->finish(host, model(fragment), inputs_at(host, fragment));
}

void Route::keep(FragmentId fragment) {
  const TaskView& task = entry_->tasks[fragment.value];
  Stop& stop = stops_[fragment.value];
  stop.host = *task.host;
  if (task.state == TaskState::kDone) return;
  const HostLoad& host = load_->at(stop.host);
  const Fragment& what = strategy_->fragments[fragment.value];
  const bool inputs_are_there = task.state != TaskState::kBlocked;
  stop.finish = load_->finish_of_placed(host, what, what.work.mean * (1.0 - task.progress),
                                        inputs_are_there ? Seconds(0) : inputs_at(host, fragment));
}

void Route::assign(FragmentId fragment, HostId host) {
  stops_[fragment.value] = {host, finish_on(load_->at(host), fragment)};
}

Seconds Route::finish() const {
  const HostType& last = *load_->at(stops_.back().host).type;
  return stops_.back().finish + to_client(last, strategy_->fragments.back().output);
}

}  // namespace scinet
