#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace fusionscope::evaluate {

/// So many of so many.
struct Share {
    int64_t right = 0, asked = 0;

    void count(bool isRight) {
        ++asked;
        right += isRight;
    }
    Share& operator+=(const Share& other) {
        right += other.right;
        asked += other.asked;
        return *this;
    }
    double value() const { return asked ? static_cast<double>(right) / static_cast<double>(asked) : 0; }
};

/// The 95 % interval of a share after E. B. Wilson (1927), both ends in [0, 1]; [0, 1] where nothing was asked.
struct Interval {
    double low = 0, high = 1;
};
Interval wilson(const Share& share);

/// {"right", "asked", "share", "low", "high"}; shares rounded to four places, null where nothing was asked.
nlohmann::json toJson(const Share& share);
/// To four places, so that texts do not depend on the last bits.
double rounded(double value);

}  // namespace fusionscope::evaluate
