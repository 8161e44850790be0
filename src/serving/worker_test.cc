#include "serving/worker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <thread>

#include "serving/application_set.h"
#include "serving/http_client.h"
#include "serving/http_server.h"
#include "serving/http_testing.h"
#include "serving/image_bytes.h"
#include "serving/worker_testing.h"
#include "serving/worker_trace.h"

namespace scinet {
namespace {

const std::filesystem::path kSource = SCINET_SOURCE_DIR;
const std::filesystem::path kModels = kSource / "build/models";

// A picture that no other seed gives; a large one takes long to blur.
std::string picture(int seed, int width = 64, int height = 48) {
  cv::Mat image(height, width, CV_8UC3, cv::Scalar::all(0));
  cv::RNG random(static_cast<std::uint64_t>(seed) + 1);
  random.fill(image(cv::Rect(0, 0, 32, 32)), cv::RNG::UNIFORM, 0, 256);
  return encode_jpeg(image).value();
}

WorkerOptions options_for(std::string name) {
  WorkerOptions options;
  options.name = std::move(name);
  options.model_directory = kModels;
  return options;
}

std::unique_ptr<Worker> started(WorkerOptions options = options_for("host-a")) {
  auto worker = std::make_unique<Worker>(std::move(options));
  const Status status = worker->start();
  EXPECT_TRUE(status.ok());
  return worker;
}

nlohmann::json stats_of(const Worker& worker) {
  return nlohmann::json::parse(ask(worker, "GET", "/stats").body);
}

std::string error_of(const HttpResponse& response) {
  return nlohmann::json::parse(response.body).at("error");
}

std::vector<FragmentTrace> traces_of(const HttpResponse& response) {
  const std::string* field = find_field(response.fields, kTraceField);
  return field ? parse_traces(*field).value() : std::vector<FragmentTrace>{};
}

std::string direct(const std::string& application, const std::string& strategy,
                   const std::string& input) {
  static ApplicationSet applications(kModels);
  return applications.run_all(application, strategy, input).value();
}

TEST(Worker, AnswersAsADirectRunDoes) {
  const auto worker = started();
  for (const char* application : {"blur", "emboss"}) {
    const HttpResponse response =
        ask(*worker, "POST", fmt::format("/api/{}", application), picture(1));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "image/jpeg");
    EXPECT_TRUE(response.body == direct(application, "whole", picture(1)));
  }
  EXPECT_TRUE(ask(*worker, "POST", "/api/blur?strategy=whole", picture(2)).body ==
              direct("blur", "whole", picture(2)));
}

TEST(Worker, TellsWhatAFragmentTook) {
  const auto worker = started();
  const HttpResponse response = ask(*worker, "POST", "/fragments/blur/whole/0", picture(1));
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body == direct("blur", "whole", picture(1)));
  const std::vector<FragmentTrace> traces = traces_of(response);
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(traces[0].host, "host-a");
  EXPECT_EQ(traces[0].application + "/" + traces[0].strategy, "blur/whole");
  EXPECT_EQ(traces[0].fragment, 0u);
  EXPECT_EQ(traces[0].load_us, 0);
  EXPECT_GT(traces[0].run_us, 0);
  EXPECT_GT(traces[0].cpu_us, 0);
}

struct RefusedCase {
  const char* method;
  const char* target;
  const char* body;
  int status;
  const char* sentence;  // part of it
};

TEST(Worker, SaysWhatWouldHaveWorked) {
  const auto worker = started();
  const std::vector<RefusedCase> cases = {
      {"POST", "/api/blur", "not a picture", 400, "PNG"},
      {"POST", "/api/blur", "", 400, "PNG"},
      {"POST", "/api/blur?strategie=whole", "", 400, "only strategy=NAME"},
      {"POST", "/api/%zz", "", 400, "hexadecimal"},
      {"POST", "/api/nothing", "", 404, "there is no application 'nothing'; there are: blur"},
      {"POST", "/api/%ff%00%0a", "", 404, "there is no application"},
      {"POST", "/api/blur?strategy=layer", "", 404, "blur has no strategy 'layer'; it has: whole"},
      {"POST", "/fragments/blur/whole/1", "", 404, "no fragment '1'; it has 1"},
      {"POST", "/fragments/blur/whole/-1", "", 404, "no fragment '-1'"},
      {"POST", "/fragments/blur/whole/0x", "", 404, "no fragment '0x'"},
      {"POST", "/fragments/blur/whole/18446744073709551616", "", 404, "no fragment"},
      {"POST", "/fragments/blur/other/0", "", 404, "it has: whole"},
      {"POST", "/fragments/other/whole/0", "", 404, "no application 'other'"},
      {"POST", "/fragments/blur/whole", "", 404, "POST /fragments/APPLICATION/STRATEGY/INDEX"},
      {"POST", "/fragments/../../etc/passwd", "", 404, "there is no"},
      {"GET", "/", "", 404, "POST /api/APPLICATION"},
      {"GET", "/stats/", "", 404, "GET /stats"},
      {"GET", "//stats", "", 404, "GET /stats"},
      {"POST", "/stats", "", 405, "possible are: GET, HEAD, OPTIONS"},
      {"DELETE", "/api/blur", "", 405, "possible are: POST, OPTIONS"},
      {"G", "/stats", "", 405, "'G' is not possible here"},
      {"GET", "/api/blur", "", 405, "'GET' is not possible here"},
      {"GET", "/drain", "", 405, "possible are: POST, OPTIONS"},
  };
  for (const RefusedCase& test : cases) {
    const HttpResponse response = ask(*worker, test.method, test.target, test.body);
    EXPECT_EQ(response.status, test.status) << test.method << " " << test.target;
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_NE(error_of(response).find(test.sentence), std::string::npos) << response.body;
  }
  const HttpResponse wrong_method = ask(*worker, "GET", "/api/blur");
  ASSERT_NE(find_field(wrong_method.fields, "Allow"), nullptr);
  EXPECT_EQ(*find_field(wrong_method.fields, "Allow"), "POST, OPTIONS");
}

TEST(Worker, RefusesABodyOverItsLimit) {
  WorkerOptions options = options_for("host-a");
  options.http.max_body = 1000;
  const auto worker = started(options);
  EXPECT_EQ(ask(*worker, "POST", "/api/blur", std::string(1000, 'x')).status, 400);
  const HttpResponse refused = ask(*worker, "POST", "/api/blur", std::string(1001, 'x'));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(error_of(refused), "the body is larger than 1000 bytes");
}

TEST(Worker, SaysWhichApplicationsItsModelsAreAbsentFor) {
  WorkerOptions options = options_for("host-a");
  options.model_directory = "/nonexistent";
  const auto worker = started(options);
  const HttpResponse response = ask(*worker, "POST", "/api/ocr", picture(1));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(error_of(response).find("ocr is not available here: "), 0u) << response.body;
  EXPECT_TRUE(stats_of(*worker).at("unavailable").contains("ocr"));
  EXPECT_EQ(ask(*worker, "POST", "/api/blur", picture(1)).status, 200);
}

TEST(Worker, AnswersHeadAndOptions) {
  const auto worker = started();
  RawConnection connection(worker->port());
  connection.send("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  connection.send("OPTIONS /api/blur HTTP/1.1\r\nHost: a\r\n\r\n");
  connection.send("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = connection.read_to_end();
  EXPECT_EQ(all.find("HTTP/1.1 200 OK"), 0u);
  EXPECT_EQ(all.find("ok\n"), std::string::npos);
  EXPECT_NE(all.find("HTTP/1.1 204 No Content\r\nServer: scinet\r\nAllow: POST, OPTIONS"),
            std::string::npos);
  EXPECT_NE(all.find("Allow: GET, HEAD, POST, OPTIONS"), std::string::npos);
}

TEST(Worker, TellsItsStatistics) {
  WorkerOptions options = options_for("host-a");
  options.cores = 0.5;
  options.memory_limit = Bytes(512e6);
  options.power = {"test", {Watts(50), Watts(100)}, ""};
  const auto worker = started(options);
  ask(*worker, "POST", "/api/blur", picture(1));
  ask(*worker, "POST", "/api/blur", "not a picture");
  const nlohmann::json stats = stats_of(*worker);
  EXPECT_EQ(stats.at("host"), "host-a");
  EXPECT_EQ(stats.at("cores"), 0.5);
  EXPECT_EQ(stats.at("memory_limit"), 512e6);
  EXPECT_EQ(stats.at("served"), 1);
  EXPECT_EQ(stats.at("failed"), 1);
  EXPECT_EQ(stats.at("rejected"), 0);
  EXPECT_EQ(stats.at("running"), 0);
  EXPECT_EQ(stats.at("queued"), 0);
  EXPECT_EQ(stats.at("concurrency_limit"), 8);
  EXPECT_EQ(stats.at("queue_limit"), 64);
  EXPECT_EQ(stats.at("draining"), false);
  EXPECT_GT(stats.at("cpu_s"), 0.0);
  EXPECT_GT(stats.at("memory_bytes"), 1e6);
  EXPECT_GE(stats.at("utilisation"), 0.0);
  EXPECT_LE(stats.at("utilisation"), 1.0);
  EXPECT_EQ(stats.at("energy_source"), "modelled");
  // Between idle and full power for as long as it is up.
  const double uptime = stats.at("uptime_s");
  EXPECT_GE(stats.at("energy_j"), 50 * uptime * 0.99);
  EXPECT_LE(stats.at("energy_j"), 100 * uptime * 1.01);
}

TEST(Worker, KnowsNoEnergyWithoutAPowerCurve) {
  const auto worker = started();
  EXPECT_EQ(stats_of(*worker).at("energy_source"), "none");
  EXPECT_TRUE(stats_of(*worker).at("energy_j").is_null());
}

// Sends these requests at once and gathers the answers in their order.
std::vector<HttpResponse> ask_all(const Worker& worker, const std::string& target,
                                  const std::vector<std::string>& bodies) {
  boost::asio::io_context loop{1};
  HttpClient client(loop);
  std::vector<HttpResponse> responses(bodies.size());
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    client.send({{"127.0.0.1", worker.port(), target}, "POST", {}, bodies[i]},
                [&responses, i](Result<HttpResponse> response) {
                  ASSERT_TRUE(response.ok()) << response.error().message;
                  responses[i] = std::move(response).value();
                });
  }
  loop.run();
  return responses;
}

TEST(Worker, RefusesWhatItHasNoPlaceForAndLosesNothingElse) {
  WorkerOptions options = options_for("host-a");
  options.concurrency = 1;
  options.queue = 2;
  const auto worker = started(options);
  std::vector<std::string> bodies;
  for (int i = 0; i < 12; ++i) bodies.push_back(picture(i, 3000, 3000));

  const std::vector<HttpResponse> responses = ask_all(*worker, "/api/blur", bodies);

  int served = 0;
  for (std::size_t i = 0; i < responses.size(); ++i) {
    if (responses[i].status == 200) {
      ++served;
      EXPECT_TRUE(responses[i].body == direct("blur", "whole", bodies[i])) << i;
      continue;
    }
    ASSERT_EQ(responses[i].status, 503) << i;
    EXPECT_EQ(error_of(responses[i]),
              "1 requests are running and 2 are waiting; no more are taken");
    ASSERT_NE(find_field(responses[i].fields, "Retry-After"), nullptr);
    EXPECT_EQ(*find_field(responses[i].fields, "Retry-After"), "1");
  }
  EXPECT_GE(served, 3);
  EXPECT_LT(served, 12);
  EXPECT_EQ(stats_of(*worker).at("served"), served);
  EXPECT_EQ(stats_of(*worker).at("rejected"), 12 - served);
}

std::vector<std::string> large_pictures(int count) {
  std::vector<std::string> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(picture(i, 4000, 4000));
  return pictures;
}

// Waits until one request runs and another waits behind it.
void wait_until_busy(const Worker& worker) {
  while (stats_of(worker).at("queued") == 0) std::this_thread::yield();
}

TEST(Worker, StillTellsHowItIsWhenAllSlotsAreBusy) {
  WorkerOptions options = options_for("host-a");
  options.concurrency = 1;
  const auto worker = started(options);
  std::jthread client([&] { ask_all(*worker, "/api/blur", large_pictures(5)); });
  wait_until_busy(*worker);
  EXPECT_EQ(ask(*worker, "GET", "/healthz").body, "ok\n");
  EXPECT_EQ(stats_of(*worker).at("running"), 1);
  client.join();
}

TEST(Worker, FinishesWhatItTookWhenItDrains) {
  WorkerOptions options = options_for("host-a");
  options.concurrency = 1;
  const auto worker = started(options);
  const std::vector<std::string> bodies = large_pictures(5);
  std::vector<HttpResponse> responses;
  std::jthread client([&] { responses = ask_all(*worker, "/api/blur", bodies); });
  wait_until_busy(*worker);
  EXPECT_EQ(ask(*worker, "POST", "/drain").status, 200);
  EXPECT_TRUE(worker->wait());
  client.join();
  int served = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    if (responses[i].status == 503) continue;  // it came after the worker began to drain
    EXPECT_EQ(responses[i].status, 200);
    EXPECT_TRUE(responses[i].body == direct("blur", "whole", bodies[i])) << i;
    ++served;
  }
  EXPECT_GE(served, 2);
}

// A worker that keeps one output and hands it out when it is told to.
class PatientHost {
 public:
  PatientHost()
      : server_(loop_, {}, [this](const HttpRequest&, const HttpRespond& respond) {
          asked_.set_value(respond);
        }) {
    port_ = server_.listen("127.0.0.1", 0).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~PatientHost() {
    loop_.stop();
    thread_.join();
  }
  HttpFields as_input() const {
    return {{kInputsField, fmt::format("http://127.0.0.1:{}/outputs/1", port_)}};
  }
  HttpRespond wait_for_request() { return asked_.get_future().get(); }

 private:
  boost::asio::io_context loop_{1};
  std::promise<HttpRespond> asked_;
  HttpServer server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(Worker, TakesNothingNewWhileItDrains) {
  PatientHost before;
  const auto worker = started();
  HttpResponse last;
  std::jthread client(
      [&] { last = ask(*worker, "POST", "/fragments/blur/whole/0", "", before.as_input()); });
  const HttpRespond respond = before.wait_for_request();
  EXPECT_EQ(stats_of(*worker).at("fetching"), 1);

  EXPECT_EQ(ask(*worker, "POST", "/drain").body, "{\"draining\":true,\"unfinished\":1}\n");
  EXPECT_EQ(ask(*worker, "GET", "/healthz").status, 503);
  EXPECT_EQ(stats_of(*worker).at("draining"), true);
  const HttpResponse refused = ask(*worker, "POST", "/api/blur", picture(1));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(error_of(refused), "this worker is draining and takes no new work");
  EXPECT_NE(find_field(refused.fields, "Retry-After"), nullptr);

  respond({200, "application/octet-stream", {}, picture(1)});
  client.join();
  EXPECT_TRUE(last.body == direct("blur", "whole", picture(1)));
  EXPECT_TRUE(worker->wait());
  EXPECT_FALSE(http_call({{"127.0.0.1", worker->port(), "/healthz"}, "GET"}).ok());
}

TEST(Worker, IsNotDoneWhenItIsStopped) {
  const auto idle = started();
  idle->stop();
  EXPECT_FALSE(idle->wait());

  PatientHost before;
  auto busy = started();
  std::jthread client([&] {
    const Result<HttpResponse> response = http_call(
        {{"127.0.0.1", busy->port(), "/fragments/blur/whole/0"}, "POST", before.as_input(), ""});
    EXPECT_FALSE(response.ok());
  });
  const HttpRespond held = before.wait_for_request();
  busy->stop();
  EXPECT_FALSE(busy->wait());
  busy.reset();  // closes its connections, as the end of its process would
  client.join();
}

TEST(Worker, AnswersThousandsOfRequestsRight) {
  const auto worker = started();
  constexpr int kClients = 8;
  constexpr int kRequests = 250;
  std::vector<std::string> inputs;
  std::vector<std::string> answers;
  for (int i = 0; i < 20; ++i) {
    inputs.push_back(picture(i));
    answers.push_back(direct(i % 2 == 0 ? "blur" : "emboss", "whole", inputs.back()));
  }
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      boost::asio::io_context loop{1};
      HttpClient client(loop);
      for (int r = 0; r < kRequests; ++r) {
        const std::size_t i = static_cast<std::size_t>(c * 7 + r) % inputs.size();
        client.send({{"127.0.0.1", worker->port(), i % 2 == 0 ? "/api/blur" : "/api/emboss"},
                     "POST",
                     {},
                     inputs[i]},
                    [&, i](const Result<HttpResponse>& response) {
                      if (response && response.value().body == answers[i]) ++right;
                    });
        loop.restart();
        loop.run();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, kClients * kRequests);
  EXPECT_EQ(stats_of(*worker).at("served"), kClients * kRequests);
}

TEST(Worker, SurvivesHostileBytesAndGoodBytesCutShort) {
  const auto worker = started();
  const std::string good =
      fmt::format("POST /api/blur HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}",
                  picture(1).size(), picture(1));
  std::uint64_t state = 1;
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes.resize(bytes.size() * (state >> 40) / (1u << 24) + 1);
    bytes[(state >> 20) % bytes.size()] = static_cast<char>(state >> 55);
    RawConnection connection(worker->port());
    connection.send(bytes);
    if (i % 2 == 0) connection.finish_sending();
    if (i % 4 == 0) connection.read_to_end();
  }
  EXPECT_EQ(ask(*worker, "GET", "/healthz").body, "ok\n");
  EXPECT_TRUE(ask(*worker, "POST", "/api/blur", picture(1)).body ==
              direct("blur", "whole", picture(1)));
}

}  // namespace
}  // namespace scinet
