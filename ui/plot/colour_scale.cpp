#include "ui/plot/colour_scale.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "ui/plot/colour_tables.h"

namespace fusionscope::plot {

namespace {

constexpr std::array<std::pair<ColourScale, const char*>, 4> scaleNames = {{{ColourScale::Viridis, "viridis"},
                                                                            {ColourScale::Magma, "magma"},
                                                                            {ColourScale::Cividis, "cividis"},
                                                                            {ColourScale::Difference, "difference"}}};

// Okabe and Ito, "Color Universal Design" (2008), the quiet ones first because the largest class is mostly background.
constexpr std::array<QRgb, 8> okabeIto = {0xff56b4e9, 0xffe69f00, 0xff009e73, 0xffcc79a7,
                                          0xff0072b2, 0xfff0e442, 0xffd55e00, 0xff666666};

QRgb mix(QRgb colour, int other, double share) {
    const auto channel = [&](int value) { return static_cast<int>(std::lround(value + (other - value) * share)); };
    return qRgb(channel(qRed(colour)), channel(qGreen(colour)), channel(qBlue(colour)));
}

int toSrgb(double linear) {
    const double value = std::clamp(linear, 0.0, 1.0);
    const double encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
    return static_cast<int>(std::lround(encoded * 255));
}

/// A colour of Oklab (Björn Ottosson 2020), where equal steps look equal.
QRgb fromOklab(double lightness, double chroma, double hueDegrees) {
    const double hue = hueDegrees * std::numbers::pi / 180;
    const double a = chroma * std::cos(hue);
    const double b = chroma * std::sin(hue);
    const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    return qRgb(toSrgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                toSrgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                toSrgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

/// Both arms lose lightness and gain colour at the same pace, so that equal differences look equally large.
QRgb differenceAt(double position) {
    constexpr double blue = 255, orange = 58;
    const double distance = std::abs(2 * position - 1);
    return fromOklab(0.945 - 0.445 * distance, 0.125 * distance, position < 0.5 ? blue : orange);
}

QRgb tableAt(const ColourTable& table, double position) {
    return 0xff000000 | table[static_cast<std::size_t>(std::lround(position * 255))];
}

}  // namespace

const char* name(ColourScale scale) {
    return std::find_if(scaleNames.begin(), scaleNames.end(), [scale](const auto& entry) { return entry.first == scale; })
        ->second;
}

std::optional<ColourScale> colourScaleFromName(std::string_view name) {
    for (const auto& [scale, scaleName] : scaleNames) {
        if (name == scaleName) return scale;
    }
    return std::nullopt;
}

QRgb colourAt(ColourScale scale, double position) {
    const double inside = std::isnan(position) ? 0.0 : std::clamp(position, 0.0, 1.0);
    switch (scale) {
        case ColourScale::Viridis: return tableAt(viridisTable, inside);
        case ColourScale::Magma: return tableAt(magmaTable, inside);
        case ColourScale::Cividis: return tableAt(cividisTable, inside);
        case ColourScale::Difference: break;
    }
    return differenceAt(inside);
}

QRgb classColour(int label) {
    constexpr int base = static_cast<int>(okabeIto.size());
    const int wrapped = ((label % (3 * base)) + 3 * base) % (3 * base);
    const QRgb colour = okabeIto[static_cast<std::size_t>(wrapped % base)];
    switch (wrapped / base) {
        case 0: return colour;
        case 1: return mix(colour, 0, 0.45);
        default: return mix(colour, 255, 0.55);
    }
}

}  // namespace fusionscope::plot
