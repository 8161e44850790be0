// A measured share of right answers, with its uncertainty.
#pragma once

#include <cstdint>

namespace scinet {

struct Accuracy {
  std::int64_t correct = 0;
  std::int64_t samples = 0;  // at least one before anything below is asked

  double value() const { return static_cast<double>(correct) / static_cast<double>(samples); }

  // Ends of the 95 % score interval of E. B. Wilson, "Probable inference, the law of succession,
  // and statistical inference", JASA 22 (1927).
  double ci_low() const;
  double ci_high() const;

  friend bool operator==(const Accuracy&, const Accuracy&) = default;
};

}  // namespace scinet
