#include "core/nn/kernels/attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/nn/kernels/vectors.h"

namespace fusionscope::nn::kernels {

namespace {

constexpr int64_t block = Vectors::mostKeys;
constexpr float nothing = -std::numeric_limits<float>::infinity();

/// Where a part's finding for a row and head is: values' sum [width], sum of shares, largest score.
template <class Number>
Number* place(const CacheAttention& attention, int64_t part, int64_t row, int64_t head, Number* found) {
    return found + ((part * attention.rows + row) * attention.heads + head) * (attention.width + 2);
}

/// Without the first `count`.
Numbers behind(const Numbers& numbers, int64_t count) {
    return std::visit([&](const auto* first) -> Numbers { return first + count; }, numbers);
}

/// Adds some keys to what a row and head has found so far.
void addKeys(const float* query, const Numbers& keys, const Numbers& values, int64_t count, int64_t width,
             float* found) {
    const Vectors& use = vectors();
    std::array<float, static_cast<size_t>(block)> scores;
    float &sum = found[width], &most = found[width + 1];
    const float greatest = std::max(most, use.scores(query, keys, count, width, scores.data()));
    const float keep = most == nothing ? 0.0F : std::exp(most - greatest);
    sum = sum * keep + use.exponentials(scores.data(), count, greatest);
    use.addValues(scores.data(), values, count, width, keep, found);
    most = greatest;
}

}  // namespace

void attendPart(const CacheAttention& attention, int64_t kvHead, int64_t part, const float* queries, float* found) {
    const int64_t width = attention.width, shared = attention.heads / attention.kvHeads, head = kvHead * shared;
    for (int64_t row = 0; row < attention.rows; ++row)
        for (int64_t i = 0; i < shared; ++i) {
            float* to = place(attention, part, row, head + i, found);
            std::fill_n(to, width + 1, 0.0F);
            to[width + 1] = nothing;
        }
    const int64_t begin = (attention.firstPart() + part) * CacheAttention::partKeys;
    const int64_t end = std::min(begin + CacheAttention::partKeys, attention.past + attention.rows);
    for (int64_t first = begin; first < end; first += block) {
        const int64_t count = std::min(block, end - first);
        for (int64_t row = 0; row < attention.rows; ++row) {
            const int64_t from = std::max(attention.firstSeen(row), first);
            const int64_t seen = std::min(attention.endSeen(row), first + count) - from;
            if (seen <= 0) continue;
            const int64_t offset = (kvHead * attention.room + from) * width;
            const Numbers keys = behind(attention.keys, offset), values = behind(attention.values, offset);
            for (int64_t i = 0; i < shared; ++i)
                addKeys(queries + (row * attention.heads + head + i) * width, keys, values, seen, width,
                        place(attention, part, row, head + i, found));
        }
    }
}

void joinParts(const CacheAttention& attention, int64_t head, const float* found, float* result) {
    const int64_t width = attention.width;
    for (int64_t row = 0; row < attention.rows; ++row) {
        float* to = result + (row * attention.heads + head) * width;
        float most = nothing, sum = 0;
        for (int64_t part = 0; part < attention.parts(); ++part)
            most = std::max(most, place(attention, part, row, head, found)[width + 1]);
        std::fill_n(to, width, 0.0F);
        for (int64_t part = 0; part < attention.parts(); ++part) {
            const float* one = place(attention, part, row, head, found);
            if (one[width] == 0.0F) continue;  // the row sees nothing of it
            const float share = std::exp(one[width + 1] - most);
            sum += share * one[width];
            vectors().addValues(&share, one, 1, width, 1.0F, to);
        }
        for (int64_t column = 0; column < width; ++column) to[column] /= sum;
    }
}

}  // namespace fusionscope::nn::kernels
