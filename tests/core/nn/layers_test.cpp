#include "core/nn/layers.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QtTest>
#include <cmath>

using namespace fusionscope;
using at::Tensor;

namespace {

/// Attention as it is defined, in fp64: softmax(q kᵀ · scale + mask) v, heads of k and v repeated for their queries.
Tensor plainAttention(Tensor q, Tensor k, Tensor v, const Tensor& visible, double scale) {
    q = q.to(c10::kDouble);
    const int64_t share = q.size(1) / k.size(1);
    k = k.to(c10::kDouble).repeat_interleave(share, 1);
    v = v.to(c10::kDouble).repeat_interleave(share, 1);
    Tensor scores = q.matmul(k.transpose(-1, -2)) * scale;
    if (visible.defined()) scores = scores.masked_fill(visible.logical_not(), -INFINITY);
    return scores.softmax(-1).matmul(v);
}

double worst(const Tensor& a, const Tensor& b) {
    return (a.to(c10::kDouble) - b).abs().max().item<double>();
}

}  // namespace

class Layers : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { at::manual_seed(11); }

    /// Where gradients are wanted attention is computed in another way.
    void attentionIsItsDefinitionAlsoInTraining_data() { attentionIsItsDefinition_data(); }
    void attentionIsItsDefinitionAlsoInTraining() {
        QFETCH(int, heads);
        QFETCH(int, kvHeads);
        QFETCH(int, queries);
        QFETCH(int, keys);
        const auto drawn = [](std::vector<int64_t> shape) { return at::randn(shape).set_requires_grad(true); };
        const Tensor q = drawn({2, heads, queries, 20}), k = drawn({2, kvHeads, keys, 20}), v = drawn({2, kvHeads, keys, 20});
        const Tensor visible = at::ones({queries, keys}, c10::kBool).tril(keys - queries).unsqueeze(0).unsqueeze(0);
        const auto compare = [&](const Tensor& found, const Tensor& expected) {
            QVERIFY(worst(found.detach(), expected.detach()) < 1e-5);
            const Tensor weights = at::randn(found.sizes());
            (found * weights).sum().backward();
            const auto take = [&] {
                std::vector<Tensor> gradients;
                for (const Tensor* tensor : {&q, &k, &v}) {
                    gradients.push_back(tensor->grad());
                    tensor->mutable_grad() = Tensor();
                }
                return gradients;
            };
            const auto ours = take();
            (expected * weights).sum().backward();
            const auto theirs = take();
            for (size_t i = 0; i < ours.size(); ++i) QVERIFY(worst(ours[i], theirs[i].to(c10::kDouble)) < 1e-4);
        };
        compare(nn::attention(q, k, v, {}, 0.3), plainAttention(q, k, v, {}, 0.3));
        compare(nn::attention(q, k, v, visible, 0.3), plainAttention(q, k, v, visible, 0.3));
        if (queries == keys) compare(nn::attention(q, k, v, {}, 0.3, true), plainAttention(q, k, v, visible, 0.3));
    }

    void attentionIsItsDefinition_data() {
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("kvHeads");
        QTest::addColumn<int>("queries");
        QTest::addColumn<int>("keys");
        for (auto [heads, kvHeads] : {std::pair{4, 4}, {8, 2}, {7, 1}, {9, 3}})
            for (auto [queries, keys] : {std::pair{1, 1}, {1, 33}, {5, 37}, {40, 40}, {600, 600}})
                QTest::addRow("%d:%d heads, %d of %d", heads, kvHeads, queries, keys)
                    << heads << kvHeads << queries << keys;
    }
    void attentionIsItsDefinition() {
        QFETCH(int, heads);
        QFETCH(int, kvHeads);
        QFETCH(int, queries);
        QFETCH(int, keys);
        const Tensor q = at::randn({2, heads, queries, 20}), k = at::randn({2, kvHeads, keys, 20}),
                     v = at::randn({2, kvHeads, keys, 20});
        const Tensor visible = at::ones({queries, keys}, c10::kBool).tril(keys - queries).unsqueeze(0).unsqueeze(0);
        QVERIFY(worst(nn::attention(q, k, v, {}, 0.3), plainAttention(q, k, v, {}, 0.3)) < 1e-5);
        QVERIFY(worst(nn::attention(q, k, v, visible, 0.3), plainAttention(q, k, v, visible, 0.3)) < 1e-5);
        if (queries == keys)
            QVERIFY(worst(nn::attention(q, k, v, {}, 0.3, true), plainAttention(q, k, v, visible, 0.3)) < 1e-5);
    }

    void rmsNormCastsBackBeforeTheWeight() {
        const Tensor weight = at::randn({64}).to(c10::kBFloat16), x = at::randn({3, 64}).to(c10::kBFloat16);
        const nn::RmsNorm norm(
            nn::Weights(std::make_shared<nn::WeightStore>(
                std::map<std::string, Tensor, std::less<>>{{"weight", weight}}, nn::WeightOptions{})),
            64, 1e-5);
        const Tensor wide = x.to(c10::kFloat);
        const Tensor expected = (wide * at::rsqrt(wide.pow(2).mean(-1, true) + 1e-5)).to(c10::kBFloat16) * weight;
        QVERIFY(at::equal(norm(x), expected));
    }

    void headsAreSplitAndJoinedWithoutMixing() {
        const Tensor x = at::randn({2, 5, 24});
        const Tensor heads = nn::splitHeads(x, 3);
        QCOMPARE(heads.sizes(), at::IntArrayRef({2, 3, 5, 8}));
        QVERIFY(at::equal(heads[1][2][4], x[1][4].narrow(0, 16, 8)));
        QVERIFY(at::equal(nn::joinHeads(heads), x));
    }
};

QTEST_GUILESS_MAIN(Layers)
#include "layers_test.moc"
