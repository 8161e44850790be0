// A bare TCP connection for tests that send what no well-behaved client would.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace scinet {

class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience{20, 0};  // against a test that never ends
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }
  ~RawConnection() { ::close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False when the server did not take all of it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  // All that comes until the server closes the connection.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, "");
  }

  // One whole response with a Content-Length, or what came of it.
  std::string read_response() {
    std::size_t header = std::string::npos;
    while ((header = received_.find("\r\n\r\n")) == std::string::npos && receive()) {
    }
    if (header == std::string::npos) return std::exchange(received_, "");
    const std::size_t field = received_.find("Content-Length: ");
    const std::size_t length =
        field < header ? std::strtoul(received_.c_str() + field + 16, nullptr, 10) : 0;
    const std::size_t whole = header + 4 + length;
    while (received_.size() < whole && receive()) {
    }
    std::string response = received_.substr(0, whole);
    received_.erase(0, whole);
    return response;
  }

 private:
  bool receive() {
    std::array<char, 4096> bytes;
    const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    EXPECT_FALSE(count < 0 && errno == EAGAIN) << "the server left the connection as it was";
    if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  int socket_;
  std::string received_;
};

// The status of a raw response; 0 when it is none.
inline int status_of(std::string_view response) {
  return response.starts_with("HTTP/1.") && response.size() > 12
             ? std::atoi(std::string(response.substr(9, 3)).c_str())
             : 0;
}

}  // namespace scinet
