#include "report/html_report.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace scinet {
namespace {

// What stands in the element with the document.
std::string document_in(const std::string& html) {
  const std::string opening = R"(<script type="application/json" id="document">)";
  const std::size_t begin = html.find(opening) + opening.size();
  return html.substr(begin, html.find("</script>", begin) - begin);
}

std::size_t count(const std::string& text, const std::string& wanted) {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos;
       at = text.find(wanted, at + 1)) {
    ++found;
  }
  return found;
}

// Both reports.
class HtmlReport : public testing::TestWithParam<std::string (*)(const Json&)> {
 protected:
  static std::string html_of(const Json& document) { return GetParam()(document); }
};
INSTANTIATE_TEST_SUITE_P(Reports, HtmlReport, testing::Values(comparison_html, training_html));

TEST_P(HtmlReport, HoldsTheDocumentAsItIs) {
  const Json document{{"reference", "cosim"}, {"qos", 0.1234567890123}, {"regret", nullptr}};

  EXPECT_EQ(Json::parse(document_in(html_of(document))), document);
}

TEST_P(HtmlReport, KeepsHostileTextInsideTheDocument) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!--<script>\u2028{{script}}";
  const Json document{{hostile, hostile}};

  const std::string html = html_of(document);

  EXPECT_EQ(Json::parse(document_in(html)), document);
  EXPECT_EQ(count(html, "</script>"), count(html_of(Json::object()), "</script>"));
  EXPECT_EQ(count(html, "<img"), count(html_of(Json::object()), "<img"));
  EXPECT_EQ(count(html, "\u2028"), count(html_of(Json::object()), "\u2028"));
}

TEST_P(HtmlReport, ReplacesBytesThatAreNoText) {
  const Json document{{"name", "\xff\xfe"}};

  EXPECT_EQ(Json::parse(document_in(html_of(document)))["name"], "\uFFFD\uFFFD");
}

TEST_P(HtmlReport, IsCompleteAndLoadsNothing) {
  const std::string html = html_of(Json::object());

  for (const char* part : {"style", "script", "chart_library", "document"}) {
    EXPECT_EQ(count(html, std::string("{{") + part + "}}"), 0u) << part;
  }
  for (const char* source : {"src=\"", "src='", "@import", "url("}) {
    EXPECT_EQ(count(html.substr(0, html.find("<script")), source), 0u) << source;
  }
  EXPECT_EQ(count(html, "</html>"), 1u);
}

TEST(ComparisonHtml, IsWrittenToAFileOrSaysWhyNot) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "comparison_html";
  std::filesystem::create_directories(folder);

  ASSERT_TRUE(write_comparison_html(folder / "report.html", Json::object()).ok());
  const Result<std::string> text = read_text_file(folder / "report.html", 10'000'000);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text.value(), comparison_html(Json::object()));

  const Status refused = write_comparison_html(folder / "none" / "report.html", Json::object());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("report.html"), std::string::npos);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace scinet
