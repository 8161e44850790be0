// HTTP/1.1 as values: what a request asks for, what a response says, and where a URL points.
// Nothing here does I/O; http_server.h and http_client.h do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace scinet {

struct HttpField {
  std::string name;
  std::string value;
  friend bool operator==(const HttpField&, const HttpField&) = default;
};
using HttpFields = std::vector<HttpField>;

// The first field of that name; field names do not distinguish upper and lower case.
const std::string* find_field(const HttpFields& fields, std::string_view name);

struct HttpRequest {
  std::string method;
  std::string target;  // as sent: "/api/blur?strategy=whole"
  HttpFields fields;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  HttpFields fields;  // besides Content-Type, Content-Length and Connection
  std::string body;
};

// The body is {"error": sentence}; bytes that are not UTF-8 are replaced.
HttpResponse error_response(int status, std::string_view sentence);
HttpResponse json_response(int status, std::string json);

// The status that tells a client about this error.
int http_status(ErrorCode code);

// What a target names, percent-decoded: "/a/b%20c?x=1" has the segments "a", "b c".
struct HttpTarget {
  std::vector<std::string> segments;  // "/" has none
  HttpFields query;
  friend bool operator==(const HttpTarget&, const HttpTarget&) = default;
};

// Takes the origin form ("/path?query") and the absolute form ("http://host/path?query").
Result<HttpTarget> parse_target(std::string_view target);

struct HttpUrl {
  std::string host;
  std::uint16_t port = 80;
  std::string target = "/";
  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

// Takes "http://host[:port][/target]", where host is a name or an IPv4 address.
Result<HttpUrl> parse_url(std::string_view url);
std::string to_string(const HttpUrl& url);

// Limits that keep any peer, however slow or hostile, from holding more than its share.
struct HttpLimits {
  std::size_t max_header = 16 * 1024;          // bytes of the first line and all fields
  std::size_t max_body = 16 * 1024 * 1024;     // bytes of one body
  std::size_t max_bodies = 256 * 1024 * 1024;  // bytes of all request bodies held at once
  std::size_t max_connections = 512;
  Seconds idle{60};    // a connection may wait this long between requests
  Seconds header{10};  // the whole header must have arrived by then
  Seconds body{60};    // and the whole body
  Seconds write{60};   // and the client must have taken the whole answer
};

}  // namespace scinet
