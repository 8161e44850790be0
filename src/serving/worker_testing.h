// Talking to a worker, as the tests of workers do.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "serving/http_client.h"
#include "serving/worker.h"

namespace scinet {

inline HttpResponse ask(const Worker& worker, const std::string& method, const std::string& target,
                        const std::string& body = "", const HttpFields& fields = {}) {
  const Result<HttpResponse> response =
      http_call({{"127.0.0.1", worker.port(), target}, method, fields, body});
  EXPECT_TRUE(response.ok()) << method << " " << target;
  return response ? response.value() : HttpResponse{0, "", {}, ""};
}

}  // namespace scinet
