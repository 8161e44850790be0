// Writes catalogues as the YAML files that load_catalogue() reads (docs/catalogue.md). What is
// written reads back as the same catalogue, to the last bit of every number.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/catalogue.h"

namespace scinet {

// A file with the host types and the power curves that they use. `comment` stands at its top, each
// line as a line of comment. Curves of one name are taken to be the same.
std::string host_types_yaml(std::span<const HostType> types, std::string_view comment);

std::string applications_yaml(std::span<const Application> applications, std::string_view comment);

}  // namespace scinet
