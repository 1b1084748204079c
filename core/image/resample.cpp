#include "core/image/resample.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>

#include "core/image/rounding.h"

// The inner loops are compiled for AVX2 too where the compiler can choose between versions at load time.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define FUSIONSCOPE_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define FUSIONSCOPE_VECTORISED
#endif

namespace fusionscope::image {
namespace {

using Row = std::vector<std::uint8_t>;

constexpr int fractionBits = 22;
constexpr std::int32_t half = 1 << (fractionBits - 1);

double sinc(double x) {
    return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double kernel(Filter filter, double x) {
    const double distance = std::abs(x);
    switch (filter) {
        case Filter::Box:
            return x > -0.5 && x <= 0.5 ? 1 : 0;
        case Filter::Bilinear:
            return std::max(0.0, 1 - distance);
        case Filter::Hamming:
            return distance >= 1 ? 0 : sinc(distance) * (0.54 + 0.46 * std::cos(std::numbers::pi * distance));
        case Filter::Lanczos:
            return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        default:
            break;
    }
    constexpr double a = -0.5;  // bicubic of the Catmull-Rom kind
    if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
    if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
    return 0;
}

double radius(Filter filter) {
    switch (filter) {
        case Filter::Box:
            return 0.5;
        case Filter::Lanczos:
            return 3;
        case Filter::Bicubic:
            return 2;
        default:
            return 1;
    }
}

/// The source places that each place of the result is mixed from, and with which weights, along one axis.
struct Taps {
    struct Range {
        int first, end;               ///< source places
        const std::int32_t* weights;  ///< one for each, 22 fractional bits
    };
    std::vector<Range> ranges;
    std::vector<std::int32_t> weights;

    int size() const { return static_cast<int>(ranges.size()); }
    const Range& operator[](int i) const { return ranges[static_cast<std::size_t>(i)]; }
};

/// A length that does not change is copied: one tap of weight 1.
Taps tapsAlong(int from, int to, Filter filter) {
    Taps taps;
    std::vector<double> exact;
    for (int i = 0; i < to; ++i) {
        if (from == to) {
            taps.ranges.push_back({i, i + 1, nullptr});
            taps.weights.push_back(1 << fractionBits);
            continue;
        }
        const double scale = double(from) / to, stretch = std::max(scale, 1.0);
        const double support = radius(filter) * stretch, centre = (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(centre - support + 0.5));
        const int end = std::min(from, static_cast<int>(centre + support + 0.5));
        exact.clear();
        for (int place = first; place < end; ++place)
            exact.push_back(kernel(filter, (place - centre + 0.5) * (1 / stretch)));
        const double sum = std::accumulate(exact.begin(), exact.end(), 0.0);
        for (const double value : exact) {
            const double fixed = (sum != 0 ? value / sum : value) * (1 << fractionBits);
            taps.weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
        }
        taps.ranges.push_back({first, end, nullptr});
    }
    const std::int32_t* weights = taps.weights.data();
    for (Taps::Range& range : taps.ranges) {
        range.weights = weights;
        weights += range.end - range.first;
    }
    return taps;
}

FUSIONSCOPE_VECTORISED
void accumulate(std::int32_t* sums, const std::uint8_t* samples, std::int32_t weight, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += weight * samples[i];
}

FUSIONSCOPE_VECTORISED
void toBytes(const std::int32_t* sums, std::uint8_t* samples, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        samples[i] = static_cast<std::uint8_t>(std::clamp(sums[i] >> fractionBits, 0, 255));
}

/// Takes rows from above to below; each may stand for several equal ones.
class Stage {
  public:
    virtual ~Stage() = default;
    virtual void push(const std::uint8_t* row, int repeats) = 0;
    /// Hands on what is still held back.
    virtual void finish() = 0;
};

class Result final : public Stage {
  public:
    Result(std::size_t rowSamples, int rows) : m_rowSamples(rowSamples) {
        m_samples.reserve(rowSamples * static_cast<std::size_t>(rows));
    }
    void push(const std::uint8_t* row, int repeats) override {
        for (int i = 0; i < repeats; ++i) m_samples.insert(m_samples.end(), row, row + m_rowSamples);
    }
    void finish() override {}
    Row take() { return std::move(m_samples); }

  private:
    std::size_t m_rowSamples;
    Row m_samples;
};

/// Mixes rows. The sums of the result's unfinished rows are kept, never the source's rows.
class VerticalPass final : public Stage {
  public:
    VerticalPass(const Taps& taps, std::size_t rowSamples, Stage& next)
        : m_taps(taps), m_next(next), m_row(rowSamples) {}

    void push(const std::uint8_t* row, int repeats) override {
        const int end = m_seen + repeats;
        for (int i = m_finished; i < m_taps.size() && m_taps[i].first < end; ++i) {
            const Taps::Range& range = m_taps[i];
            const auto place = static_cast<std::size_t>(i - m_finished);
            if (place == m_sums.size()) m_sums.emplace_back(m_row.size(), half);
            const int from = std::max(range.first, m_seen), to = std::min(range.end, end);
            const std::int32_t weight =
                std::accumulate(range.weights + (from - range.first), range.weights + (to - range.first), 0);
            accumulate(m_sums[place].data(), row, weight, m_row.size());
        }
        m_seen = end;
        for (; !m_sums.empty() && m_taps[m_finished].end <= m_seen; ++m_finished) {
            toBytes(m_sums.front().data(), m_row.data(), m_row.size());
            m_sums.pop_front();
            m_next.push(m_row.data(), 1);
        }
    }
    void finish() override { m_next.finish(); }

  private:
    const Taps& m_taps;
    Stage& m_next;
    Row m_row;
    std::deque<std::vector<std::int32_t>> m_sums;
    int m_seen = 0;      ///< source rows so far
    int m_finished = 0;  ///< rows of the result so far
};

/// One place of the result, all its samples at once. @param samples [taps, count]
FUSIONSCOPE_VECTORISED
void mixTaps(const std::uint8_t* samples, const std::int32_t* weights, int taps, std::size_t count,
             std::int32_t* sums) {
    for (int tap = 0; tap < taps; ++tap, samples += count)
        for (std::size_t i = 0; i < count; ++i) sums[i] += weights[tap] * samples[i];
}

constexpr std::size_t lanes = 16;

/// Mixes columns, `lanes` rows at a time, which lie beside each other in memory meanwhile.
class HorizontalPass final : public Stage {
  public:
    /// @param width of the rows pushed, which begin at `left` of a canvas filled with `fill`
    HorizontalPass(const Taps& taps, int width, int left, std::span<const std::uint8_t> fill, Stage& next)
        : m_next(next),
          m_width(width),
          m_fill(fill),
          m_channels(fill.size()),
          m_columns(static_cast<std::size_t>(width) * m_channels * lanes),
          m_rows(static_cast<std::size_t>(taps.size()) * m_channels * lanes) {
        for (const Taps::Range& range : taps.ranges) {
            const int from = std::clamp(left, range.first, range.end);
            const int to = std::clamp(left + width, from, range.end);
            const std::int32_t* weights = range.weights + (from - range.first);
            m_places.push_back(
                {static_cast<std::size_t>(std::clamp(from - left, 0, width)), to - from, weights,
                 std::accumulate(range.weights, weights, 0) +
                     std::accumulate(weights + (to - from), range.weights + (range.end - range.first), 0)});
        }
    }

    void push(const std::uint8_t* row, int repeats) override {
        if (repeats > 1) flush();
        const std::size_t samples = static_cast<std::size_t>(m_width) * m_channels;
        std::uint8_t* lane = m_columns.data() + m_held++;
        for (std::size_t i = 0; i < samples; ++i) lane[i * lanes] = row[i];
        if (m_held == lanes || repeats > 1) flush(repeats);
    }
    void finish() override {
        flush();
        m_next.finish();
    }

  private:
    void flush(int repeats = 1) {
        if (m_held == 0) return;
        const std::size_t rowSamples = m_places.size() * m_channels;
        const std::size_t placeSamples = m_channels * lanes;
        std::uint8_t* sample = m_rows.data();
        for (const Place& place : m_places) {
            std::int32_t sums[4 * lanes];
            for (std::size_t k = 0; k < placeSamples; ++k) sums[k] = half + place.outside * m_fill[k / lanes];
            mixTaps(m_columns.data() + place.first * placeSamples, place.weights, place.taps, placeSamples, sums);
            std::uint8_t mixed[4 * lanes];
            toBytes(sums, mixed, placeSamples);
            for (std::size_t channel = 0; channel < m_channels; ++channel, ++sample)
                for (std::size_t lane = 0; lane < m_held; ++lane)
                    sample[lane * rowSamples] = mixed[channel * lanes + lane];
        }
        const std::size_t rows = std::exchange(m_held, 0);
        for (std::size_t row = 0; row < rows; ++row) m_next.push(m_rows.data() + row * rowSamples, repeats);
    }

    /// Taps beyond the picture see the canvas's colour; only their weights' sum counts.
    struct Place {
        std::size_t first;  ///< column of the picture
        int taps;
        const std::int32_t* weights;
        std::int32_t outside;
    };

    std::vector<Place> m_places;
    Stage& m_next;
    int m_width;
    std::span<const std::uint8_t> m_fill;
    std::size_t m_channels;
    Row m_columns;           ///< [width, channels, lanes]
    Row m_rows;              ///< [lanes, places of the result, channels]
    std::size_t m_held = 0;  ///< lanes in use
};

/// Pillow's nearest place: a running sum of steps, whose rounding is part of the result.
std::vector<int> nearestPlaces(int from, int to) {
    std::vector<int> places;
    const double step = double(from) / to;
    double place = step * 0.5;
    for (int i = 0; i < to; ++i, place += step) places.push_back(std::min(static_cast<int>(place), from - 1));
    return places;
}

Row resampleNearest(const ImageView& picture, Size size, const Canvas& canvas) {
    const auto channels = static_cast<std::size_t>(picture.channels);
    const auto columns = nearestPlaces(canvas.size.width, size.width);
    Row result;
    result.reserve(ImageView{nullptr, size, picture.channels}.bytes());
    for (const int row : nearestPlaces(canvas.size.height, size.height)) {
        const int y = row - canvas.top;
        for (const int column : columns) {
            const int x = column - canvas.left;
            const bool inside = x >= 0 && y >= 0 && x < picture.size.width && y < picture.size.height;
            const std::uint8_t* pixel =
                inside ? picture.row(y) + static_cast<std::size_t>(x) * channels : canvas.fill.data();
            result.insert(result.end(), pixel, pixel + channels);
        }
    }
    return result;
}

Row resampleMixing(const ImageView& picture, Size size, Filter filter, PassOrder order, const Canvas& canvas) {
    const auto channels = static_cast<std::size_t>(picture.channels);
    const std::span<const std::uint8_t> fill(canvas.fill.data(), channels);
    const Taps across = tapsAlong(canvas.size.width, size.width, filter);
    const Taps down = tapsAlong(canvas.size.height, size.height, filter);
    const int narrowing = canvas.size.width - size.width, shortening = canvas.size.height - size.height;
    const bool verticalFirst = order == PassOrder::Pillow13 && shortening > 0 && shortening > 2 * narrowing;

    Result result(static_cast<std::size_t>(size.width) * channels, size.height);
    std::unique_ptr<Stage> second, first;
    if (verticalFirst) {
        second = std::make_unique<HorizontalPass>(across, picture.size.width, canvas.left, fill, result);
        first = std::make_unique<VerticalPass>(down, picture.rowBytes(), *second);
    } else {
        second = std::make_unique<VerticalPass>(down, static_cast<std::size_t>(size.width) * channels, result);
        first = std::make_unique<HorizontalPass>(across, picture.size.width, canvas.left, fill, *second);
    }
    Row fillRow(picture.rowBytes());
    for (std::size_t i = 0; i < fillRow.size(); ++i) fillRow[i] = fill[i % channels];
    if (canvas.top > 0) first->push(fillRow.data(), canvas.top);
    for (int y = 0; y < picture.size.height; ++y) first->push(picture.row(y), 1);
    const int below = canvas.size.height - canvas.top - picture.size.height;
    if (below > 0) first->push(fillRow.data(), below);
    first->finish();
    return result.take();
}

/// Colours times alpha / 255, rounded; what is transparent must not colour its neighbours.
Row premultiplied(const ImageView& picture) {
    Row samples(picture.data, picture.data + picture.bytes());
    const auto channels = static_cast<std::size_t>(picture.channels);
    for (std::size_t i = 0; i < samples.size(); i += channels)
        for (std::size_t channel = 0; channel + 1 < channels; ++channel)
            samples[i + channel] = timesOver255(samples[i + channel], samples[i + channels - 1]);
    return samples;
}

void divideByAlpha(Row& samples, std::size_t channels) {
    for (std::size_t i = 0; i < samples.size(); i += channels) {
        const int alpha = samples[i + channels - 1];
        if (alpha == 0 || alpha == 255) continue;
        for (std::size_t channel = 0; channel + 1 < channels; ++channel)
            samples[i + channel] = static_cast<std::uint8_t>(std::min(255, 255 * samples[i + channel] / alpha));
    }
}

}  // namespace

std::vector<std::uint8_t> resample(const ImageView& picture, Size size, Filter filter, PassOrder order,
                                   const std::optional<Canvas>& canvas) {
    const Canvas whole = canvas.value_or(Canvas{picture.size, 0, 0, {}});
    if (filter == Filter::Nearest) return resampleNearest(picture, size, whole);
    const bool hasAlpha = picture.channels == 2 || picture.channels == 4;
    // Pillow copies a picture that keeps its size without a detour over premultiplied colours.
    if (!hasAlpha || whole.size == size) return resampleMixing(picture, size, filter, order, whole);
    const Row light = premultiplied(picture);
    Row result = resampleMixing({light.data(), picture.size, picture.channels}, size, filter, order, whole);
    divideByAlpha(result, static_cast<std::size_t>(picture.channels));
    return result;
}

std::vector<std::uint8_t> crop(const ImageView& picture, int left, int top, Size size) {
    const std::size_t pixelBytes = static_cast<std::size_t>(picture.channels);
    Row part;
    part.reserve(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * pixelBytes);
    for (int y = top; y < top + size.height; ++y) {
        const std::uint8_t* start = picture.row(y) + static_cast<std::size_t>(left) * pixelBytes;
        part.insert(part.end(), start, start + static_cast<std::size_t>(size.width) * pixelBytes);
    }
    return part;
}

Canvas squareAround(Size picture, const std::array<std::uint8_t, 4>& fill) {
    const int side = std::max(picture.width, picture.height);
    return {{side, side}, (side - picture.width) / 2, (side - picture.height) / 2, fill};
}

}  // namespace fusionscope::image
