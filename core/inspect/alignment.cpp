#include "core/inspect/alignment.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>

#include "core/files/error.h"
#include "core/inspect/alignment_training.h"

namespace fusionscope::inspect {

namespace {

using at::Tensor;

constexpr double noiseOfSquares = 1e-28;  ///< share of the values' squares that rounding a mean leaves

Tensor asTensor(TableView table, const char* what) {  // fp64 [rows, columns]
    if (table.rows < 1 || table.columns < 1 ||
        table.values.size() != static_cast<std::uint64_t>(table.rows) * static_cast<std::uint64_t>(table.columns)) {
        throw Error(concat("the table holds ", table.values.size(), " values, its shape is ", table.rows, " × ", table.columns),
                    what);
    }
    const auto bad = std::find_if_not(table.values.begin(), table.values.end(), [](float value) { return std::isfinite(value); });
    if (bad != table.values.end()) {
        throw Error(concat("row ", (bad - table.values.begin()) / table.columns, " holds ", *bad, ", expected finite numbers"), what);
    }
    // from_blob wants a mutable pointer; the result of `to` is a copy and the blob is only read.
    return at::from_blob(const_cast<float*>(table.values.data()), {table.rows, table.columns}, at::kFloat).to(at::kDouble);
}

std::vector<double> asVector(const Tensor& values) {
    const Tensor flat = values.contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

Tensor lengths(const Tensor& rows) { return at::linalg_vector_norm(rows, 2, {1}, /*keepdim=*/true).clamp_min(1e-12); }

void requireSameRows(TableView a, TableView b, const char* where) {
    if (a.rows != b.rows) {
        throw Error(concat("one table has ", a.rows, " rows, the other ", b.rows, ", expected as many of both"), where);
    }
}

/// Inner products of the centred rows: [rows, rows]; zeros when the rows differ by no more than rounding.
Tensor centredGram(const Tensor& table) {
    const Tensor centred = table - table.mean(0);
    const bool varies = centred.square().sum().item<double>() > noiseOfSquares * table.square().sum().item<double>();
    return varies ? at::mm(centred, centred.t()) : at::zeros({table.size(0), table.size(0)}, at::kDouble);
}

/// Inner products of different rows, 0 on the diagonal; zeros when the rows differ by no more than rounding.
Tensor hollow(const Tensor& table) {
    const Tensor centred = table - table.mean(0);  // the estimate below does not depend on it, its rounding does
    const bool varies = centred.square().sum().item<double>() > noiseOfSquares * table.square().sum().item<double>();
    return varies ? at::mm(centred, centred.t()).fill_diagonal_(0) : at::zeros({table.size(0), table.size(0)}, at::kDouble);
}

/// The unbiased estimate of the Hilbert-Schmidt independence criterion (Song et al. 2012, equation 5).
double independence(const Tensor& a, const Tensor& b) {
    const double n = static_cast<double>(a.size(0));
    const double together = (a * b).sum().item<double>();
    const double apart = a.sum().item<double>() * b.sum().item<double>() / ((n - 1) * (n - 2));
    const double along = at::mm(a, b).sum().item<double>() * 2 / (n - 2);
    return (together + apart - along) / (n * (n - 3));
}

/// For each row the `count` most similar other rows, sorted by number.
std::vector<std::vector<int>> nearestRows(const Tensor& table, int count) {
    const Tensor unit = table / lengths(table);
    const Tensor cosines = at::mm(unit, unit.t());
    const int rows = static_cast<int>(table.size(0));
    std::vector<std::vector<int>> nearest(rows);
    for (int row = 0; row < rows; ++row) {
        const double* values = cosines.const_data_ptr<double>() + static_cast<std::ptrdiff_t>(row) * rows;
        std::vector<int> others(rows);
        std::iota(others.begin(), others.end(), 0);
        others.erase(others.begin() + row);
        std::partial_sort(others.begin(), others.begin() + count, others.end(), [values](int a, int b) {
            return values[a] != values[b] ? values[a] > values[b] : a < b;
        });
        others.resize(count);
        std::sort(others.begin(), others.end());
        nearest[row] = std::move(others);
    }
    return nearest;
}

}  // namespace

std::vector<float> meanOverTokens(std::span<const float> values, int samples, int tokens, int width) {
    const auto perSample = static_cast<std::uint64_t>(std::max(tokens, 0)) * static_cast<std::uint64_t>(std::max(width, 0));
    if (samples < 1 || perSample == 0 || values.size() % perSample != 0 ||
        values.size() / perSample != static_cast<std::uint64_t>(samples)) {
        throw Error(concat("there are ", values.size(), " values for the shape ", samples, " × ", tokens, " × ", width),
                    "token means");
    }
    std::vector<float> means;
    std::vector<double> sum(width);
    for (int sample = 0; sample < samples; ++sample) {
        std::fill(sum.begin(), sum.end(), 0.0);
        for (int token = 0; token < tokens; ++token) {
            const auto row = values.subspan((static_cast<std::size_t>(sample) * tokens + token) * width, width);
            for (int c = 0; c < width; ++c) sum[c] += row[c];
        }
        for (const double value : sum) means.push_back(static_cast<float>(value / tokens));
    }
    return means;
}

Alignment alignment(TableView vision, TableView text, TableView projection) {
    const Tensor pictures = asTensor(vision, "vision means");
    const Tensor texts = asTensor(text, "text means");
    const Tensor weight = asTensor(projection, "projection");
    requireSameRows(vision, text, "alignment");
    if (projection.rows != text.columns || projection.columns != vision.columns) {
        throw Error(concat("the projection is ", projection.rows, " × ", projection.columns, ", expected ", text.columns, " × ",
                           vision.columns),
                    "alignment");
    }
    const double pairs = vision.rows;
    const Tensor a = projectedDirections(pictures.unsqueeze(1), {weight});  // [pairs, textWidth]
    const Tensor b = texts / lengths(texts);                                // [pairs, textWidth]
    const Tensor similarity = at::mm(a, b.t());                             // [pictures, texts]
    const Tensor rows = -at::log_softmax(similarity, 1).diagonal();

    Alignment result;
    result.vision = asVector(a);
    result.text = asVector(b);
    result.similarity = asVector(similarity);
    result.rowLosses = asVector(rows);
    result.lossSum = rows.sum().item<double>();
    result.loss = result.lossSum / pairs;
    result.pairedCosine = similarity.diagonal().mean().item<double>();
    result.topOne = similarity.argmax(1).eq(at::arange(vision.rows, at::kLong)).to(at::kDouble).mean().item<double>();
    result.gradient = asVector(alignmentLoss(pictures.unsqueeze(1), texts, {weight}, 1).gradients.front());
    return result;
}

double linearCka(TableView a, TableView b) {
    requireSameRows(a, b, "CKA");
    const Tensor gramA = centredGram(asTensor(a, "CKA, first table"));
    const Tensor gramB = centredGram(asTensor(b, "CKA, second table"));
    const double norms = gramA.norm().item<double>() * gramB.norm().item<double>();
    return norms > 0 ? (gramA * gramB).sum().item<double>() / norms : 0.0;
}

double debiasedLinearCka(TableView a, TableView b) {
    requireSameRows(a, b, "debiased CKA");
    if (a.rows < 4) throw Error(concat("there are ", a.rows, " samples, at least 4 are needed"), "debiased CKA");
    const Tensor gramA = hollow(asTensor(a, "debiased CKA, first table")), gramB = hollow(asTensor(b, "debiased CKA, second table"));
    const double norms = independence(gramA, gramA) * independence(gramB, gramB);
    return norms > 0 ? independence(gramA, gramB) / std::sqrt(norms) : 0.0;
}

double mutualNeighbours(TableView a, TableView b, int neighbours) {
    requireSameRows(a, b, "mutual neighbours");
    const Tensor first = asTensor(a, "mutual neighbours, first table");
    const Tensor second = asTensor(b, "mutual neighbours, second table");
    if (neighbours < 1 || neighbours >= a.rows) {
        throw Error(concat(neighbours, " neighbours of ", a.rows, " samples were asked for, expected 1 to ", a.rows - 1),
                    "mutual neighbours");
    }
    const auto nearestA = nearestRows(first, neighbours);
    const auto nearestB = nearestRows(second, neighbours);
    double common = 0;
    for (int row = 0; row < a.rows; ++row) {
        std::vector<int> both;
        std::set_intersection(nearestA[row].begin(), nearestA[row].end(), nearestB[row].begin(), nearestB[row].end(),
                              std::back_inserter(both));
        common += static_cast<double>(both.size());
    }
    return common / (static_cast<double>(neighbours) * a.rows);
}

}  // namespace fusionscope::inspect
