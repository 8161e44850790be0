// Reports as one HTML file with pictures, which opens offline in any browser. web/comparison and
// web/training have the parts; docs/comparison.md and docs/learner.md describe the documents.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/json.h"

namespace scinet {

// The page with the document in it. Whatever its texts hold stays text: `<` is written as an
// escape, so that no name can end the script element that the document stands in.
std::string comparison_html(const Json& comparison);
std::string training_html(const Json& training);  // of report.json of `scinet train`

// Writes it in one step, as write_whole does.
Status write_comparison_html(const std::filesystem::path& file, const Json& comparison);

}  // namespace scinet
