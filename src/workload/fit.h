// Whether hosts can serve a fragment at all: what no plan could ever mend is refused before a run.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/units.h"
#include "model/application.h"
#include "model/host_type.h"

namespace scinet {

// Why the fragment is impossible on hosts of these types, as the rest of a sentence about it: none
// has the memory, or one would need more than 1e6 s (11 days) for it alone, its load or its output.
std::optional<std::string> find_misfit(const Fragment& fragment, std::span<const HostType> types);

// The same of an input of this size.
std::optional<std::string> find_misfit(Bytes input, std::span<const HostType> types);

}  // namespace scinet
