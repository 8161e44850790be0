// scinet worker: this process becomes one host that serves inference over HTTP.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/scinet/verbs.h"
#include "base/text.h"
#include "serving/worker.h"

namespace scinet {
namespace {

struct WorkerCommand {
  WorkerOptions options;
  std::vector<double> watts;
  std::filesystem::path port_file;
  bool exit_with_parent = false;
};

std::string check_name(const std::string& name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  return plain ? "" : in_quotes(name) + " is not made of letters, digits, '.', '_' and '-'";
}

// An option in bytes, such as "16 MiB".
void add_bytes_option(CLI::App& verb, const std::string& name, std::function<void(Bytes)> set,
                      const std::string& description) {
  verb.add_option_function<std::string>(
          name,
          [name, set = std::move(set)](const std::string& text) {
            const std::optional<Bytes> bytes = parse_quantity<Bytes>(text);
            if (!bytes || *bytes < Bytes(1)) {
              throw CLI::ValidationError(name, in_quotes(text) + " is not a size like '16 MiB'");
            }
            set(*bytes);
          },
          description)
      ->type_name("SIZE");
}

// Written beside its place and moved there, so that whoever finds the file can read all of it.
Status write_port(const std::filesystem::path& file, std::uint16_t port) {
  std::filesystem::path draft = file;
  draft += ".part";
  std::ofstream stream(draft);
  stream << port << '\n';
  stream.close();
  std::error_code failure;
  if (stream) std::filesystem::rename(draft, file, failure);
  if (stream && !failure) return ok_status();
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot write the port to {}; give a file in a folder that exists and "
                           "can be written",
                           file.string())};
}

int run_worker(const WorkerCommand& command) {
  if (command.exit_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A client that goes away while it is answered is no reason to end.
  std::signal(SIGPIPE, SIG_IGN);

  WorkerOptions options = command.options;
  for (double watts : command.watts) options.power.points.emplace_back(watts);
  Worker worker(std::move(options));
  Status ready = worker.start();
  if (ready && !command.port_file.empty()) ready = write_port(command.port_file, worker.port());
  if (!ready) {
    fmt::print(stderr, "scinet worker: {}\n", ready.error().message);
    return 1;
  }
  fmt::print("listening on {}\n", worker.url());
  std::fflush(stdout);
  const int exit_code = worker.wait() ? 0 : 1;
  // Everything is answered. Freeing what is left piece by piece would keep a host with a small
  // share of a core on for longer than the kernel takes to free it all.
  std::fflush(nullptr);
  std::_Exit(exit_code);
}

}  // namespace

void add_worker_verb(CLI::App& app, int& exit_code) {
  CLI::App& verb = *app.add_subcommand("worker", "Be one host: serve real inference over HTTP");
  const auto command = std::make_shared<WorkerCommand>();
  WorkerOptions& options = command->options;
  options.name = "worker";
  options.model_directory = "build/models";
  options.drain_on_signals = true;

  verb.add_option("--name", options.name, "Name of this host in answers")
      ->check(CLI::Validator(check_name, ""))
      ->type_name("NAME")
      ->capture_default_str();
  verb.add_option("--address", options.address, "IP address to listen on")->capture_default_str();
  verb.add_option("--port", options.port, "Port to listen on; 0 takes a free one")
      ->capture_default_str();
  verb.add_option("--port-file", command->port_file, "Write the port here once it is open");
  verb.add_option("--models", options.model_directory, "Folder of the model files")
      ->capture_default_str();
  verb.add_option("--concurrency", options.concurrency, "Requests that run at once")
      ->check(CLI::Range(1, 1024))
      ->type_name("COUNT")
      ->capture_default_str();
  verb.add_option("--queue", options.queue, "Requests that wait beyond these; more get a 503")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("COUNT")
      ->capture_default_str();
  add_bytes_option(
      verb, "--max-body",
      [&http = options.http](Bytes size) {
        http.max_body = static_cast<std::size_t>(size.value());
        http.max_bodies = std::max(http.max_bodies, http.max_body);
      },
      "Largest request body (default '16 MiB')");
  add_bytes_option(
      verb, "--keep-memory",
      [&options](Bytes size) { options.keep_memory = static_cast<std::size_t>(size.value()); },
      "Most that outputs kept for other workers may take (default '256 MiB')");
  verb.add_option("--cores", options.cores, "Cores that this process was given (default: all)")
      ->check(CLI::PositiveNumber);
  add_bytes_option(
      verb, "--memory", [&options](Bytes size) { options.memory_limit = size; },
      "Memory that this process was given (default: all)");
  verb.add_option("--power", command->watts,
                  "Watts of the host at evenly spaced utilisations from 0 to 1, to tell its energy")
      ->delimiter(',')
      ->expected(2, 101)
      ->check(CLI::NonNegativeNumber)
      ->type_name("WATTS,...");
  verb.add_flag("--rapl", options.use_rapl,
                "Tell energy by the machine's own counters, where they can be read");
  verb.add_flag("--exit-with-parent", command->exit_with_parent,
                "End at once when the process that started this one ends");
  verb.add_flag("-v,--verbose", options.verbose, "A line on standard error for each event");
  verb.footer(
      "The first line on standard output is 'listening on http://ADDRESS:PORT'. SIGTERM, "
      "SIGINT and POST /drain finish the work in hand and end with exit code 0.");
  verb.callback([command, &exit_code] { exit_code = run_worker(*command); });
}

}  // namespace scinet
