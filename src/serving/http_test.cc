#include "serving/http.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

TEST(HttpTarget, SplitsAndDecodesPathAndQuery) {
  const Result<HttpTarget> target =
      parse_target("/api/two%20words?strategy=a%2Fb&flag&empty=#part");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target.value(),
            (HttpTarget{{"api", "two words"}, {{"strategy", "a/b"}, {"flag", ""}, {"empty", ""}}}));
}

TEST(HttpTarget, TakesTheFormThatProxiesSend) {
  EXPECT_EQ(parse_target("http://host:80/stats?x=1").value(),
            (HttpTarget{{"stats"}, {{"x", "1"}}}));
  EXPECT_EQ(parse_target("http://host").value(), HttpTarget{});
}

TEST(HttpTarget, KeepsEmptySegmentsSoThatTheyNameNothing) {
  EXPECT_EQ(parse_target("//stats/").value().segments, (std::vector<std::string>{"", "stats", ""}));
}

TEST(HttpTarget, RefusesWhatItCannotDecode) {
  for (const char* target : {"", "stats", "*", "/%", "/%4", "/%zz", "/a?b=%f", "ftp://host/"}) {
    EXPECT_EQ(parse_target(target).ok(), false) << target;
  }
}

TEST(HttpUrl, ReadsHostPortAndTarget) {
  EXPECT_EQ(parse_url("http://127.0.0.1:7071/fragments/ocr/layer/1").value(),
            (HttpUrl{"127.0.0.1", 7071, "/fragments/ocr/layer/1"}));
  EXPECT_EQ(parse_url("http://node-3.cluster").value(), (HttpUrl{"node-3.cluster", 80, "/"}));
  const std::string text = "http://127.0.0.1:7071/a?b=c";
  EXPECT_EQ(to_string(parse_url(text).value()), text);
}

TEST(HttpUrl, RefusesWhatIsNoUrlOrWouldBreakARequest) {
  for (const char* url :
       {"", "127.0.0.1:80", "https://host/", "http://", "http://:80/", "http://host:/",
        "http://host:0/", "http://host:65536/", "http://host:80x/", "http://a b/",
        "http://user@host/", "http://host/a b", "http://host/\r\nEvil: 1", "http://host/\xff"}) {
    EXPECT_EQ(parse_url(url).ok(), false) << url;
  }
}

TEST(HttpFields, DoNotDistinguishCase) {
  const HttpFields fields = {{"Content-Type", "a"}, {"X-Scinet-Keep", "b"}, {"x-scinet-keep", "c"}};
  ASSERT_NE(find_field(fields, "x-SCINET-keep"), nullptr);
  EXPECT_EQ(*find_field(fields, "x-SCINET-keep"), "b");
  EXPECT_EQ(find_field(fields, "X-Scinet"), nullptr);
}

TEST(ErrorResponse, IsJsonWhateverTheSentenceHolds) {
  EXPECT_EQ(error_response(404, "no \"x\"\n").body, "{\"error\":\"no \\\"x\\\"\\n\"}\n");
  EXPECT_EQ(error_response(404, "\xff").body, "{\"error\":\"\xef\xbf\xbd\"}\n");
}

}  // namespace
}  // namespace scinet
