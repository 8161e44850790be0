#include "report/view_file.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

#include "report/small_run.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

class ViewFile : public testing::Test {
 protected:
  ViewFile() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~ViewFile() override { fs::remove_all(folder_); }

  ClusterView view_at(int second) const {
    ClusterView view = small_view(catalogue_, second);
    view.asked = DecisionsAsked::all();
    view.arrival_rates = {0.25};
    view.recent_requests = {{{Seconds(4), Bytes(100)}}};
    view.hosts[0].recent_utilisation = {0.25, 0.5};
    view.workloads[0].workload.arrival = at_second(1);
    view.workloads[0].workload.slo = Seconds(4);
    return view;
  }
  void write_two() const {
    Result<ViewWriter> writer = ViewWriter::open(file_, catalogue_);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    ASSERT_TRUE(writer.value().add(view_at(5)).ok());
    ASSERT_TRUE(writer.value().add(view_at(10)).ok());
  }
  std::string content() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
  }
  std::string problem() const {
    const auto read = read_views(file_);
    return read ? "none" : read.error().message;
  }

  const Catalogue catalogue_ = small_catalogue();
  const fs::path folder_ =
      fs::path(testing::TempDir()) /
      ("view_file_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  const fs::path file_ = folder_ / "views.jsonl";
};

TEST_F(ViewFile, ReadsBackWhatWasWritten) {
  write_two();
  const Result<RecordedViews> read = read_views(file_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read.value().catalogue, catalogue_);
  ASSERT_EQ(read.value().views.size(), 2u);
  for (const int i : {0, 1}) {
    const ClusterView expected = view_at(5 + 5 * i);
    const ClusterView& found = read.value().views[static_cast<std::size_t>(i)];
    EXPECT_EQ(found.now, expected.now);
    EXPECT_EQ(found.asked, expected.asked);
    EXPECT_EQ(found.hosts, expected.hosts);
    EXPECT_EQ(found.workloads, expected.workloads);
    EXPECT_EQ(found.arrival_rates, expected.arrival_rates);
    EXPECT_EQ(found.recent_requests, expected.recent_requests);
    EXPECT_EQ(found.catalogue, read.value().catalogue.get());
  }
}

TEST_F(ViewFile, ALastLineThatWasCutOffIsLeftOut) {
  write_two();
  write(content().substr(0, content().size() - 5));
  const Result<RecordedViews> read = read_views(file_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().views.size(), 1u);
}

TEST_F(ViewFile, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(read_views(file_).error().code, ErrorCode::kNotFound);
  write("{\"version\":2,\"catalogue\":{}}\n");
  EXPECT_NE(problem().find("views.jsonl:1: is of version 2, this program reads version 1"),
            std::string::npos)
      << problem();
  write("[]\n");
  EXPECT_NE(problem().find(":1: the first line has no 'version'"), std::string::npos) << problem();
  write_two();
  const std::string whole = content();
  write(whole.substr(0, whole.find('\n') + 1));
  EXPECT_NE(problem().find("holds no view"), std::string::npos) << problem();
  write(whole + "{\"now_s\":1}\n");
  EXPECT_NE(problem().find("views.jsonl:4"), std::string::npos) << problem();
  EXPECT_FALSE(ViewWriter::open(folder_ / "missing" / "views.jsonl", catalogue_).ok());
}

}  // namespace
}  // namespace scinet
