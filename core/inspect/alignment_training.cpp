#include "core/inspect/alignment_training.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "core/files/error.h"

namespace fusionscope::inspect {

namespace {

using at::Tensor;

Tensor lengths(const Tensor& rows) { return at::linalg_vector_norm(rows, 2, {1}, /*keepdim=*/true).clamp_min(1e-12); }

/// What the last layer is given, and what it takes to go back. The last layer is linear, so it may follow the mean.
struct Projected {
    Tensor between;  ///< [pairs, tokens, hidden] before GELU; undefined for one layer
    Tensor mean;     ///< [pairs, in of the last layer]
    Tensor result;   ///< [pairs, textWidth]
};

Projected project(const Tensor& vision, const std::vector<Tensor>& layers) {
    Projected projected;
    if (layers.size() == 1) {
        projected.mean = vision.mean(1);
    } else {
        projected.between = at::matmul(vision, layers[0].t());
        projected.mean = at::gelu(projected.between).mean(1);
    }
    projected.result = at::mm(projected.mean, layers.back().t());
    return projected;
}

}  // namespace

Tensor projectedDirections(const Tensor& vision, const std::vector<Tensor>& layers) {
    const Tensor result = project(vision, layers).result;
    return result / lengths(result);
}

AlignmentLoss alignmentLoss(const Tensor& vision, const Tensor& text, const std::vector<Tensor>& layers,
                            double temperature) {
    const auto pairs = vision.size(0);
    const Projected projected = project(vision, layers);
    const Tensor length = lengths(projected.result);
    const Tensor a = projected.result / length;   // [pairs, textWidth]
    const Tensor b = text / lengths(text);        // [pairs, textWidth]
    const Tensor scores = at::mm(a, b.t()) / temperature;  // [pictures, texts]
    AlignmentLoss loss;
    loss.value = -at::log_softmax(scores, 1).diagonal().mean().item<double>();

    // Backwards through softmax, cosine, normalisation and projection.
    const Tensor byScores = (at::softmax(scores, 1) - at::eye(pairs, text.options())) / (static_cast<double>(pairs) * temperature);
    const Tensor byDirection = at::mm(byScores, b);
    const Tensor byResult = (byDirection - a * (byDirection * a).sum(1, true)) / length;
    const Tensor byLast = at::mm(byResult.t(), projected.mean);
    if (layers.size() == 1) {
        loss.gradients = {byLast};
        return loss;
    }
    const auto& between = projected.between;
    const Tensor byMean = (at::mm(byResult, layers[1]) / static_cast<double>(between.size(1))).unsqueeze(1);
    const Tensor byBetween = at::gelu_backward(byMean.expand_as(between).contiguous(), between);
    loss.gradients = {at::mm(byBetween.flatten(0, 1).t(), vision.flatten(0, 1)), byLast};
    return loss;
}

AlignmentTrainer::AlignmentTrainer(Tensor vision, Tensor text, std::vector<int64_t> trained,
                                   const TrainingOptions& options)
    : m_vision(std::move(vision)), m_text(std::move(text)), m_trained(std::move(trained)), m_options(options),
      m_random(options.seed), m_next(m_trained.size()) {
    if (options.batch < 2 || static_cast<size_t>(options.batch) > m_trained.size())
        throw Error(concat("batches of ", options.batch, " of ", m_trained.size(), " pairs"), "alignment training",
                    "A batch has at least 2 pairs and at most all of them.");
    int64_t in = m_vision.size(2);
    for (int layer = 0; layer < options.depth; ++layer) {
        const int64_t out = m_text.size(1);
        Tensor weight = at::empty({out, in}, at::kFloat);
        auto* values = weight.mutable_data_ptr<float>();
        // Uniform in ±1/√in, from the generator's bits alone so that every machine begins with the same numbers.
        const double bound = 1 / std::sqrt(static_cast<double>(in));
        for (int64_t i = 0; i < weight.numel(); ++i)
            values[i] = static_cast<float>((static_cast<double>(m_random() >> 11) * 0x1p-52 - 1) * bound);
        m_layers.push_back(weight);
        m_means.push_back(at::zeros_like(weight));
        m_squares.push_back(at::zeros_like(weight));
        in = out;
    }
}

std::vector<int64_t> AlignmentTrainer::nextBatch() {
    const auto batch = static_cast<size_t>(m_options.batch);
    if (m_next + batch > m_trained.size()) {
        for (size_t left = m_trained.size(); left > 1; --left) std::swap(m_trained[left - 1], m_trained[m_random() % left]);
        m_next = 0;
    }
    const auto first = m_trained.begin() + static_cast<std::ptrdiff_t>(m_next);
    m_next += batch;
    return {first, first + m_options.batch};
}

double AlignmentTrainer::step() {
    constexpr double keepMean = 0.9, keepSquare = 0.999, tiny = 1e-8;
    const Tensor pairs = at::tensor(nextBatch(), at::kLong);
    const auto loss = alignmentLoss(m_vision.index_select(0, pairs), m_text.index_select(0, pairs), m_layers,
                                    m_options.temperature);
    ++m_steps;
    const double meanShare = 1 - std::pow(keepMean, m_steps), squareShare = 1 - std::pow(keepSquare, m_steps);
    for (size_t i = 0; i < m_layers.size(); ++i) {
        m_means[i].mul_(keepMean).add_(loss.gradients[i], 1 - keepMean);
        m_squares[i].mul_(keepSquare).addcmul_(loss.gradients[i], loss.gradients[i], 1 - keepSquare);
        const Tensor spread = (m_squares[i] / squareShare).sqrt_().add_(tiny);
        m_layers[i].addcdiv_(m_means[i], spread, -m_options.learningRate / meanShare);
    }
    return loss.value;
}

double AlignmentTrainer::loss(const std::vector<int64_t>& pairs, int64_t batch) const {
    const Tensor all = at::tensor(pairs, at::kLong);
    double sum = 0;
    int64_t batches = 0;
    for (int64_t first = 0; first + batch <= all.size(0); first += batch, ++batches) {
        const Tensor some = all.narrow(0, first, batch);
        const Tensor text = m_text.index_select(0, some);
        const Tensor cosines = at::mm(projectedDirections(m_vision.index_select(0, some), m_layers), (text / lengths(text)).t());
        sum -= at::log_softmax(cosines / m_options.temperature, 1).diagonal().mean().item<double>();
    }
    return sum / static_cast<double>(batches);
}

std::vector<double> AlignmentTrainer::cosines() const {
    std::vector<double> result;
    constexpr int64_t some = 64;  // pairs at a time: their projected tokens are held at once
    for (int64_t first = 0; first < m_vision.size(0); first += some) {
        const auto count = std::min(some, m_vision.size(0) - first);
        const Tensor text = m_text.narrow(0, first, count);
        const Tensor products = (projectedDirections(m_vision.narrow(0, first, count), m_layers) * text / lengths(text)).sum(1);
        for (int64_t i = 0; i < count; ++i) result.push_back(products[i].item<double>());
    }
    return result;
}

}  // namespace fusionscope::inspect
