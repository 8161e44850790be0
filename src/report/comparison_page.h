// The page of a comparison as the program carries it: web/comparison and the chart library in one
// text, made when the program is built. {{comparison}} stands once where the document belongs.
#pragma once

#include <string_view>

namespace scinet {

std::string_view comparison_page();

}  // namespace scinet
