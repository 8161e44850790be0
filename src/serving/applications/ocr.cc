// `ocr`: the text in a picture, by the chain of three PP-OCRv4 models: find the lines, turn them
// upright, read them. The strategy `layer` cuts the chain after the first: its message holds the
// lines cut out, so that the second host needs neither the picture nor the detector.
//
// Pictures are read one after the other: these networks are so large that a stack of pictures or
// lines takes longer than each by itself (on one core 1.4 times the work for each further one).
#include "serving/applications/applications.h"
#include "serving/applications/text_lines.h"
#include "serving/image_bytes.h"

namespace scinet {
namespace {

Result<std::vector<TextLine>> find_lines_in(ModelStore& models, std::string_view input) {
  const Result<cv::Mat> image = decode_image(input, ImageColour::kBgr);
  if (!image) return image.error();
  return find_lines(models, image.value());
}

Result<std::string> read_picture(ModelStore& models, std::string_view input) {
  const Result<std::vector<TextLine>> lines = find_lines_in(models, input);
  if (!lines) return lines.error();
  return read_lines(models, lines.value());
}

Result<std::string> detect(ModelStore& models, std::string_view input) {
  const Result<std::vector<TextLine>> lines = find_lines_in(models, input);
  if (!lines) return lines.error();
  return to_message(lines.value());
}

Result<std::string> recognise(ModelStore& models, std::string_view input) {
  const Result<std::vector<TextLine>> lines = from_message(input);
  if (!lines) return lines.error();
  return read_lines(models, lines.value());
}

}  // namespace

ApplicationDefinition ocr_application() {
  const std::vector<std::string> reading = {kDirectionModel, kRecognitionModel, kAlphabet};
  return {"ocr",
          "a PNG or JPEG picture in, the text in it out as JSON",
          "application/json",
          {{"whole",
            {{"read",
              {kDetectionModel, kDirectionModel, kRecognitionModel, kAlphabet},
              of_one_input(read_picture)}}},
           {"layer",
            {{"detect", {kDetectionModel}, of_one_input(detect)},
             {"recognise", reading, of_one_input(recognise), {0}}}}}};
}

}  // namespace scinet
