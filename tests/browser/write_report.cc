// write_report COMPARISON.json REPORT.html: the page of a comparison, for the tests in a browser.
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "report/comparison_html.h"

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: write_report COMPARISON.json REPORT.html\n");
    return 2;
  }
  std::ifstream file(arguments[1]);
  const scinet::Json comparison = scinet::Json::parse(file, nullptr, false);
  if (comparison.is_discarded()) {
    std::fprintf(stderr, "%s is no JSON document\n", arguments[1]);
    return 2;
  }
  const scinet::Status written = scinet::write_comparison_html(arguments[2], comparison);
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return written ? 0 : 2;
}
