// How much work the inputs of an application are beside each other. The pictures that a reader of
// text gets differ by a factor of two, and which of them a run had moves its mean by some per cent:
// where it is known which request had which input, that need not be left to chance.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "model/catalogue.h"

namespace scinet {

struct InputSample {
  ApplicationId application;
  std::string_view input;
  std::size_t kind = 0;   // samples of one kind differ by input and chance alone
  double log_work = 0.0;  // ln MI
};

class InputSizes {
 public:
  InputSizes() = default;  // nothing is known

  // Two-way means of kinds and inputs. What an input says of itself is drawn to the mean of its
  // application the more, the more it may be chance (empirical Bayes, as in pooling.h).
  explicit InputSizes(std::span<const InputSample> samples);

  bool empty() const { return sizes_.empty(); }
  // Work beside the mean over the requests that this was found from; 1 of what was not among them.
  double of(ApplicationId application, std::string_view input) const;
  // Standard deviation of the sizes over their mean, over those requests.
  double variation(ApplicationId application) const;

  // The variation of work where sizes are known, of a catalogue that has them left to chance, and
  // the other way round.
  Catalogue without_sizes(Catalogue catalogue) const;
  double with_sizes(ApplicationId application, double variation) const;

 private:
  std::map<ApplicationId, std::map<std::string, double, std::less<>>> sizes_;
  std::map<ApplicationId, double> variations_;
};

}  // namespace scinet
