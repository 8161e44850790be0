// An HTTP/1.1 server whose connections all live on the one thread that runs its loop. A waiting
// connection costs no thread, so thousands of idle or slow clients cannot keep others out, and
// work that takes long is the handler's to do elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "serving/http.h"

namespace boost::asio {
class io_context;
}

namespace scinet {

// Answers one request. May be called later and from any thread; the first call counts. Destroyed
// without a call it answers 500. Must not outlive the loop.
using HttpRespond = std::function<void(HttpResponse)>;
// Called on the loop's thread, which it must not hold up.
using HttpHandler = std::function<void(HttpRequest, HttpRespond)>;

// What is malformed or too large is answered (400, 413, 431, 501) and what is too slow is
// dropped before the handler sees it. A body over the limit is refused as soon as its length is
// known. HEAD reaches the handler as it is; whatever body the answer has stays here.
class HttpServer {
 public:
  // The loop must outlive the server, and one thread only may run it.
  HttpServer(boost::asio::io_context& loop, HttpLimits limits, HttpHandler handler);
  ~HttpServer();

  // Port 0 takes a free one; returns the port. `address` is an IPv4 or IPv6 address.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  // Takes no more connections, ends the idle ones, finishes the answers that are under way, then
  // calls `closed`. On the loop's thread, once.
  void close(std::function<void()> closed);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scinet
