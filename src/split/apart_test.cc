#include "split/apart.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>

namespace scinet {
namespace {

std::string error_of(const std::function<Result<std::string>()>& task,
                     const ApartLimits& limits = {}) {
  const Result<std::string> result = run_apart("m.onnx", limits, task);
  EXPECT_FALSE(result.ok());
  return result.ok() ? "" : result.error().message;
}

TEST(Apart, BringsTheAnswerBack) {
  std::string large(300'000, 'x');
  large[7] = '\0';
  const Result<std::string> result = run_apart("m.onnx", {}, [&] { return large; });
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value(), large);
}

TEST(Apart, BringsErrorsBack) {
  const Result<std::string> result = run_apart("m.onnx", {}, []() -> Result<std::string> {
    return Error{ErrorCode::kNotFound, "no such thing"};
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(result.error().message, "no such thing");
  EXPECT_EQ(error_of([]() -> Result<std::string> { throw std::runtime_error("odd"); }),
            "m.onnx: odd");
}

TEST(Apart, OutlivesACrash) {
  EXPECT_EQ(error_of([]() -> Result<std::string> {
              std::signal(SIGSEGV, SIG_DFL);
              std::raise(SIGSEGV);
              return std::string();
            }),
            "m.onnx: it crashed the library that runs it (Segmentation fault)");
}

TEST(Apart, EndsWhatTakesTooLong) {
  const std::string error = error_of(
      []() -> Result<std::string> {
        volatile bool forever = true;
        while (forever) {
        }
        return std::string();
      },
      {.cpu_seconds = 1});
  EXPECT_EQ(error, "m.onnx: it took more than 1 s of processor time, or all memory there was");
}

TEST(Apart, EndsWhatTakesTooMuchMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own memory would count";
#endif
  EXPECT_EQ(
      error_of([]() -> Result<std::string> { return std::string(std::size_t{5} << 30, 'x'); }),
      "m.onnx: it needs more than 4096 MiB of memory");
}

}  // namespace
}  // namespace scinet
