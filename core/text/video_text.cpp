#include "core/text/video_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "core/files/error.h"

namespace fusionscope::text {

namespace {

constexpr std::array<const char*, 20> small = {"zero",    "one",     "two",       "three",    "four",
                                               "five",    "six",     "seven",     "eight",    "nine",
                                               "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                               "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<const char*, 10> tens = {"",      "",      "twenty",  "thirty", "forty",
                                              "fifty", "sixty", "seventy", "eighty", "ninety"};

/// Whole seconds; what is no time at all counts as the beginning, and a year as the most.
std::int64_t wholeSeconds(double seconds) {
    constexpr double year = 366 * 86400.0;
    return std::isfinite(seconds) ? static_cast<std::int64_t>(std::clamp(seconds, 0.0, year)) : 0;
}

/// "1:02:03", "1 day, 0:00:05".
std::string clock(std::int64_t seconds) {
    const auto days = seconds / 86400;
    char text[32];
    std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(seconds / 3600 % 24),
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
    return days == 0 ? text : concat(days, days == 1 ? " day, " : " days, ", text);
}

}  // namespace

std::string inWords(std::size_t number) {
    if (number < small.size()) return small[number];
    if (number < 100) {
        std::string words = tens[number / 10];
        if (number % 10 > 0) words.append("-").append(small[number % 10]);
        return words;
    }
    if (number >= 1000) return std::to_string(number);
    std::string words = small[number / 100];
    words += " hundred";
    if (number % 100 > 0) words.append(" and ").append(inWords(number % 100));
    return words;
}

std::string videoIntroduction(const VideoTimes& times) {
    return concat("You are provided the following series of ", inWords(times.seconds.size()), " frames from a ",
                  clock(wholeSeconds(times.duration)), " [H:MM:SS] video.\n");
}

std::string frameIntroduction(double seconds) {
    const auto whole = wholeSeconds(seconds);
    char text[48];
    std::snprintf(text, sizeof text, "\nFrame from %02d:%02d:", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
    return text;
}

}  // namespace fusionscope::text
