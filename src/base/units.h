// Quantities that remember their unit, so watts cannot be added to dollars.
#pragma once

#include <compare>

#include "base/time.h"

namespace scinet {

template <class Unit>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}
  constexpr double value() const { return value_; }

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity(a.value_ * k); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }

 private:
  double value_ = 0.0;
};

using Watts = Quantity<struct WattUnit>;
using Joules = Quantity<struct JouleUnit>;
using Dollars = Quantity<struct DollarUnit>;
using DollarsPerHour = Quantity<struct DollarPerHourUnit>;
using Bytes = Quantity<struct ByteUnit>;
using BytesPerSecond = Quantity<struct BytePerSecondUnit>;
using Mebibytes = Quantity<struct MebibyteUnit>;
// Work in million instructions, and the speed of one core in million instructions a second.
using Mi = Quantity<struct MiUnit>;
using Mips = Quantity<struct MipsUnit>;

// The products across units that the formulas need; add the next one beside these.
constexpr Joules operator*(Watts power, Seconds time) {
  return Joules(power.value() * time.count());
}
constexpr Dollars operator*(DollarsPerHour price, Seconds time) {
  return Dollars(price.value() * time.count() / 3600.0);
}
constexpr Mi operator*(Mips speed, Seconds time) { return Mi(speed.value() * time.count()); }
constexpr Seconds operator/(Mi work, Mips speed) { return Seconds(work.value() / speed.value()); }
constexpr Seconds operator/(Bytes size, BytesPerSecond speed) {
  return Seconds(size.value() / speed.value());
}

}  // namespace scinet
