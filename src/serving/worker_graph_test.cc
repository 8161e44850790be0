// Requests whose fragments run on several workers: outputs that are kept, fetched and dropped.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <thread>

#include "serving/application_set.h"
#include "serving/http_client.h"
#include "serving/http_server.h"
#include "serving/image_bytes.h"
#include "serving/test_inputs.h"
#include "serving/worker.h"
#include "serving/worker_testing.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

const std::string kBlur = "/fragments/blur/whole/0";
const std::string kEmboss = "/fragments/emboss/whole/0";

std::string picture(int side = 64) {
  cv::Mat image(side, side, CV_8UC3, cv::Scalar::all(0));
  cv::RNG random(7);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return encode_jpeg(image).value();
}

std::unique_ptr<Worker> started(const std::string& name, WorkerOptions options = {}) {
  options.name = name;
  if (options.model_directory.empty()) options.model_directory = kModelDirectory;
  auto worker = std::make_unique<Worker>(std::move(options));
  EXPECT_TRUE(worker->start().ok());
  return worker;
}

HttpResponse keep(const Worker& worker, const std::string& fragment, const std::string& body,
                  const std::string& id) {
  return ask(worker, "POST", fragment, body, {{kKeepField, id}});
}

// What runs with these inputs and answers.
HttpResponse answer(const Worker& worker, const std::string& fragment, const std::string& inputs) {
  return ask(worker, "POST", fragment, "", {{kInputsField, inputs}});
}

nlohmann::json stats_of(const Worker& worker) {
  return nlohmann::json::parse(ask(worker, "GET", "/stats").body);
}

std::string error_of(const HttpResponse& response) {
  return nlohmann::json::parse(response.body).at("error");
}

std::string field_of(const HttpResponse& response, const char* name) {
  const std::string* field = find_field(response.fields, name);
  return field ? *field : "";
}

std::string direct(const std::string& application, const std::string& strategy,
                   const std::string& input) {
  static ApplicationSet applications(kModelDirectory);
  return applications.run_all(application, strategy, input).value();
}

TEST(KeptOutput, StaysWithItsWorkerUntilItIsDropped) {
  const auto worker = started("host-a");
  const std::string blurred = direct("blur", "whole", picture());
  const HttpResponse kept = keep(*worker, kBlur, picture(), "7-0-1");
  EXPECT_EQ(kept.status, 200);
  EXPECT_EQ(kept.body, "");
  EXPECT_EQ(field_of(kept, kSizeField), fmt::to_string(blurred.size()));
  EXPECT_EQ(parse_traces(field_of(kept, kTraceField)).value().size(), 1u);
  EXPECT_EQ(stats_of(*worker).at("kept_outputs"), 1);
  EXPECT_EQ(stats_of(*worker).at("kept_bytes"), blurred.size());

  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(ask(*worker, "GET", "/outputs/7-0-1").body == blurred) << "any number of times";
  }
  EXPECT_EQ(ask(*worker, "HEAD", "/outputs/7-0-1").status, 200);
  EXPECT_EQ(ask(*worker, "DELETE", "/outputs/7-0-1").status, 204);
  EXPECT_EQ(ask(*worker, "DELETE", "/outputs/7-0-1").status, 404);
  EXPECT_EQ(ask(*worker, "GET", "/outputs/7-0-1").status, 404);
  EXPECT_EQ(stats_of(*worker).at("kept_bytes"), 0);
}

TEST(KeptOutput, TravelsStraightToTheNextWorker) {
  const auto first = started("host-a");
  const auto second = started("host-b");
  keep(*first, kBlur, picture(), "1");
  // Any fragment that takes one input may follow any other.
  const HttpResponse response = answer(*second, kEmboss, first->url() + "/outputs/1");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "image/jpeg");
  EXPECT_TRUE(response.body == direct("emboss", "whole", direct("blur", "whole", picture())));
  const auto traces = parse_traces(field_of(response, kTraceField)).value();
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(traces[0].host, "host-b");
  EXPECT_GT(traces[0].fetch_us, 0);
  // What it keeps itself needs no connection, and its one slot is no obstacle.
  EXPECT_TRUE(answer(*first, kEmboss, first->url() + "/outputs/1").body == response.body);
}

TEST(KeptOutput, IsBounded) {
  WorkerOptions options;
  options.keep_memory = 3000;
  const auto worker = started("host-a", options);
  const HttpResponse large = keep(*worker, kBlur, picture(400), "1");
  EXPECT_EQ(large.status, 503) << large.body;
  EXPECT_NE(find_field(large.fields, "Retry-After"), nullptr);
  EXPECT_EQ(ask(*worker, "GET", "/outputs/1").status, 404);
  int kept = 0;
  while (kept < 20 && keep(*worker, kBlur, picture(8), fmt::to_string(kept)).status == 200) ++kept;
  EXPECT_GE(kept, 1);
  EXPECT_LT(kept, 12);
  EXPECT_LE(stats_of(*worker).at("kept_bytes"), 3000);
  EXPECT_EQ(stats_of(*worker).at("keep_limit_bytes"), 3000);
  EXPECT_EQ(ask(*worker, "POST", kBlur, picture(400)).status, 200) << "it still answers";
  options.memory_limit = Bytes(2000);
  EXPECT_EQ(stats_of(*started("host-b", options)).at("keep_limit_bytes"), 1000);
}

TEST(KeptOutput, ExpiresSoThatNothingStaysForEver) {
  WorkerOptions options;
  options.keep_time = Seconds(0.3);
  const auto worker = started("host-a", options);
  EXPECT_EQ(keep(*worker, kBlur, picture(), "1").status, 200);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (stats_of(*worker).at("kept_outputs") != 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  EXPECT_EQ(ask(*worker, "GET", "/outputs/1").status, 404);
}

TEST(KeptOutput, IsNotKeptWhereTheInputIsWrong) {
  const auto worker = started("host-a");
  EXPECT_EQ(keep(*worker, kBlur, "no picture", "1").status, 400);
  EXPECT_EQ(stats_of(*worker).at("kept_outputs"), 0);
}

TEST(Inputs, ThatCannotBeHadAreNamed) {
  const auto first = started("host-a");
  const auto second = started("host-b");
  const std::string gone = "http://127.0.0.1:1/outputs/1";
  for (const std::string& url : {gone, first->url() + "/outputs/1", second->url() + "/outputs/1"}) {
    const HttpResponse response = answer(*second, kBlur, url);
    EXPECT_EQ(response.status, 502) << url;
    EXPECT_EQ(field_of(response, kFailedField), url);
  }
  EXPECT_EQ(error_of(answer(*second, kBlur, gone)),
            "the input http://127.0.0.1:1/outputs/1 cannot be had: http://127.0.0.1:1 gave no "
            "answer: Connection refused");
  EXPECT_EQ(stats_of(*second).at("fetching"), 0);
}

TEST(Inputs, OfASilentWorkerAreGivenUp) {
  boost::asio::io_context loop{1};
  std::vector<HttpRespond> held;
  HttpServer silent(loop, {}, [&](const HttpRequest&, HttpRespond respond) {
    held.push_back(std::move(respond));
  });
  const std::uint16_t port = silent.listen("127.0.0.1", 0).value();
  std::thread thread([&] { loop.run(); });
  WorkerOptions options;
  options.fetch_timeout = Seconds(0.2);
  const auto worker = started("host-a", options);
  const std::string url = fmt::format("http://127.0.0.1:{}/outputs/1", port);
  const HttpResponse response = answer(*worker, kBlur, url);
  EXPECT_EQ(response.status, 502);
  EXPECT_EQ(field_of(response, kFailedField), url);
  loop.stop();
  thread.join();
}

TEST(Inputs, HoldNoSlotWhileTheyAreFetched) {
  boost::asio::io_context loop{1};
  std::promise<HttpRespond> asked;
  HttpServer patient(loop, {}, [&](const HttpRequest&, HttpRespond respond) {
    asked.set_value(std::move(respond));
  });
  const std::uint16_t port = patient.listen("127.0.0.1", 0).value();
  std::thread thread([&] { loop.run(); });
  WorkerOptions options;
  options.concurrency = 1;
  options.queue = 1;
  const auto worker = started("host-a", options);
  HttpResponse fetched;
  std::jthread client([&] {
    fetched = answer(*worker, kBlur, fmt::format("http://127.0.0.1:{}/outputs/1", port));
  });
  const HttpRespond respond = asked.get_future().get();
  EXPECT_EQ(stats_of(*worker).at("running"), 0);
  EXPECT_EQ(ask(*worker, "POST", kBlur, picture()).status, 200);
  respond({200, "", {}, picture()});
  client.join();
  EXPECT_EQ(fetched.status, 200);
  loop.stop();
  thread.join();
}

struct HostileCase {
  HttpFields fields;
  const char* body;
  const char* sentence;  // part of it
};

TEST(Inputs, AreOnlyOutputsOfWorkers) {
  const auto worker = started("host-a");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "http://127.0.0.1:1/outputs/1,";
  const std::vector<HostileCase> cases = {
      {{{kInputsField, "nowhere"}}, "", "http://"},
      {{{kInputsField, "https://127.0.0.1:1/outputs/1"}}, "", "http://"},
      {{{kInputsField, "file:///etc/passwd"}}, "", "http://"},
      {{{kInputsField, "http://127.0.0.1:99999/outputs/1"}}, "", "port"},
      {{{kInputsField, "http://127.0.0.1:1/admin"}}, "", "is no output"},
      {{{kInputsField, "http://127.0.0.1:1/outputs/"}}, "", "is no output"},
      {{{kInputsField, "http://127.0.0.1:1/outputs/../drain"}}, "", "is no output"},
      {{{kInputsField, "http://127.0.0.1:1/outputs/1?x=y"}}, "", "is no output"},
      {{{kInputsField, ","}}, "", "http://"},
      {{{kInputsField, ""}}, "", "names 0 outputs and blur/whole/0 takes 1"},
      {{{kInputsField, many}}, "", "names 100 outputs"},
      {{{kInputsField, "http://127.0.0.1:1/outputs/1"}}, "body", "not by both"},
      {{{kKeepField, ""}}, "", "is no id"},
      {{{kKeepField, "a/b"}}, "", "is no id"},
      {{{kKeepField, "../../etc/passwd"}}, "", "is no id"},
      {{{kKeepField, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},
       "",
       "is no id"},
  };
  for (const HostileCase& hostile : cases) {
    const HttpResponse response = ask(*worker, "POST", kBlur, hostile.body, hostile.fields);
    EXPECT_EQ(response.status, 400) << hostile.fields[0].value;
    EXPECT_NE(error_of(response).find(hostile.sentence), std::string::npos) << response.body;
  }
  for (const char* target : {"/outputs/..", "/outputs/%2e%2e%2fstats", "/outputs/a%20b"}) {
    EXPECT_EQ(ask(*worker, "GET", target).status, 404) << target;
  }
  EXPECT_EQ(ask(*worker, "POST", "/outputs/1").status, 405);
  EXPECT_EQ(stats_of(*worker).at("served"), 0);
}

// Every strategy of more than one fragment, its fragments in turn on two workers, which fetch from
// each other.
TEST(Graphs, GiveTheAnswersOfADirectRun) {
  const ApplicationSet applications(kModelDirectory);
  const auto first = started("host-a");
  const auto second = started("host-b");
  const std::vector<const Worker*> workers = {first.get(), second.get()};
  int graphs = 0;
  for (const ServedApplication& application : applications.applications()) {
    if (!application.unavailable.empty()) continue;
    for (const ServedStrategy& strategy : application.strategies) {
      if (strategy.fragments.size() < 2) continue;
      ++graphs;
      const std::string input = labelled_inputs(application.name)[0].bytes;
      std::string answered;
      for (std::size_t i = 0; i < strategy.fragments.size(); ++i) {
        std::string inputs;
        for (const std::size_t before : strategy.fragments[i].inputs) {
          inputs += fmt::format("{}{}/outputs/{}", inputs.empty() ? "" : ", ",
                                workers[before % 2]->url(), before);
        }
        HttpFields fields;
        if (!inputs.empty()) fields.push_back({kInputsField, inputs});
        const bool is_last = i + 1 == strategy.fragments.size();
        if (!is_last) fields.push_back({kKeepField, fmt::to_string(i)});
        const HttpResponse response =
            ask(*workers[i % 2], "POST",
                fmt::format("/fragments/{}/{}/{}", application.name, strategy.name, i),
                inputs.empty() ? input : "", fields);
        EXPECT_EQ(response.status, 200) << application.name << " " << response.body;
        if (is_last) answered = response.body;
      }
      EXPECT_TRUE(answered == direct(application.name, strategy.name, input))
          << application.name << "/" << strategy.name;
      EXPECT_TRUE(ask(*first, "POST",
                      fmt::format("/api/{}?strategy={}", application.name, strategy.name), input)
                      .body == answered)
          << "all of it on one worker";
    }
  }
  if (graphs == 0) GTEST_SKIP() << "no strategy of several fragments has its models here";
}

}  // namespace
}  // namespace scinet
