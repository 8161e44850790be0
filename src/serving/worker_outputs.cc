#include "serving/worker_outputs.h"

#include <algorithm>
#include <utility>

namespace scinet {
namespace {

// Counted for each output beside its bytes, so that empty ones are bounded too.
constexpr std::size_t kOverhead = 256;

}  // namespace

bool is_output_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool KeptOutputs::keep(const std::string& id, SharedBytes bytes, Time now) {
  const auto same = outputs_.find(id);
  if (same != outputs_.end()) erase(same);
  const std::size_t used = bytes_ + kOverhead * (outputs_.size() + 1);
  if (used > limit_ || bytes->size() > limit_ - used) return false;
  bytes_ += bytes->size();
  outputs_.emplace(id, Output{std::move(bytes), now});
  return true;
}

SharedBytes KeptOutputs::find(std::string_view id) const {
  const auto found = outputs_.find(id);
  return found == outputs_.end() ? nullptr : found->second.bytes;
}

bool KeptOutputs::drop(std::string_view id) {
  const auto found = outputs_.find(id);
  if (found == outputs_.end()) return false;
  erase(found);
  return true;
}

void KeptOutputs::expire(Time now) {
  for (auto output = outputs_.begin(); output != outputs_.end();) {
    const auto next = std::next(output);
    if (now - output->second.since > lifetime_) erase(output);
    output = next;
  }
}

bool KeptOutputs::full() const { return bytes_ + kOverhead * (outputs_.size() + 1) > limit_; }

void KeptOutputs::erase(Outputs::iterator output) {
  bytes_ -= output->second.bytes->size();
  outputs_.erase(output);
}

}  // namespace scinet
