#include "ui/plot/numbers.h"

#include <algorithm>
#include <cmath>

namespace fusionscope::plot {

namespace {

QString withTrueMinus(QString text) { return text.replace(QLatin1Char('-'), QChar(0x2212)); }

/// Marks at multiples of a step, with the decimals that show it exactly.
std::vector<Tick> multiples(inspect::Range range, double step, int decimals) {
    std::vector<Tick> ticks;
    const double last = std::floor(range.high / step + 1e-6);
    for (double i = std::ceil(range.low / step - 1e-6); i <= last; ++i) {
        const bool plain = decimals <= 4 && std::fabs(i * step) < 1e5;
        ticks.push_back({i * step, plain ? formatted(i * step, decimals) : withTrueMinus(QString::number(i * step, 'g', 4))});
    }
    return ticks;
}

}  // namespace

std::vector<Tick> ticksOf(inspect::Range range) {
    const double width = static_cast<double>(range.high) - range.low;
    if (width > 0 && std::isfinite(width)) {
        const int exponent = static_cast<int>(std::floor(std::log10(width / 5)));
        for (int power = exponent; power <= exponent + 1; ++power) {
            for (const double digit : {1.0, 2.0, 2.5, 5.0}) {
                const double step = digit * std::pow(10.0, power);
                if (width / step > 5 + 1e-6) continue;
                return multiples(range, step, std::max(0, (digit == 2.5 ? 1 : 0) - power));
            }
        }
    }
    return {{range.low, formatted(range.low, 2)}};
}

QString formatted(double value, int decimals) {
    const QString text = QString::number(value, 'f', decimals);
    const bool zero = std::none_of(text.begin(), text.end(), [](QChar c) { return c >= QLatin1Char('1') && c <= QLatin1Char('9'); });
    return zero ? QString::number(0.0, 'f', decimals) : withTrueMinus(text);
}

QString formatted(inspect::Range range) {
    const double magnitude = std::max(std::fabs(range.low), std::fabs(range.high));
    const QString between = QStringLiteral(" … ");
    if (magnitude > 0 && (magnitude < 1e-3 || magnitude >= 1e5)) {
        return withTrueMinus(QString::number(range.low, 'e', 1) + between + QString::number(range.high, 'e', 1));
    }
    const int decimals = magnitude > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(magnitude))), 0, 5) : 2;
    return formatted(range.low, decimals) + between + formatted(range.high, decimals);
}

}  // namespace fusionscope::plot
