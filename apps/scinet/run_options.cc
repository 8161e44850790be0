#include "apps/scinet/run_options.h"

#include "apps/scinet/data_directory.h"
#include "apps/scinet/verb_result.h"
#include "base/text.h"

namespace scinet {
namespace {

HostFailure moment_of(const std::string& option, std::string_view text) {
  const Result<HostFailure> moment = parse_host_failure(text);
  if (!moment) throw CLI::ValidationError(option, moment.error().message);
  return moment.value();
}

// "HOST@SECONDS" or "HOST@SECONDS+LENGTH", the length in seconds.
HostFreeze freeze_of(const std::string& text) {
  HostFreeze freeze;
  const std::size_t plus = text.find('+');
  freeze.at = moment_of("--freeze", std::string_view(text).substr(0, plus));
  if (plus != std::string::npos) {
    const auto length = parse_number<double>(std::string_view(text).substr(plus + 1));
    constexpr double kLongest = 1e6;  // seconds
    if (!length || *length <= 0.0 || *length > kLongest) {
      throw CLI::ValidationError(
          "--freeze", in_quotes(text) + " is not HOST@SECONDS+LENGTH; write for example 3@60+10");
    }
    freeze.length = Seconds(*length);
  }
  return freeze;
}

}  // namespace

void add_run_options(CLI::App& verb, RunOptions& options) {
  verb.add_option("--scenario", options.scenario, "A name under scenarios/, or a file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  verb.add_option("--application", options.applications,
                  "Serve these instead of the scenario's, as measured by 'scinet profile'")
      ->delimiter(',')
      ->type_name("NAME[,NAME]");
  verb.add_option("--catalogue", options.catalogue,
                  "Catalogue files, as of 'scinet calibrate', whose entries replace those of the "
                  "same name and what is measured before the run")
      ->type_name("FILE");
  add_policy_option(verb, options.policy);
  add_external_option(verb, options.external);
  verb.add_option("--minutes", options.minutes, "How long (default: as the scenario says)")
      ->type_name("M")
      ->check(CLI::Range(0.01, 1e5));
  verb.add_option("--seed", options.seed, "The same seed sends the same requests")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option_function<std::vector<std::string>>(
          "--kill",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              options.kills.push_back(moment_of("--kill", text));
            }
          },
          "Kill the process of a host at this moment; may be repeated")
      ->type_name("HOST@SECONDS");
  verb.add_option_function<std::vector<std::string>>(
          "--freeze",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) options.freezes.push_back(freeze_of(text));
          },
          "Freeze a host at this moment, for LENGTH seconds (10); may be repeated")
      ->type_name("HOST@SECONDS[+LENGTH]");
  verb.add_option("--out", options.out, "Directory for the result files")
      ->type_name("DIR")
      ->capture_default_str();
  verb.add_flag("--views", options.views,
                "Keeps every view in --out, for 'scinet train scinet --continue'");
  verb.add_option("--port", options.port, "Port of the gateway (default: a free one)")
      ->type_name("N");
  verb.add_flag("--no-load", options.no_load,
                "Send no requests: serve those of clients from outside for the whole time");
  verb.add_option("--models", options.models, "Folder of the model files (default: build/models)")
      ->type_name("DIR");
  verb.add_flag("-q,--quiet", options.quiet, "No progress on standard error");
  add_data_option(verb, options.data);
  add_output_option(verb, options.format);
}

}  // namespace scinet
