// The bytes of an array against the format, and files that are wrong in one place each.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "learn/imitation/npy.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "learn/imitation/imitation_testing.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

class Npy : public InAFolder {
 protected:
  std::string bytes() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(const std::string& bytes) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes;
  }
  // Of a file that holds these bytes, when floats in rows of 3 are expected.
  std::string problem_with(const std::string& bytes) const {
    write(bytes);
    const auto found = read_npy<float>(file_, 3);
    if (found) return "none";
    EXPECT_EQ(found.error().code, ErrorCode::kInvalidInput);
    const std::string prefix = file_.string() + ": ";
    EXPECT_TRUE(found.error().message.starts_with(prefix)) << found.error().message;
    return found.error().message.substr(prefix.size());
  }

  const fs::path file_ = folder_ / "array.npy";
  const NpyArray<float> floats_{.columns = 3, .numbers = {1.0f, -2.5f, 0.1f, 1e-30f, 7.0f, -0.0f}};
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(Npy, GivesBackWhatWasWritten) {
  ASSERT_TRUE(write_npy(file_, floats_));
  EXPECT_EQ(read_npy<float>(file_, 3).value(), floats_);

  const NpyArray<std::int32_t> integers{
      .columns = 2, .numbers = {0, -1, std::numeric_limits<std::int32_t>::min(), 2'000'000'000}};
  ASSERT_TRUE(write_npy(file_, integers));
  EXPECT_EQ(read_npy<std::int32_t>(file_, 2).value(), integers);

  const NpyArray<float> empty{.columns = 3, .numbers = {}};
  ASSERT_TRUE(write_npy(file_, empty));
  EXPECT_EQ(read_npy<float>(file_, 3).value(), empty);
}

// The magic string, version 1.0, the length of what follows as two bytes, little end first, a
// Python literal that blanks and a line feed fill up to a multiple of 64 bytes, the numbers.
TEST_F(Npy, IsWrittenAsTheFormatHasIt) {
  ASSERT_TRUE(write_npy(file_, NpyArray<float>{.columns = 2, .numbers = {1.0f, -2.0f}}));
  const std::string literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  // 10 + 59 + 58 blanks + 1 = 128; 118 = 0x76 of them follow the length.
  ASSERT_EQ(literal.size(), 59u);
  const std::string expected = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + literal +
                               std::string(58, ' ') + "\n" +
                               std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);
  EXPECT_EQ(bytes(), expected);

  ASSERT_TRUE(write_npy(file_, NpyArray<std::int32_t>{.columns = 1, .numbers = {-2}}));
  EXPECT_NE(bytes().find("'descr': '<i4'"), std::string::npos);
  EXPECT_EQ(bytes().substr(128), std::string("\xfe\xff\xff\xff", 4));
}

// As other writers of the format pad it, or do not.
TEST_F(Npy, ReadsWhatOthersWrite) {
  const std::string literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }\n";
  const std::string length(1, static_cast<char>(literal.size()));
  write(std::string("\x93NUMPY\x01\x00", 8) + length + std::string(1, '\0') + literal +
        std::string(12, '\0'));
  EXPECT_EQ(read_npy<float>(file_, 3).value(),
            (NpyArray<float>{.columns = 3, .numbers = {0.0f, 0.0f, 0.0f}}));
}

TEST_F(Npy, SaysWhatIsWrong) {
  ASSERT_TRUE(write_npy(file_, floats_));
  const std::string sound = bytes();
  EXPECT_EQ(problem_with(sound), "none");
  const std::string other = "is not a NumPy array of version 1.0";
  EXPECT_EQ(problem_with(""), other);
  EXPECT_EQ(problem_with("rows,columns\n"), other);
  EXPECT_EQ(problem_with(sound.substr(0, 9)), other);
  EXPECT_EQ(problem_with(replaced(sound, std::string("\x01\x00", 2), std::string("\x02\x00", 2))),
            other);
  EXPECT_EQ(problem_with(sound.substr(0, 60)), "ends within its header");
  EXPECT_EQ(problem_with(replaced(sound, "False", "True ")), "has a header of another kind");
  EXPECT_EQ(problem_with(replaced(sound, "(2, 3)", "(2, x)")), "has a header of another kind");
  EXPECT_EQ(problem_with(replaced(sound, "<f4", "<f8")),
            "is <f8 with rows of 3, not <f4 with rows of 3");
  EXPECT_EQ(problem_with(replaced(sound, "<f4", "<i4")),
            "is <i4 with rows of 3, not <f4 with rows of 3");
  EXPECT_EQ(problem_with(replaced(sound, "(2, 3)", "(3, 2)")),
            "is <f4 with rows of 2, not <f4 with rows of 3");
  EXPECT_EQ(problem_with(sound.substr(0, sound.size() - 1)),
            "should have 2 rows, which its size belies");
  EXPECT_EQ(problem_with(sound + std::string(12, '\0')),
            "should have 2 rows, which its size belies");
  EXPECT_EQ(problem_with(replaced(sound, "(2, 3)", "(9, 3)")),
            "should have 9 rows, which its size belies");
}

// A length that damage made as large as it can be.
TEST_F(Npy, IsNotOverwhelmedByALongHeader) {
  for (const char filler : {' ', 'x', '\''}) {
    const std::string literal = "{'descr': '" + std::string(65'000, filler);
    const std::string length{static_cast<char>(literal.size() & 0xff),
                             static_cast<char>(literal.size() >> 8)};
    EXPECT_EQ(problem_with(std::string("\x93NUMPY\x01\x00", 8) + length + literal),
              "has a header of another kind");
  }
}

TEST_F(Npy, TellsAMissingFileAndOneThatCannotBeWritten) {
  const auto found = read_npy<float>(folder_ / "nothing.npy", 3);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(found.error().message, (folder_ / "nothing.npy").string() + ": cannot be read");

  write("a file, not a folder");
  const Status written = write_npy(file_ / "array.npy", floats_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(written.error().message.find(file_.string()), std::string::npos);
}

}  // namespace
}  // namespace scinet
