#include "profile/batch_times.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <span>
#include <utility>

#include "serving/same_output.h"

namespace scinet {
namespace {

// One fragment and what it takes for each request.
class TimedFragment {
 public:
  TimedFragment(ApplicationSet& applications, const std::string& application,
                const std::string& strategy, std::size_t index,
                const std::vector<std::vector<std::string_view>>& taken)
      : applications_(applications),
        application_(application),
        strategy_(strategy),
        index_(index),
        requests_(taken.begin(), taken.end()) {}

  // The outputs of all, in runs of this size.
  std::vector<Result<std::string>> run(std::size_t size) const {
    std::vector<Result<std::string>> outputs;
    for (std::size_t first = 0; first < requests_.size(); first += size) {
      const auto some = std::span(requests_).subspan(first, size);
      if (size == 1) {
        outputs.push_back(applications_.run(application_, strategy_, index_, some.front()));
        continue;
      }
      std::ranges::move(applications_.run_together(application_, strategy_, index_, some),
                        std::back_inserter(outputs));
    }
    return outputs;
  }

  double time(std::size_t size, const CpuClock& clock) const {
    const std::chrono::nanoseconds start = clock();
    const auto outputs = run(size);
    return to_seconds(clock() - start).count();
  }

 private:
  ApplicationSet& applications_;
  const std::string& application_;
  const std::string& strategy_;
  std::size_t index_;
  std::vector<RequestInputs> requests_;
};

// Whether what it gives when requests run together is what it gives alone.
bool is_the_same_together(const TimedFragment& fragment, const std::vector<std::string>& alone) {
  const std::vector<Result<std::string>> together = fragment.run(alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    if (!together[i] || !same_output(together[i].value(), alone[i], kLastDecimal)) {
      return false;
    }
  }
  return true;
}

BatchTimes times_of(const TimedFragment& fragment, const BatchTiming& timing,
                    const CpuClock& clock) {
  BatchTimes times{std::vector<std::vector<double>>(std::size(kBatchSizes)), {}};
  const auto start = std::chrono::steady_clock::now();
  for (int pass = 0; pass < timing.passes; ++pass) {
    if (pass > 0 && std::chrono::steady_clock::now() - start > timing.patience) break;
    const double alone = fragment.time(1, clock);
    for (std::size_t i = 0; i < std::size(kBatchSizes); ++i) {
      const double together = fragment.time(static_cast<std::size_t>(kBatchSizes[i]), clock);
      if (alone > 0.0) times.relative[i].push_back(together / alone);
    }
  }
  return times;
}

}  // namespace

Result<std::vector<BatchTimes>> time_batches(ApplicationSet& applications,
                                             const std::string& application,
                                             const ServedStrategy& strategy,
                                             const std::vector<std::string_view>& inputs,
                                             const BatchTiming& timing, const CpuClock& clock) {
  std::vector<BatchTimes> all(strategy.fragments.size());
  bool any = false;
  for (std::size_t f = 0; f < all.size(); ++f) {
    const Status shares = applications.can_share(application, strategy.name, f);
    if (!shares) all[f].unmeasured = shares.error().message;
    any = any || shares.ok();
  }
  if (!any) return all;
  std::vector<std::vector<std::string>> made(kLargestBatchMeasured);  // of each request, so far
  for (std::size_t f = 0; f < strategy.fragments.size(); ++f) {
    std::vector<std::vector<std::string_view>> taken;
    for (std::size_t i = 0; i < made.size(); ++i) {
      taken.push_back(inputs_of(strategy.fragments[f], inputs[i % inputs.size()], made[i]));
    }
    const TimedFragment fragment(applications, application, strategy.name, f, taken);
    std::vector<std::string> alone;
    for (Result<std::string>& output : fragment.run(1)) {
      if (!output) return output.error();
      alone.push_back(std::move(output).value());
    }
    if (all[f].unmeasured.empty() && !is_the_same_together(fragment, alone)) {
      all[f].unmeasured = "what it gives when requests run together is not what it gives alone";
    }
    if (all[f].unmeasured.empty()) all[f] = times_of(fragment, timing, clock);
    for (std::size_t i = 0; i < made.size(); ++i) made[i].push_back(std::move(alone[i]));
  }
  return all;
}

}  // namespace scinet
