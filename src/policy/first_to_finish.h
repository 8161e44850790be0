// Which hosts a fragment may finish on first, without asking all of them: a short list that has
// the one that a look at every host would have chosen.
//
// Inputs reach all hosts of a type at the same moment, except the hosts that the workload's
// earlier fragments are on. So of the hosts of one type that are on, the first to finish is the
// one with the least (time from input to finish, tie break). They wait in a heap for each model
// and type. While a decision is made hosts only fill up, so a key in the heap is never more than
// the true one: what comes out on top is brought up to date until a true key stays there. The one
// exception is a host that a task makes warm; it is entered again.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "policy/estimate.h"

namespace scinet {

class FirstToFinish {
 public:
  // Of the hosts that work can be sent to. The load is borrowed; host states stay as they are.
  explicit FirstToFinish(const ClusterLoad& load);

  // `aside` are hosts that the list has in any case: those of the workload's earlier fragments,
  // whose load may hold a trial. All others are as after the last placed().
  std::vector<const HostLoad*> list(const ModelId& model, std::span<const HostId> aside);

  // The load has grown by a task of the model, for good.
  void placed(HostId host, const ModelId& model);

 private:
  struct Key {
    Seconds finish{0};  // with all inputs there now
    TieBreak tie;
    HostId host() const { return std::get<HostId>(tie); }
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Heap = std::vector<Key>;  // the least key first

  Key key_of(HostId host, const ModelId& model) const;
  Heap& heap_of(const ModelId& model, HostTypeId type, std::span<const HostId> aside);
  const HostLoad* first(const ModelId& model, Heap& heap, std::span<const HostId> aside) const;
  bool can_take(const HostLoad& host, const ModelId& model) const;

  const ClusterLoad& load_;
  std::vector<std::vector<HostId>> on_;  // hosts that are on, by type
  std::vector<HostId> booting_;          // always in the list
  std::map<std::pair<ModelId, HostTypeId>, Heap> heaps_;
};

}  // namespace scinet
