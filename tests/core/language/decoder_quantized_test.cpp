#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Decoder;

namespace {

const std::filesystem::path nano = std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "models" / "nano";

/// A recorded answer about a picture as the language model reads it: prompt, picture's tokens, answer.
struct Text {
    std::vector<int64_t> before, after, answer;
    Tensor picture;  // [tokens, hidden]

    Tensor embeddings(const Decoder& decoder) const {
        auto rest = after;
        rest.insert(rest.end(), answer.begin(), answer.end() - 1);
        return at::cat({decoder.embed(before), picture.to(decoder.type()).unsqueeze(0), decoder.embed(rest)}, 1);
    }
};

std::vector<Text> recordedTexts() {
    const auto cases = files::readJson(golden::folder("nano") / "cases.json").at("cases");
    const golden::Tensors tensors(golden::folder("nano") / "tensors.safetensors");
    std::vector<Text> texts;
    for (size_t i = 0; i < 3; ++i)
        for (const auto& turn : cases[i].at("turns")) {
            const auto ids = turn.at("prompt_ids").get<std::vector<int64_t>>();
            const auto place = std::find(ids.begin(), ids.end(), -200);
            if (place == ids.end() || std::find(place + 1, ids.end(), -200) != ids.end()) continue;
            texts.push_back({{ids.begin(), place},
                             {place + 1, ids.end()},
                             turn.at("output_ids"),
                             tensors[std::to_string(i) + ".projected"][0]});
        }
    return texts;
}

std::unique_ptr<Decoder> load(nn::LinearFormat format, int64_t group, c10::ScalarType type = c10::kFloat) {
    nn::WeightOptions options;
    options.linear = format;
    options.groupSize = group;
    options.compute = type;
    return Decoder::load(files::ModelFolder::open(nano), options);
}

/// Every matrix that is quantised, its numbers rounded to the nearest of evenly spaced levels and multiplied in fp32:
/// what such few levels cost whoever computes with them. Int8: 255 levels a row around 0; Int4: 16 a group between its
/// ends.
Decoder plainlyRounded(nn::LinearFormat format, int64_t group) {
    const auto folder = files::ModelFolder::open(nano);
    auto table = folder.tensors();
    const auto config = Decoder::load(folder, {})->config();
    nn::WeightStore store(table, {});
    std::map<std::string, Tensor, std::less<>> tensors;
    for (const auto& [name, entry] : table)
        if (!name.starts_with("model.vision_tower."))
            tensors[name] = store.loadOnce(name, *store.shape(name)).to(c10::kFloat);
    for (const auto& matrix : language::decoderMatrices(config)) {
        Tensor& weight = tensors.at(matrix.source);
        const auto form = nn::quantizedForm(format, group, matrix.in);
        const bool int4 = form.format == nn::LinearFormat::Int4;
        const Tensor grouped = weight.view({-1, int4 ? form.groupSize : matrix.in});
        const Tensor least = int4 ? grouped.amin(1, true) : -grouped.abs().amax(1, true);
        const Tensor step = (int4 ? grouped.amax(1, true) - least : -2 * least) / (int4 ? 15.0 : 254.0);
        weight = (least + at::round((grouped - least) / step) * step).view(weight.sizes());
    }
    return {nn::Weights(std::make_shared<nn::WeightStore>(std::move(tensors), nn::WeightOptions{})), config};
}

/// An empty cache as the decoder wants it, or of a type.
language::KvCache cacheOf(const Decoder& decoder, std::optional<c10::ScalarType> type) {
    return type ? language::KvCache(decoder.config(), *type, decoder.type(), c10::kCPU) : decoder.newCache();
}

/// Log-probabilities of the next token at every place of the answers: [places, vocabulary].
/// @param stepwise token by token with a cache, as generation runs, instead of all at once
/// @param cacheType other than the decoder's own
Tensor predictions(const Decoder& decoder, const std::vector<Text>& texts, bool stepwise,
                   std::optional<c10::ScalarType> cacheType = {}) {
    std::vector<Tensor> all;
    for (const auto& text : texts) {
        const Tensor embeddings = text.embeddings(decoder);
        const int64_t length = embeddings.size(1), places = std::ssize(text.answer);
        Tensor hidden;
        if (stepwise) {
            auto cache = cacheOf(decoder, cacheType);
            std::vector<Tensor> steps{
                decoder.hidden(embeddings.narrow(1, 0, length - places + 1), cache, {}).narrow(1, length - places, 1)};
            for (int64_t i = length - places + 1; i < length; ++i)
                steps.push_back(decoder.hidden(embeddings.narrow(1, i, 1), cache, {}));
            hidden = at::cat(steps, 1);
        } else {
            hidden = decoder.hidden(embeddings, Tensor(), {}).narrow(1, length - places, places);
        }
        all.push_back(decoder.logits(hidden)[0].log_softmax(-1));
    }
    return at::cat(all).to(c10::kDouble);
}

/// How far hidden states are from fp32's over all texts, each as a whole.
double hiddenError(const Decoder& decoder, const Decoder& dense, const std::vector<Text>& texts) {
    double sum = 0;
    for (const auto& text : texts) {
        const Tensor embeddings = text.embeddings(dense);
        sum += golden::normError(decoder.hidden(embeddings, Tensor(), {}), dense.hidden(embeddings, Tensor(), {}));
    }
    return sum / static_cast<double>(texts.size());
}

double divergence(const Tensor& reference, const Tensor& other) {
    return (reference.exp() * (reference - other)).sum(-1).mean().item<double>();
}

}  // namespace

/// What int8 and int4 cost on the bundled model: mean KL divergence to fp32 over the recorded answers, in nats a token.
class DecoderQuantized : public QObject {
    Q_OBJECT

  private slots:
    // Scales in bf16 and activations in sixteen bits cost next to nothing beside having so few levels. Told by the
    // hidden states, some 170,000 numbers: the divergence of some hundred answered tokens lies with the few that are
    // undecided, and swings by a factor of 1.6 with the weights.
    void staysCloseToFp32_data() {
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("group");
        QTest::newRow("int8") << 8 << 32;
        QTest::newRow("int4, groups of 32") << 4 << 32;
        QTest::newRow("int4, groups of 64") << 4 << 64;
        QTest::newRow("int4, groups of 128") << 4 << 128;
    }
    void staysCloseToFp32() {
        QFETCH(int, bits);
        QFETCH(int, group);
        const auto texts = recordedTexts();
        QVERIFY(texts.size() >= 3);
        const auto dense = load(nn::LinearFormat::Dense, group);
        const auto format = bits == 8 ? nn::LinearFormat::Int8 : nn::LinearFormat::Int4;
        const auto quantised = load(format, group);
        const Tensor reference = predictions(*dense, texts, false);
        const auto rounded = plainlyRounded(format, group);
        const double plain = divergence(reference, predictions(rounded, texts, false));
        const double error = hiddenError(*quantised, *dense, texts), least = hiddenError(rounded, *dense, texts);
        qInfo("%d bits, group %d: hidden states %.5f away, plainly rounded %.5f", bits, group, error, least);
        QVERIFY2(error < 1.03 * least, qPrintable(QString("%1 beside %2").arg(error).arg(least)));
        for (bool stepwise : {false, true}) {
            const Tensor found = predictions(*quantised, texts, stepwise);
            const double kl = divergence(reference, found);
            const double agree = (found.argmax(-1) == reference.argmax(-1)).to(c10::kDouble).mean().item<double>();
            qInfo("%d bits, group %d, %s: KL %.5f nats, plainly rounded %.5f, same best token %.3f", bits, group,
                  stepwise ? "stepwise" : "whole", kl, plain, agree);
            QVERIFY2(kl > 0 && kl < 2 * plain, qPrintable(QString("%1 beside %2").arg(kl).arg(plain)));
        }
    }

    void keysAndValuesInFp16CostAHundredthOfWhatInt8Does_data() {
        QTest::addColumn<int>("bits");
        QTest::newRow("int8") << 8;
        QTest::newRow("int4") << 4;
    }
    void keysAndValuesInFp16CostAHundredthOfWhatInt8Does() {
        QFETCH(int, bits);
        auto texts = recordedTexts();
        texts.resize(2);
        const auto quantised = load(bits == 8 ? nn::LinearFormat::Int8 : nn::LinearFormat::Int4, 32);
        QCOMPARE(quantised->newCache().type(), c10::kHalf);
        const Tensor exact = predictions(*quantised, texts, true, c10::kFloat);
        const double half = divergence(exact, predictions(*quantised, texts, true));
        const double bf16 = divergence(exact, predictions(*quantised, texts, true, c10::kBFloat16));
        qInfo("%d bits: keys and values in fp16 KL %.2e nats, in bf16 %.2e", bits, half, bf16);
        QVERIFY2(half < 2e-7, qPrintable(QString::number(half)));
        QVERIFY(half < bf16 / 4);
        QVERIFY(std::abs(half) > 0);
    }

    void bf16StaysCloseToFp32() {
        const auto texts = recordedTexts();
        const auto dense = load(nn::LinearFormat::Dense, 32),
                   narrow = load(nn::LinearFormat::Dense, 32, c10::kBFloat16);
        const Tensor reference = predictions(*dense, texts, false);
        for (bool stepwise : {false, true}) {
            const Tensor found = predictions(*narrow, texts, stepwise);
            const double kl = divergence(reference, found);
            qInfo("bf16, %s: KL %.5f nats", stepwise ? "stepwise" : "whole", kl);
            QVERIFY2(kl < 0.0002, qPrintable(QString::number(kl)));
        }
        for (const auto& text : texts) {
            const Tensor wide = dense->hidden(text.embeddings(*dense), Tensor(), {});
            QVERIFY(golden::normError(narrow->hidden(text.embeddings(*narrow), Tensor(), {}), wide) < 0.02);
        }
    }

    void theOutputLayerIsQuantisedToo() {
        const auto quantised = load(nn::LinearFormat::Int8, 32);
        QVERIFY(quantised->config().tiedEmbedding);
        const Tensor hidden = at::randn({1, quantised->config().hidden});
        const Tensor dense = hidden.matmul(quantised->embedding().numbers().to(c10::kFloat).t());
        const double error = golden::normError(quantised->logits(hidden), dense);
        QVERIFY2(error > 1e-4 && error < 0.02, qPrintable(QString::number(error)));
    }
};

QTEST_GUILESS_MAIN(DecoderQuantized)
#include "decoder_quantized_test.moc"
