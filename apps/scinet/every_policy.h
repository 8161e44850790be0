// The one list of all policies of the program, and of the rules that combine: what every verb
// offers and what the tests of all policies run over.
#pragma once

#include "policy/catalog.h"

namespace scinet {

PolicyCatalog every_policy();

}  // namespace scinet
