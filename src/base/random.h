// Independent random streams derived from one seed by name. Giving a component
// its own stream means a new draw in one place never shifts the draws elsewhere.
// The generator is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace scinet {

class RandomStream {
 public:
  explicit RandomStream(std::uint64_t state) : state_(state) {}

  std::uint64_t state() const { return state_; }  // RandomStream(state()) goes on as this one does

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Distributions are written out rather than taken from <random>, whose results
  // may differ between standard libraries.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // in [0, 1)
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>(uniform() * static_cast<double>(bound));
  }
  // Box-Muller, one of the pair: the stream has no hidden second value.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_;
};

class RandomStreams {
 public:
  explicit RandomStreams(std::uint64_t seed) : seed_(seed) {}

  RandomStream stream(std::string_view name, std::uint64_t index = 0) const {
    std::uint64_t state = seed_;
    for (char c : name) state = RandomStream(state ^ static_cast<unsigned char>(c)).next();
    return RandomStream(RandomStream(state ^ index).next());
  }

 private:
  std::uint64_t seed_;
};

}  // namespace scinet
