#include "base/text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace scinet {
namespace {

TEST(Text, ReadsQuantitiesInTheirOwnUnit) {
  EXPECT_EQ(parse_quantity<Watts>("300 W"), Watts(300));
  EXPECT_EQ(parse_quantity<Watts>("1.5 kW"), Watts(1500));
  EXPECT_EQ(parse_quantity<Mebibytes>("4 GiB"), Mebibytes(4096));
  EXPECT_EQ(parse_quantity<Mebibytes>("512 MiB"), Mebibytes(512));
  EXPECT_EQ(parse_quantity<Bytes>("40 kB"), Bytes(40'000));
  EXPECT_EQ(parse_quantity<Bytes>("40 KiB"), Bytes(40'960));
  EXPECT_EQ(parse_quantity<BytesPerSecond>("1 Gbit/s"), BytesPerSecond(125'000'000));
  EXPECT_EQ(parse_quantity<BytesPerSecond>("100 Mbit/s"), BytesPerSecond(12'500'000));
  EXPECT_EQ(parse_quantity<DollarsPerHour>("0.047 USD/h"), DollarsPerHour(0.047));
  EXPECT_EQ(parse_quantity<Mips>("2014 MIPS"), Mips(2014));
  EXPECT_EQ(parse_quantity<Mi>("12 MI"), Mi(12));
  EXPECT_EQ(parse_quantity<Seconds>("5 s"), Seconds(5));
  EXPECT_EQ(parse_quantity<Seconds>("250 ms"), Seconds(0.25));
  EXPECT_EQ(parse_quantity<Seconds>("2 min"), Seconds(120));
  EXPECT_EQ(parse_quantity<Seconds>("24 h"), Seconds(86'400));
}

TEST(Text, RefusesQuantitiesWithoutTheirUnit) {
  for (const char* text : {"", " ", "4", "4 ", " 4 GiB", "4GiB", "4 GiB ", "4 W", "GiB", "4 gib",
                           "nan GiB", "inf GiB", "1e308 GiB", "0x4 GiB", "4 GiB GiB"}) {
    EXPECT_EQ(parse_quantity<Mebibytes>(text), std::nullopt) << "'" << text << "'";
  }
}

TEST(Text, NumbersFillTheirText) {
  EXPECT_EQ(parse_number<double>("-2.5e3"), -2500.0);
  EXPECT_EQ(parse_number<int>("-7"), -7);
  for (const char* text : {"", "1.5.2", "1 ", " 1", "nan", "inf", "-inf", "1e999", "0x10"}) {
    EXPECT_EQ(parse_number<double>(text), std::nullopt) << "'" << text << "'";
  }
  EXPECT_EQ(parse_number<int>("1.0"), std::nullopt);
  EXPECT_EQ(parse_number<int>("99999999999"), std::nullopt);
}

TEST(Text, QuotesWhatItFoundOnOneShortLine) {
  EXPECT_EQ(in_quotes("4 Gb"), "'4 Gb'");
  EXPECT_EQ(in_quotes("a\nb\x01"), "'a?b?'");
  EXPECT_EQ(in_quotes(std::string(100, 'a')), "'" + std::string(60, 'a') + "...'");
  // 59 bytes, then a character of two bytes across the limit: it is left out whole.
  EXPECT_EQ(in_quotes(std::string(59, 'a') + "é and more"), "'" + std::string(59, 'a') + "...'");
}

TEST(Text, ReadsAFileUpToItsLimit) {
  const auto file = std::filesystem::path(testing::TempDir()) / "scinet_text_test.txt";
  std::ofstream(file) << "12345678";
  ASSERT_TRUE(read_text_file(file, 8));
  EXPECT_EQ(read_text_file(file, 8).value(), "12345678");
  ASSERT_FALSE(read_text_file(file, 7));
  EXPECT_EQ(read_text_file(file, 7).error().code, ErrorCode::kTooLarge);
  std::filesystem::remove(file);

  const Result<std::string> absent = read_text_file(file, 8);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().message, file.string() + ": cannot be read: no such file");
  EXPECT_FALSE(read_text_file("/dev/zero", 8));
}

}  // namespace
}  // namespace scinet
