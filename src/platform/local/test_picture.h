// A picture made by arithmetic, as an uncompressed PNG, so that tests need no files.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace scinet {

inline std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

inline std::uint32_t png_checksum(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

inline std::string png_block(const std::string& name, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + name + data +
         big_endian(png_checksum(name + data));
}

// Grey waves; another `seed` gives another picture.
inline std::string test_picture(int side, int seed) {
  std::string rows;
  for (int y = 0; y < side; ++y) {
    rows += '\0';  // no filter
    for (int x = 0; x < side; ++x) rows += static_cast<char>((x * y * (seed + 1) + x * seed) % 251);
  }
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : rows) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  std::string stream = "\x78\x01";  // zlib: stored blocks of at most 65535 bytes
  for (std::size_t begin = 0; begin < rows.size(); begin += 65535) {
    const std::string block = rows.substr(begin, 65535);
    const auto size = static_cast<std::uint16_t>(block.size());
    const std::uint16_t inverse = static_cast<std::uint16_t>(~size);
    stream += begin + 65535 >= rows.size() ? '\1' : '\0';
    for (const std::uint16_t number : {size, inverse}) {
      stream += static_cast<char>(number & 0xff);
      stream += static_cast<char>(number >> 8);
    }
    stream += block;
  }
  stream += big_endian(b << 16 | a);

  const std::string size = big_endian(static_cast<std::uint32_t>(side));
  // 8 bits of grey, deflate, no interlace.
  const std::string header = size + size + std::string("\x08\x00\x00\x00\x00", 5);
  return "\x89PNG\r\n\x1a\n" + png_block("IHDR", header) + png_block("IDAT", stream) +
         png_block("IEND", "");
}

}  // namespace scinet
