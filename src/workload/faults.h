// What goes wrong in a run besides its load: hosts that crash, slow down or lose their link, at
// given moments and at random. The same streams give the same faults, whatever the policy does.
#pragma once

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace scinet {

enum class FaultKind {
  kCrash,     // its tasks and models are lost; it can be powered on again after `length`
  kSlow,      // it runs at `speed_factor` of its speed for `length`
  kUnlinked,  // nothing reaches it or leaves it for `length`; what runs there goes on
};
std::string_view to_string(FaultKind kind);  // as scenario files write it

struct Fault {
  FaultKind kind = FaultKind::kCrash;
  HostId host;
  SimTime at{0};
  Seconds length{60};
  double speed_factor = 1.0;  // of kSlow, in (0, 1]

  friend bool operator==(const Fault&, const Fault&) = default;
};

// Faults of one kind, on every host by itself: the time from the end of one to the begin of the
// next is exponential with mean `mean_between`, and so is its length with mean `mean_length`.
struct RandomFaults {
  FaultKind kind = FaultKind::kCrash;
  Seconds mean_between{3600};
  Seconds mean_length{60};
  double speed_factor = 1.0;  // of kSlow, in (0, 1]

  friend bool operator==(const RandomFaults&, const RandomFaults&) = default;
};

// "HOST@SECONDS" for a crash, with a repair of 60 s, and "HOST@SECONDS+LENGTH" for another; slow
// hosts "HOST@SECONDS+LENGTHxFACTOR", unlinked ones "HOST@SECONDS+LENGTH".
Result<Fault> parse_fault(FaultKind kind, std::string_view text);

// What the faults do to a host at a moment. Where faults of a host overlap, all of them hold:
// crashes are one that ends with the last of them, the smallest speed factor counts, and the link
// is up when no fault has it down.
struct Crash {
  Seconds repair{60};
  friend bool operator==(const Crash&, const Crash&) = default;
};
struct SpeedChange {
  double factor = 1.0;
  friend bool operator==(const SpeedChange&, const SpeedChange&) = default;
};
struct LinkChange {
  bool up = true;
  friend bool operator==(const LinkChange&, const LinkChange&) = default;
};
struct FaultEffect {
  SimTime at{0};
  HostId host;
  std::variant<Crash, SpeedChange, LinkChange> what;

  friend bool operator==(const FaultEffect&, const FaultEffect&) = default;
};

// In order of time, then host, then kind; only what changes something, and also the ends of faults.
std::vector<FaultEffect> effects_of(std::span<const Fault> faults);

}  // namespace scinet
