// write_report comparison|training DOCUMENT.json REPORT.html: a page, for the tests in a browser.
#include <cstdio>
#include <fstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "report/html_report.h"
#include "report/results.h"

int main(int count, char** arguments) {
  const std::string_view kind = count == 4 ? arguments[1] : "";
  if (kind != "comparison" && kind != "training") {
    std::fprintf(stderr, "usage: write_report comparison|training DOCUMENT.json REPORT.html\n");
    return 2;
  }
  std::ifstream file(arguments[2]);
  const scinet::Json document = scinet::Json::parse(file, nullptr, false);
  if (document.is_discarded()) {
    std::fprintf(stderr, "%s is no JSON document\n", arguments[2]);
    return 2;
  }
  const auto html_of = kind == "training" ? scinet::training_html : scinet::comparison_html;
  const scinet::Status written = scinet::write_whole(arguments[3], html_of(document));
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return written ? 0 : 2;
}
