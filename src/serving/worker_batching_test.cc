// Requests that run together on a real worker, over HTTP.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <thread>

#include "serving/application_set.h"
#include "serving/batch_terms.h"
#include "serving/http_client.h"
#include "serving/http_testing.h"
#include "serving/image_bytes.h"
#include "serving/same_output.h"
#include "serving/test_inputs.h"
#include "serving/worker.h"
#include "serving/worker_testing.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string kBlur = "/fragments/blur/whole/0";
const std::string kEmboss = "/fragments/emboss/whole/0";
// Who is answered much sooner did not wait for it.
constexpr std::chrono::microseconds kLong = kLongestBatchDelay;

std::string picture(int seed) {
  cv::Mat image(32, 32, CV_8UC3, cv::Scalar::all(0));
  cv::RNG random(static_cast<std::uint64_t>(seed) + 1);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return encode_jpeg(image).value();
}

std::unique_ptr<Worker> started(WorkerOptions options = {}) {
  options.name = "host-a";
  options.model_directory = kModelDirectory;
  auto worker = std::make_unique<Worker>(std::move(options));
  EXPECT_TRUE(worker->start().ok());
  return worker;
}

HttpField terms(std::size_t limit, std::chrono::microseconds delay) {
  return {kBatchField, format_batch({limit, delay})};
}

struct Question {
  std::string target;
  std::string body;
  HttpFields fields;
};

// All at once; the answers in their order.
std::vector<HttpResponse> ask_all(const Worker& worker, const std::vector<Question>& questions) {
  boost::asio::io_context loop{1};
  HttpClient client(loop);
  std::vector<HttpResponse> responses(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto& [target, body, fields] = questions[i];
    client.send({{"127.0.0.1", worker.port(), target}, "POST", fields, body},
                [&responses, i](Result<HttpResponse> response) {
                  ASSERT_TRUE(response.ok()) << response.error().message;
                  responses[i] = std::move(response).value();
                });
  }
  loop.run();
  return responses;
}

FragmentTrace trace_of(const HttpResponse& response) {
  const std::string* field = find_field(response.fields, kTraceField);
  const auto traces = parse_traces(field ? *field : "").value();
  EXPECT_EQ(traces.size(), 1u) << response.status << response.body;
  return traces.empty() ? FragmentTrace{} : traces[0];
}

nlohmann::json stats_of(const Worker& worker) {
  return nlohmann::json::parse(ask(worker, "GET", "/stats").body);
}

std::string direct(const std::string& application, const std::string& input) {
  static ApplicationSet applications(kModelDirectory);
  return applications.run_all(application, "whole", input).value();
}

// Waits until so many requests wait, for a slot or for others.
void wait_until_queued(const Worker& worker, int count) {
  const auto deadline = Clock::now() + 60s;
  while (stats_of(worker).at("queued") != count) {
    ASSERT_LT(Clock::now(), deadline) << stats_of(worker);
  }
}

TEST(WorkerBatching, RunsRequestsTogetherAsSoonAsTheLimitIsThere) {
  const auto worker = started();
  std::vector<Question> questions;
  for (int i = 0; i < 8; ++i) questions.push_back({kBlur, picture(i), {terms(4, kLong)}});
  const auto responses = ask_all(*worker, questions);
  std::int64_t cpu = 0;
  for (std::size_t i = 0; i < responses.size(); ++i) {
    EXPECT_EQ(responses[i].status, 200) << responses[i].body;
    EXPECT_TRUE(responses[i].body == direct("blur", questions[i].body)) << i;
    const FragmentTrace trace = trace_of(responses[i]);
    EXPECT_EQ(trace.batch, 4) << i;
    EXPECT_LT(trace.queue_us, kLong.count() / 2) << "nobody waited for the delay";
    EXPECT_LE(trace.cpu_us, trace.run_us + trace.load_us);
    cpu += trace.cpu_us;
  }
  EXPECT_GT(cpu, 0);
  EXPECT_EQ(stats_of(*worker).at("batches"), 2);
  EXPECT_EQ(stats_of(*worker).at("served"), 8);
  EXPECT_EQ(stats_of(*worker).at("running"), 0);
  EXPECT_EQ(stats_of(*worker).at("queued"), 0);
}

TEST(WorkerBatching, AnswersALoneRequestAfterTheDelay) {
  const auto worker = started();
  const HttpResponse response = ask(*worker, "POST", kBlur, picture(1), {terms(8, 150ms)});
  EXPECT_TRUE(response.body == direct("blur", picture(1)));
  EXPECT_EQ(trace_of(response).batch, 1);
  EXPECT_GE(trace_of(response).queue_us, 150'000);
  EXPECT_EQ(stats_of(*worker).at("batches"), 0) << "one request is no batch";
}

TEST(WorkerBatching, LetsTheFirstWaitOnlyOnceHoweverManyCome) {
  const auto worker = started();
  std::vector<Question> questions;
  for (int i = 0; i < 3; ++i) questions.push_back({kBlur, picture(i), {terms(8, 200ms)}});
  for (const HttpResponse& response : ask_all(*worker, questions)) {
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(trace_of(response).batch, 3);
  }
}

TEST(WorkerBatching, RunsAtOnceWithoutTerms) {
  const auto worker = started();
  std::jthread other([&] { ask(*worker, "POST", kBlur, picture(0), {terms(2, kLong)}); });
  wait_until_queued(*worker, 1);
  EXPECT_EQ(trace_of(ask(*worker, "POST", kBlur, picture(1))).batch, 1);
  EXPECT_EQ(trace_of(ask(*worker, "POST", kBlur, picture(1), {terms(1, kLong)})).batch, 1);
  EXPECT_EQ(stats_of(*worker).at("queued"), 1) << "the other one still waits";
  EXPECT_EQ(trace_of(ask(*worker, "POST", kBlur, picture(2), {terms(2, kLong)})).batch, 2);
}

TEST(WorkerBatching, DoesNotMixFragments) {
  const auto worker = started();
  std::vector<Question> questions;
  for (int i = 0; i < 6; ++i) {
    questions.push_back({i % 2 == 0 ? kBlur : kEmboss, picture(i), {terms(3, kLong)}});
  }
  const auto responses = ask_all(*worker, questions);
  for (std::size_t i = 0; i < responses.size(); ++i) {
    const std::string application = i % 2 == 0 ? "blur" : "emboss";
    EXPECT_TRUE(responses[i].body == direct(application, questions[i].body)) << i;
    EXPECT_EQ(trace_of(responses[i]).batch, 3);
    EXPECT_EQ(trace_of(responses[i]).application, application);
  }
}

TEST(WorkerBatching, StacksTheInputsOfAModel) {
  const ApplicationSet applications(kModelDirectory);
  for (const char* name : {"fashion", "vad"}) {
    const ServedApplication* application = applications.find(name);
    if (!application || !application->unavailable.empty()) continue;
    const auto worker = started();
    std::vector<Question> questions;
    for (const LabelledInput& input : labelled_inputs(name)) {
      if (questions.size() == 4) break;
      questions.push_back(
          {fmt::format("/fragments/{}/whole/0", name), input.bytes, {terms(4, kLong)}});
    }
    const auto responses = ask_all(*worker, questions);
    for (std::size_t i = 0; i < responses.size(); ++i) {
      EXPECT_TRUE(same_output(responses[i].body, direct(name, questions[i].body))) << name << i;
      EXPECT_EQ(trace_of(responses[i]).batch, 4) << name;
      EXPECT_GT(trace_of(responses[i]).load_us, 0) << "all of them waited for the model";
    }
  }
}

TEST(WorkerBatching, AnswersTheOthersWhereOneInputIsWrong) {
  const auto worker = started();
  std::vector<Question> questions;
  for (int i = 0; i < 4; ++i) questions.push_back({kBlur, picture(i), {terms(4, kLong)}});
  questions[2].body = "not a picture";
  const auto responses = ask_all(*worker, questions);
  for (std::size_t i = 0; i < responses.size(); ++i) {
    EXPECT_EQ(responses[i].status, i == 2 ? 400 : 200) << i;
    EXPECT_EQ(trace_of(responses[i]).batch, 4);
    if (i == 2) continue;
    EXPECT_TRUE(responses[i].body == direct("blur", questions[i].body)) << i;
  }
  EXPECT_EQ(stats_of(*worker).at("served"), 3);
  EXPECT_EQ(stats_of(*worker).at("failed"), 1);
}

TEST(WorkerBatching, KeepsOutputsAndFetchesInputs) {
  const auto first = started();
  const auto second = started();
  std::vector<Question> kept;
  std::vector<Question> fetched;
  for (int i = 0; i < 3; ++i) {
    kept.push_back({kBlur, picture(i), {terms(3, kLong), {kKeepField, fmt::to_string(i)}}});
    const std::string url = fmt::format("{}/outputs/{}", first->url(), i);
    fetched.push_back({kEmboss, "", {terms(3, kLong), {kInputsField, url}}});
  }
  for (const HttpResponse& response : ask_all(*first, kept)) {
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(trace_of(response).batch, 3);
  }
  EXPECT_EQ(stats_of(*first).at("kept_outputs"), 3);
  const auto responses = ask_all(*second, fetched);
  for (std::size_t i = 0; i < responses.size(); ++i) {
    EXPECT_TRUE(responses[i].body == direct("emboss", direct("blur", kept[i].body))) << i;
    EXPECT_EQ(trace_of(responses[i]).batch, 3);
  }
}

// One whose input cannot be had never joins.
TEST(WorkerBatching, IsNotHeldUpByAnInputThatCannotBeHad) {
  const auto worker = started();
  const HttpFields lost = {terms(2, kLong), {kInputsField, "http://127.0.0.1:1/outputs/1"}};
  const auto responses = ask_all(*worker, {{kBlur, "", lost},
                                           {kBlur, picture(1), {terms(2, kLong)}},
                                           {kBlur, picture(2), {terms(2, kLong)}}});
  EXPECT_EQ(responses[0].status, 502);
  EXPECT_EQ(trace_of(responses[1]).batch, 2);
  EXPECT_EQ(trace_of(responses[2]).batch, 2);
}

TEST(WorkerBatching, RefusesTermsThatItDoesNotUnderstand) {
  const auto worker = started();
  for (const char* field : {"", "8", "limit=0;delay_us=1", "limit=2;delay_us=1000001",
                            "limit=2;delay_us=-1", "limit=2", "delay_us=1;limit=2"}) {
    const HttpResponse response = ask(*worker, "POST", kBlur, picture(1), {{kBatchField, field}});
    EXPECT_EQ(response.status, 400) << field;
    EXPECT_NE(response.body.find("limit=NUMBER;delay_us=NUMBER"), std::string::npos) << field;
  }
  EXPECT_EQ(stats_of(*worker).at("served"), 0);
}

TEST(WorkerBatching, RefusesWhatItHasNoPlaceForAsEver) {
  WorkerOptions options;
  options.concurrency = 1;
  options.queue = 2;
  const auto worker = started(options);
  std::jthread waiting([&] {
    const std::vector<Question> three(3, {kBlur, picture(1), {terms(8, kLong)}});
    for (const HttpResponse& response : ask_all(*worker, three)) {
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(trace_of(response).batch, 3);
    }
  });
  wait_until_queued(*worker, 3);
  const HttpResponse refused = ask(*worker, "POST", kBlur, picture(2));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("no more are taken"), std::string::npos);
}

TEST(WorkerBatching, WaitsForNobodyWhenItDrains) {
  const auto worker = started();
  std::vector<HttpResponse> responses;
  std::jthread clients([&] {
    responses = ask_all(*worker, {{kBlur, picture(0), {terms(8, kLong)}},
                                  {kBlur, picture(1), {terms(8, kLong)}},
                                  {kEmboss, picture(2), {terms(8, kLong)}}});
  });
  wait_until_queued(*worker, 3);
  EXPECT_EQ(ask(*worker, "POST", "/drain").status, 200);
  EXPECT_TRUE(worker->wait());
  clients.join();
  EXPECT_EQ(trace_of(responses[0]).batch, 2);
  EXPECT_EQ(trace_of(responses[1]).batch, 2);
  EXPECT_EQ(trace_of(responses[2]).batch, 1);
  for (const HttpResponse& response : responses) {
    EXPECT_LT(trace_of(response).queue_us, kLong.count());
    EXPECT_EQ(response.status, 200);
  }
}

TEST(WorkerBatching, ChangesNothingForTheOthersWhenAClientGoesAway) {
  const auto worker = started();
  {
    RawConnection gone(worker->port());
    gone.send(fmt::format("POST {} HTTP/1.1\r\nHost: a\r\n{}: {}\r\nContent-Length: {}\r\n\r\n{}",
                          kBlur, kBatchField, terms(3, kLong).value, picture(0).size(),
                          picture(0)));
    wait_until_queued(*worker, 1);
  }
  const auto responses = ask_all(
      *worker, {{kBlur, picture(1), {terms(3, kLong)}}, {kBlur, picture(2), {terms(3, kLong)}}});
  for (std::size_t i = 0; i < responses.size(); ++i) {
    EXPECT_TRUE(responses[i].body == direct("blur", picture(static_cast<int>(i) + 1)));
    EXPECT_EQ(trace_of(responses[i]).batch, 3) << "it is still one of them";
  }
}

}  // namespace
}  // namespace scinet
