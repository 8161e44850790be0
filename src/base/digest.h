// A short name for contents: equal contents have equal digests, and unlike ones practically never.
// FNV-1a of 64 bits (Fowler, Noll, Vo); not for secrets.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace scinet {

class Digest {
 public:
  Digest& add(std::string_view text) {
    add(text.size());  // so that "ab", "c" is not "a", "bc"
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    return *this;
  }
  Digest& add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) {
      add_byte(static_cast<unsigned char>(number >> shift & 0xff));
    }
    return *this;
  }
  Digest& add(double number) { return add(std::bit_cast<std::uint64_t>(number)); }

  std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  void add_byte(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3u; }

  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace scinet
