// Replays arrivals in real time against a gateway, as its clients would: open loop, so a slow
// cluster does not slow the arrivals down. Every answer is compared with the direct run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/catalogue.h"
#include "model/workload.h"
#include "serving/http.h"

namespace scinet {

// One thing that a client may send to an application.
struct LoadInput {
  std::string name;
  std::string bytes;
  std::string label;                            // the right answer, if one is known
  std::map<std::string, std::string> expected;  // by strategy: the answer of a direct run
};

struct LoadSettings {
  HttpUrl gateway;                 // the target is ignored
  std::vector<std::string> names;  // of the applications, in order of ApplicationId
  // Per application, in the same order; arrivals of an application without inputs are
  // left out.
  std::vector<std::vector<LoadInput>> inputs;
  // Whether an answer says what the label says; asked only where there is a label.
  std::function<bool(ApplicationId, const LoadInput&, const std::string& answer)> is_right;
  Seconds timeout{90};  // until a client stops waiting
};

struct LoadRecord {
  Workload workload;      // as planned: its id, arrival and SLO
  std::size_t input = 0;  // position in the inputs of its application
  SimTime sent{0};        // since the start of the replay; later than the arrival by what sending
                          // lagged behind
  std::optional<SimTime> answered;  // none: no answer came
  int status = 0;                   // 0: no answer came
  std::string problem;              // why not, or what the answer complained about
  std::optional<std::uint64_t> gateway_id;
  std::string strategy;
  std::string hosts;
  std::string trace;
  bool compared = false;      // with the expected answer
  bool wrong = false;         // compared, and different in more than a last decimal
  std::optional<bool> right;  // by the label, if there is one
};

struct LoadReport {
  std::vector<LoadRecord> records;  // all that were sent, in order of arrival
  std::int64_t completed = 0;       // answered with 200
  std::int64_t lost = 0;            // everything else
  std::int64_t duplicated = 0;      // answers that repeat the workload id of another one
  std::int64_t compared = 0;
  std::int64_t wrong_answers = 0;
  std::int64_t labelled = 0;
  std::int64_t right = 0;
  Seconds latest_send{0};  // the most that a request was sent after its arrival
};

class LoadGenerator {
 public:
  // Which input a workload sends is drawn from streams.stream("inputs", its id).
  LoadGenerator(LoadSettings settings, RandomStreams streams);

  // Sends the workloads, which are in order of arrival, and returns when all are answered. When
  // stop is requested no more are sent and those under way are waited for.
  LoadReport run(const std::vector<Workload>& workloads, std::stop_token stop = {});

  // Progress, for other threads.
  std::int64_t sent() const { return sent_; }
  std::int64_t answered() const { return answered_; }

 private:
  class Replay;

  LoadSettings settings_;
  RandomStreams streams_;
  std::atomic<std::int64_t> sent_ = 0;
  std::atomic<std::int64_t> answered_ = 0;
};

}  // namespace scinet
