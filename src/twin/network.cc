#include "twin/network.h"

#include <algorithm>
#include <limits>

namespace scinet {

void Network::set_links(HostId host, BytesPerSecond bandwidth, Seconds latency) {
  for (Link* const link : {&outgoing_[host.value], &incoming_[host.value]}) {
    link->bandwidth = bandwidth.value();
    link->latency = latency;
  }
}

// Transfers that are kept back by their other end stay as they are.
void Network::set_linked(HostId host, bool linked, SimTime now, Calendar& timers) {
  if (is_linked(host) == linked) return;
  Link& out = outgoing_[host.value];
  Link& in = incoming_[host.value];
  const auto each_of = [&](const Link& link, Side side, auto change) {
    for (Slot slot = link.first; slot != kNoSlot; slot = (flows_[slot].*side).next) {
      if (this->linked(flows_[slot].transfer)) (this->*change)(slot, now, timers);
    }
  };
  const auto both = [&](auto change) {
    each_of(out, &Flow::on_outgoing, change);
    each_of(in, &Flow::on_incoming, change);
  };
  if (!linked) both(&Network::halt);
  out.linked = in.linked = linked;
  if (linked) both(&Network::go_on);
}

bool Network::is_instant(const Transfer& transfer) const {
  const auto takes_no_time = [&](const Link& link) {
    const bool limited = link.bandwidth > 0.0 && transfer.size > Bytes(0);
    return link.linked && link.latency <= Seconds(0) && !limited;
  };
  return (transfer.from == kClient || takes_no_time(outgoing_[transfer.from])) &&
         (transfer.to == kClient || takes_no_time(incoming_[transfer.to]));
}

// Out of line: most transfers are instant, and their way stays short.
[[gnu::noinline]] void Network::start(const Transfer& transfer, Seconds stall, SimTime now,
                                      Calendar& timers) {
  Seconds latency{0};
  if (transfer.from != kClient) latency = outgoing_[transfer.from].latency;
  if (transfer.to != kClient) latency = std::max(latency, incoming_[transfer.to].latency);
  const Slot slot = flows_.take({.transfer = transfer,
                                 .latency = to_sim_time(latency + stall),
                                 .left = transfer.size.value(),
                                 .settled = now});
  timers.grow_to(first_timer_ + slot + 1);
  if (transfer.from != kClient) join(outgoing_[transfer.from], &Flow::on_outgoing, slot);
  if (transfer.to != kClient) join(incoming_[transfer.to], &Flow::on_incoming, slot);
  if (linked(transfer)) go_on(slot, now, timers);
}

bool Network::advance(TimerId timer, SimTime now, Calendar& timers, Transfer& arrived) {
  const Slot slot = timer - first_timer_;
  if (!flows_[slot].flowing && limited(flows_[slot].transfer)) {
    set_flowing(slot, true, now, timers);
    return false;
  }
  arrived = flows_[slot].transfer;
  end(slot, now, timers);
  return true;
}

void Network::cut(HostId host, SimTime now, Calendar& timers) {
  while (outgoing_[host.value].first != kNoSlot) end(outgoing_[host.value].first, now, timers);
  while (incoming_[host.value].first != kNoSlot) end(incoming_[host.value].first, now, timers);
}

// Whether bandwidth plays a part.
bool Network::limited(const Transfer& transfer) const {
  if (transfer.size <= Bytes(0)) return false;
  return (transfer.from != kClient && outgoing_[transfer.from].bandwidth > 0.0) ||
         (transfer.to != kClient && incoming_[transfer.to].bandwidth > 0.0);
}

bool Network::linked(const Transfer& transfer) const {
  return (transfer.from == kClient || outgoing_[transfer.from].linked) &&
         (transfer.to == kClient || incoming_[transfer.to].linked);
}

double Network::share(const std::vector<Link>& links, Endpoint end) const {
  if (end == kClient || links[end].bandwidth <= 0.0) {
    return std::numeric_limits<double>::infinity();
  }
  return links[end].bandwidth / static_cast<double>(links[end].flowing);
}

// With what is left of its latency, or of its bytes.
void Network::go_on(Slot slot, SimTime now, Calendar& timers) {
  Flow& flow = flows_[slot];
  if (flow.latency <= SimTime(0) && limited(flow.transfer)) {
    return set_flowing(slot, true, now, timers);
  }
  flow.settled = now;
  timers.set(first_timer_ + slot, now + flow.latency);
}

void Network::halt(Slot slot, SimTime now, Calendar& timers) {
  Flow& flow = flows_[slot];
  timers.cancel(first_timer_ + slot);
  if (flow.flowing) {
    set_flowing(slot, false, now, timers);
  } else {
    flow.latency -= now - flow.settled;
  }
}

void Network::set_flowing(Slot slot, bool flowing, SimTime now, Calendar& timers) {
  Flow& flow = flows_[slot];
  settle(flow, now);
  flow.flowing = flowing;
  flow.latency = SimTime(0);
  flow.rate = 0.0;
  const auto count = [&](Link& link) { link.flowing += flowing ? 1u : -1u; };
  if (flow.transfer.from != kClient) count(outgoing_[flow.transfer.from]);
  if (flow.transfer.to != kClient) count(incoming_[flow.transfer.to]);
  rebalance_ends(flow.transfer, now, timers);
}

void Network::end(Slot slot, SimTime now, Calendar& timers) {
  const Flow flow = flows_[slot];
  const auto& [from, to, task, input, size] = flow.transfer;
  timers.cancel(first_timer_ + slot);
  if (from != kClient) leave(outgoing_[from], &Flow::on_outgoing, slot);
  if (to != kClient) leave(incoming_[to], &Flow::on_incoming, slot);
  flows_.give_back(slot);
  if (flow.flowing) rebalance_ends(flow.transfer, now, timers);
}

void Network::join(Link& link, Side side, Slot slot) {
  flows_[slot].*side = {.next = kNoSlot, .previous = link.last};
  (link.last == kNoSlot ? link.first : (flows_[link.last].*side).next) = slot;
  link.last = slot;
}

void Network::leave(Link& link, Side side, Slot slot) {
  const auto [next, previous] = flows_[slot].*side;
  (previous == kNoSlot ? link.first : (flows_[previous].*side).next) = next;
  (next == kNoSlot ? link.last : (flows_[next].*side).previous) = previous;
  if (flows_[slot].flowing) --link.flowing;
}

void Network::rebalance_ends(const Transfer& transfer, SimTime now, Calendar& timers) {
  const auto [from, to, task, input, size] = transfer;
  if (from != kClient) rebalance(outgoing_[from], &Flow::on_outgoing, now, timers);
  if (to != kClient) rebalance(incoming_[to], &Flow::on_incoming, now, timers);
}

void Network::settle(Flow& flow, SimTime now) {
  flow.left = std::max(flow.left - flow.rate * to_seconds(now - flow.settled).count(), 0.0);
  flow.settled = now;
}

void Network::rebalance(const Link& link, Side side, SimTime now, Calendar& timers) {
  for (Slot slot = link.first; slot != kNoSlot; slot = (flows_[slot].*side).next) {
    Flow& flow = flows_[slot];
    if (!flow.flowing) continue;
    settle(flow, now);
    flow.rate = std::min(share(outgoing_, flow.transfer.from), share(incoming_, flow.transfer.to));
    timers.set(first_timer_ + slot, now + to_sim_time(Seconds(flow.left / flow.rate)));
  }
}

}  // namespace scinet
