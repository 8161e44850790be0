// What the coroutines of the HTTP server and client share. Internal to http_server.cc and
// http_client.cc.
#pragma once

// Boost 1.74 needs this one and does not include it.
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <chrono>
#include <string>

#include "base/time.h"

namespace scinet::http_detail {

// A coroutine goes on after a failed operation and looks at `failure`.
inline auto report_to(boost::system::error_code& failure) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, failure);
}

inline std::chrono::steady_clock::duration in(Seconds time) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(time);
}

inline std::string copy(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace scinet::http_detail
