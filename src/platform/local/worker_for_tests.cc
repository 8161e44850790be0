// A program with the verb `worker` and nothing else, for tests of the platform: the real worker on
// the real models, without the other parts of the program.
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "serving/worker.h"

int main(int argc, char** argv) {
  scinet::WorkerOptions options;
  options.drain_on_signals = true;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--exit-with-parent") {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      continue;
    }
    if (++i == argc) return 2;
    if (word == "--name") options.name = argv[i];
    if (word == "--models") options.model_directory = argv[i];
    if (word == "--concurrency") options.concurrency = static_cast<std::size_t>(std::atoi(argv[i]));
    if (word == "--queue") options.queue = static_cast<std::size_t>(std::atoi(argv[i]));
  }
  scinet::Worker worker(options);
  if (const scinet::Status started = worker.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 1;
  }
  std::printf("listening on %s\n", worker.url().c_str());
  std::fflush(stdout);
  return worker.wait() ? 0 : 1;
}
