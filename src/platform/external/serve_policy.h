// The other side of an external policy: answers questions with the plans of a policy of this
// program, a line each.
#pragma once

#include <iosfwd>

#include "base/result.h"
#include "policy/policy.h"

namespace scinet {

// Until the input ends. kInvalidInput names the line that is no hello or question;
// kInternal: the policy made no plan; kUnavailable: the output cannot be written.
Status serve_policy(Policy& policy, std::istream& in, std::ostream& out);

}  // namespace scinet
