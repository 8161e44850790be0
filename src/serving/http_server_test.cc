#include "serving/http_server.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <thread>

#include "serving/http_client.h"
#include "serving/http_testing.h"

namespace scinet {
namespace {

// Answers every request with its method, target and body; a POST to /hold only when it is released.
class EchoServer {
 public:
  explicit EchoServer(HttpLimits limits = {})
      : server_(loop_, limits, [this](const HttpRequest& request, const HttpRespond& respond) {
          if (request.target == "/hold") return held_.set_value(respond);
          respond({200, "text/plain", {}, request.method + request.target + request.body});
        }) {
    const Result<std::uint16_t> listening = server_.listen("127.0.0.1", 0);
    EXPECT_TRUE(listening.ok());
    port_ = listening.value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~EchoServer() {
    loop_.stop();
    thread_.join();
  }

  // Returns once the last connection is closed.
  void close() {
    std::promise<void> closed;
    boost::asio::post(loop_, [&] { server_.close([&] { closed.set_value(); }); });
    closed.get_future().wait();
  }
  std::uint16_t port() const { return port_; }
  // Waits for the request to /hold and answers it when called.
  HttpRespond held() { return held_.get_future().get(); }

  Result<HttpResponse> call(std::string method, std::string target, std::string body) const {
    return http_call({{"127.0.0.1", port_, std::move(target)}, std::move(method), {}, body});
  }

 private:
  boost::asio::io_context loop_{1};
  std::promise<HttpRespond> held_;
  HttpServer server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

constexpr const char* kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

HttpLimits small_limits() {
  HttpLimits limits;
  limits.max_header = 1024;
  limits.max_body = 4096;
  limits.header = Seconds(0.3);
  limits.body = Seconds(0.3);
  return limits;
}

std::string chunks(int count, std::size_t size) {
  std::string text;
  char head[16];
  std::snprintf(head, sizeof(head), "%zx\r\n", size);
  for (int i = 0; i < count; ++i) text += head + std::string(size, 'x') + "\r\n";
  return text;
}

std::string post(const std::string& fields, const std::string& body) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

struct HostileCase {
  const char* name;
  std::string bytes;
  int status;  // 0: closed without an answer
};

std::vector<HostileCase> hostile_cases() {
  using namespace std::string_literals;
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  return {
      {"nothing at all", "", 0},
      {"words", "hello there\r\n\r\n", 400},
      {"every byte", all_bytes, 400},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400},
      {"no version", "GET /x\r\n\r\n", 400},
      {"no method", " /x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"blank in the target", "GET /x y HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"line feeds only", "GET /x HTTP/1.1\nHost: a\n\n", 400},
      {"no Host", "GET /x HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"field without a colon", "GET /x HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400},
      {"blank before the colon", "GET /x HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"NUL in a field", "GET /x HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, 400},
      {"long target", "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
      {"endless line", std::string(100'000, 'G'), 431},
      {"large field", post("X: " + std::string(2000, 'x') + "\r\n", ""), 431},
      {"negative length", post("Content-Length: -1\r\n", ""), 400},
      {"length in words", post("Content-Length: ten\r\n", ""), 400},
      {"length beyond counting", post("Content-Length: 99999999999999999999999\r\n", ""), 400},
      {"two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
      {"length and chunks", post("Content-Length: 5\r\n" + chunked, "0\r\n\r\n"), 400},
      {"body announced too large", post("Content-Length: 1000000\r\n", ""), 413},
      {"body just too large", post("Content-Length: 4097\r\n", std::string(4097, 'x')), 413},
      {"chunks too large", post(chunked, chunks(100, 1000)), 413},
      {"one chunk announced too large", post(chunked, "fffffff\r\n"), 413},
      {"chunk beyond counting", post(chunked, "fffffffffffffffff\r\n"), 400},
      {"chunk of no number", post(chunked, "zz\r\n"), 400},
      {"chunk of negative size", post(chunked, "-5\r\nhello\r\n"), 400},
      {"chunk longer than it says", post(chunked, "2\r\nhello\r\n0\r\n\r\n"), 400},
      {"endless chunk extension", post(chunked, "5;" + std::string(100'000, 'x')), 431},
      {"endless trailer", post(chunked, "0\r\n" + std::string(100'000, 'x')), 431},
      {"compressed transfer", post("Transfer-Encoding: gzip\r\n", "x"), 501},
      {"doubly encoded transfer", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
      {"half a header", "GET /x HTTP/1.1\r\nHos", 400},
      {"half a body", post("Content-Length: 100\r\n", "half"), 400},
      {"half a chunk", post(chunked, "10\r\nhalf"), 400},
  };
}

TEST(HostileBytes, AreRefusedAndTheServerGoesOn) {
  EchoServer server(small_limits());
  for (const HostileCase& test : hostile_cases()) {
    RawConnection connection(server.port());
    connection.send(test.bytes);
    connection.finish_sending();
    EXPECT_EQ(status_of(connection.read_to_end()), test.status) << test.name;
    EXPECT_EQ(server.call("GET", "/x", "").value().body, "GET/x") << "after " << test.name;
  }
}

TEST(HostileBytes, AreRefusedOneByteAtATimeToo) {
  EchoServer server(small_limits());
  for (const HostileCase& test : hostile_cases()) {
    if (test.bytes.size() > 200) continue;
    RawConnection connection(server.port());
    for (char byte : test.bytes) connection.send({&byte, 1});
    connection.finish_sending();
    EXPECT_EQ(status_of(connection.read_to_end()), test.status) << test.name;
  }
}

TEST(HttpServer, DropsClientsThatAreTooSlow) {
  EchoServer server(small_limits());
  RawConnection slow_header(server.port());
  RawConnection slow_body(server.port());
  slow_header.send("GET /x HTTP/1.1\r\nHost:");
  slow_body.send(post("Content-Length: 10\r\n", "half"));
  EXPECT_EQ(slow_header.read_to_end(), "");
  EXPECT_EQ(slow_body.read_to_end(), "");
}

TEST(HttpServer, EndsConnectionsThatAskNothing) {
  HttpLimits limits;
  limits.idle = Seconds(0.1);
  EchoServer server(limits);
  RawConnection idle(server.port());
  EXPECT_EQ(idle.read_to_end(), "");
}

TEST(HttpServer, KeepsAConnectionForManyRequests) {
  EchoServer server;
  RawConnection connection(server.port());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(connection.send(kGet));
    ASSERT_EQ(status_of(connection.read_response()), 200) << "request " << i;
  }
  connection.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string last = connection.read_to_end();
  EXPECT_EQ(status_of(last), 200);
  EXPECT_NE(last.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, AnswersRequestsThatDoNotWaitForAnswersInOrder) {
  EchoServer server;
  RawConnection connection(server.port());
  connection.send(std::string("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n") +
                  "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" + "garbage\r\n\r\n");
  EXPECT_TRUE(connection.read_response().ends_with("GET/1"));
  EXPECT_TRUE(connection.read_response().ends_with("POST/2ab"));
  EXPECT_EQ(status_of(connection.read_to_end()), 400);
}

TEST(HttpServer, ClosesAfterARequestOfHttp10) {
  EchoServer server;
  RawConnection connection(server.port());
  connection.send("GET /x HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(connection.read_to_end().ends_with("GET/x"));
}

TEST(HttpServer, PutsChunksTogether) {
  EchoServer server;
  RawConnection connection(server.port());
  connection.send(post("Transfer-Encoding: chunked\r\n",
                       "5;note=1\r\nhello\r\n6\r\n world\r\n0\r\nX-After: 1\r\n\r\n"));
  EXPECT_TRUE(connection.read_response().ends_with("POST/xhello world"));
}

TEST(HttpServer, TellsAClientThatAsksToGoOn) {
  EchoServer server(small_limits());
  RawConnection welcome(server.port());
  welcome.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(status_of(welcome.read_response()), 100);
  welcome.send("ab");
  EXPECT_TRUE(welcome.read_response().ends_with("POST/xab"));

  RawConnection too_large(server.port());
  too_large.send(post("Content-Length: 5000\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(status_of(too_large.read_response()), 413);
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  EchoServer server;
  RawConnection connection(server.port());
  connection.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  connection.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string both = connection.read_to_end();
  EXPECT_EQ(status_of(both), 200);
  EXPECT_NE(both.find("Content-Length: 6\r\n"), std::string::npos);  // "HEAD/x", had it been GET
  EXPECT_EQ(both.find("HEAD/x"), std::string::npos);
  EXPECT_TRUE(both.ends_with("GET/x"));
}

TEST(HttpServer, MakesRoomForANewcomerByEndingWhoAsksNothing) {
  HttpLimits limits;
  limits.max_connections = 4;
  EchoServer server(limits);
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 4; ++i) idle.push_back(std::make_unique<RawConnection>(server.port()));
  for (int i = 0; i < 4; ++i) {  // all four are known to the server before the next comes
    idle[static_cast<std::size_t>(i)]->send(kGet);
    EXPECT_EQ(status_of(idle[static_cast<std::size_t>(i)]->read_response()), 200);
  }
  RawConnection newcomer(server.port());
  newcomer.send(kGet);
  EXPECT_EQ(status_of(newcomer.read_response()), 200);
  EXPECT_EQ(idle.front()->read_to_end(), "");  // the oldest had to go
}

std::string post_hold(std::size_t size) {
  return "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
         std::string(size, 'x');
}

TEST(HttpServer, RefusesWhatItHasNoConnectionsFor) {
  HttpLimits limits;
  limits.max_connections = 1;
  EchoServer server(limits);
  RawConnection busy(server.port());
  busy.send(post_hold(0));
  const HttpRespond respond = server.held();
  RawConnection newcomer(server.port());
  newcomer.send(kGet);
  const std::string refused = newcomer.read_to_end();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(refused.find("Retry-After: 1"), std::string::npos);
  respond({200, "text/plain", {}, "done"});
  EXPECT_TRUE(busy.read_response().ends_with("done"));
}

TEST(HttpServer, RefusesBodiesThatItHasNoMemoryFor) {
  HttpLimits limits;
  limits.max_bodies = 120'000;
  EchoServer server(limits);
  RawConnection busy(server.port());
  busy.send(post_hold(100'000));
  const HttpRespond respond = server.held();
  EXPECT_EQ(server.call("POST", "/x", std::string(50'000, 'y')).value().status, 503);
  EXPECT_EQ(server.call("POST", "/x", std::string(10'000, 'y')).value().status, 200);
  respond({200, "text/plain", {}, "done"});
  EXPECT_TRUE(busy.read_response().ends_with("done"));
  // The memory of answered requests counts no more.
  EXPECT_EQ(server.call("POST", "/x", std::string(110'000, 'z')).value().status, 200);
}

TEST(HttpServer, AnswersForAHandlerThatForgets) {
  EchoServer server;
  RawConnection client(server.port());
  client.send(post_hold(10));
  server.held();  // and dropped
  EXPECT_EQ(status_of(client.read_response()), 500);
}

TEST(HttpServer, ClosingEndsIdleConnectionsAndTakesNoMore) {
  EchoServer server;
  RawConnection idle(server.port());
  idle.send(kGet);
  EXPECT_EQ(status_of(idle.read_response()), 200);
  server.close();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(server.call("GET", "/x", "").ok());
}

TEST(HttpServer, SaysWhyItCannotListen) {
  EchoServer server;
  boost::asio::io_context loop;
  HttpServer second(loop, {}, [](const HttpRequest&, const HttpRespond&) {});
  const Result<std::uint16_t> taken = second.listen("127.0.0.1", server.port());
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().message, "cannot listen on 127.0.0.1 port " +
                                       std::to_string(server.port()) + ": Address already in use");
  EXPECT_FALSE(second.listen("not an address", 0).ok());
}

TEST(HttpServer, OutlivesAClientThatLeavesBeforeItsAnswer) {
  EchoServer server;
  HttpRespond respond;
  {
    RawConnection client(server.port());
    client.send(post_hold(10));
    respond = server.held();
  }
  respond({200, "text/plain", {}, std::string(1'000'000, 'x')});
  respond({200, "text/plain", {}, "a second answer is passed over"});
  EXPECT_EQ(server.call("GET", "/x", "").value().body, "GET/x");
  server.close();
}

TEST(HttpClient, UsesAConnectionAgainAndNoticesWhenItIsGone) {
  boost::asio::io_context loop{1};
  HttpClient client(loop);
  HttpLimits limits;
  limits.idle = Seconds(0.05);
  EchoServer server(limits);
  for (int i = 0; i < 3; ++i) {
    std::string body;
    client.send({{"127.0.0.1", server.port(), "/x"}, "POST", {}, "abc"},
                [&](Result<HttpResponse> response) { body = response.value().body; });
    loop.restart();
    loop.run();
    EXPECT_EQ(body, "POST/xabc");
    // By the third call the server has closed the kept connection.
    if (i == 1) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

TEST(HttpClient, SaysWhichServerFailed) {
  std::uint16_t closed_port = 0;
  {
    EchoServer server;
    closed_port = server.port();
  }
  const Result<HttpResponse> refused = http_call({{"127.0.0.1", closed_port, "/x"}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "http://127.0.0.1:" + std::to_string(closed_port) +
                                         " gave no answer: Connection refused");
}

TEST(HttpClient, GivesUpOnAServerThatDoesNotAnswer) {
  EchoServer server;
  HttpCall call{{"127.0.0.1", server.port(), "/hold"}};
  call.timeout = Seconds(0.1);
  EXPECT_FALSE(http_call(call).ok());
}

}  // namespace
}  // namespace scinet
