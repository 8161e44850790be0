// The pages of reports as the program carries them: their parts in web/ and the chart library in
// one text, made when the program is built. {{document}} stands once where the document belongs.
#pragma once

#include <string_view>

namespace scinet {

std::string_view comparison_page();
std::string_view training_page();

}  // namespace scinet
