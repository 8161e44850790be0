// The one address that clients talk to: POST /api/NAME with the input in the body gives the result.
// Which host serves it, and again where if that fails, is the platform's business.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/local/local_platform.h"
#include "serving/http_server.h"

namespace scinet {

// Beside every answer to POST /api/NAME that reached the cluster.
inline constexpr const char* kWorkloadField = "X-Scinet-Workload";  // its id
inline constexpr const char* kStrategyField = "X-Scinet-Strategy";
inline constexpr const char* kHostsField = "X-Scinet-Hosts";  // per fragment, comma-separated
// A client may name its deadline, in seconds.
inline constexpr const char* kSloField = "X-Scinet-Slo";

struct GatewaySettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  HttpLimits http{.max_connections = 2048};
};

class Gateway {
 public:
  // Listens when it returns. Loop and platform are borrowed and outlive the gateway.
  static Result<std::unique_ptr<Gateway>> start(GatewaySettings settings, LocalPlatform& platform,
                                                EventLoop& loop);
  // Waits until the answers under way are written: stop the platform first, so that there are none
  // that wait for it.
  ~Gateway();

  std::uint16_t port() const { return port_; }
  std::string url() const;  // "http://127.0.0.1:PORT"

 private:
  Gateway(GatewaySettings settings, LocalPlatform& platform, EventLoop& loop);
  void handle(HttpRequest request, HttpRespond respond);
  void serve(const std::string& name, HttpRequest request, HttpRespond respond);
  HttpResponse stats() const;
  HttpResponse applications() const;

  GatewaySettings settings_;
  LocalPlatform& platform_;
  EventLoop& loop_;
  std::uint16_t port_ = 0;
  std::unique_ptr<HttpServer> server_;  // on the loop's thread
};

}  // namespace scinet
