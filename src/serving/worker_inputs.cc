#include "serving/worker_inputs.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace scinet {
namespace {

// What is still missing of one fragment's inputs; shared by the calls that bring them.
struct Fetch {
  std::vector<SharedBytes> inputs;
  std::size_t missing = 0;
  std::function<void(FetchedInputs)> done;  // empty once it was called

  void take(std::size_t position, SharedBytes bytes) {
    inputs[position] = std::move(bytes);
    if (--missing > 0 || !done) return;
    std::exchange(done, nullptr)(std::move(inputs));
  }
  void fail(const HttpUrl& url, std::string why) {
    if (done) std::exchange(done, nullptr)(MissingInput{url, std::move(why)});
  }
};

}  // namespace

void fetch_inputs(HttpClient& client, const std::vector<HttpUrl>& urls, Seconds timeout,
                  const OwnOutput& own, std::function<void(FetchedInputs)> done) {
  const auto fetch = std::make_shared<Fetch>();
  fetch->inputs.resize(urls.size());
  fetch->missing = urls.size();
  fetch->done = std::move(done);
  for (std::size_t i = 0; i < urls.size(); ++i) {
    if (std::optional<SharedBytes> kept = own(urls[i])) {
      if (*kept) {
        fetch->take(i, std::move(*kept));
      } else {
        fetch->fail(urls[i], "it is not kept here");
      }
      continue;
    }
    HttpCall call{.url = urls[i], .method = "GET"};
    call.timeout = timeout;
    client.send(std::move(call), [fetch, i, url = urls[i]](Result<HttpResponse> answer) {
      if (!answer) return fetch->fail(url, answer.error().message);
      HttpResponse& response = answer.value();
      if (response.status != 200) {
        return fetch->fail(url, fmt::format("it answered {}: {}", response.status,
                                            std::string_view(response.body).substr(0, 300)));
      }
      fetch->take(i, std::make_shared<const std::string>(std::move(response.body)));
    });
  }
}

}  // namespace scinet
