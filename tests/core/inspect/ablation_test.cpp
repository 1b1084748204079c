#include <ATen/ATen.h>

#include <QtTest>

#include "core/inspect/ablation.h"
#include "maps.h"

using namespace fusionscope;
using namespace fusionscope::inspect;
using namespace fusionscope::tests;
using fusion::Block;

namespace {

constexpr int64_t tokens = 5, channels = 4;

at::Tensor block(uint32_t seed) {
    const auto values = noise(tokens * channels, seed);
    return at::tensor(values).reshape({1, tokens, channels});
}
const fusion::FeatureBlocks& original() {
    static const fusion::FeatureBlocks blocks{block(1), block(2), block(3), block(4)};
    return blocks;
}

}  // namespace

/// Values of fused features that are replaced.
class AblationTensors : public QObject {
    Q_OBJECT

  private slots:
    void whatIsNotSelectedStaysToTheBit() {
        const auto result = replaceSelected(original(), zerosLike(original()), {{Block::Ocr}, std::vector<int64_t>{1, 3}, {{2, 3}}});
        for (const auto name : {Block::V, Block::Caption, Block::Grounding}) QVERIFY(result[name].equal(original()[name]));
        for (int64_t token = 0; token < tokens; ++token)
            for (int64_t channel = 0; channel < channels; ++channel) {
                const bool off = (token == 1 || token == 3) && channel >= 2;
                QCOMPARE(result.ocr[0][token][channel].item<float>(), off ? 0.0F : original().ocr[0][token][channel].item<float>());
            }
    }

    void theOriginalIsNotWrittenTo() {
        const auto before = original().image.clone();
        replaceSelected(original(), zerosLike(original()), {{Block::V}, {}, {}});
        QVERIFY(original().image.equal(before));
    }

    void meanFilledBlockEqualsTheHandMadeOne() {
        const auto result = replaceSelected(original(), meansOf(original(), 0), {{Block::Caption}, {}, {}});
        at::Tensor byHand = at::empty({1, tokens, channels});
        for (int64_t channel = 0; channel < channels; ++channel) {
            float sum = 0;
            for (int64_t token = 0; token < tokens; ++token) sum += original().caption[0][token][channel].item<float>();
            byHand.select(2, channel).fill_(sum / tokens);
        }
        QVERIFY((result.caption - byHand).abs().max().item<float>() < 1e-7F);
        QVERIFY(result.caption[0][0].equal(result.caption[0][4]));
    }

    void thePooledTokenDoesNotCountForTheMean() {
        auto blocks = original();
        blocks.image = blocks.image.clone();
        blocks.image.select(1, 0).fill_(1e6);
        const auto mean = meansOf(blocks, 1).image;
        QCOMPARE(mean.size(1), tokens);
        QVERIFY(mean.abs().max().item<float>() < 2);
    }

    void anotherPicturesValuesComeIn() {
        const fusion::FeatureBlocks other{block(11), block(12), block(13), block(14)};
        const auto result = replaceSelected(original(), other, {{Block::V, Block::Grounding}, std::vector<int64_t>{2}, {}});
        QVERIFY(result.image[0][2].equal(other.image[0][2]));
        QVERIFY(result.grounding[0][2].equal(other.grounding[0][2]));
        QVERIFY(result.image[0][1].equal(original().image[0][1]));
        QVERIFY(result.caption.equal(original().caption));
    }

    void refusesPlacesThatAreNotThere() {
        const auto zeros = zerosLike(original());
        COMPARE_REFUSAL(replaceSelected(original(), zeros, {{Block::V}, std::vector<int64_t>{5}, {}}), "no patch 5");
        COMPARE_REFUSAL(replaceSelected(original(), zeros, {{Block::V}, std::vector<int64_t>{-1}, {}}), "no patch -1");
        COMPARE_REFUSAL(replaceSelected(original(), zeros, {{Block::V}, {}, {{0, 4}}}), "no channel 4");
        COMPARE_REFUSAL(replaceSelected(original(), zeros, {{Block::V}, {}, {{3, 1}}}), "backwards");
        fusion::FeatureBlocks small{at::zeros({1, 2, 4}), at::zeros({1, 2, 4}), at::zeros({1, 2, 4}), at::zeros({1, 2, 4})};
        COMPARE_REFUSAL(replaceSelected(original(), small, {{Block::Ocr}, {}, {}}), "ablation of ocr");
    }
};

QTEST_GUILESS_MAIN(AblationTensors)
#include "ablation_test.moc"
