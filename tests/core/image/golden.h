#pragma once

#include <QCryptographicHash>
#include <QtTest>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/files/json.h"
#include "core/files/safetensors.h"

/// Reading of reference tensors for the tests of the image layer.
namespace golden {

inline std::filesystem::path folder(const char* name) {
    return std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "tests" / "golden" / name;
}

inline std::vector<std::uint8_t> bytes(const fusionscope::files::TensorEntry& tensor) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(tensor.bytes.data());
    return {first, first + tensor.bytes.size()};
}

inline std::vector<float> floats(const fusionscope::files::TensorEntry& tensor) {
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(float));
    return values;
}

inline std::size_t differences(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    if (a.size() != b.size()) return std::max(a.size(), b.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
    return count;
}

inline std::string sha256(std::span<const std::uint8_t> bytes) {
    const QByteArray raw(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    return QCryptographicHash::hash(raw, QCryptographicHash::Sha256).toHex().toStdString();
}

}  // namespace golden
