#include "core/files/dequantize.h"

#include <QtTest>
#include <cmath>
#include <cstring>
#include <random>

#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::files;

namespace {

/// Half precision by its definition.
double half(int bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    if (exponent == 31) return fraction ? std::nan("") : sign * INFINITY;
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

using Bytes = std::vector<uint8_t>;

double halfAt(const Bytes& block, std::size_t at) { return half(block[at] | block[at + 1] << 8); }
/// Bits [first, first + count) of a byte string, bit 0 the lowest of byte 0.
int bitsAt(const Bytes& block, std::size_t first, int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) value |= (block[(first + static_cast<std::size_t>(i)) / 8] >> ((first + static_cast<std::size_t>(i)) % 8) & 1) << i;
    return value;
}
int signedByte(int value) { return value < 128 ? value : value - 256; }

/// The value at one place of a block, each format in one expression over bit positions.
double expected(DType type, const Bytes& b, int i) {
    const auto at = static_cast<std::size_t>(i);
    const auto nibble32 = [&](std::size_t base) { return bitsAt(b, 8 * (base + at % 16) + (at < 16 ? 0 : 4), 4); };
    switch (type) {
        case DType::Q8_0: return halfAt(b, 0) * signedByte(b[2 + at]);
        case DType::Q4_0: return halfAt(b, 0) * (nibble32(2) - 8);
        case DType::Q4_1: return halfAt(b, 0) * nibble32(4) + halfAt(b, 2);
        case DType::Q5_0: return halfAt(b, 0) * (nibble32(6) + 16 * bitsAt(b, 16 + at, 1) - 16);
        case DType::Q5_1: return halfAt(b, 0) * (nibble32(8) + 16 * bitsAt(b, 32 + at, 1)) + halfAt(b, 2);
        case DType::Q4_K:
        case DType::Q5_K: {
            const std::size_t sub = at / 32, lane = at % 32;
            const int scale = sub < 4 ? bitsAt(b, 8 * (4 + sub), 6)
                                      : bitsAt(b, 8 * (4 + sub + 4), 4) + 16 * bitsAt(b, 8 * (4 + sub - 4) + 6, 2);
            const int minimum = sub < 4 ? bitsAt(b, 8 * (4 + sub + 4), 6)
                                        : bitsAt(b, 8 * (4 + sub + 4) + 4, 4) + 16 * bitsAt(b, 8 * (4 + sub) + 6, 2);
            const std::size_t low = type == DType::Q4_K ? 16 : 48;
            int q = bitsAt(b, 8 * (low + 32 * (sub / 2) + lane) + (sub % 2 ? 4 : 0), 4);
            if (type == DType::Q5_K) q += 16 * bitsAt(b, 8 * (16 + lane) + sub, 1);
            return halfAt(b, 0) * scale * q - halfAt(b, 2) * minimum;
        }
        case DType::Q6_K: {
            const std::size_t n = at / 128, l = at % 32, quarter = at % 128 / 32;
            const std::size_t lowByte = 64 * n + l + (quarter % 2 ? 32 : 0);
            const int q = bitsAt(b, 8 * lowByte + (quarter < 2 ? 0 : 4), 4) + 16 * bitsAt(b, 8 * (128 + 32 * n + l) + 2 * quarter, 2);
            return halfAt(b, 208) * signedByte(b[192 + 8 * n + l / 16 + 2 * quarter]) * (q - 32);
        }
        default: return std::nan("");
    }
}

TensorEntry entryOf(DType type, std::vector<int64_t> shape, const Bytes& bytes) {
    TensorEntry entry;
    entry.dtype = type;
    entry.shape = std::move(shape);
    entry.bytes = std::as_bytes(std::span(bytes));
    entry.file = "x.gguf";
    return entry;
}

}  // namespace

class DequantizeTest : public QObject {
    Q_OBJECT

  private slots:
    void convertsEveryHalfExactly();
    void convertsBfloat16Exactly();
    void decodesBlocksByTheFormula_data();
    void decodesBlocksByTheFormula();
    void undoesTheInterleavedOrderOfHeads_data();
    void undoesTheInterleavedOrderOfHeads();
    void takesBlocksApart();
    void refusesWhatDoesNotFit();
};

void DequantizeTest::convertsEveryHalfExactly() {
    for (int bits = 0; bits < 65536; ++bits) {
        const auto value = static_cast<double>(halfToFloat(static_cast<uint16_t>(bits)));
        const double right = half(bits);
        QVERIFY2(std::isnan(right) ? std::isnan(value) : value == right && std::signbit(value) == std::signbit(right),
                 std::to_string(bits).c_str());
    }
}

void DequantizeTest::convertsBfloat16Exactly() {
    QCOMPARE(bfloat16ToFloat(0x3f80), 1.0F);
    QCOMPARE(bfloat16ToFloat(0xc049), -3.140625F);
    QCOMPARE(bfloat16ToFloat(0x0001), std::ldexp(1.0F, -133));
    QVERIFY(std::isinf(bfloat16ToFloat(0x7f80)));
}

void DequantizeTest::decodesBlocksByTheFormula_data() {
    QTest::addColumn<int>("type");
    for (const auto type : {DType::Q8_0, DType::Q4_0, DType::Q4_1, DType::Q5_0, DType::Q5_1, DType::Q4_K, DType::Q5_K, DType::Q6_K})
        QTest::newRow(name(type)) << static_cast<int>(type);
}

void DequantizeTest::decodesBlocksByTheFormula() {
    QFETCH(int, type);
    const auto dtype = static_cast<DType>(type);
    const auto block = blockSize(dtype);
    constexpr int blocks = 64;
    std::mt19937 random(20 + static_cast<unsigned>(type));
    Bytes bytes(static_cast<std::size_t>(blocks * block.bytes));
    for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
    // Scales of ordinary size: exponents 8 to 15 of half precision, any sign.
    const auto setScale = [&](std::size_t at) { bytes[at + 1] = static_cast<uint8_t>((bytes[at + 1] & 0x9f) | 0x20); };
    for (std::size_t begin = 0; begin < bytes.size(); begin += static_cast<std::size_t>(block.bytes)) {
        setScale(begin + (dtype == DType::Q6_K ? 208 : 0));
        if (dtype == DType::Q4_1 || dtype == DType::Q5_1 || dtype == DType::Q4_K || dtype == DType::Q5_K) setScale(begin + 2);
    }
    std::vector<float> out(static_cast<std::size_t>(blocks * block.values));
    dequantize(entryOf(dtype, {4, blocks / 4 * block.values}, bytes), out);
    double largest = 0, worst = 0;
    for (int i = 0; i < blocks; ++i) {
        const Bytes one(bytes.begin() + i * block.bytes, bytes.begin() + (i + 1) * block.bytes);
        for (int j = 0; j < block.values; ++j) {
            const double right = expected(dtype, one, j);
            largest = std::max(largest, std::abs(right));
            worst = std::max(worst, std::abs(right - static_cast<double>(out[static_cast<std::size_t>(i * block.values + j)])));
        }
    }
    QVERIFY2(largest > 0.1 && worst <= 2e-7 * largest, qPrintable(QString("%1 of %2").arg(worst).arg(largest)));
}

void DequantizeTest::undoesTheInterleavedOrderOfHeads_data() {
    QTest::addColumn<int>("heads");
    QTest::addColumn<int>("headWidth");
    QTest::addColumn<int>("columns");
    QTest::newRow("one head") << 1 << 8 << 3;
    QTest::newRow("three heads") << 3 << 4 << 5;
    QTest::newRow("pairs") << 4 << 2 << 1;
    QTest::newRow("bias") << 3 << 64 << 0;
}

// GGUF holds per head (2, d/2) rows swapped to (d/2, 2).
void DequantizeTest::undoesTheInterleavedOrderOfHeads() {
    QFETCH(int, heads);
    QFETCH(int, headWidth);
    QFETCH(int, columns);
    const int width = std::max(columns, 1);
    std::vector<float> stored;
    for (int head = 0; head < heads; ++head)
        for (int pair = 0; pair < headWidth / 2; ++pair)
            for (int part = 0; part < 2; ++part)
                for (int column = 0; column < width; ++column)
                    stored.push_back(static_cast<float>((head * headWidth + part * (headWidth / 2) + pair) * width + column));
    TensorEntry entry;
    entry.shape = {heads * headWidth};
    if (columns > 0) entry.shape.push_back(columns);
    entry.interleavedHeads = heads;
    entry.bytes = std::as_bytes(std::span(stored));
    std::vector<float> out(stored.size());
    dequantize(entry, out);
    for (std::size_t i = 0; i < out.size(); ++i) QCOMPARE(out[i], static_cast<float>(i));
}

void DequantizeTest::takesBlocksApart() {
    for (const auto type : {DType::Q8_0, DType::Q4_0, DType::Q4_1}) {
        const auto block = blockSize(type);
        const auto scaleBytes = static_cast<std::size_t>(type == DType::Q4_1 ? 4 : 2);
        const auto blockBytes = static_cast<std::size_t>(block.bytes), valueBytes = blockBytes - scaleBytes;
        Bytes bytes(8 * 3 * blockBytes);
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37);
        auto entry = entryOf(type, {8, 96}, bytes);
        entry.interleavedHeads = 2;  // rows 0 1 2 3 of the file are 0 2 1 3 of a head
        Bytes values(24 * valueBytes);
        std::vector<uint16_t> scales(24 * scaleBytes / 2);
        splitBlocks(entry, 5, 8, values.data(), scales.data());
        splitBlocks(entry, 0, 5, values.data(), scales.data());
        const std::size_t places[] = {0, 2, 1, 3, 4, 6, 5, 7};
        for (std::size_t row = 0; row < 8; ++row)
            for (std::size_t b = 0; b < 3; ++b) {
                const uint8_t* stored = bytes.data() + (row * 3 + b) * blockBytes;
                const std::size_t place = places[row] * 3 + b;
                QVERIFY(std::memcmp(scales.data() + place * scaleBytes / 2, stored, scaleBytes) == 0);
                QVERIFY(std::memcmp(values.data() + place * valueBytes, stored + scaleBytes, valueBytes) == 0);
            }
        QVERIFY_EXCEPTION_THROWN(splitBlocks(entryOf(type, {24, 64}, bytes), 0, 1, values.data(), scales.data()), Error);
        QVERIFY_EXCEPTION_THROWN(splitBlocks(entryOf(type, {768}, bytes), 0, 1, values.data(), scales.data()), Error);
    }
    const Bytes bytes(24);
    QVERIFY_EXCEPTION_THROWN(splitBlocks(entryOf(DType::Q5_1, {1, 32}, bytes), 0, 1, nullptr, nullptr), Error);
}

void DequantizeTest::refusesWhatDoesNotFit() {
    const Bytes bytes(34);
    std::vector<float> out(32);
    dequantize(entryOf(DType::Q8_0, {32}, bytes), out);
    QVERIFY_EXCEPTION_THROWN(dequantize(entryOf(DType::Q8_0, {64}, bytes), out), Error);
    QVERIFY_EXCEPTION_THROWN(dequantize(entryOf(DType::Q8_0, {33}, bytes), out), Error);
    QVERIFY_EXCEPTION_THROWN(dequantize(entryOf(DType::Q8_0, {32}, bytes), std::span(out).first(31)), Error);
    QVERIFY_EXCEPTION_THROWN(dequantize(entryOf(DType::I8, {34}, bytes), out), Error);
    auto heads = entryOf(DType::Q8_0, {1, 32}, bytes);
    heads.interleavedHeads = 1;
    QVERIFY_EXCEPTION_THROWN(dequantize(heads, out), Error);
}

QTEST_GUILESS_MAIN(DequantizeTest)
#include "dequantize_test.moc"
