// A worker: one process that is one host. It serves real inference over HTTP, tells what it uses,
// and leaves only when the work that it took is done. docs/worker.md describes the protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "model/host_type.h"
#include "serving/http.h"

namespace scinet {

struct WorkerOptions {
  std::string name = "worker";  // letters, digits, '.', '_' and '-'
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  std::filesystem::path model_directory;
  std::size_t concurrency = 8;  // requests that run at once; the operating system shares the cores
  std::size_t queue = 64;       // requests that wait for one of these; more are refused
  HttpLimits http;
  Seconds fetch_timeout{10};  // for each input that another worker keeps
  // Outputs that are kept for other workers: bytes (and no more than half of the memory limit), and
  // how long, so that a platform that died leaves nothing behind for ever.
  std::size_t keep_memory = 256 * 1024 * 1024;
  Seconds keep_time{600};

  double cores = 0.0;     // that this process was given, a fraction too; 0: all of the machine
  Bytes memory_limit;     // that this process was given; 0: all of the machine
  PowerCurve power;       // without points no energy is reported
  bool use_rapl = false;  // count energy by the machine's counters, if they can be read

  bool drain_on_signals = false;  // SIGTERM and SIGINT drain; a second one stops at once
  bool verbose = false;           // a line on standard error for each request
};

class Worker {
 public:
  explicit Worker(WorkerOptions options);
  // Stops.
  ~Worker();

  // Listens and serves from then on; the port is then known. At most once.
  Status start();
  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:PORT"

  // Takes no new work and finishes what it took, then the worker is done. Returns at once.
  void drain();
  // Waits until the worker is done. False when it was stopped before its work was finished.
  bool wait();
  // Ends at once; requests that are not answered by now never are.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scinet
