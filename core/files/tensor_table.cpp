#include "core/files/tensor_table.h"

#include "core/files/mapped_file.h"

namespace fusionscope::files {

const char* name(DType type) {
    switch (type) {
        case DType::F64: return "F64";
        case DType::F32: return "F32";
        case DType::F16: return "F16";
        case DType::BF16: return "BF16";
        case DType::I64: return "I64";
        case DType::I32: return "I32";
        case DType::I16: return "I16";
        case DType::I8: return "I8";
        case DType::U8: return "U8";
        case DType::Bool: return "BOOL";
        case DType::Q4_0: return "Q4_0";
        case DType::Q4_1: return "Q4_1";
        case DType::Q5_0: return "Q5_0";
        case DType::Q5_1: return "Q5_1";
        case DType::Q8_0: return "Q8_0";
        case DType::Q4_K: return "Q4_K";
        case DType::Q5_K: return "Q5_K";
        case DType::Q6_K: return "Q6_K";
    }
    return "?";
}

BlockSize blockSize(DType type) {
    switch (type) {
        case DType::F64:
        case DType::I64: return {1, 8};
        case DType::F32:
        case DType::I32: return {1, 4};
        case DType::F16:
        case DType::BF16:
        case DType::I16: return {1, 2};
        case DType::I8:
        case DType::U8:
        case DType::Bool: return {1, 1};
        case DType::Q4_0: return {32, 18};
        case DType::Q4_1: return {32, 20};
        case DType::Q5_0: return {32, 22};
        case DType::Q5_1: return {32, 24};
        case DType::Q8_0: return {32, 34};
        case DType::Q4_K: return {256, 144};
        case DType::Q5_K: return {256, 176};
        case DType::Q6_K: return {256, 210};
    }
    return {1, 1};
}

std::optional<int64_t> byteCount(DType type, std::span<const int64_t> shape) {
    const auto block = blockSize(type);
    const int64_t lastAxis = shape.empty() ? 1 : shape.back();
    if (lastAxis % block.values != 0) return std::nullopt;
    // Zero-size tensors take no bytes however large their other axes are.
    bool empty = false;
    int64_t bytes = block.bytes;
    bool overflow = false;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] < 0) return std::nullopt;
        if (shape[i] == 0) empty = true;
        const int64_t factor = i + 1 == shape.size() ? shape[i] / block.values : shape[i];
        overflow = overflow || __builtin_mul_overflow(bytes, factor, &bytes);
    }
    if (empty) return 0;
    if (overflow) return std::nullopt;
    return bytes;
}

std::string shapeText(std::span<const int64_t> shape) {
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

int64_t TensorEntry::elements() const {
    int64_t count = 1;
    for (const auto size : shape) count *= size;
    return count;
}

void TensorEntry::release() const {
    if (mapped) MappedFile::release(bytes);
}

}  // namespace fusionscope::files
