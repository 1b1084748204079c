// Writes a video of pictures: the view glides over each for two seconds, then the next one comes.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <opencv2/videoio.hpp>

#include "core/image/decode.h"
#include "core/image/resample.h"

using namespace fusionscope;

namespace {

constexpr int width = 480, height = 320, rate = 25, seconds = 2;

/// The frame at a share of the way over a picture.
cv::Mat frameOf(const image::Picture& picture, double share) {
    // A tenth wider and higher than the frame, so that there is a way to glide.
    const image::Size whole{width * 11 / 10, height * 11 / 10};
    const auto resized = image::resample(picture.view(), whole, image::Filter::Bicubic);
    const int left = static_cast<int>(share * (whole.width - width)), top = static_cast<int>((1 - share) * (whole.height - height));
    cv::Mat frame(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const auto* rgb = &resized[3 * (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(whole.width) +
                                            static_cast<std::size_t>(left + x))];
            frame.at<cv::Vec3b>(y, x) = {rgb[2], rgb[1], rgb[0]};
        }
    return frame;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Writes a video of pictures (Motion JPEG in an .avi): the view glides over each for two seconds.\n"
        "Example: make_video clip.avi resources/samples/cat.jpg resources/samples/coffee.jpg"};
    std::string file;
    std::vector<std::string> pictures;
    app.add_option("file", file, "Where to write it")->required();
    app.add_option("pictures", pictures, "What it shows, in order")->required();
    CLI11_PARSE(app, argc, argv);
    try {
        cv::VideoWriter writer(file, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), rate, {width, height});
        if (!writer.isOpened()) throw std::runtime_error(file + " cannot be written");
        for (const auto& path : pictures) {
            const auto picture = image::readPicture(path);
            for (int i = 0; i < rate * seconds; ++i) writer.write(frameOf(picture, i / double(rate * seconds)));
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
