#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <QtTest>
#include <map>
#include <memory>
#include <string>

#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/files/safetensors.h"
#include "core/language/decoder.h"
#include "core/nn/weights.h"

namespace fusionscope::golden {

using at::Tensor;

inline std::filesystem::path folder(const std::string& name) {
    return std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "tests" / "golden" / name;
}

/// The tensors of one safetensors file with their stored types.
class Tensors {
  public:
    explicit Tensors(const std::filesystem::path& file)
        : m_table(files::readSafetensors(file).tensors),
          m_store(std::make_shared<nn::WeightStore>(m_table, nn::WeightOptions{})) {}

    bool has(const std::string& name) const { return m_table.contains(name); }
    Tensor operator[](const std::string& name) const { return m_store->loadAsStored(name); }
    std::vector<int64_t> integers(const std::string& name) const {
        const Tensor values = (*this)[name].to(c10::kLong).reshape({-1}).contiguous();
        return {values.data_ptr<int64_t>(), values.data_ptr<int64_t>() + values.numel()};
    }
    const files::TensorTable& table() const { return m_table; }

  private:
    files::TensorTable m_table;
    std::shared_ptr<nn::WeightStore> m_store;
};

/// Largest difference as a share of the expected tensor's largest magnitude; infinity when the shapes differ.
inline double relativeError(const Tensor& found, const Tensor& expected) {
    if (!found.defined() || found.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
    const Tensor wide = expected.to(c10::kDouble);
    return ((found.to(c10::kDouble) - wide).abs().max() / wide.abs().max()).item<double>();
}

inline double cosine(const Tensor& found, const Tensor& expected) {
    const Tensor a = found.to(c10::kDouble).flatten(), b = expected.to(c10::kDouble).flatten();
    return (a.dot(b) / (a.norm() * b.norm())).item<double>();
}

/// ‖found − expected‖ / ‖expected‖
inline double normError(const Tensor& found, const Tensor& expected) {
    const Tensor wide = expected.to(c10::kDouble);
    return ((found.to(c10::kDouble) - wide).norm() / wide.norm()).item<double>();
}

}  // namespace fusionscope::golden

/// Fails the test with both numbers when a tensor is not the recorded one: 1e-4 of the largest magnitude, cosine
/// 0.999999.
#define COMPARE_GOLDEN(found, expected, name)                                                                   \
    do {                                                                                                        \
        const double error = fusionscope::golden::relativeError(found, expected);                               \
        QVERIFY2(error <= 1e-4,                                                                                 \
                 qPrintable(QString("%1: relative error %2").arg(QString::fromStdString(name)).arg(error)));    \
        const double alike = fusionscope::golden::cosine(found, expected);                                      \
        QVERIFY2(alike >= 0.999999,                                                                             \
                 qPrintable(QString("%1: cosine %2").arg(QString::fromStdString(name)).arg(alike, 0, 'g', 9))); \
    } while (false)
