#include "core/vision/davit.h"

#include <ATen/ATen.h>

#include <QtTest>

using namespace fusionscope;
using vision::TokenGrid;

namespace {

/// Random weights under every name that is asked for.
nn::Weights randomWeights(std::map<std::string, std::vector<int64_t>, std::less<>> shapes) {
    at::manual_seed(7);
    std::map<std::string, at::Tensor, std::less<>> tensors;
    for (const auto& [name, shape] : shapes) tensors.emplace(name, at::randn(shape) * 0.3);
    return nn::Weights(std::make_shared<nn::WeightStore>(std::move(tensors), nn::WeightOptions{}));
}

nn::Weights attentionWeights(int64_t width) {
    return randomWeights({{"qkv.weight", {3 * width, width}},
                          {"qkv.bias", {3 * width}},
                          {"proj.weight", {width, width}},
                          {"proj.bias", {width}}});
}

/// Plain loops over single tokens and channels, after the formulas.
at::Tensor linear(const nn::Weights& place, const at::Tensor& x, int64_t out) {
    const int64_t in = x.size(-1);
    return at::matmul(x, place.tensor("weight", {out, in}).t()) + place.tensor("bias", {out});
}

}  // namespace

class DavitTest : public QObject {
    Q_OBJECT

  private slots:
    void windowsAttendWithinThemselvesAlone() {
        const int64_t width = 8, heads = 2, window = 3;
        const auto weights = attentionWeights(width);
        const vision::WindowAttention attention(weights, width, heads, window);
        const at::Tensor tokens = at::randn({2, 7 * 5, width});
        const at::Tensor result = attention({tokens, 7, 5}).view({2, 7, 5, width});

        const at::Tensor padded = at::constant_pad_nd(tokens.view({2, 7, 5, width}), {0, 0, 0, 1, 0, 2});
        for (int64_t y = 0; y < 9; y += window)
            for (int64_t x = 0; x < 6; x += window) {
                const at::Tensor inside =
                    padded.slice(1, y, y + window).slice(2, x, x + window).reshape({2, -1, width});
                const at::Tensor qkv = linear(weights / "qkv", inside, 3 * width);
                std::vector<at::Tensor> attended;
                for (int64_t head = 0; head < heads; ++head) {
                    const int64_t part = width / heads;
                    const at::Tensor q = qkv.narrow(2, head * part, part), k = qkv.narrow(2, width + head * part, part);
                    const at::Tensor v = qkv.narrow(2, 2 * width + head * part, part);
                    attended.push_back(at::matmul((at::matmul(q, k.mT()) / std::sqrt(double(part))).softmax(-1), v));
                }
                const at::Tensor expected =
                    linear(weights / "proj", at::cat(attended, 2), width).view({2, window, window, width});
                const int64_t rows = std::min<int64_t>(window, 7 - y), columns = std::min<int64_t>(window, 5 - x);
                QVERIFY(at::allclose(result.slice(1, y, y + rows).slice(2, x, x + columns),
                                     expected.slice(1, 0, rows).slice(2, 0, columns), 1e-4, 1e-5));
            }
    }

    void channelsAttendToChannelsOfTheirGroup() {
        const int64_t width = 12, groups = 3, part = width / groups, count = 10;
        const auto weights = attentionWeights(width);
        const at::Tensor tokens = at::randn({2, count, width});
        const at::Tensor result = vision::ChannelAttention(weights, width, groups)(tokens);
        const at::Tensor qkv = linear(weights / "qkv", tokens, 3 * width);
        std::vector<at::Tensor> attended;
        for (int64_t group = 0; group < groups; ++group) {
            const at::Tensor q = qkv.narrow(2, group * part, part), k = qkv.narrow(2, width + group * part, part);
            const at::Tensor v = qkv.narrow(2, 2 * width + group * part, part);
            const at::Tensor scores = at::matmul(q.mT(), k) / std::sqrt(double(count));  // [2, channels, channels]
            attended.push_back(at::matmul(scores.softmax(-1), v.mT()).mT());
        }
        QVERIFY(at::allclose(result, linear(weights / "proj", at::cat(attended, 2), width), 1e-4, 1e-5));
    }

    void halfPrecisionSumsDoNotOverflow() {
        const int64_t width = 4;
        const auto weights = attentionWeights(width);
        const vision::ChannelAttention attention(weights, width, 1);
        // Scores before scaling are near 10^6, beyond half precision; after it they are not.
        const at::Tensor tokens = at::ones({1, 40000, width}, at::kHalf) * 4;
        QVERIFY(attention(tokens).isfinite().all().item<bool>());
    }
};

QTEST_GUILESS_MAIN(DavitTest)
#include "davit_test.moc"
