#include "core/files/dequantize.h"

#include <bit>
#include <cstring>
#include <vector>

#include "core/files/error.h"

namespace fusionscope::files {

float halfToFloat(uint16_t bits) {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
    const uint32_t exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent == 0) {  // zero and subnormal: fraction · 2^−24
        const float value = static_cast<float>(fraction) * 0x1p-24F;
        return sign ? -value : value;
    }
    const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float bfloat16ToFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

namespace {

uint16_t readBits(const uint8_t* place) { return static_cast<uint16_t>(place[0] | place[1] << 8); }
float readHalf(const uint8_t* place) { return halfToFloat(readBits(place)); }

void decodeF32(const uint8_t* in, float* out) { std::memcpy(out, in, sizeof(float)); }
void decodeF16(const uint8_t* in, float* out) { *out = readHalf(in); }
void decodeBF16(const uint8_t* in, float* out) { *out = bfloat16ToFloat(readBits(in)); }

/// [scale][32 × int8]: y = d·q
void decodeQ8_0(const uint8_t* in, float* out) {
    const float d = readHalf(in);
    for (int j = 0; j < 32; ++j) out[j] = d * static_cast<float>(static_cast<int8_t>(in[2 + j]));
}

/// [scale][16 bytes]: low nibbles are values 0 to 15, high nibbles 16 to 31; y = d·(q − 8)
void decodeQ4_0(const uint8_t* in, float* out) {
    const float d = readHalf(in);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>((in[2 + j] & 15) - 8);
        out[j + 16] = d * static_cast<float>((in[2 + j] >> 4) - 8);
    }
}

/// [scale][minimum][16 bytes]: y = d·q + m
void decodeQ4_1(const uint8_t* in, float* out) {
    const float d = readHalf(in), m = readHalf(in + 2);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(in[4 + j] & 15) + m;
        out[j + 16] = d * static_cast<float>(in[4 + j] >> 4) + m;
    }
}

/// The fifth bits of a block of 32, one word: bit j belongs to value j.
int highBit(const uint8_t* word, int j) { return (word[j / 8] >> (j % 8) & 1) << 4; }

/// [scale][32 high bits][16 bytes]: y = d·(q − 16)
void decodeQ5_0(const uint8_t* in, float* out) {
    const float d = readHalf(in);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(((in[6 + j] & 15) | highBit(in + 2, j)) - 16);
        out[j + 16] = d * static_cast<float>(((in[6 + j] >> 4) | highBit(in + 2, j + 16)) - 16);
    }
}

/// [scale][minimum][32 high bits][16 bytes]: y = d·q + m
void decodeQ5_1(const uint8_t* in, float* out) {
    const float d = readHalf(in), m = readHalf(in + 2);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>((in[8 + j] & 15) | highBit(in + 4, j)) + m;
        out[j + 16] = d * static_cast<float>((in[8 + j] >> 4) | highBit(in + 4, j + 16)) + m;
    }
}

/// Scale and minimum of one of the eight sub-blocks of Q4_K and Q5_K, six bits each, packed in twelve bytes.
struct SubBlock {
    float scale, minimum;
};
SubBlock subBlock(const uint8_t* packed, int b, float d, float dmin) {
    const int scale = b < 4 ? packed[b] & 63 : (packed[b + 4] & 15) | (packed[b - 4] >> 6) << 4;
    const int minimum = b < 4 ? packed[b + 4] & 63 : packed[b + 4] >> 4 | (packed[b] >> 6) << 4;
    return {d * static_cast<float>(scale), dmin * static_cast<float>(minimum)};
}

/// [scale][scale of minima][12 bytes][128 bytes]: two sub-blocks of 32 share 32 bytes; y = d·sc·q − dmin·mn
void decodeQ4_K(const uint8_t* in, float* out) {
    const float d = readHalf(in), dmin = readHalf(in + 2);
    for (int b = 0; b < 8; ++b) {
        const auto [scale, minimum] = subBlock(in + 4, b, d, dmin);
        const uint8_t* quants = in + 16 + b / 2 * 32;
        const int shift = b % 2 * 4;
        for (int l = 0; l < 32; ++l)
            out[b * 32 + l] = scale * static_cast<float>(quants[l] >> shift & 15) - minimum;
    }
}

/// As Q4_K with 32 bytes of fifth bits before the nibbles: bit b of byte l belongs to sub-block b.
void decodeQ5_K(const uint8_t* in, float* out) {
    const float d = readHalf(in), dmin = readHalf(in + 2);
    const uint8_t* high = in + 16;
    for (int b = 0; b < 8; ++b) {
        const auto [scale, minimum] = subBlock(in + 4, b, d, dmin);
        const uint8_t* quants = in + 48 + b / 2 * 32;
        const int shift = b % 2 * 4;
        for (int l = 0; l < 32; ++l) {
            const int q = (quants[l] >> shift & 15) | (high[l] >> b & 1) << 4;
            out[b * 32 + l] = scale * static_cast<float>(q) - minimum;
        }
    }
}

/// [128 low bytes][64 bytes of two high bits][16 × int8 scales][scale]: y = d·sc·(q − 32). Each half of 128 values is
/// four runs of 32; run r takes nibble r/2 of low byte l + 32·(r mod 2) and bit pair r of high byte l.
void decodeQ6_K(const uint8_t* in, float* out) {
    const float d = readHalf(in + 208);
    for (int half = 0; half < 2; ++half) {
        const uint8_t* low = in + 64 * half;
        const uint8_t* high = in + 128 + 32 * half;
        const uint8_t* scales = in + 192 + 8 * half;
        for (int run = 0; run < 4; ++run)
            for (int l = 0; l < 32; ++l) {
                const int nibble = low[l + 32 * (run % 2)] >> (run / 2 * 4) & 15;
                const int q = nibble | (high[l] >> (2 * run) & 3) << 4;
                const float scale = d * static_cast<float>(static_cast<int8_t>(scales[l / 16 + 2 * run]));
                out[128 * half + 32 * run + l] = scale * static_cast<float>(q - 32);
            }
    }
}

using DecodeBlock = void (*)(const uint8_t*, float*);

DecodeBlock decoder(DType type) {
    switch (type) {
        case DType::F32: return decodeF32;
        case DType::F16: return decodeF16;
        case DType::BF16: return decodeBF16;
        case DType::Q8_0: return decodeQ8_0;
        case DType::Q4_0: return decodeQ4_0;
        case DType::Q4_1: return decodeQ4_1;
        case DType::Q5_0: return decodeQ5_0;
        case DType::Q5_1: return decodeQ5_1;
        case DType::Q4_K: return decodeQ4_K;
        case DType::Q5_K: return decodeQ5_K;
        case DType::Q6_K: return decodeQ6_K;
        default: return nullptr;
    }
}

/// Where a row of GGUF's order belongs. Within a head of d rows GGUF keeps row j of the first half beside row j of the
/// second half; Hugging Face keeps the halves apart.
int64_t halfSplitRow(int64_t row, int64_t rowsPerHead) {
    const int64_t head = row / rowsPerHead, inHead = row % rowsPerHead;
    return head * rowsPerHead + inHead % 2 * (rowsPerHead / 2) + inHead / 2;
}

[[noreturn]] void refuse(const TensorEntry& tensor, const std::string& problem) {
    throw Error(concat("a tensor of type ", name(tensor.dtype), " and shape ", shapeText(tensor.shape), ' ', problem),
                tensor.file);
}

/// Checks that the bytes are the shape's and that its rows can be put in order. @return rows of a head, 0 for none
int64_t rowsPerHead(const TensorEntry& tensor) {
    const auto bytes = byteCount(tensor.dtype, tensor.shape);
    if (!bytes || static_cast<uint64_t>(*bytes) != tensor.bytes.size()) refuse(tensor, "has the wrong number of bytes");
    const int64_t heads = tensor.interleavedHeads;
    if (heads <= 0) return 0;
    if (tensor.shape.front() % (2 * heads) != 0) refuse(tensor, concat("cannot be parted into ", heads, " heads"));
    return tensor.shape.front() / heads;
}

}  // namespace

void dequantize(const TensorEntry& tensor, std::span<float> out) {
    const auto decode = decoder(tensor.dtype);
    if (!decode) refuse(tensor, "holds no real numbers");
    const int64_t perHead = rowsPerHead(tensor);
    if (static_cast<uint64_t>(tensor.elements()) != out.size()) refuse(tensor, "does not fit the place given for its values");
    if (out.empty()) return;

    const auto block = blockSize(tensor.dtype);
    const int64_t rows = perHead > 0 ? tensor.shape.front() : 1;
    const int64_t columns = static_cast<int64_t>(out.size()) / rows;
    const auto* in = reinterpret_cast<const uint8_t*>(tensor.bytes.data());
    for (int64_t row = 0; row < rows; ++row) {
        float* place = out.data() + (perHead > 0 ? halfSplitRow(row, perHead) : row) * columns;
        for (int64_t i = 0; i < columns / block.values; ++i, in += block.bytes) decode(in, place + i * block.values);
    }
}

void splitBlocks(const TensorEntry& matrix, int64_t first, int64_t last, uint8_t* values, uint16_t* scales) {
    const bool int8 = matrix.dtype == DType::Q8_0;
    if (!int8 && matrix.dtype != DType::Q4_0 && matrix.dtype != DType::Q4_1) refuse(matrix, "has no such blocks");
    if (matrix.shape.size() != 2) refuse(matrix, "is no matrix");
    const int64_t perHead = rowsPerHead(matrix);
    const auto block = blockSize(matrix.dtype);
    const int64_t blocks = matrix.shape[1] / block.values, valueBytes = int8 ? 32 : 16;
    const int64_t scaleBytes = block.bytes - valueBytes;
    for (int64_t row = first; row < last; ++row) {
        const auto* in = reinterpret_cast<const uint8_t*>(matrix.bytes.data()) + row * blocks * block.bytes;
        const int64_t place = (perHead > 0 ? halfSplitRow(row, perHead) : row) * blocks;
        for (int64_t b = place; b < place + blocks; ++b, in += block.bytes) {
            std::memcpy(scales + b * scaleBytes / 2, in, static_cast<size_t>(scaleBytes));
            std::memcpy(values + b * valueBytes, in + scaleBytes, static_cast<size_t>(valueBytes));
        }
    }
}

}  // namespace fusionscope::files
