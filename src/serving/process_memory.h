// Memory of this process and of the machine, from /proc.
#pragma once

#include "base/units.h"

namespace scinet {

Bytes resident_memory();  // of this process, now

// The largest resident memory of this process since it began, or since the reset where the kernel
// allows one (/proc/self/clear_refs).
Bytes peak_memory();
void reset_peak_memory();

Bytes machine_memory();

}  // namespace scinet
