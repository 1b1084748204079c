#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/files/error.h"
#include "core/files/safetensors.h"
#include "core/inspect/feature_map.h"

namespace fusionscope::tests {

inline inspect::FeatureMap mapOf(int rows, int columns, int channels, std::vector<float> data, std::string name = "map") {
    return {std::move(name), rows, columns, channels, std::move(data), false};
}

/// Numbers from −1 to 1 that are the same in every run.
inline std::vector<float> noise(std::size_t count, std::uint32_t seed) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        seed = seed * 1664525U + 1013904223U;
        values.push_back(static_cast<float>(seed >> 8) / 8388608.0F - 1.0F);
    }
    return values;
}

inline inspect::FeatureMap noiseMap(int rows, int columns, int channels, std::uint32_t seed, std::string name = "noise") {
    return mapOf(rows, columns, channels, noise(static_cast<std::size_t>(rows) * columns * channels, seed), std::move(name));
}

/// The sentence with which something is refused; empty when it is not.
inline std::string refusalOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

/// The fp32 tensors of one golden file.
class GoldenTensors {
  public:
    explicit GoldenTensors(const std::string& file)
        : m_tensors(files::readSafetensors(std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "tests/golden" / file).tensors) {}

    std::vector<float> floats(const std::string& name) const { return values<float>(name); }
    std::vector<std::uint8_t> bytes(const std::string& name) const { return values<std::uint8_t>(name); }
    int size(const std::string& name, std::size_t dimension) const {
        return static_cast<int>(m_tensors.at(name).shape.at(dimension));
    }

  private:
    template <class T>
    std::vector<T> values(const std::string& name) const {
        const auto& bytes = m_tensors.at(name).bytes;
        std::vector<T> result(bytes.size() / sizeof(T));
        std::memcpy(result.data(), bytes.data(), bytes.size());
        return result;
    }

    files::TensorTable m_tensors;
};

/// Largest difference of two lists; infinite when their lengths differ or a number is not one.
template <class A, class B>
double worstDifference(const A& a, const B& b) {
    if (a.size() != b.size()) return HUGE_VAL;
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (std::isnan(difference)) return HUGE_VAL;
        worst = std::fmax(worst, difference);
    }
    return worst;
}

}  // namespace fusionscope::tests

/// Fails with the sentence unless it holds the words.
#define COMPARE_REFUSAL(action, words)                                                                     \
    do {                                                                                                   \
        const std::string sentence = fusionscope::tests::refusalOf([&] { action; });                       \
        QVERIFY2(sentence.find(words) != std::string::npos, sentence.empty() ? "accepted" : sentence.c_str()); \
    } while (false)
