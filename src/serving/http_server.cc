#include "serving/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <utility>

#include "serving/http_coroutines.h"

namespace scinet {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using http_detail::copy;
using http_detail::in;
using http_detail::report_to;

// Why a request ends here: what to tell the client, if anything, before the connection closes.
std::optional<HttpResponse> refusal(error_code failure, const HttpLimits& limits) {
  if (failure == http::error::body_limit) {
    return error_response(413, fmt::format("the body is larger than {} bytes", limits.max_body));
  }
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
    return error_response(431,
                          fmt::format("the header is larger than {} bytes", limits.max_header));
  }
  const bool gone = failure == http::error::end_of_stream;
  if (gone || failure.category() != make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  }
  return error_response(400, "this is not a well-formed HTTP/1.1 request: " + failure.message());
}

HttpRequest to_request(http::request<http::string_body>&& message) {
  HttpRequest request;
  request.method = copy(message.method_string());
  request.target = copy(message.target());
  for (const auto& field : message) {
    request.fields.push_back({copy(field.name_string()), copy(field.value())});
  }
  request.body = std::move(message.body());
  return request;
}

http::response<http::string_body> to_message(HttpResponse&& response, unsigned version) {
  http::response<http::string_body> message(
      http::int_to_status(static_cast<unsigned>(response.status)), version);
  message.set(http::field::server, "scinet");
  if (!response.content_type.empty()) {
    message.set(http::field::content_type, response.content_type);
  }
  for (const HttpField& field : response.fields) message.insert(field.name, field.value);
  message.body() = std::move(response.body);
  return message;
}

}  // namespace

// Coroutines hold a share of this, so it lasts until the last connection is gone.
struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(asio::io_context& io, HttpLimits all_limits, HttpHandler on_request)
      : loop(io), limits(all_limits), handler(std::move(on_request)), acceptor(io) {}

  // One client's connection; lives in its coroutine and is listed while it lasts.
  struct Connection {
    Connection(std::list<Connection*>& all, tcp::socket socket)
        : stream(std::move(socket)), buffer(64 * 1024), list(all) {
      list.push_front(this);
      position = list.begin();
    }
    ~Connection() { list.erase(position); }
    Connection(const Connection&) = delete;

    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool idle = true;  // between requests
    std::list<Connection*>& list;
    std::list<Connection*>::iterator position;
  };

  // Bytes of one request's body, counted in the server's total while they are held.
  struct BodyShare {
    explicit BodyShare(std::size_t& all) : total(all) {}
    ~BodyShare() { total -= held; }
    BodyShare(const BodyShare&) = delete;
    void hold(std::size_t bytes) { total = total - std::exchange(held, bytes) + bytes; }

    std::size_t& total;
    std::size_t held = 0;
  };

  using Parser = http::request_parser<http::string_body>;

  awaitable<void> accept_all(std::shared_ptr<Impl> self);
  awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket socket);
  awaitable<bool> wait_for_request(Connection& connection);
  awaitable<std::optional<HttpResponse>> read(Connection& connection, Parser& parser,
                                              BodyShare& share);
  awaitable<HttpResponse> answer(HttpRequest request);
  awaitable<bool> write(Connection& connection, const http::request<http::string_body>& request,
                        HttpResponse response, bool keep);
  awaitable<void> linger(Connection& connection);
  void end_oldest_idle();
  void finish_if_empty();

  asio::io_context& loop;
  HttpLimits limits;
  HttpHandler handler;
  tcp::acceptor acceptor;
  std::list<Connection*> connections;
  std::size_t body_bytes = 0;
  bool closing = false;
  std::function<void()> closed;
};

awaitable<void> HttpServer::Impl::accept_all(std::shared_ptr<Impl> self) {
  while (acceptor.is_open()) {
    error_code failure;
    tcp::socket socket = co_await acceptor.async_accept(report_to(failure));
    if (!failure) {
      if (connections.size() >= limits.max_connections) end_oldest_idle();
      asio::co_spawn(loop, serve(self, std::move(socket)), asio::detached);
    } else if (acceptor.is_open()) {
      // Out of file descriptors, most likely: those who have one will be done with it.
      asio::steady_timer pause(loop, std::chrono::milliseconds(50));
      co_await pause.async_wait(report_to(failure));
    }
  }
}

awaitable<void> HttpServer::Impl::serve([[maybe_unused]] std::shared_ptr<Impl> self,
                                        tcp::socket socket) {
  {
    Connection connection(connections, std::move(socket));
    error_code ignored;
    connection.stream.socket().set_option(tcp::no_delay(true), ignored);

    bool keep = true;
    while (keep) {
      // Not in the loop's condition: g++ 12 waits there even when `keep` is false.
      const bool asked = co_await wait_for_request(connection);
      if (!asked) break;
      BodyShare share(body_bytes);
      Parser parser;
      std::optional<HttpResponse> response = co_await read(connection, parser, share);
      const bool refused = response.has_value();
      if (!refused && !parser.is_done()) break;  // the client is gone
      keep = !refused && parser.get().keep_alive();
      http::request<http::string_body> head(http::request_header<>(parser.get().base()));
      if (!refused) response = co_await answer(to_request(parser.release()));
      keep = co_await write(connection, head, std::move(*response), keep);
      if (refused) co_await linger(connection);
      connection.idle = true;
    }
    connection.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }
  finish_if_empty();
}

// Waits for the first byte of the next request; false when there will be none.
awaitable<bool> HttpServer::Impl::wait_for_request(Connection& connection) {
  if (closing) co_return false;
  if (connection.buffer.size() == 0) {
    error_code failure;
    connection.stream.expires_after(in(limits.idle));
    const std::size_t received = co_await connection.stream.async_read_some(
        connection.buffer.prepare(4096), report_to(failure));
    if (failure) co_return false;
    connection.buffer.commit(received);
  }
  connection.idle = false;
  co_return true;
}

// Reads one request into `parser`. Returns the answer if it is refused; neither an answer nor a
// complete request when the client is gone.
awaitable<std::optional<HttpResponse>> HttpServer::Impl::read(Connection& connection,
                                                              Parser& parser, BodyShare& share) {
  if (connections.size() > limits.max_connections) {
    HttpResponse full = error_response(503, "too many connections are open");
    full.fields.push_back({"Retry-After", "1"});
    co_return full;
  }
  beast::tcp_stream& stream = connection.stream;
  parser.header_limit(static_cast<std::uint32_t>(limits.max_header));
  parser.body_limit(limits.max_body);

  error_code failure;
  stream.expires_after(in(limits.header));
  co_await http::async_read_header(stream, connection.buffer, parser, report_to(failure));
  if (failure) co_return refusal(failure, limits);
  const http::request<http::string_body>& request = parser.get();
  if (request.version() >= 11 && request.count(http::field::host) != 1) {
    co_return error_response(400, "an HTTP/1.1 request has exactly one Host field");
  }
  // Where the body ends must be beyond doubt, or two servers in a row could see two requests.
  const bool encoded = request.count(http::field::transfer_encoding) > 0;
  if (encoded && !beast::iequals(request[http::field::transfer_encoding], "chunked")) {
    co_return error_response(501, "the only Transfer-Encoding that is understood is chunked");
  }

  stream.expires_after(in(limits.body));
  if (!parser.is_done() && beast::iequals(request[http::field::expect], "100-continue")) {
    http::response<http::empty_body> go_on(http::status::continue_, request.version());
    co_await http::async_write(stream, go_on, report_to(failure));
    if (failure) co_return std::nullopt;
  }
  while (!parser.is_done()) {
    co_await http::async_read_some(stream, connection.buffer, parser, report_to(failure));
    if (failure) co_return refusal(failure, limits);
    share.hold(request.body().size());
    if (body_bytes > limits.max_bodies) {
      HttpResponse full = error_response(503, "the bodies of other requests fill the memory");
      full.fields.push_back({"Retry-After", "1"});
      co_return full;
    }
  }
  co_return std::nullopt;
}

// Hands the request to the handler and suspends until it responds.
awaitable<HttpResponse> HttpServer::Impl::answer(HttpRequest request) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(HttpResponse)>(
      [this](auto resume, HttpRequest asked) {
        struct Waiting {
          ~Waiting() { respond(error_response(500, "the request was dropped")); }
          void respond(HttpResponse response) {
            if (answered.exchange(true)) return;
            asio::post(
                io, [coroutine = std::move(resume_coroutine),
                     response = std::move(response)]() mutable { coroutine(std::move(response)); });
          }
          asio::io_context& io;
          decltype(resume) resume_coroutine;
          std::atomic<bool> answered = false;
        };
        const auto waiting = std::make_shared<Waiting>(loop, std::move(resume));
        handler(std::move(asked),
                [waiting](HttpResponse response) { waiting->respond(std::move(response)); });
      },
      asio::use_awaitable, std::move(request));
}

// Returns whether the connection can take another request.
awaitable<bool> HttpServer::Impl::write(Connection& connection,
                                        const http::request<http::string_body>& request,
                                        HttpResponse response, bool keep) {
  keep = keep && !closing;
  const unsigned version = request.version() == 10 ? 10 : 11;
  http::response<http::string_body> message = to_message(std::move(response), version);
  message.keep_alive(keep);
  if (message.result() != http::status::no_content) message.prepare_payload();

  error_code failure;
  connection.stream.expires_after(in(limits.write));
  http::response_serializer<http::string_body> serializer(message);
  if (request.method() == http::verb::head) {
    co_await http::async_write_header(connection.stream, serializer, report_to(failure));
  } else {
    co_await http::async_write(connection.stream, serializer, report_to(failure));
  }
  co_return keep && !failure;
}

// Takes in what a refused client is still sending: closing at once would reset the connection,
// and the client might never see why.
awaitable<void> HttpServer::Impl::linger(Connection& connection) {
  constexpr std::size_t kMostBytes = 64 * 1024 * 1024;
  error_code failure;
  connection.stream.socket().shutdown(tcp::socket::shutdown_send, failure);
  connection.stream.expires_after(std::chrono::seconds(2));
  std::array<char, 16 * 1024> discarded;
  for (std::size_t bytes = 0; !failure && !closing && bytes < kMostBytes;) {
    bytes +=
        co_await connection.stream.async_read_some(asio::buffer(discarded), report_to(failure));
  }
}

// Makes room for a newcomer: who waits without asking anything goes first.
void HttpServer::Impl::end_oldest_idle() {
  const auto oldest = std::find_if(connections.rbegin(), connections.rend(),
                                   [](const Connection* connection) { return connection->idle; });
  if (oldest == connections.rend()) return;
  (*oldest)->idle = false;
  (*oldest)->stream.close();
}

void HttpServer::Impl::finish_if_empty() {
  if (closing && connections.empty() && closed) asio::post(loop, std::exchange(closed, nullptr));
}

HttpServer::HttpServer(asio::io_context& loop, HttpLimits limits, HttpHandler handler)
    : impl_(std::make_shared<Impl>(loop, limits, std::move(handler))) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port) {
  error_code failure;
  const auto failed = [&](std::string_view step) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("cannot {} {} port {}: {}", step, address, port, failure.message())};
  };
  const asio::ip::address parsed = asio::ip::make_address(address, failure);
  if (failure) return failed("understand the address");
  const tcp::endpoint endpoint(parsed, port);
  tcp::acceptor& acceptor = impl_->acceptor;
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return failed("listen on");
  asio::co_spawn(impl_->loop, impl_->accept_all(impl_), asio::detached);
  return acceptor.local_endpoint().port();
}

void HttpServer::close(std::function<void()> closed) {
  error_code ignored;
  impl_->closing = true;
  impl_->closed = std::move(closed);
  impl_->acceptor.close(ignored);
  for (Impl::Connection* connection : impl_->connections) {
    if (connection->idle) connection->stream.close();
  }
  impl_->finish_if_empty();
}

}  // namespace scinet
