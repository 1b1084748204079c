#include "core/language/decode_step.h"

#include <ATen/Parallel.h>

#include <array>
#include <cmath>
#include <limits>

#include "core/nn/kernels/few_rows.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Decoder;
using language::DecoderConfig;
using language::KvCache;
using nlohmann::json;

namespace {

/// Wants nothing, but sends every pass through LibTorch.
class Nobody : public nn::Recorder {
  public:
    bool wants(std::string_view) const override { return false; }
    void record(std::string_view, const Tensor&) override {}
};

json smallConfig() {
    return json::parse(R"({"model_type": "llama", "vocab_size": 70, "hidden_size": 128, "intermediate_size": 160,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 4096,
        "tie_word_embeddings": true})");
}

std::map<std::string, Tensor, std::less<>> weightsFor(const DecoderConfig& config) {
    std::map<std::string, Tensor, std::less<>> tensors;
    tensors["model.embed_tokens.weight"] = at::randn({config.vocabulary, config.hidden});
    for (const auto& matrix : language::decoderMatrices(config)) {
        if (matrix.name == matrix.source)
            tensors[matrix.name] = at::randn({matrix.out, matrix.in}) / std::sqrt(static_cast<double>(matrix.in));
        const auto named = [&](const char* part) { return matrix.name.find(part) != std::string::npos; };
        const bool biased = named("mlp.") ? config.mlpBias : named("o_proj") ? config.outputBias : config.qkvBias;
        if (biased && !named("lm_head"))
            tensors[matrix.name.substr(0, matrix.name.size() - 6) + "bias"] = at::randn({matrix.out}) * 0.3;
    }
    for (int64_t i = 0; i < config.layers; ++i)
        for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
            tensors[concat("model.layers.", i, ".", norm, ".weight")] = 1.0 + at::randn({config.hidden}) * 0.2;
    tensors["model.norm.weight"] = 1.0 + at::randn({config.hidden}) * 0.2;
    return tensors;
}

std::unique_ptr<Decoder> decoderOf(std::map<std::string, Tensor, std::less<>> tensors, const json& config,
                                   const nn::WeightOptions& options = {}) {
    for (auto& [name, tensor] : tensors) tensor = tensor.to(options.compute);
    return std::make_unique<Decoder>(nn::Weights(std::make_shared<nn::WeightStore>(std::move(tensors), options)),
                                     DecoderConfig::read(config, "config.json"));
}

std::unique_ptr<Decoder> small(const json& changes = json::object(), const nn::WeightOptions& options = {}) {
    at::manual_seed(17);
    json config = smallConfig();
    config.update(changes);
    return decoderOf(weightsFor(DecoderConfig::read(config, "config.json")), config, options);
}

/// Rows like those of texts.
Tensor rows(const Decoder& decoder, int64_t count) {
    return at::randn({1, count, decoder.config().hidden}).to(decoder.type());
}

/// What a pass left behind: hidden states, scores, and what it wrote into the cache.
struct Outcome {
    Tensor hidden, logits;
    std::vector<Tensor> written;
};

Outcome step(const Decoder& decoder, KvCache& cache, const Tensor& x, nn::Recorder* recorder) {
    nn::Pass pass;
    pass.recorder = recorder;
    const int64_t past = cache.length();
    Outcome outcome;
    outcome.hidden = decoder.hidden(x, cache, pass);
    outcome.logits = decoder.logits(outcome.hidden, pass);
    for (int64_t layer = 0; layer < decoder.config().layers; ++layer)
        for (const Tensor& room : {cache.room(layer).keys, cache.room(layer).values})
            outcome.written.push_back(room.narrow(2, past, x.size(1)).clone());
    return outcome;
}

/// Of what was written into a cache. In fp16 numbers that hardly differ may be rounded to neighbours: what is more than
/// that counts.
double cacheDifference(const Tensor& found, const Tensor& expected) {
    if (expected.scalar_type() != c10::kHalf) return golden::normError(found, expected);
    const Tensor wide = expected.to(c10::kDouble), apart = (found.to(c10::kDouble) - wide).abs();
    const Tensor step = (wide.abs().clamp_min(0x1p-14).log2().floor() - 10).exp2();
    return ((apart - step).clamp_min(0).norm() / wide.norm()).item<double>();
}

double difference(const Outcome& found, const Outcome& expected) {
    double most = std::max(golden::normError(found.hidden, expected.hidden),
                           golden::normError(found.logits, expected.logits));
    for (size_t i = 0; i < found.written.size(); ++i)
        most = std::max(most, cacheDifference(found.written[i], expected.written[i]));
    return most;
}

}  // namespace

class DecodeStepTest : public QObject {
    Q_OBJECT

    static void configurations() {
        QTest::addColumn<QString>("changes");
        const auto add = [](const char* name, const char* changes) { QTest::newRow(name) << changes; };
        add("heads 4 on 2, 32 wide, tied", "{}");
        add("untied", R"({"tie_word_embeddings": false})");
        add("heads 4 on 4, 64 wide", R"({"num_key_value_heads": 4, "head_dim": 64})");
        add("heads 9 on 3, 64 wide", R"({"num_attention_heads": 9, "num_key_value_heads": 3, "head_dim": 64})");
        add("heads 8 on 1, 80 wide", R"({"num_attention_heads": 8, "num_key_value_heads": 1, "head_dim": 80})");
        add("heads 2 on 2, 96 wide", R"({"num_attention_heads": 2, "head_dim": 96})");
        add("heads 4 on 1, 128 wide", R"({"num_key_value_heads": 1, "head_dim": 128})");
        add("odd widths", R"({"hidden_size": 72, "intermediate_size": 100, "num_attention_heads": 3,
            "num_key_value_heads": 1, "head_dim": 22})");
        add("biases everywhere", R"({"attention_bias": true, "mlp_bias": true})");
        add("qwen2", R"({"model_type": "qwen2"})");
        add("qwen2, window in one layer", R"({"model_type": "qwen2", "use_sliding_window": true, "sliding_window": 24,
            "max_window_layers": 1})");
        add("phi3, 96 wide", R"({"model_type": "phi3", "hidden_size": 192, "num_attention_heads": 2})");
        add("phi3, window", R"({"model_type": "phi3", "sliding_window": 300})");
        add("phi3, half of a head turned", R"({"model_type": "phi3", "partial_rotary_factor": 0.5})");
        const auto longRope = [](const char* type) {
            json config = {{"model_type", type}, {"original_max_position_embeddings", 32}};
            config["rope_scaling"] = {{"type", "longrope"},
                                      {"short_factor", std::vector<double>(16, 1.1)},
                                      {"long_factor", std::vector<double>(16, 3.0)}};
            return QString::fromStdString(config.dump());
        };
        QTest::newRow("phi3, LongRope") << longRope("phi3");
        QTest::newRow("llava_phi, LongRope") << longRope("llava_phi");
        add("rotation stretched", R"({"rope_scaling": {"type": "linear", "factor": 2.5}})");
        add("rotation by length", R"({"max_position_embeddings": 100, "rope_scaling": {"type": "dynamic", "factor": 2}})");
        add("rotation of llama3", R"({"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8,
            "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}})");
    }

    /// Compares the third of three runs at many lengths with LibTorch's. @return the largest difference
    static double compare(const Decoder& decoder) {
        Nobody nobody;
        nn::Pass recorded;
        recorded.recorder = &nobody;
        double most = 0;
        for (const int64_t length : {600, 31, 1, 0}) {
            auto ours = decoder.newCache(), theirs = decoder.newCache();
            const Tensor text = rows(decoder, std::max<int64_t>(length, 1)).narrow(1, 0, length);
            for (KvCache* cache : {&ours, &theirs})
                if (length > 0) decoder.hidden(text, *cache, recorded, length);
            for (int64_t count = 1; count <= language::DecodeStep::mostRows; ++count) {
                const Tensor x = rows(decoder, count);
                for (int run = 0; run < 3; ++run) {
                    ours.truncate(length);
                    theirs.truncate(length);
                    const auto found = step(decoder, ours, x, nullptr), expected = step(decoder, theirs, x, &nobody);
                    if (run == 2) most = std::max(most, difference(found, expected));
                }
            }
        }
        return most;
    }

    /// Scores of a pass over `x` behind a text, tokens at once or one by one.
    static Tensor scores(const Decoder& decoder, const Tensor& text, const Tensor& x, bool atOnce) {
        auto cache = decoder.newCache();
        decoder.hidden(text, cache, {});
        std::vector<Tensor> all;
        if (atOnce) {
            all.push_back(step(decoder, cache, x, nullptr).logits);
        } else {
            for (int64_t i = 0; i < x.size(1); ++i) all.push_back(step(decoder, cache, x.narrow(1, i, 1), nullptr).logits);
        }
        return at::cat(all, 1);
    }

    static void forms() {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("type");
        const auto add = [](const char* name, nn::LinearFormat format, c10::ScalarType type) {
            QTest::newRow(name) << static_cast<int>(format) << static_cast<int>(type);
        };
        add("fp32", nn::LinearFormat::Dense, c10::kFloat);
        add("bf16", nn::LinearFormat::Dense, c10::kBFloat16);
        add("int8", nn::LinearFormat::Int8, c10::kFloat);
        add("int4", nn::LinearFormat::Int4, c10::kFloat);
        add("int8 in bf16", nn::LinearFormat::Int8, c10::kBFloat16);
        add("int4 in bf16", nn::LinearFormat::Int4, c10::kBFloat16);
    }
    static nn::WeightOptions form() {
        QFETCH(int, format);
        QFETCH(int, type);
        nn::WeightOptions options;
        options.linear = static_cast<nn::LinearFormat>(format);
        options.compute = static_cast<c10::ScalarType>(type);
        return options;
    }

    int m_threads = 1;

  private slots:
    void initTestCase() { m_threads = at::get_num_threads(); }
    void cleanup() {
        at::set_num_threads(m_threads);
        nn::kernels::useAtMost(nn::kernels::Instructions::Avx512);
    }

    void agreesWithLibTorch_data() { configurations(); }
    void agreesWithLibTorch() {
        QFETCH(QString, changes);
        const auto decoder = small(json::parse(changes.toStdString()));
        at::set_num_threads(2);
        const double error = compare(*decoder);
        QVERIFY2(error < 1e-5, qPrintable(QString::number(error)));
        QVERIFY(error > 0);  // LibTorch's way is another one
    }

    void textsTogetherAreWhatTheyAreAlone_data() { configurations(); }
    void textsTogetherAreWhatTheyAreAlone() {
        QFETCH(QString, changes);
        const auto decoder = small(json::parse(changes.toStdString()));
        std::vector<KvCache> together, alone;
        std::vector<KvCache*> caches;
        for (const int64_t length : {600, 1, 255, 256, 31, 40, 300}) {
            alone.push_back(decoder->newCache());
            decoder->hidden(rows(*decoder, length), alone.back(), {}, length);
            together.push_back(alone.back().twin());
        }
        for (auto& cache : together) caches.push_back(&cache);
        for (int token = 0; token < 3; ++token) {
            std::vector<Tensor> x, expected;
            for (auto& cache : alone) {
                x.push_back(rows(*decoder, 1));
                expected.push_back(decoder->hidden(x.back(), cache, {}));
            }
            QVERIFY(at::equal(decoder->hiddenOfEach(at::cat(x), caches, {}), at::cat(expected)));
        }
        for (size_t i = 0; i < alone.size(); ++i) {
            QCOMPARE(together[i].length(), alone[i].length());
            for (int64_t layer = 0; layer < decoder->config().layers; ++layer)
                for (const auto part : {&KvCache::Seen::keys, &KvCache::Seen::values})
                    QVERIFY(at::equal((together[i].room(layer).*part).narrow(2, 0, alone[i].length()),
                                      (alone[i].room(layer).*part).narrow(2, 0, alone[i].length())));
        }
    }

    void moreTextsThanAPassTakesAreReadOneByOne() {
        const auto decoder = small();
        std::vector<KvCache> texts(language::DecodeStep::mostRows + 1, decoder->newCache());
        std::vector<KvCache*> caches;
        std::vector<Tensor> x;
        for (auto& text : texts) {
            text = decoder->newCache();
            decoder->hidden(rows(*decoder, 5), text, {});
            caches.push_back(&text);
            x.push_back(rows(*decoder, 1));
        }
        auto last = texts.back().twin();
        const Tensor found = decoder->hiddenOfEach(at::cat(x), caches, {});
        QVERIFY(at::equal(found.narrow(0, found.size(0) - 1, 1), decoder->hidden(x.back(), last, {})));
        for (const auto& text : texts) QCOMPARE(text.length(), 6);
    }

    void plainCodeAgreesWithLibTorch_data() { configurations(); }
    void plainCodeAgreesWithLibTorch() {
        QFETCH(QString, changes);
        const auto decoder = small(json::parse(changes.toStdString()));
        nn::kernels::useAtMost(nn::kernels::Instructions::Plain);
        const double error = compare(*decoder);
        QVERIFY2(error < 1e-5, qPrintable(QString::number(error)));
    }

    void quantisedModelsAgreeWithLibTorch_data() {
        QTest::addColumn<int>("bits");
        QTest::addColumn<QString>("changes");
        for (const int bits : {8, 4})
            for (const char* changes :
                 {"{}", R"({"model_type": "qwen2"})", R"({"model_type": "phi3", "num_key_value_heads": 4})",
                  R"({"hidden_size": 144, "num_attention_heads": 9, "num_key_value_heads": 3, "head_dim": 32})"})
                QTest::addRow("int%d %s", bits, changes) << bits << changes;
    }
    void quantisedModelsAgreeWithLibTorch() {
        QFETCH(int, bits);
        QFETCH(QString, changes);
        nn::WeightOptions options;
        options.linear = bits == 8 ? nn::LinearFormat::Int8 : nn::LinearFormat::Int4;
        const auto decoder = small(json::parse(changes.toStdString()), options);
        // Activations are rounded to sixteen bits in both ways, but of numbers that differ in their last bits.
        const double error = compare(*decoder);
        QVERIFY2(error < 1e-4, qPrintable(QString::number(error)));
    }

    void bf16ModelsAreMoreExactThanInLibTorch_data() {
        QTest::addColumn<QString>("changes");
        for (const char* changes : {"{}", R"({"model_type": "qwen2"})", R"({"model_type": "phi3"})"})
            QTest::newRow(changes) << changes;
    }
    void bf16ModelsAreMoreExactThanInLibTorch() {
        QFETCH(QString, changes);
        nn::WeightOptions narrow;
        narrow.compute = c10::kBFloat16;
        at::manual_seed(17);
        json config = smallConfig();
        config.update(json::parse(changes.toStdString()));
        auto weights = weightsFor(DecoderConfig::read(config, "config.json"));
        for (auto& [name, tensor] : weights) tensor = tensor.to(c10::kBFloat16);
        const auto exact = decoderOf(weights, config), rounding = decoderOf(weights, config, narrow);
        const Tensor text = rows(*rounding, 40), x = rows(*rounding, 3);
        Nobody nobody;
        const auto after = [&](const Decoder& decoder, nn::Recorder* recorder) {
            auto cache = decoder.newCache();
            decoder.hidden(text.to(decoder.type()), cache, {});
            return step(decoder, cache, x.to(decoder.type()), recorder).logits;
        };
        const Tensor expected = after(*exact, &nobody);
        const double ours = golden::normError(after(*rounding, nullptr), expected);
        const double theirs = golden::normError(after(*rounding, &nobody), expected);
        QVERIFY2(ours < 0.02 && ours < theirs, qPrintable(QString("%1 and %2").arg(ours).arg(theirs)));
    }

    void tokensAtOnceGiveTheBitsOfOneByOne_data() { forms(); }
    void tokensAtOnceGiveTheBitsOfOneByOne() {
        const auto decoder = small(json::object(), form());
        for (const int64_t past : {9, 250})
            for (const int64_t count : {2, 5, 8}) {
                const Tensor text = rows(*decoder, past), x = rows(*decoder, count);
                QVERIFY(at::equal(scores(*decoder, text, x, true), scores(*decoder, text, x, false)));
            }
    }

    void threadsDoNotChangeABit_data() { forms(); }
    void threadsDoNotChangeABit() {
        const auto decoder = small({{"hidden_size", 512}, {"intermediate_size", 1024}}, form());
        const Tensor x = rows(*decoder, 4);
        Tensor expected;
        for (const int threads : {1, 2, 5, 1, 2}) {
            at::set_num_threads(threads);
            // No text before it, which LibTorch's threads would read.
            auto cache = decoder->newCache();
            decoder->hidden(rows(*decoder, 1).zero_(), cache, {});
            const Tensor found = step(*decoder, cache, x, nullptr).logits;
            if (!expected.defined()) expected = found;
            QVERIFY(at::equal(found, expected));
        }
    }

    void quantisedModelsHoldKeysAndValuesInFp16_data() { forms(); }
    void quantisedModelsHoldKeysAndValuesInFp16() {
        const auto options = form();
        const auto decoder = small(json::object(), options);
        const bool halves = options.linear != nn::LinearFormat::Dense && options.compute == c10::kFloat;
        const auto held = halves ? c10::kHalf : options.compute;
        auto cache = decoder->newCache();
        QCOMPARE(cache.type(), held);
        for (const int64_t rowsRead : {20, 3}) {  // through LibTorch, and through the kernels
            step(*decoder, cache, rows(*decoder, rowsRead), nullptr);
            QCOMPARE(cache.room(1).keys.scalar_type(), held);
        }
        const int64_t numbers = 2 * 2 * cache.room(0).keys.numel();
        QCOMPARE(cache.bytes(), numbers * static_cast<int64_t>(c10::elementSize(held)));
    }

    void whatIsTooLargeForFp16StaysFinite() {
        at::manual_seed(17);
        auto weights = weightsFor(DecoderConfig::read(smallConfig(), "config.json"));
        weights.at("model.layers.1.self_attn.v_proj.weight").mul_(1e6);
        nn::WeightOptions options;
        options.linear = nn::LinearFormat::Int8;
        const auto decoder = decoderOf(weights, smallConfig(), options);
        for (const int64_t count : {12, 4}) {  // through LibTorch, and through the kernels
            auto cache = decoder->newCache();
            const auto found = step(*decoder, cache, rows(*decoder, count), nullptr);
            QVERIFY(found.logits.isfinite().all().item<bool>());
            const Tensor values = found.written[3].to(c10::kFloat);
            QVERIFY(values.isfinite().all().item<bool>());
            QCOMPARE(values.max().item<float>(), KvCache::mostHalf);
            QCOMPARE(values.min().item<float>(), -KvCache::mostHalf);
        }
    }

    void whatIsNotANumberStaysSoInFp16() {
        nn::WeightOptions options;
        options.linear = nn::LinearFormat::Int4;
        const auto decoder = small(json::object(), options);
        for (const int64_t count : {12, 4}) {
            auto cache = decoder->newCache();
            const Tensor x = rows(*decoder, count);
            x.select(1, count - 1).fill_(std::numeric_limits<double>::quiet_NaN());
            const auto found = step(*decoder, cache, x, nullptr);
            QVERIFY(found.written[0].select(2, count - 1).isnan().all().item<bool>());
            QVERIFY(found.written[0].narrow(2, 0, count - 1).isfinite().all().item<bool>());
        }
    }

    void otherPassesGoThroughLibTorch() {
        const auto decoder = small();
        const Tensor x = rows(*decoder, 9), two = at::cat({x, x}).narrow(1, 0, 2);
        Nobody nobody;
        const auto same = [&](const Tensor& rowsRead, int64_t batch) {
            auto ours = decoder->newCache(batch), theirs = decoder->newCache(batch);
            return at::equal(step(*decoder, ours, rowsRead, nullptr).hidden, step(*decoder, theirs, rowsRead, &nobody).hidden);
        };
        QVERIFY(same(x, 1));
        QVERIFY(same(two, 2));
        QVERIFY(!same(x.narrow(1, 0, 8), 1));

        nn::WeightOptions half;
        half.compute = c10::kHalf;
        const auto inHalf = small(json::object(), half);
        auto cache = inHalf->newCache();
        QVERIFY(step(*inHalf, cache, rows(*inHalf, 2), nullptr).logits.isfinite().all().item<bool>());
    }

    void gradientsAreKept() {
        at::manual_seed(17);
        auto weights = weightsFor(DecoderConfig::read(smallConfig(), "config.json"));
        Tensor& trained = weights.at("model.layers.1.mlp.up_proj.weight");
        trained.set_requires_grad(true);
        const auto decoder = decoderOf(weights, smallConfig());
        auto cache = decoder->newCache();
        decoder->logits(decoder->hidden(rows(*decoder, 2), cache, {})).sum().backward();
        QVERIFY(trained.grad().defined() && trained.grad().abs().sum().item<double>() > 0);

        auto other = decoder->newCache();
        const at::NoGradGuard inference;
        QVERIFY(!decoder->hidden(rows(*decoder, 2), other, {}).requires_grad());
    }

    void weightsThatAreTrainedAreReadAnew() {
        at::manual_seed(17);
        auto weights = weightsFor(DecoderConfig::read(smallConfig(), "config.json"));
        const auto decoder = decoderOf(weights, smallConfig());
        const Tensor x = rows(*decoder, 1);
        const auto run = [&](nn::Recorder* recorder) {
            auto cache = decoder->newCache();
            return step(*decoder, cache, x, recorder).hidden;
        };
        const Tensor before = run(nullptr);
        for (const char* name : {"model.layers.0.input_layernorm.weight", "model.layers.1.mlp.up_proj.weight"})
            weights.at(name).mul_(1.5);
        Nobody nobody;
        QVERIFY(golden::normError(run(nullptr), before) > 1e-3);
        QVERIFY(golden::normError(run(nullptr), run(&nobody)) < 1e-5);
    }
};

QTEST_GUILESS_MAIN(DecodeStepTest)
#include "decode_step_test.moc"
