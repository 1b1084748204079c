#include "core/evaluate/share.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fusionscope::evaluate {

Interval wilson(const Share& share) {
    if (share.asked == 0) return {};
    constexpr double z = 1.959963984540054;  // 97.5 % of the normal distribution lies below
    const auto n = static_cast<double>(share.asked);
    const double p = share.value(), spread = z * z / n;
    const double middle = (p + spread / 2) / (1 + spread);
    const double half = z * std::sqrt(p * (1 - p) / n + spread / (4 * n)) / (1 + spread);
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

nlohmann::json toJson(const Share& share) {
    nlohmann::json json = {{"right", share.right}, {"asked", share.asked}, {"share", nullptr}, {"low", nullptr}, {"high", nullptr}};
    if (share.asked == 0) return json;
    const Interval interval = wilson(share);
    json["share"] = rounded(share.value());
    json["low"] = rounded(interval.low);
    json["high"] = rounded(interval.high);
    return json;
}

}  // namespace fusionscope::evaluate
