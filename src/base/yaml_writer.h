// Pieces of YAML files that programs write.
#pragma once

#include <string>
#include <string_view>

namespace scinet {

// A double-quoted scalar, which holds any text.
std::string yaml_quoted(std::string_view text);

// Each line as a line of comment, with an empty line behind; nothing for no text.
std::string yaml_comment(std::string_view text);

}  // namespace scinet
