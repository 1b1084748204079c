#include "core/language/decode_step.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/nn/kernels/vectors.h"

namespace fusionscope::language {

namespace {

namespace kernels = nn::kernels;

constexpr int64_t leastWork = int64_t{1} << 14;  // multiplications that are worth a thread's attention
constexpr int64_t chunksPerThread = 8;           // of a large matrix
constexpr int64_t columnsAtOnce = 16;

bool isNumbers(const Tensor& x) {
    const auto type = x.scalar_type();
    return x.device().is_cpu() && x.is_contiguous() && (type == c10::kFloat || type == c10::kBFloat16);
}

bool fits(const nn::RmsNorm& norm) {
    return isNumbers(norm.weight());
}
bool fits(const DecodeStep::Matrix& matrix) {
    const Tensor& bias = matrix.linear.bias();
    return !matrix.linear.defined() || (matrix.view && (!bias.defined() || isNumbers(bias)));
}
bool fits(const DecodeStep::Layer& layer) {
    return fits(layer.attentionNorm) && fits(layer.mlpNorm) &&
           std::ranges::all_of(layer.matrices(), [](const auto* matrix) { return fits(*matrix); });
}

bool isTrained(const Tensor& weight) {
    return weight.defined() && weight.requires_grad();
}
bool isTrained(const DecodeStep::Matrix& matrix) {
    return isTrained(matrix.linear.weight()) || isTrained(matrix.linear.bias());
}
bool isTrained(const DecodeStep::Layer& layer) {
    return isTrained(layer.attentionNorm.weight()) || isTrained(layer.mlpNorm.weight()) ||
           std::ranges::any_of(layer.matrices(), [](const auto* matrix) { return isTrained(*matrix); });
}

/// Of a tensor in fp32, bf16 or fp16.
kernels::Numbers numbers(const Tensor& x) {
    switch (x.scalar_type()) {
        case c10::kBFloat16:
            return static_cast<const kernels::Bf16*>(x.const_data_ptr());
        case c10::kHalf:
            return static_cast<const kernels::Fp16*>(x.const_data_ptr());
        default:
            return x.const_data_ptr<float>();
    }
}

/// All numbers of a tensor in fp32: where they are, or in `room`.
const float* wide(const Tensor& x, std::vector<float>& room) {
    if (x.scalar_type() == c10::kFloat) return x.const_data_ptr<float>();
    room.resize(static_cast<size_t>(x.numel()));
    kernels::vectors().widen(static_cast<const kernels::Bf16*>(x.const_data_ptr()), x.numel(), room.data());
    return room.data();
}

/// Into a tensor of fp32, bf16 or fp16, from its number `place` on.
void store(const float* x, int64_t count, const Tensor& to, int64_t place) {
    switch (to.scalar_type()) {
        case c10::kBFloat16:
            std::copy_n(x, count, to.data_ptr<c10::BFloat16>() + place);
            break;
        case c10::kHalf:
            std::transform(x, x + count, to.data_ptr<c10::Half>() + place,
                           [](float number) { return std::clamp(number, -KvCache::mostHalf, KvCache::mostHalf); });
            break;
        default:
            std::copy_n(x, count, to.data_ptr<float>() + place);
    }
}

/// The half-split rotation of the first 2 · half columns, times a factor on all.
void rotate(const float* x, const float* cosines, const float* sines, int64_t half, int64_t width, float factor,
            float* to) {
    for (int64_t i = 0; i < half; ++i) {
        to[i] = (x[i] * cosines[i] - x[i + half] * sines[i]) * factor;
        to[i + half] = (x[i + half] * cosines[i] + x[i] * sines[i]) * factor;
    }
    for (int64_t i = 2 * half; i < width; ++i) to[i] = x[i] * factor;
}

}  // namespace

DecodeStep::DecodeStep(const DecoderConfig& config, std::vector<Layer> layers, nn::RmsNorm norm,
                       const nn::Linear& output)
    : m_config(config),
      m_layers(std::move(layers)),
      m_norm(std::move(norm)),
      m_output(output),
      m_fits(config.headWidth <= kernels::CacheAttention::mostWidth && fits(m_norm) && fits(m_output) &&
             std::ranges::all_of(m_layers, [](const Layer& layer) { return fits(layer); })) {}

bool DecodeStep::takes(const Tensor& x, const nn::Pass& pass) const {
    const auto type = x.scalar_type();
    if (!m_fits || pass.recorder || !x.device().is_cpu() || (type != c10::kFloat && type != c10::kBFloat16))
        return false;
    const int64_t numbers = x.numel();
    if (numbers == 0 || numbers > mostRows * m_config.hidden) return false;
    return !at::GradMode::is_enabled() ||
           !(x.requires_grad() || isTrained(m_output) || isTrained(m_norm.weight()) ||
             std::ranges::any_of(m_layers, [](const Layer& layer) { return isTrained(layer); }));
}

bool DecodeStep::takes(const Tensor& embeddings, const KvCache& cache, const nn::Pass& pass) const {
    return embeddings.size(0) == 1 && cache.batch() == 1 && cache.device().is_cpu() && takes(embeddings, pass);
}

/// Takes over the rows and sees to the team. @param x [..., hidden]
void DecodeStep::begin(const Tensor& x) {
    if (const int threads = at::get_num_threads(); threads != m_threads) {
        m_team.reset();
        m_team = std::make_unique<kernels::Team>(threads);
        m_threads = threads;
    }
    m_rows = x.numel() / m_config.hidden;
    const auto room = [&](std::vector<float>& numbers, int64_t columns) {
        numbers.resize(static_cast<size_t>(m_rows * columns));
    };
    const int64_t heads = m_config.heads * m_config.headWidth, kvHeads = m_config.kvHeads * m_config.headWidth;
    room(m_stream, m_config.hidden);
    room(m_normed, m_config.hidden);
    room(m_added, m_config.hidden);
    room(m_projected, heads + 2 * kvHeads);
    room(m_queries, heads);
    room(m_attended, heads);
    room(m_gates, 2 * m_config.inner);
    room(m_inner, m_config.inner);
    const Tensor rows = x.contiguous();
    std::copy_n(wide(rows, m_stream), rows.numel(), m_stream.data());
}

Tensor DecodeStep::hidden(const Tensor& embeddings, const std::vector<Run>& runs, const nn::Pass& pass) {
    const std::lock_guard lock(m_mutex);
    begin(embeddings);
    for (const auto& run : runs) run.cache->reserve(run.cache->length() + run.rows);
    const kernels::Team::Shift shift(*m_team);
    rotation(runs);
    for (size_t i = 0; i < m_layers.size(); ++i) {
        pass.checkpoint();
        attend(m_layers[i], static_cast<int64_t>(i), runs);
        mlp(m_layers[i]);
        pass.report(static_cast<double>(i + 1) / static_cast<double>(m_layers.size()));
    }
    normalise(m_norm);
    const Tensor result = at::empty(embeddings.sizes(), embeddings.options());
    store(m_normed.data(), result.numel(), result, 0);
    return result;
}

Tensor DecodeStep::logits(const Tensor& hidden) {
    const std::lock_guard lock(m_mutex);
    begin(hidden);
    auto shape = hidden.sizes().vec();
    shape.back() = m_config.vocabulary;
    const Tensor result = at::empty(shape, hidden.options().dtype(c10::kFloat));
    const kernels::Team::Shift shift(*m_team);
    prepare(m_stream.data(), {{m_output, result.data_ptr<float>()}});
    multiply([](int64_t, int64_t) {});
    return result;
}

/// Cosines and sines of the rows' positions; angles in fp32, as Rope computes them.
void DecodeStep::rotation(const std::vector<Run>& runs) {
    const auto magnitude = static_cast<float>(m_config.rope.magnitude);
    m_cosines.clear();
    m_sines.clear();
    for (const auto& run : runs) {
        const float* turns = run.frequencies.const_data_ptr<float>();
        for (int64_t row = 0; row < run.rows; ++row)
            for (int64_t column = 0; column < run.frequencies.numel(); ++column) {
                const float angle = static_cast<float>(run.cache->length() + row) * turns[column];
                m_cosines.push_back(std::cos(angle) * magnitude);
                m_sines.push_back(std::sin(angle) * magnitude);
            }
    }
}

/// The stream's rows, normalised.
void DecodeStep::normalise(const nn::RmsNorm& norm) {
    RECORD_USER_SCOPE("norm");
    const int64_t width = m_config.hidden;
    const float* weight = wide(norm.weight(), m_weight);
    m_team->share(m_rows, grainFor(width), [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
            const float* x = m_stream.data() + row * width;
            const float mean = kernels::vectors().squares(x, width) / static_cast<float>(width);
            const float factor = 1.0F / std::sqrt(mean + static_cast<float>(norm.epsilon()));
            float* to = m_normed.data() + row * width;
            for (int64_t i = 0; i < width; ++i) to[i] = x[i] * factor * weight[i];
        }
    });
}

/// Rows of activations for matrices that are to be multiplied with them; those that are not defined are left out.
void DecodeStep::prepare(const float* x, std::initializer_list<Target> targets) {
    RECORD_USER_SCOPE("products");
    m_products.clear();
    for (const auto& [weight, y] : targets) {
        if (!weight.linear.defined()) continue;
        const size_t slot = m_products.size();
        const auto& matrix = *weight.view;
        const auto same = std::ranges::find_if(m_products, [&](const Product& other) { return other.x->fit(matrix); });
        const kernels::Activations* packed = same == m_products.end() ? &m_activations[slot] : same->x;
        if (same == m_products.end()) m_activations[slot].assign(matrix, x, m_rows);
        const Tensor& bias = weight.linear.bias();
        m_products.push_back({matrix, packed, bias.defined() ? wide(bias, m_biases[slot]) : nullptr, y});
    }
}

void DecodeStep::Product::operator()(int64_t first, int64_t last) const {
    kernels::product(matrix, *x, first, last, y);
    if (!bias) return;
    for (int64_t row = 0; row < x->rows(); ++row)
        for (int64_t column = first; column < last; ++column) y[row * matrix.out + column] += bias[column];
}

/// How many columns of a matrix are a chunk.
int64_t DecodeStep::grainOf(int64_t columns, int64_t weightsPerColumn) const {
    const int64_t shares = columns / (chunksPerThread * m_team->threads());
    const int64_t grain = std::max(shares, leastWork / weightsPerColumn);
    return (grain / columnsAtOnce + 1) * columnsAtOnce;
}

/// How many things that take so many multiplications each are a chunk.
int64_t DecodeStep::grainFor(int64_t work) {
    return std::max<int64_t>(1, leastWork / std::max<int64_t>(work, 1));
}

/// All products that are prepared. @param then called with the range of columns after each part of a product
template <class Then>
void DecodeStep::multiply(const Then& then) {
    RECORD_USER_SCOPE("products");
    int64_t columns = 0, chunks = 0;
    for (const auto& product : m_products) columns += product.matrix.out;
    const int64_t grain = grainOf(columns, m_products.front().matrix.in);
    const auto chunksOf = [&](const Product& product) { return (product.matrix.out + grain - 1) / grain; };
    for (const auto& product : m_products) chunks += chunksOf(product);
    m_team->share(chunks, 1, [&](int64_t first, int64_t last) {
        for (int64_t chunk = first; chunk < last; ++chunk) {
            int64_t place = chunk;
            auto product = m_products.begin();
            for (; place >= chunksOf(*product); ++product) place -= chunksOf(*product);
            const int64_t from = place * grain, to = std::min(from + grain, product->matrix.out);
            (*product)(from, to);
            then(from, to);
        }
    });
}

/// Adds a product to the stream.
void DecodeStep::addProduct(const Matrix& weight, const float* x) {
    prepare(x, {{weight, m_added.data()}});
    multiply([&](int64_t first, int64_t last) {
        for (int64_t row = 0; row < m_rows; ++row)
            for (int64_t i = row * m_config.hidden + first; i < row * m_config.hidden + last; ++i)
                m_stream[static_cast<size_t>(i)] += m_added[static_cast<size_t>(i)];
    });
}

void DecodeStep::attend(const Layer& layer, int64_t index, const std::vector<Run>& runs) {
    const int64_t heads = m_config.heads * m_config.headWidth, kvHeads = m_config.kvHeads * m_config.headWidth;
    const bool together = !layer.key.linear.defined();
    float* const query = m_projected.data();
    float* const key = query + (together ? heads : m_rows * heads);
    float* const value = key + (together ? kvHeads : m_rows * kvHeads);
    normalise(layer.attentionNorm);
    prepare(m_normed.data(), {{layer.query, query}, {layer.key, key}, {layer.value, value}});
    multiply([](int64_t, int64_t) {});
    const int64_t all = heads + 2 * kvHeads;
    rotateAndStore(index, runs, {query, together ? all : heads}, {key, together ? all : kvHeads},
                   {value, together ? all : kvHeads});
    attendCaches(index, runs);
    addProduct(layer.attentionOutput, m_attended.data());
}

/// Queries are scaled, too; keys and values go into the caches.
void DecodeStep::rotateAndStore(int64_t index, const std::vector<Run>& runs, Heads queries, Heads keys, Heads values) {
    RECORD_USER_SCOPE("rotation");
    const int64_t width = m_config.headWidth, shared = m_config.heads / m_config.kvHeads;
    const int64_t half = std::ssize(m_cosines) / m_rows;
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(width)));
    m_team->share(m_config.kvHeads, grainFor(m_rows * (shared + 2) * width), [&](int64_t first, int64_t last) {
        std::array<float, kernels::CacheAttention::mostWidth> turned;
        int64_t row = 0;
        for (const auto& run : runs) {
            const auto& room = run.cache->room(index);
            const int64_t capacity = room.keys.size(2);
            for (int64_t behind = run.cache->length(); behind < run.cache->length() + run.rows; ++behind, ++row) {
                const float *cosines = m_cosines.data() + row * half, *sines = m_sines.data() + row * half;
                for (int64_t head = first * shared; head < last * shared; ++head)
                    rotate(queries.first + row * queries.stride + head * width, cosines, sines, half, width, scale,
                           m_queries.data() + (row * m_config.heads + head) * width);
                for (int64_t head = first; head < last; ++head) {
                    const int64_t place = (head * capacity + behind) * width;
                    rotate(keys.first + row * keys.stride + head * width, cosines, sines, half, width, 1.0F,
                           turned.data());
                    store(turned.data(), width, room.keys, place);
                    store(values.first + row * values.stride + head * width, width, room.values, place);
                }
            }
        }
    });
}

void DecodeStep::attendCaches(int64_t index, const std::vector<Run>& runs) {
    RECORD_USER_SCOPE("attention");
    m_texts.clear();
    int64_t row = 0, shares = 0, found = 0, mostKeys = 0, longestRun = 0;
    for (const auto& run : runs) {
        const auto& room = run.cache->room(index);
        const kernels::CacheAttention attention{
            .rows = run.rows,
            .heads = m_config.heads,
            .kvHeads = m_config.kvHeads,
            .width = m_config.headWidth,
            .keys = numbers(room.keys),
            .values = numbers(room.values),
            .room = room.keys.size(2),
            .past = run.cache->length(),
            .window = m_config.windowOf(index).value_or(std::numeric_limits<int64_t>::max()),
        };
        m_texts.push_back({attention, row, shares, found});
        row += run.rows;
        shares += m_config.kvHeads * attention.parts();
        found += attention.partNumbers();
        mostKeys = std::max(mostKeys, std::min(attention.past + run.rows, kernels::CacheAttention::partKeys));
        longestRun = std::max(longestRun, run.rows);
    }
    m_found.resize(static_cast<size_t>(found));
    const int64_t columns = m_config.heads * m_config.headWidth,
                  queriesPerHead = longestRun * m_config.heads / m_config.kvHeads;
    m_team->share(shares, grainFor(2 * mostKeys * queriesPerHead * m_config.headWidth),
                  [&](int64_t first, int64_t last) {
                      for (int64_t i = first; i < last; ++i) {
                          const auto& text = *std::prev(std::ranges::upper_bound(m_texts, i, {}, &Text::firstShare));
                          const int64_t parts = text.attention.parts(), place = i - text.firstShare;
                          attendPart(text.attention, place / parts, place % parts,
                                     m_queries.data() + text.firstRow * columns, m_found.data() + text.firstFound);
                      }
                  });
    const int64_t joins = m_config.heads * std::ssize(m_texts);
    m_team->share(joins, grainFor(shares / m_config.kvHeads * longestRun * m_config.headWidth / std::ssize(m_texts)),
                  [&](int64_t first, int64_t last) {
                      for (int64_t i = first; i < last; ++i) {
                          const auto& text = m_texts[static_cast<size_t>(i / m_config.heads)];
                          joinParts(text.attention, i % m_config.heads, m_found.data() + text.firstFound,
                                    m_attended.data() + text.firstRow * columns);
                      }
                  });
}

void DecodeStep::mlp(const Layer& layer) {
    normalise(layer.mlpNorm);
    const int64_t inner = m_config.inner;
    const bool together = !layer.up.linear.defined();
    float* const gates = m_gates.data();
    float* const ups = gates + (together ? inner : m_rows * inner);
    const int64_t stride = together ? 2 * inner : inner;
    prepare(m_normed.data(), {{layer.gate, gates}, {layer.up, ups}});
    RECORD_USER_SCOPE("products");
    m_team->share(inner, grainOf(inner, 2 * m_config.hidden), [&](int64_t first, int64_t last) {
        m_products.front()(first, last);
        if (together) {
            m_products.front()(inner + first, inner + last);
        } else {
            m_products.back()(first, last);
        }
        for (int64_t row = 0; row < m_rows; ++row)
            kernels::vectors().gated(gates + row * stride + first, ups + row * stride + first, last - first,
                                     m_inner.data() + row * inner + first);
    });
    addProduct(layer.down, m_inner.data());
}

}  // namespace fusionscope::language
