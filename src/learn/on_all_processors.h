// Work that falls into independent pieces, on all processors of this machine.
#pragma once

#include <cstddef>
#include <functional>

namespace scinet {

// Calls each of `count` pieces once, by its number. Every thread asks for a worker of its own,
// which may keep what one thread needs. `on_share_done` hears, one call at a time, how much of all
// is done.
void on_all_processors(std::size_t count,
                       const std::function<std::function<void(std::size_t)>()>& worker,
                       const std::function<void(double share)>& on_share_done = {});

}  // namespace scinet
