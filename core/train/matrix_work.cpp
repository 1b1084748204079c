#include "core/train/matrix_work.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <string_view>

namespace fusionscope::train {

namespace {

double counted = 0;

double count(const c10::IValue& tensor) { return static_cast<double>(tensor.toTensor().numel()); }

/// [.., n, k] times [.., k, m]
double product(const c10::IValue& left, const c10::IValue& right) { return count(left) * static_cast<double>(right.toTensor().size(-1)); }

/// Each number of the output sums over the kernel.
double convolution(double outputs, const at::Tensor& weight) { return outputs * static_cast<double>(weight.numel()) / static_cast<double>(weight.size(0)); }

double outputsOf(c10::ArrayRef<const c10::IValue> inputs) {
    const at::Tensor input = inputs[0].toTensor(), weight = inputs[1].toTensor();
    const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector();
    auto outputs = static_cast<double>(input.size(0) * weight.size(0));
    for (int64_t axis = 2; axis < input.dim(); ++axis) {
        // One number may stand for all axes.
        const auto of = [axis](const std::vector<int64_t>& list) { return list[std::min(static_cast<std::size_t>(axis - 2), list.size() - 1)]; };
        outputs *= static_cast<double>((input.size(axis) + 2 * of(padding) - weight.size(axis)) / of(stride) + 1);
    }
    return outputs;
}

/// Multiplications of one call. Inputs are there only before it is made.
double multiplications(const at::RecordFunction& call) {
    const std::string_view name = call.name();
    const auto inputs = call.inputs();
    if (name == "aten::mm" || name == "aten::bmm") return product(inputs[0], inputs[1]);
    if (name == "aten::addmm" || name == "aten::baddbmm") return product(inputs[1], inputs[2]);
    if (name == "aten::convolution") return convolution(outputsOf(inputs), inputs[1].toTensor());
    // For the input and for the weight.
    if (name == "aten::convolution_backward") return 2 * convolution(count(inputs[0]), inputs[2].toTensor());
    return 0;
}

}  // namespace

MatrixWork::MatrixWork() {
    counted = 0;
    const auto begin = [](const at::RecordFunction& call) -> std::unique_ptr<at::ObserverContext> {
        counted += 2 * multiplications(call);
        return nullptr;
    };
    m_handle = at::addThreadLocalCallback(at::RecordFunctionCallback(begin).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

MatrixWork::~MatrixWork() { at::removeCallback(m_handle); }

double MatrixWork::operations() const { return counted; }

double matrixRate(c10::ScalarType type, c10::Device device) {
    constexpr int64_t side = 1024;
    constexpr int tries = 8;
    const auto options = at::TensorOptions().dtype(type).device(device);
    const at::Tensor a = at::ones({side, side}, options), b = at::ones({side, side}, options);
    // On the CPU processor time is taken: the rate is the machine's, whoever else is working.
    const auto now = [&] {
        if (device.is_cpu()) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC / at::get_num_threads();
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    };
    double best = 0;
    for (int i = 0; i < tries; ++i) {
        const double begin = now();
        a.mm(b).select(0, 0).select(0, 0).item<double>();  // waits for a device
        best = std::max(best, 2.0 * side * side * side / std::max(1e-6, now() - begin));
    }
    return best;
}

}  // namespace fusionscope::train
