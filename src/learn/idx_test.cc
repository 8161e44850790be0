#include "learn/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <string>

#include "base/random.h"

namespace scinet {
namespace {

using namespace std::string_literals;

const std::string kTwoByThree = "\0\0\x08\x02\0\0\0\x02\0\0\0\x03"s + "abcdef";

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);  // 16: gzip header
  std::string packed(bytes.size() + 1000, '\0');
  std::string source = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(source.data());
  stream.avail_in = static_cast<uInt>(source.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::filesystem::path written(const std::string& name, const std::string& bytes) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

TEST(Idx, ReadsShapeAndValues) {
  const Result<IdxArray> array = parse_idx(kTwoByThree, "small");
  ASSERT_TRUE(array.ok()) << array.error().message;
  EXPECT_EQ(array.value(), (IdxArray{{2, 3}, {'a', 'b', 'c', 'd', 'e', 'f'}}));
}

TEST(Idx, ReadsPlainAndPackedFiles) {
  const IdxArray expected{{2, 3}, {'a', 'b', 'c', 'd', 'e', 'f'}};
  const Result<IdxArray> plain = read_idx(written("plain.idx", kTwoByThree));
  const Result<IdxArray> packed = read_idx(written("packed.idx.gz", gzipped(kTwoByThree)));
  ASSERT_TRUE(plain.ok() && packed.ok());
  EXPECT_EQ(plain.value(), expected);
  EXPECT_EQ(packed.value(), expected);
}

struct Damage {
  std::string bytes;
  std::string sentence;
  ErrorCode code = ErrorCode::kInvalidInput;
};

TEST(Idx, SaysWhatIsWrongWithDamagedBytes) {
  const std::vector<Damage> cases = {
      {"", "f: has 0 bytes, an IDX file has at least 4"},
      {"\0\0\x08"s, "f: has 3 bytes, an IDX file has at least 4"},
      {"\x89PNG", "f: begins with bytes 0x89 0x50, an IDX file with two zeros"},
      {"\0\0\x0d\x01\0\0\0\x01"s, "f: element type is 0x0d, only unsigned bytes (0x08) are read"},
      {"\0\0\x08\0"s, "f: has 0 dimensions, between 1 and 8 are read"},
      {"\0\0\x08\xff"s, "f: has 255 dimensions, between 1 and 8 are read"},
      {"\0\0\x08\x02\0\0\0\x02\0\0"s, "f: ends inside its header: 10 bytes of 12"},
      {"\0\0\x08\x01\0\0\0\0"s, "f: dimension 0 is 0, at least 1 is needed"},
      {kTwoByThree.substr(0, 17), "f: has 5 values, its header announces 6"},
      {kTwoByThree + "g", "f: has 7 values, its header announces 6"},
      {"\0\0\x08\x01\xff\xff\xff\xff"s,
       "f: announces more than 268435456 values, the most that is read", ErrorCode::kTooLarge},
      // 2^32 squared is 0 modulo 2^64: a product without care would accept it.
      {"\0\0\x08\x02\x80\0\0\0\x80\0\0\0"s,
       "f: announces more than 268435456 values, the most that is read", ErrorCode::kTooLarge},
  };
  for (const Damage& damage : cases) {
    const Result<IdxArray> array = parse_idx(damage.bytes, "f");
    ASSERT_FALSE(array.ok()) << damage.sentence;
    EXPECT_EQ(array.error().message, damage.sentence);
    EXPECT_EQ(array.error().code, damage.code) << damage.sentence;
  }
}

TEST(Idx, NamesTheFileThatIsAbsentOrBroken) {
  const Result<IdxArray> absent = read_idx("/nowhere/labels.gz");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().message, "/nowhere/labels.gz: there is no such readable file");

  const std::string packed = gzipped(kTwoByThree);
  std::string bad_checksum = packed;
  bad_checksum[packed.size() - 8] ^= 1;
  const std::vector<std::string> broken = {packed.substr(0, packed.size() - 1),
                                           packed.substr(0, packed.size() / 2), bad_checksum};
  for (std::size_t i = 0; i < broken.size(); ++i) {
    const auto file = written("broken" + std::to_string(i) + ".gz", broken[i]);
    const Result<IdxArray> array = read_idx(file);
    ASSERT_FALSE(array.ok()) << i;
    EXPECT_EQ(array.error().code, ErrorCode::kInvalidInput) << i;
    EXPECT_NE(array.error().message.find(file.string() + ": its gzip stream is damaged"),
              std::string::npos)
        << array.error().message;
  }
}

TEST(Idx, RefusesAFolder) {
  const Result<IdxArray> array = read_idx(testing::TempDir());
  ASSERT_FALSE(array.ok());
  EXPECT_EQ(array.error().code, ErrorCode::kNotFound);
}

TEST(Idx, NeverAcceptsAnArrayThatContradictsItsShape) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomStream random = RandomStreams(seed).stream("bytes");
    std::string bytes = kTwoByThree;
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    const Result<IdxArray> array = parse_idx(bytes.substr(0, random.below(bytes.size() + 1)), "f");
    if (!array.ok()) continue;
    std::size_t product = 1;
    for (const std::size_t length : array.value().shape) product *= length;
    EXPECT_EQ(array.value().values.size(), product) << "seed " << seed;
  }
}

}  // namespace
}  // namespace scinet
