// Calls other HTTP servers without holding a thread while it waits, and keeps connections open
// between calls. Everything happens on the one thread that runs the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "serving/http.h"

namespace boost::asio {
class io_context;
}

namespace scinet {

struct HttpCall {
  HttpUrl url;
  std::string method = "POST";
  HttpFields fields = {};
  std::string body = {};
  Seconds connect_timeout{2};
  Seconds timeout{60};  // for the whole call
};

// An error says which server gave no answer and why; every status that arrives is an answer.
// A call over a kept connection that the server has closed in the meantime is repeated once on
// a fresh one, so calls must be safe to repeat.
class HttpClient {
 public:
  // The loop must outlive the client. `max_answer` bounds the body of an answer, in bytes.
  explicit HttpClient(boost::asio::io_context& loop, std::size_t max_answer = 256 * 1024 * 1024);
  ~HttpClient();

  // On the loop's thread, like `done` later.
  void send(HttpCall call, std::function<void(Result<HttpResponse>)> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Waits for the answer; for programs and tests that have nothing else to do.
Result<HttpResponse> http_call(HttpCall call);

}  // namespace scinet
