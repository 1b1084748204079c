#pragma once

#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>
#include <string>

/// Videos whose frames carry their number as eight black or white bars in the upper rows, over a grey that changes from
/// scene to scene.
namespace fusionscope::tests {

constexpr int barFrameWidth = 256, barFrameHeight = 64, barBits = 8;

/// The middle of a bit's bar.
inline int barColumn(int bit) { return bit * barFrameWidth / barBits + barFrameWidth / barBits / 2; }
constexpr int barRow = barFrameHeight / 16;

/// @returns the path; empty when this OpenCV cannot write the codec
inline std::string writeBarVideo(const std::string& path, const char* codec, int frames, double rate, int sceneLength = 1000) {
    cv::VideoWriter writer(path, cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]), rate,
                           {barFrameWidth, barFrameHeight});
    if (!writer.isOpened()) return {};
    for (int number = 0; number < frames; ++number) {
        const int shade = number / sceneLength % 2 == 1 ? 230 : 20;
        cv::Mat frame(barFrameHeight, barFrameWidth, CV_8UC3, cv::Scalar(shade, shade, shade));
        for (int bit = 0; bit < barBits; ++bit) {
            const int value = number >> bit & 1 ? 255 : 0;
            frame(cv::Rect(bit * barFrameWidth / barBits, 0, barFrameWidth / barBits, barFrameHeight / 8))
                .setTo(cv::Scalar(value, value, value));
        }
        writer.write(frame);
    }
    return path;
}

/// The number that a frame carries. @param brightness of the pixel at a column and a row, 0 to 255
template <class Brightness>
int barNumber(const Brightness& brightness) {
    int number = 0;
    for (int bit = 0; bit < barBits; ++bit)
        if (brightness(barColumn(bit), barRow) > 127) number |= 1 << bit;
    return number;
}

}  // namespace fusionscope::tests
