// The twin as a platform: plans take effect in memory and in simulated time.
#pragma once

#include "control/platform.h"
#include "twin/twin.h"

namespace scinet {

class TwinPlatform final : public Platform {
 public:
  // The twin is borrowed; whoever owns it moves its time forward.
  explicit TwinPlatform(Twin& twin) : twin_(twin) {}

  Result<ClusterView> observe(DecisionsAsked asked) override { return twin_.view(asked); }
  Status apply(const Plan& plan) override {
    twin_.apply(plan);
    return ok_status();
  }
  Accounts accounts_since(SimTime start) const override { return twin_.accounts_since(start); }

 private:
  Twin& twin_;
};

}  // namespace scinet
