// `vad`: where in a sound somebody speaks, by Silero VAD v5. The model reads the sound in frames of
// 32 ms, carries a state from frame to frame and gives the probability of speech in each. How
// frames become segments follows the rules that Silero publishes with the model.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "serving/applications/applications.h"
#include "serving/rounded.h"
#include "serving/sound_bytes.h"

namespace scinet {
namespace {

constexpr const char* kModel = "vad/silero_vad_v5.onnx";

constexpr int kRate = 16'000;
constexpr std::size_t kFrame = 512;   // samples: 32 ms
constexpr std::size_t kContext = 64;  // samples of the frame before, put in front
constexpr std::size_t kState = 2 * 128;

constexpr float kSpeech = 0.5f;                       // probability at which speech begins
constexpr float kSilence = 0.35f;                     // below which it may end
constexpr std::size_t kMinSpeech = kRate / 4;         // shorter sounds are no speech
constexpr std::size_t kMinSilence = kRate / 10;       // shorter pauses do not end it
constexpr std::size_t kPadding = kRate * 30 / 1'000;  // kept around a segment

struct Segment {  // in samples, the end not included
  std::size_t start = 0;
  std::size_t end = 0;
};

Result<std::vector<float>> speech_probabilities(const OnnxSession& model,
                                                const std::vector<float>& samples) {
  std::vector<Tensor> inputs = {
      {{1, kContext + kFrame}, std::vector<float>(kContext + kFrame, 0.0f)},
      {{2, 1, 128}, std::vector<float>(kState, 0.0f)},
      {{1}, std::vector<std::int64_t>{kRate}},
  };
  std::vector<float> probabilities;
  for (std::size_t at = 0; at < samples.size(); at += kFrame) {
    auto& window = std::get<std::vector<float>>(inputs[0].values);
    std::copy(window.end() - kContext, window.end(), window.begin());
    std::fill(window.begin() + kContext, window.end(), 0.0f);  // the last frame may be short
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at),
                std::min(kFrame, samples.size() - at), window.begin() + kContext);
    Result<std::vector<Tensor>> outputs = model.run(inputs);
    if (!outputs) return outputs.error();
    probabilities.push_back(std::get<std::vector<float>>(outputs.value()[0].values).at(0));
    inputs[1] = std::move(outputs.value()[1]);
  }
  return probabilities;
}

std::vector<Segment> find_speech(const std::vector<float>& probabilities, std::size_t length) {
  std::vector<Segment> segments;
  const auto keep = [&segments](std::size_t start, std::size_t end) {
    if (end - start > kMinSpeech) segments.push_back({start, end});
  };
  bool speaking = false;
  std::size_t start = 0;
  std::size_t quiet_since = 0;  // 0: not quiet
  for (std::size_t frame = 0; frame < probabilities.size(); ++frame) {
    const std::size_t now = frame * kFrame;
    const float probability = probabilities[frame];
    if (probability >= kSpeech) {
      if (!speaking) start = now;
      speaking = true;
      quiet_since = 0;
    } else if (speaking && probability < kSilence) {
      if (quiet_since == 0) quiet_since = now;
      if (now - quiet_since >= kMinSilence) {
        keep(start, quiet_since);
        speaking = false;
        quiet_since = 0;
      }
    }
  }
  if (speaking) keep(start, length);
  return segments;
}

// A little more on both sides, at most half of the pause between two segments.
void pad(std::vector<Segment>& segments, std::size_t length) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i == 0) segments[i].start -= std::min(segments[i].start, kPadding);
    const bool last = i + 1 == segments.size();
    const std::size_t pause = last ? 0 : segments[i + 1].start - segments[i].end;
    const std::size_t padding = last ? kPadding : std::min(kPadding, pause / 2);
    segments[i].end = std::min(length, segments[i].end + padding);
    if (!last) segments[i + 1].start -= padding;
  }
}

Result<std::string> detect_speech(ModelStore& models, std::string_view input) {
  const Result<Sound> sound = decode_wav(input);
  if (!sound) return sound.error();
  const Result<const OnnxSession*> model = models.session(kModel);
  if (!model) return model.error();
  const std::vector<float> samples = resample(sound.value(), kRate).samples;
  const Result<std::vector<float>> probabilities = speech_probabilities(*model.value(), samples);
  if (!probabilities) return probabilities.error();
  std::vector<Segment> segments = find_speech(probabilities.value(), samples.size());
  pad(segments, samples.size());

  std::size_t spoken = 0;
  auto list = nlohmann::ordered_json::array();
  for (const Segment& segment : segments) {
    spoken += segment.end - segment.start;
    list.push_back({{"start_s", rounded(static_cast<double>(segment.start) / kRate)},
                    {"end_s", rounded(static_cast<double>(segment.end) / kRate)}});
  }
  const double ratio = static_cast<double>(spoken) / static_cast<double>(samples.size());
  return nlohmann::ordered_json{{"speech", !segments.empty()},
                                {"segments", std::move(list)},
                                {"speech_ratio", rounded(ratio)}}
      .dump();
}

}  // namespace

ApplicationDefinition vad_application() {
  return {"vad",
          "a WAV sound of up to 60 s in, where somebody speaks out as JSON",
          "application/json",
          {{"whole", {{"listen", {kModel}, of_one_input(detect_speech)}}}}};
}

}  // namespace scinet
