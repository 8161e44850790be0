#include "base/csv_reader.h"

#include <fstream>

#include <gtest/gtest.h>

namespace scinet {
namespace {

namespace fs = std::filesystem;

class CsvReaderTest : public testing::Test {
 protected:
  ~CsvReaderTest() override { fs::remove(file_); }

  CsvReader reader(std::string_view text, std::string_view columns = "name,value") {
    std::ofstream(file_, std::ios::binary) << text;
    return CsvReader(file_, columns);
  }

  // What is wrong with the file, read as names and numbers from 0 to 9.
  std::string problem_with(std::string_view text) {
    CsvReader csv = reader(text);
    while (csv.next()) csv.number<int>("value", 0, 9);
    return csv.status() ? "nothing" : csv.status().error().message;
  }
  std::string at_line(int line, std::string_view sentence) const {
    return fmt::format("{}:{}: {}", file_.string(), line, sentence);
  }

  fs::path file_ = fs::path(testing::TempDir()) /
                   fmt::format("csv_reader_{}.csv",
                               testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(CsvReaderTest, ReadsRecordsAndTheirLines) {
  CsvReader csv = reader("name,value\na,1\n\nb,-2.5\n");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.text("name"), "a");
  EXPECT_EQ(csv.number<double>("value"), 1.0);
  EXPECT_EQ(csv.line(), 2);
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.text("name"), "b");
  EXPECT_EQ(csv.number<double>("value"), -2.5);
  EXPECT_EQ(csv.line(), 4);
  EXPECT_FALSE(csv.next());
  EXPECT_TRUE(csv.status().ok());
}

TEST_F(CsvReaderTest, FindsItsColumnsInAnyOrderAmongOthers) {
  CsvReader csv = reader("more,value,name\nx,3,c\n");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.text("name"), "c");
  ASSERT_EQ(csv.fields().size(), 2u);
  EXPECT_EQ(csv.fields()[0], "c");
  EXPECT_EQ(csv.fields()[1], "3");
}

TEST_F(CsvReaderTest, ReadsOptionalColumnsThatAreMissingAsEmpty) {
  std::ofstream(file_, std::ios::binary) << "size,name\n4,a\n,b\n";
  CsvReader csv(file_, "name", "size,colour");
  EXPECT_TRUE(csv.has("name"));
  EXPECT_TRUE(csv.has("size"));
  EXPECT_FALSE(csv.has("colour"));
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.number<int>("size"), 4);
  EXPECT_TRUE(csv.is_empty("colour"));
  ASSERT_TRUE(csv.next());
  EXPECT_TRUE(csv.is_empty("size"));
  EXPECT_FALSE(csv.next());
  EXPECT_TRUE(csv.status().ok());
}

TEST_F(CsvReaderTest, UnderstandsQuotes) {
  CsvReader csv = reader(
      "\"name\",value\n\"a, \"\"b\"\"\",1\n\"two\nlines\",2\n\"\",3\n\"\"\"\",4\nlast,\"5\"\n");
  std::vector<std::string> names;
  std::vector<int> lines;
  while (csv.next()) {
    names.emplace_back(csv.text("name"));
    lines.push_back(csv.line());
    EXPECT_EQ(csv.number<std::size_t>("value"), names.size());
  }
  ASSERT_TRUE(csv.status().ok()) << csv.status().error().message;
  EXPECT_EQ(names, (std::vector<std::string>{"a, \"b\"", "two\nlines", "", "\"", "last"}));
  EXPECT_EQ(lines, (std::vector<int>{2, 3, 5, 6, 7}));
}

TEST_F(CsvReaderTest, TakesLineEndsAsTheyAre) {
  CsvReader csv = reader("name,value\r\na,1\r\nb,2");  // the last has none
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.text("value"), "1");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.text("value"), "2");
  EXPECT_FALSE(csv.next());
  EXPECT_TRUE(csv.status().ok());
}

TEST_F(CsvReaderTest, EmptyFieldsAreNoValues) {
  CsvReader csv = reader("name,value\n,\n");
  ASSERT_TRUE(csv.next());
  EXPECT_TRUE(csv.is_empty("name"));
  EXPECT_EQ(csv.number_if_any<int>("value"), std::nullopt);
  EXPECT_EQ(csv.time_if_any("value"), std::nullopt);
  EXPECT_TRUE(csv.status().ok());
  csv.number<int>("value");
  EXPECT_FALSE(csv.status().ok());
}

TEST_F(CsvReaderTest, ReadsTimesToTheNanosecond) {
  CsvReader csv = reader("name,value\na,3999999.999999999\nb,-0.5\nc,5e6\n");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.time("value").count(), 3'999'999'999'999'999);
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.time("value").count(), -500'000'000);
  ASSERT_TRUE(csv.next());
  csv.time("value");
  EXPECT_FALSE(csv.next());
  EXPECT_EQ(csv.status().error().message,
            at_line(4, "value: found '5e6', expected seconds, at most 4e6"));
}

TEST_F(CsvReaderTest, NamesThePlaceAndWhatIsWrong) {
  EXPECT_EQ(problem_with("name,value\na,1\n"), "nothing");
  EXPECT_EQ(problem_with("name,value\n"), "nothing");
  EXPECT_EQ(problem_with("name,value\na,1\nb,x\nc,y\n"),
            at_line(3, "value: found 'x', expected a whole number from 0 to 9"));
  EXPECT_EQ(problem_with("name,value\na,10\n"),
            at_line(2, "value: found '10', expected a whole number from 0 to 9"));
  EXPECT_EQ(problem_with("name,value\na\n"),
            at_line(2, "found 1 fields, expected 2 as in the first line"));
  EXPECT_EQ(problem_with("name,worth\na,1\n"),
            at_line(1, "found 'name,worth', which has no column 'value'; expected name,value"));
  EXPECT_EQ(problem_with(""), at_line(1, "found no line, expected the columns name,value"));
  EXPECT_EQ(problem_with("name,value\n\"a,1\nb,2\n"),
            at_line(2, "found a quote that is never closed, expected another '\"'"));
  EXPECT_EQ(problem_with("name,value\n\"a\"b\",1\"\n"),
            at_line(2, "found 'b\",1\"' behind a quoted field, expected a comma"));
}

TEST_F(CsvReaderTest, RefusesARecordWithoutEnd) {
  const std::string problem = problem_with("name,value\n" + std::string(3'000'000, 'x'));
  EXPECT_EQ(problem, at_line(2,
                             "found a record of more than 1048576 bytes, expected a shorter "
                             "one; is a quote missing?"));
}

TEST_F(CsvReaderTest, NamesAFileThatCannotBeRead) {
  for (const fs::path& file : {fs::path("no/such.csv"), fs::path(testing::TempDir())}) {
    CsvReader csv(file, "name,value");
    EXPECT_FALSE(csv.next());
    ASSERT_FALSE(csv.status().ok());
    EXPECT_EQ(csv.status().error().code, ErrorCode::kNotFound);
    EXPECT_NE(csv.status().error().message.find(file.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace scinet
