// `blur` and `emboss`: a picture in, a JPEG of the same size out.
#include <opencv2/imgproc.hpp>
#include <utility>

#include "serving/applications/applications.h"
#include "serving/image_bytes.h"

namespace scinet {
namespace {

using Filter = cv::Mat (*)(const cv::Mat&);

cv::Mat blur(const cv::Mat& image) {
  constexpr int kWindow = 15;  // pixels; the deviation follows from it
  cv::Mat blurred;
  cv::GaussianBlur(image, blurred, cv::Size(kWindow, kWindow), 0.0);
  return blurred;
}

// Light from the upper left: the difference along that diagonal on top of the picture itself. The
// weights add up to 1, so that flat areas keep their colour.
cv::Mat emboss(const cv::Mat& image) {
  const cv::Matx33f weights(-2, -1, 0,  //
                            -1, 1, 1,   //
                            0, 1, 2);
  cv::Mat embossed;
  cv::filter2D(image, embossed, -1, weights);
  return embossed;
}

ApplicationDefinition filter_application(std::string name, std::string summary, Filter filter) {
  const auto run = [filter](ModelStore&, std::string_view input) -> Result<std::string> {
    const Result<cv::Mat> image = decode_image(input, ImageColour::kBgr);
    if (!image) return image.error();
    return encode_jpeg(filter(image.value()));
  };
  return {name, std::move(summary), "image/jpeg", {{"whole", {{name, {}, of_one_input(run)}}}}};
}

}  // namespace

ApplicationDefinition blur_application() {
  return filter_application("blur",
                            "a PNG or JPEG picture in, the same picture blurred out as JPEG", blur);
}

ApplicationDefinition emboss_application() {
  return filter_application("emboss", "a PNG or JPEG picture in, its relief out as JPEG", emboss);
}

}  // namespace scinet
