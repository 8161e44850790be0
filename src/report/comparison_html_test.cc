#include "report/comparison_html.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace scinet {
namespace {

// What stands in the element with the document.
std::string document_in(const std::string& html) {
  const std::string opening = R"(<script type="application/json" id="comparison">)";
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

TEST(ComparisonHtml, HoldsTheDocumentAsItIs) {
  const Json document{{"reference", "cosim"}, {"qos", 0.1234567890123}, {"regret", nullptr}};

  EXPECT_EQ(Json::parse(document_in(comparison_html(document))), document);
}

TEST(ComparisonHtml, KeepsHostileTextInsideTheDocument) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!--<script>\u2028{{script}}";
  const Json document{{hostile, hostile}};

  const std::string html = comparison_html(document);

  EXPECT_EQ(Json::parse(document_in(html)), document);
  EXPECT_EQ(count(html, "</script>"), count(comparison_html(Json::object()), "</script>"));
  EXPECT_EQ(count(html, "<img"), count(comparison_html(Json::object()), "<img"));
  EXPECT_EQ(count(html, "\u2028"), count(comparison_html(Json::object()), "\u2028"));
}

TEST(ComparisonHtml, ReplacesBytesThatAreNoText) {
  const Json document{{"name", "\xff\xfe"}};

  EXPECT_EQ(Json::parse(document_in(comparison_html(document)))["name"], "\uFFFD\uFFFD");
}

TEST(ComparisonHtml, IsCompleteAndLoadsNothing) {
  const std::string html = comparison_html(Json::object());

  for (const char* part : {"style", "script", "chart_library", "comparison"}) {
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
