// Transfers between hosts, and between a host and the client, over the links of the hosts.
//
// Each host has an outgoing and an incoming link; the client's side has no limit and no latency. A
// transfer first waits for its latency, the larger one of its two ends, then flows. The rate of a
// flow is the least of its equal shares: min(outgoing bandwidth / flows on it, incoming bandwidth /
// flows on it). What a flow cannot use because its other link is tighter is left unused (max-min
// fairness would give it to others). A bandwidth of 0 stands for no limit. A change on a link costs
// O(flows on that link).
//
// While a host is not linked, its transfers stand still: they keep what is left of their latency or
// their bytes, take no share of any link, and go on when both of their ends are linked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/id.h"
#include "base/units.h"
#include "twin/calendar.h"
#include "twin/pool.h"

namespace scinet {

// One end of a transfer: a host, or the client.
using Endpoint = std::uint32_t;
inline constexpr Endpoint kClient = UINT32_MAX;

struct Transfer {
  Endpoint from = kClient;
  Endpoint to = kClient;
  Slot task = kNoSlot;      // that gets the bytes, or that sent them when `to` is the client
  std::uint32_t input = 0;  // which input of the task
  Bytes size;
};

class Network {
 public:
  // Flow f uses timer `first_timer + f`.
  Network(std::size_t hosts, TimerId first_timer)
      : outgoing_(hosts), incoming_(hosts), first_timer_(first_timer) {}

  void set_links(HostId host, BytesPerSecond bandwidth, Seconds latency);
  void set_linked(HostId host, bool linked, SimTime now, Calendar& timers);
  bool is_linked(HostId host) const { return outgoing_[host.value].linked; }

  // Whether it needs no time at all; such a transfer is not started.
  bool is_instant(const Transfer& transfer) const;
  // `stall` comes on top of the latency.
  void start(const Transfer& transfer, Seconds stall, SimTime now, Calendar& timers);

  // The timer of a flow is due. True when it has arrived: `arrived` is filled and the flow ends.
  bool advance(TimerId timer, SimTime now, Calendar& timers, Transfer& arrived);

  // Ends all flows from and to a host without arrival.
  void cut(HostId host, SimTime now, Calendar& timers);
  bool is_sending(HostId host) const { return outgoing_[host.value].first != kNoSlot; }

 private:
  struct alignas(32) Link {  // half a cache line
    double bandwidth = 0.0;  // bytes a second, 0 for no limit
    Seconds latency{0};
    Slot first = kNoSlot;  // of a list of all its transfers, those in their latency included,
    Slot last = kNoSlot;   // in order of start
    std::uint32_t flowing = 0;
    bool linked = true;  // the same for both links of a host
  };
  struct Neighbours {
    Slot next = kNoSlot;
    Slot previous = kNoSlot;
  };
  struct Flow {
    Transfer transfer;
    bool flowing = false;  // its latency is over, and both ends are linked
    SimTime latency{0};    // what is left of it, and
    double left = 0.0;     // of the bytes, at `settled`
    double rate = 0.0;     // bytes a second
    SimTime settled{0};
    Neighbours on_outgoing = {};
    Neighbours on_incoming = {};
  };
  using Side = Neighbours Flow::*;

  bool limited(const Transfer& transfer) const;
  bool linked(const Transfer& transfer) const;
  double share(const std::vector<Link>& links, Endpoint end) const;
  void go_on(Slot slot, SimTime now, Calendar& timers);
  void halt(Slot slot, SimTime now, Calendar& timers);
  void set_flowing(Slot slot, bool flowing, SimTime now, Calendar& timers);
  void end(Slot slot, SimTime now, Calendar& timers);
  void join(Link& link, Side side, Slot slot);
  void leave(Link& link, Side side, Slot slot);
  static void settle(Flow& flow, SimTime now);
  void rebalance(const Link& link, Side side, SimTime now, Calendar& timers);
  void rebalance_ends(const Transfer& transfer, SimTime now, Calendar& timers);

  std::vector<Link> outgoing_;
  std::vector<Link> incoming_;
  Pool<Flow> flows_;
  TimerId first_timer_;
};

}  // namespace scinet
