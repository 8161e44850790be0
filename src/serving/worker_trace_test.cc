#include "serving/worker_trace.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

const std::vector<FragmentTrace> kTraces = {
    {"a-1", "ocr", "layer", 0, 0, 12, 90000, 8100, 97000, 1},
    {"b.2", "ocr", "layer", 1, 7, 0, 0, 40, 39, 8}};
constexpr const char* kField =
    "host=a-1;fragment=ocr/layer/0;fetch_us=0;queue_us=12;load_us=90000;run_us=8100;cpu_us=97000;"
    "batch=1, "
    "host=b.2;fragment=ocr/layer/1;fetch_us=7;queue_us=0;load_us=0;run_us=40;cpu_us=39;batch=8";

TEST(FragmentTrace, TravelsAsOneField) {
  EXPECT_EQ(format_traces(kTraces), kField);
  EXPECT_EQ(parse_traces(kField).value(), kTraces);
  EXPECT_EQ(format_traces({}), "");
  EXPECT_EQ(parse_traces("").value(), std::vector<FragmentTrace>{});
}

TEST(FragmentTrace, PassesOverWhatALaterVersionMayAdd) {
  EXPECT_EQ(parse_traces(std::string(kField) + ";joules=3").value(), kTraces);
}

TEST(FragmentTrace, RefusesWhatIsNoTrace) {
  constexpr const char* kRight =
      "host=a;fragment=a/b/0;fetch_us=1;queue_us=1;load_us=1;run_us=1;cpu_us=1;batch=1";
  EXPECT_TRUE(parse_traces(kRight).ok());
  for (const char* field :
       {"x", "host=a",
        "host=;fragment=a/b/0;fetch_us=1;queue_us=1;load_us=1;run_us=1;cpu_us=1;batch=1",
        "host=a;fragment=a/b/0;queue_us=1;load_us=1;run_us=1;cpu_us=1;batch=1",
        "host=a;fragment=a/b;fetch_us=1;queue_us=1;load_us=1;run_us=1;cpu_us=1;batch=1",
        "host=a;fragment=a/b/-1;fetch_us=1;queue_us=1;load_us=1;run_us=1;cpu_us=1;batch=1",
        "host=a;fragment=a/b/0;fetch_us=1;queue_us=1.5;load_us=1;run_us=1;cpu_us=1;batch=1",
        "host=a;fragment=a/b/0;fetch_us=1;queue_us=1;load_us=1;run_us=1;batch=1",
        "host=a;fragment=a/b/0;fetch_us=1;queue_us=1;load_us=1;run_us=1;cpu_us=1",
        "host=a;fragment=a/b/0;fetch_us=1;queue_us=1;load_us=1;run_us=1;cpu_us=1;batch=many",
        "host=a;fragment=a/b/0;fetch_us=1;queue_us=1;load_us=1;run_us=1;"
        "cpu_us=99999999999999999999;batch=1"}) {
    EXPECT_FALSE(parse_traces(field).ok()) << field;
  }
}

}  // namespace
}  // namespace scinet
