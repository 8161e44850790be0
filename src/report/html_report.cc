#include "report/html_report.h"

#include <string_view>

#include <nlohmann/json.hpp>

#include "base/ensure.h"
#include "report/pages.h"
#include "report/results.h"

namespace scinet {
namespace {

constexpr std::string_view kPlaceholder = "{{document}}";

// JSON of ASCII only (also without U+2028 and bytes that are no UTF-8) and without `<`. That
// character occurs in strings alone, where JSON has an escape for it.
std::string json_inside_html(const Json& document) {
  constexpr bool kOnlyAscii = true;
  const std::string plain = document.dump(-1, ' ', kOnlyAscii, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(plain.size());
  for (const char character : plain) {
    if (character == '<') {
      safe += "\\u003c";
    } else {
      safe += character;
    }
  }
  return safe;
}

std::string page_with(std::string_view page, const Json& document) {
  const std::size_t place = page.find(kPlaceholder);
  ensure(place != std::string_view::npos, "the page has a place for the document");
  std::string html(page.substr(0, place));
  html += json_inside_html(document);
  html += page.substr(place + kPlaceholder.size());
  return html;
}

}  // namespace

std::string comparison_html(const Json& comparison) {
  return page_with(comparison_page(), comparison);
}

std::string training_html(const Json& training) { return page_with(training_page(), training); }

Status write_comparison_html(const std::filesystem::path& file, const Json& comparison) {
  return write_whole(file, comparison_html(comparison));
}

}  // namespace scinet
