#include "policy/first_to_finish.h"

#include <algorithm>
#include <functional>

#include "model/plan.h"

namespace scinet {
namespace {

bool contains(std::span<const HostId> hosts, HostId host) {
  return std::ranges::find(hosts, host) != hosts.end();
}

}  // namespace

FirstToFinish::FirstToFinish(const ClusterLoad& load)
    : load_(load), on_(load.view().catalogue->host_types.size()) {
  for (const HostLoad& host : load.hosts()) {
    if (!host.can_get_work()) continue;
    (host.ready > Seconds(0) ? booting_ : on_[host.view->type.value]).push_back(host.id());
  }
}

std::vector<const HostLoad*> FirstToFinish::list(const ModelId& model,
                                                 std::span<const HostId> aside) {
  std::vector<const HostLoad*> hosts;
  const auto add = [&](HostId id) {
    const HostLoad& host = load_.at(id);
    if (can_take(host, model)) hosts.push_back(&host);
  };
  for (std::uint32_t type = 0; type < on_.size(); ++type) {
    if (on_[type].empty()) continue;
    if (const HostLoad* host = first(model, heap_of(model, HostTypeId{type}, aside), aside)) {
      hosts.push_back(host);
    }
  }
  for (const HostId id : booting_) {
    if (!contains(aside, id)) add(id);
  }
  for (const HostId id : aside) add(id);
  return hosts;
}

void FirstToFinish::placed(HostId host, const ModelId& model) {
  const auto heap = heaps_.find({model, load_.at(host).view->type});
  if (heap == heaps_.end() || load_.at(host).ready > Seconds(0)) return;
  heap->second.push_back(key_of(host, model));
  std::ranges::push_heap(heap->second, std::greater<>());
}

FirstToFinish::Key FirstToFinish::key_of(HostId host, const ModelId& model) const {
  return {load_.finish(load_.at(host), model, Seconds(0)), tie_break(load_.at(host))};
}

FirstToFinish::Heap& FirstToFinish::heap_of(const ModelId& model, HostTypeId type,
                                            std::span<const HostId> aside) {
  const auto [entry, is_new] = heaps_.try_emplace({model, type});
  Heap& heap = entry->second;
  if (!is_new || !can_ever_hold(load_.view().catalogue->at(type), load_.at(model))) return heap;
  heap.reserve(on_[type.value].size());
  for (const HostId host : on_[type.value]) {
    Key key = key_of(host, model);
    if (contains(aside, host))
      key.finish = Seconds(0);  // as it will be without the trial: at least this
    heap.push_back(key);
  }
  std::ranges::make_heap(heap, std::greater<>());
  return heap;
}

const HostLoad* FirstToFinish::first(const ModelId& model, Heap& heap,
                                     std::span<const HostId> aside) const {
  const auto take = [&heap] {
    std::ranges::pop_heap(heap, std::greater<>());
    const Key top = heap.back();
    heap.pop_back();
    return top;
  };
  const auto give = [&heap](const Key& key) {
    heap.push_back(key);
    std::ranges::push_heap(heap, std::greater<>());
  };
  Heap set_aside;
  const HostLoad* found = nullptr;
  while (!found && !heap.empty()) {
    const Key top = take();
    if (contains(aside, top.host())) {
      set_aside.push_back(top);
      continue;
    }
    const Key now = key_of(top.host(), model);
    give(now);
    if (now == top) found = &load_.at(top.host());
  }
  for (const Key& key : set_aside) give(key);
  return found;
}

bool FirstToFinish::can_take(const HostLoad& host, const ModelId& model) const {
  return host.can_get_work() && can_ever_hold(*host.type, load_.at(model));
}

}  // namespace scinet
