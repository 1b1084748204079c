#pragma once

// Matrices of every form with random weights, and what their products must be.

#include <QString>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "core/nn/kernels/few_rows.h"
#include "core/nn/kernels/many_rows.h"

namespace fusionscope::test {

using nn::kernels::Activations;
using nn::kernels::MatrixForm;
using nn::kernels::MatrixView;
using Product = std::function<void(const MatrixView&, const Activations&, int64_t, int64_t, float*)>;

struct Matrix {
    MatrixForm form;
    int64_t out, in, group;
    std::vector<uint8_t> values;
    std::vector<uint16_t> scales;

    MatrixView view() const { return {form, values.data(), scales.data(), out, in, group}; }
};

inline std::vector<float> randomNumbers(int64_t count, std::mt19937& random) {
    std::normal_distribution<float> normal;
    std::vector<float> numbers(static_cast<size_t>(count));
    for (auto& number : numbers) number = normal(random);
    return numbers;
}

/// @param group of Int4; 32 for the other forms with blocks
inline Matrix randomMatrix(MatrixForm form, int64_t out, int64_t in, int64_t group, std::mt19937& random) {
    Matrix matrix{form, out, in, group, {}, {}};
    const bool fp32 = form == MatrixForm::Fp32, bf16 = form == MatrixForm::Bf16;
    const bool bytes = form == MatrixForm::Int8 || form == MatrixForm::Q8_0;
    if (fp32 || bf16) {
        const size_t width = fp32 ? 4 : 2;
        for (const float number : randomNumbers(out * in, random)) {
            const auto bits = std::bit_cast<uint32_t>(number);
            for (size_t i = 4 - width; i < 4; ++i) matrix.values.push_back(static_cast<uint8_t>(bits >> (8 * i)));
        }
        return matrix;
    }
    matrix.values.resize(static_cast<size_t>(bytes ? out * in : out * in / 2));
    for (auto& value : matrix.values) value = static_cast<uint8_t>(random());
    const int64_t scales = form == MatrixForm::Int8 ? out : out * in / group;
    std::uniform_real_distribution<float> size(0.01F, 0.1F);
    for (int64_t i = 0; i < scales; ++i) {
        if (form == MatrixForm::Int8 || form == MatrixForm::Int4) {
            const auto bf16Of = [](float x) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(x) >> 16); };
            const float scale = size(random);
            matrix.scales.push_back(bf16Of(scale));
            if (form == MatrixForm::Int4) matrix.scales.push_back(bf16Of(scale * 20 * (size(random) - 0.05F)));
        } else {
            // Half precision: exponents 8 to 11, any sign.
            const auto half = [&] { return static_cast<uint16_t>((random() & 0x8fff) | 0x2000); };
            matrix.scales.push_back(half());
            if (form == MatrixForm::Q4_1) matrix.scales.push_back(half());
        }
    }
    return matrix;
}

/// A product in double precision, from the matrix' numbers.
struct Expected {
    std::vector<double> y;      ///< [rows, out]
    double squaredTerms = 0;  ///< of all: what rounding errors are held against, since sums may cancel out

    /// ‖found − y‖ against the terms' norm.
    double error(const std::vector<float>& found) const {
        double difference = 0;
        for (size_t i = 0; i < y.size(); ++i) difference += std::pow(static_cast<double>(found[i]) - y[i], 2);
        return difference > 0 ? std::sqrt(difference / squaredTerms) : difference;
    }
};

inline Expected expectedProduct(const Matrix& matrix, const std::vector<float>& x, int64_t rows) {
    std::vector<float> numbers(static_cast<size_t>(matrix.out * matrix.in));
    nn::kernels::numbers(matrix.view(), 0, matrix.out, numbers.data());
    Expected expected;
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t o = 0; o < matrix.out; ++o) {
            double sum = 0;
            for (int64_t i = 0; i < matrix.in; ++i) {
                const double term = static_cast<double>(numbers[static_cast<size_t>(o * matrix.in + i)]) *
                                    static_cast<double>(x[static_cast<size_t>(r * matrix.in + i)]);
                sum += term;
                expected.squaredTerms += term * term;
            }
            expected.y.push_back(sum);
        }
    return expected;
}

/// The error that is allowed of so many numbers together: that of a few may be three times what it is in the mean.
inline double allowedError(double inTheMean, size_t numbers) { return inTheMean * (numbers < 32 ? 3 : 1); }

/// What is wrong with products with this matrix of 1 to 8 rows; empty when nothing is.
inline QString productFault(const Matrix& matrix, const Product& product, std::mt19937& random) {
    const bool exact = matrix.form == MatrixForm::Fp32 || matrix.form == MatrixForm::Bf16;
    for (int64_t rows = 1; rows <= 8; ++rows) {
        const auto x = randomNumbers(rows * matrix.in, random);
        const Activations activations(matrix.view(), x.data(), rows);
        std::vector<float> y(static_cast<size_t>(rows * matrix.out)), parts(y.size());
        for (int run = 0; run < 3; ++run) product(matrix.view(), activations, 0, matrix.out, y.data());
        const double error = expectedProduct(matrix, x, rows).error(y);
        // Sixteen bits of the largest of every 32 numbers; plain code adds fp32 numbers one after the other.
        if (!(error < (exact ? 5e-6 : allowedError(5e-5, y.size())))) return QString("%1 rows: error %2").arg(rows).arg(error);
        for (int64_t first = 0; first < matrix.out;) {
            const int64_t last = std::min(matrix.out, first + 1 + first / 2);
            product(matrix.view(), activations, first, last, parts.data());
            first = last;
        }
        if (y != parts) return QString("%1 rows: parts are not the whole").arg(rows);
    }
    return {};
}

using ProductOfMany =
    std::function<void(const MatrixView&, const nn::kernels::PackedRows&, const float*, int64_t, int64_t, float*)>;

/// What is wrong with products with this matrix of many rows; empty when nothing is.
inline QString manyRowsFault(const Matrix& matrix, const ProductOfMany& product, std::mt19937& random) {
    for (const int64_t rows : {1, 5, 6, 9, 25, 100}) {
        const auto x = randomNumbers(rows * matrix.in, random), bias = randomNumbers(matrix.out, random);
        nn::kernels::PackedRows packed(matrix.view(), rows);
        for (int64_t group = 0; group < packed.groups(); ++group) packed.assign(x.data(), group, group + 1);
        std::vector<float> y(static_cast<size_t>(rows * matrix.out)), parts(y.size());
        for (int run = 0; run < 3; ++run) product(matrix.view(), packed, nullptr, 0, matrix.out, y.data());
        const double error = expectedProduct(matrix, x, rows).error(y);
        // Sixteen bits of the largest of every 32 numbers; of bf16 matrices fourteen, of the weights too.
        const double most = allowedError(matrix.form == MatrixForm::Bf16 ? 3e-4 : 5e-5, y.size());
        if (!(error < most)) return QString("%1 rows: error %2").arg(rows).arg(error);
        for (int64_t first = 0; first < matrix.out;) {
            const int64_t last = std::min(matrix.out, first + 1 + first / 2);
            product(matrix.view(), packed, bias.data(), first, last, parts.data());
            first = last;
        }
        product(matrix.view(), packed, bias.data(), 0, matrix.out, y.data());
        if (y != parts) return QString("%1 rows: parts are not the whole").arg(rows);
        auto expected = expectedProduct(matrix, x, rows);
        for (size_t i = 0; i < expected.y.size(); ++i) expected.y[i] += bias[i % bias.size()];
        if (!(expected.error(y) < most)) return QString("%1 rows with a bias: error %2").arg(rows).arg(expected.error(y));
    }
    return {};
}

/// Rows "form", "out", "in", "group" for data-driven tests.
inline void addMatrixRows() {
    QTest::addColumn<int>("form");
    QTest::addColumn<int>("out");
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("group");
    const char* names[] = {"fp32", "bf16", "int8", "int4", "Q8_0", "Q4_0", "Q4_1"};
    const int places[][2] = {{64, 64}, {1, 32}, {7, 40}, {5, 33}, {3, 1}, {257, 96}, {33, 864}, {70, 576}, {9, 2048}, {6, 4128}};
    for (const auto& [out, in] : places)
        for (int form = 0; form < 7; ++form)
            for (const int group : {32, 64, 128}) {
                const auto kind = static_cast<MatrixForm>(form);
                const bool anyWidth = kind == MatrixForm::Fp32 || kind == MatrixForm::Bf16 || kind == MatrixForm::Int8;
                if ((group > 32 && kind != MatrixForm::Int4) || (!anyWidth && in % group != 0)) continue;
                QTest::addRow("%s %dx%d group %d", names[form], out, in, group) << form << out << in << group;
            }
}

}  // namespace fusionscope::test
