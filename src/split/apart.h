// Runs a task in a process of its own. A model from outside may crash the libraries that read it,
// run without end or ask for all memory there is; then only that process ends, and we get a reason.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace scinet {

struct ApartLimits {
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  // of address space, in use here included
  unsigned cpu_seconds = 300;
};

// Enough for any use of a model that is no attack: its weights are copied several times.
inline ApartLimits limits_for_model(std::uint64_t model_bytes) {
  return {.memory_bytes = (std::uint64_t{4} << 30) + 8 * model_bytes};
}

// The task's bytes or its error, or kInvalidInput when it breaks a limit or crashes; the message
// then begins with `what`. What the task prints goes nowhere. Call it while this process has one
// thread: the other would not exist on the far side, but the locks it holds would.
Result<std::string> run_apart(const std::string& what, const ApartLimits& limits,
                              const std::function<Result<std::string>()>& task);

}  // namespace scinet
