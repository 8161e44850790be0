#include "platform/local/load_generator.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "platform/local/gateway.h"
#include "serving/http_client.h"
#include "serving/same_output.h"
#include "serving/worker_trace.h"

namespace scinet {

// One run, on the caller's thread. A timer wakes for the next arrival; answers come in between.
class LoadGenerator::Replay {
 public:
  Replay(LoadGenerator& generator, const std::vector<Workload>& workloads, std::stop_token stop)
      : generator_(generator), settings_(generator.settings_), workloads_(workloads), stop_(stop) {}

  LoadReport run() {
    const std::stop_callback wake(
        stop_, [this] { boost::asio::post(loop_, [this] { timer_.cancel(); }); });
    start_ = Clock::now();
    boost::asio::post(loop_, [this] { send_due(); });
    loop_.run();
    return std::move(report_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void send_due() {
    while (next_ < workloads_.size() && !stop_.stop_requested()) {
      const Workload& workload = workloads_[next_];
      const auto due = start_ + std::chrono::duration_cast<Clock::duration>(workload.arrival);
      if (Clock::now() < due) {
        timer_.expires_at(due);
        timer_.async_wait([this](boost::system::error_code) { send_due(); });
        return;
      }
      ++next_;
      send(workload);
    }
  }

  void send(const Workload& workload) {
    if (workload.application.value >= settings_.inputs.size()) return;
    const std::vector<LoadInput>& inputs = settings_.inputs[workload.application.value];
    if (inputs.empty()) return;
    LoadRecord record;
    record.workload = workload;
    record.input = generator_.streams_.stream("inputs", workload.id.value).below(inputs.size());
    record.sent = Clock::now() - start_;

    HttpCall call;
    call.url = settings_.gateway;
    call.url.target = "/api/" + settings_.names[workload.application.value];
    call.fields.push_back({kSloField, fmt::format("{}", workload.slo.count())});
    call.body = inputs[record.input].bytes;
    call.timeout = settings_.timeout;
    const std::size_t position = report_.records.size();
    report_.records.push_back(std::move(record));
    ++generator_.sent_;
    client_.send(std::move(call), [this, position](Result<HttpResponse> result) {
      take_answer(report_.records[position], std::move(result));
      ++generator_.answered_;
    });
  }

  void take_answer(LoadRecord& record, Result<HttpResponse> result) {
    if (!result) {
      record.problem = result.error().message;
      return;
    }
    const HttpResponse& response = result.value();
    const auto field = [&response](const char* name) {
      const std::string* value = find_field(response.fields, name);
      return value ? *value : std::string();
    };
    record.answered = Clock::now() - start_;
    record.status = response.status;
    record.strategy = field(kStrategyField);
    record.hosts = field(kHostsField);
    record.trace = field(kTraceField);
    const std::string id = field(kWorkloadField);
    std::uint64_t number = 0;
    if (std::from_chars(id.data(), id.data() + id.size(), number).ec == std::errc()) {
      record.gateway_id = number;
    }
    if (response.status == 200) {
      judge(record, response.body);
    } else {
      record.problem = response.body.substr(0, 300);
    }
  }

  void judge(LoadRecord& record, const std::string& answer) {
    const ApplicationId application = record.workload.application;
    const LoadInput& input = settings_.inputs[application.value][record.input];
    if (const auto expected = input.expected.find(record.strategy);
        expected != input.expected.end()) {
      record.compared = true;
      record.wrong = !same_output(answer, expected->second, kLastDecimal);
    }
    if (!input.label.empty() && settings_.is_right) {
      record.right = settings_.is_right(application, input, answer);
    }
  }

  LoadGenerator& generator_;
  const LoadSettings& settings_;
  const std::vector<Workload>& workloads_;
  std::stop_token stop_;
  boost::asio::io_context loop_{1};
  boost::asio::steady_timer timer_{loop_};
  HttpClient client_{loop_};
  Clock::time_point start_;
  std::size_t next_ = 0;
  LoadReport report_;
};

LoadGenerator::LoadGenerator(LoadSettings settings, RandomStreams streams)
    : settings_(std::move(settings)), streams_(streams) {}

LoadReport LoadGenerator::run(const std::vector<Workload>& workloads, std::stop_token stop) {
  LoadReport report = Replay(*this, workloads, stop).run();
  std::set<std::uint64_t> ids;
  for (const LoadRecord& record : report.records) {
    ++(record.status == 200 ? report.completed : report.lost);
    if (record.gateway_id && !ids.insert(*record.gateway_id).second) ++report.duplicated;
    report.compared += record.compared ? 1 : 0;
    report.wrong_answers += record.wrong ? 1 : 0;
    report.labelled += record.right ? 1 : 0;
    report.right += record.right.value_or(false) ? 1 : 0;
    const Seconds lag = to_seconds(record.sent - record.workload.arrival);
    report.latest_send = std::max(report.latest_send, lag);
  }
  return report;
}

}  // namespace scinet
