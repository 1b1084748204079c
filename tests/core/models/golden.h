#pragma once

#include <ATen/ATen.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/files/model_folder.h"
#include "core/files/safetensors.h"
#include "core/nn/weights.h"

/// Reference tensors, and how near to them a result must come.
namespace golden {

inline std::string path(const std::string& name) {
    return std::string(FUSIONSCOPE_SOURCE_DIR) + "/tests/golden/" + name;
}
inline std::string nano() {
    return std::string(FUSIONSCOPE_SOURCE_DIR) + "/models/nano";
}

inline nlohmann::json json(const std::string& name) {
    std::ifstream file(path(name));
    return nlohmann::json::parse(file);
}

/// The tensors of one safetensors file with their stored types.
class Tensors {
  public:
    explicit Tensors(const std::string& name)
        : m_table(fusionscope::files::readSafetensors(path(name)).tensors), m_store(m_table, {}) {}

    at::Tensor operator[](const std::string& name) { return m_store.loadAsStored(name); }
    bool has(const std::string& name) const { return m_table.contains(name); }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& [name, entry] : m_table) all.push_back(name);
        return all;
    }

  private:
    fusionscope::files::TensorTable m_table;
    fusionscope::nn::WeightStore m_store;
};

inline std::vector<int64_t> ids(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.to(at::kLong).flatten().contiguous();
    return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
}

struct Deviation {
    double relative = 0;  ///< largest difference over the reference's largest magnitude
    double cosine = 1;
};

inline Deviation deviation(const at::Tensor& actual, const at::Tensor& expected) {
    const at::Tensor a = actual.detach().to(at::kDouble).flatten(), b = expected.to(at::kDouble).flatten();
    return {((a - b).abs().max() / b.abs().max()).item<double>(), (a.dot(b) / (a.norm() * b.norm())).item<double>()};
}

/// Empty when a result meets the tolerance of single precision, else what is wrong.
inline std::string mismatch(const std::string& name, const at::Tensor& actual, const at::Tensor& expected) {
    if (actual.sizes() != expected.sizes())
        return fusionscope::concat(name, " has shape ", actual.sizes(), ", expected ", expected.sizes());
    const auto [relative, cosine] = deviation(actual, expected);
    if (relative <= 1e-4 && cosine >= 0.999999) return {};
    return fusionscope::concat(name, " differs by ", relative, " of its largest value, cosine ", cosine);
}

/// Empty when no value is farther from the reference than that, else what is wrong.
inline std::string mismatchBeyond(double tolerance, const std::string& name, const at::Tensor& actual,
                                  const at::Tensor& expected) {
    if (actual.sizes() != expected.sizes())
        return fusionscope::concat(name, " has shape ", actual.sizes(), ", expected ", expected.sizes());
    const double apart = (actual.detach().to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>();
    if (apart <= tolerance) return {};
    return fusionscope::concat(name, " differs by ", apart, ", allowed is ", tolerance);
}

}  // namespace golden

/// Compares and goes on with the next line; the name is in the message.
#define COMPARE_TENSOR(name, actual, expected)                                \
    do {                                                                      \
        const std::string problem = golden::mismatch(name, actual, expected); \
        QVERIFY2(problem.empty(), problem.c_str());                           \
    } while (false)

/// The same with an absolute tolerance.
#define COMPARE_WITHIN(tolerance, name, actual, expected)                                         \
    do {                                                                                          \
        const std::string problem = golden::mismatchBeyond(tolerance, name, actual, expected);    \
        QVERIFY2(problem.empty(), problem.c_str());                                               \
    } while (false)
