#include "core/language/decoder.h"

#include <ATen/Parallel.h>

#include <functional>
#include <set>

#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Decoder;
using language::DecoderConfig;
using nlohmann::json;

namespace {

json tinyConfig() {
    return json::parse(R"({"model_type": "llama", "vocab_size": 50, "hidden_size": 24, "intermediate_size": 40,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": true})");
}

json phiConfig() {
    json config = tinyConfig();
    config["model_type"] = "phi3";
    config["original_max_position_embeddings"] = 16;
    config["max_position_embeddings"] = 128;
    config["rope_scaling"] = {
        {"type", "longrope"}, {"short_factor", {1.0, 1.1, 1.2}}, {"long_factor", {2.0, 3.0, 5.0}}};
    return config;
}

using NamedTensors = std::map<std::string, Tensor, std::less<>>;

/// All weights of a decoder, each made from its shape.
NamedTensors weightsFor(const DecoderConfig& config, const std::function<Tensor(const std::vector<int64_t>&)>& make) {
    NamedTensors tensors;
    tensors["model.embed_tokens.weight"] = make({config.vocabulary, config.hidden});
    for (const auto& matrix : language::decoderMatrices(config))
        if (matrix.name == matrix.source) tensors[matrix.name] = make({matrix.out, matrix.in});
    for (int64_t i = 0; i < config.layers; ++i)
        for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
            tensors[concat("model.layers.", i, ".", norm, ".weight")] = make({config.hidden});
    tensors["model.norm.weight"] = make({config.hidden});
    return tensors;
}

std::unique_ptr<Decoder> decoderOf(NamedTensors tensors, const DecoderConfig& config,
                                   const nn::WeightOptions& options = {}) {
    return std::make_unique<Decoder>(nn::Weights(std::make_shared<nn::WeightStore>(std::move(tensors), options)),
                                     config);
}

std::unique_ptr<Decoder> tiny(const json& config = tinyConfig()) {
    at::manual_seed(3);
    const auto read = DecoderConfig::read(config, "config.json");
    return decoderOf(weightsFor(read, [](const auto& shape) { return at::randn(shape) * 0.2; }), read);
}

std::vector<int64_t> ids(int64_t count) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(i * 7 % 50);
    return values;
}

}  // namespace

class DecoderTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { at::set_num_threads(1); }

    void absentKeysHaveTheFamilysDefaults() {
        const auto llama = DecoderConfig::read({{"model_type", "llama"}}, "config.json");
        QCOMPARE(llama.vocabulary, 32000);
        QCOMPARE(llama.inner, 11008);
        QCOMPARE(llama.kvHeads, 32);
        QCOMPARE(llama.headWidth, 128);
        QCOMPARE(llama.longest, 2048);
        QCOMPARE(llama.epsilon, 1e-6);
        QCOMPARE(llama.endIds, std::vector<int64_t>{2});
        QVERIFY(!llama.tiedEmbedding && !llama.qkvBias && !llama.fusedProjections && !llama.slidingWindow);
        const auto phi = DecoderConfig::read({{"model_type", "phi3"}, {"num_key_value_heads", nullptr}}, "config.json");
        QCOMPARE(phi.hidden, 3072);
        QCOMPARE(phi.headWidth, 96);
        QCOMPARE(phi.kvHeads, 32);
        QCOMPARE(phi.endIds, std::vector<int64_t>{32000});
        QCOMPARE(phi.parameters(), 3'821'079'552);
        const auto qwen = DecoderConfig::read({{"model_type", "qwen2"}}, "config.json");
        QVERIFY(qwen.qkvBias && !qwen.outputBias && !qwen.slidingWindow);
        QVERIFY(qwen.endIds.empty());
    }

    void knownModelsHaveTheirNumberOfParameters() {
        const auto llama = DecoderConfig::read({{"model_type", "llava_llama"},
                                                {"vocab_size", 128257},
                                                {"hidden_size", 4096},
                                                {"intermediate_size", 14336},
                                                {"num_key_value_heads", 8}},
                                               "config.json");
        QCOMPARE(llama.parameters(), 8'030'269'440);
        QVERIFY(!llama.rereadsWhenRopeChanges);
    }

    void rotationIsReadFromOldAndNewKeys() {
        json config = tinyConfig();
        config["rope_parameters"] = {{"rope_theta", 250000.0}, {"rope_type", "linear"}, {"factor", 2.5}};
        const auto rope = DecoderConfig::read(config, "config.json").rope;
        QCOMPARE(rope.base, 250000.0);
        QVERIFY(rope.scaling == language::RopeScaling::Linear);
        QCOMPARE(rope.factor, 2.5);
        const Tensor plain =
            language::Rope(
                DecoderConfig::read(
                    {{"model_type", "llama"}, {"hidden_size", 24}, {"num_attention_heads", 4}, {"rope_theta", 250000}},
                    "c")
                    .rope)
                .frequencies(1);
        QVERIFY(golden::relativeError(language::Rope(rope).frequencies(1), plain / 2.5) < 1e-6);
    }

    void llama3FrequenciesHaveThePublishedValues() {
        const auto rope = DecoderConfig::read({{"model_type", "llama"},
                                               {"rope_theta", 500000.0},
                                               {"rope_scaling",
                                                {{"rope_type", "llama3"},
                                                 {"factor", 8.0},
                                                 {"low_freq_factor", 1.0},
                                                 {"high_freq_factor", 4.0},
                                                 {"original_max_position_embeddings", 8192}}}},
                                              "config.json")
                              .rope;
        const Tensor found = language::Rope(rope).frequencies(1);
        for (auto [i, value] : {std::pair{28, 3.211446e-3},
                                {29, 2.166571e-3},
                                {30, 1.371894e-3},
                                {32, 5.248460e-4},
                                {34, 1.785078e-4},
                                {35, 9.556212e-5},
                                {63, 3.068926e-7}})
            QVERIFY(std::abs(found[i].item<double>() / value - 1.0) < 2e-6);
    }

    void longRopeScalesByTheStretch() {
        json config = {
            {"model_type", "phi3"}, {"max_position_embeddings", 131072}, {"original_max_position_embeddings", 4096}};
        config["rope_scaling"] = {{"type", "su"},
                                  {"short_factor", std::vector<double>(48, 1.0)},
                                  {"long_factor", std::vector<double>(48, 2.0)}};
        const auto rope = DecoderConfig::read(config, "config.json").rope;
        QVERIFY(std::abs(rope.magnitude - 1.1902380714) < 1e-9);
        const language::Rope turned(rope);
        QVERIFY(turned.kind(4096) == language::RopeKind::Short);
        QVERIFY(turned.kind(4097) == language::RopeKind::Long);
        QVERIFY(golden::relativeError(turned.frequencies(4097), turned.frequencies(4096) / 2.0) < 1e-6);
    }

    void dynamicScalingGrowsWithTheText() {
        json config = tinyConfig();
        config["max_position_embeddings"] = 100;
        config["rope_scaling"] = {{"type", "dynamic"}, {"factor", 2.0}};
        const language::Rope rope(DecoderConfig::read(config, "config.json").rope);
        QVERIFY(at::equal(rope.frequencies(100), rope.frequencies(1)));
        const double base = 10000.0 * std::pow(2.0 * 150 / 100 - 1.0, 6.0 / 4.0);
        QVERIFY(std::abs(rope.frequencies(150)[1].item<double>() / std::pow(base, -2.0 / 6.0) - 1.0) < 1e-5);
    }

    void refusesConfigurationsThatCannotBe_data() {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("named");
        const auto add = [](const char* change, const char* named) { QTest::newRow(change) << change << named; };
        add(R"({"model_type": "mamba"})", "mamba");
        add(R"({"model_type": null})", "model_type");
        add(R"({"model_type": 5})", "model_type");
        add(R"({"hidden_size": 0})", "hidden_size");
        add(R"({"hidden_size": -24})", "hidden_size");
        add(R"({"hidden_size": 24.5})", "hidden_size");
        add(R"({"hidden_size": "24"})", "hidden_size");
        add(R"({"hidden_size": 1e300})", "hidden_size");
        add(R"({"hidden_size": 25})", "hidden_size");
        add(R"({"hidden_size": 12, "num_attention_heads": 4})", "wide");
        add(R"({"num_hidden_layers": 1000000000000})", "num_hidden_layers");
        add(R"({"num_key_value_heads": 3})", "num_key_value_heads");
        add(R"({"num_key_value_heads": 0})", "num_key_value_heads");
        add(R"({"vocab_size": 99999999999})", "vocab_size");
        add(R"({"rms_norm_eps": -1})", "rms_norm_eps");
        add(R"({"rope_theta": 0})", "rope_theta");
        add(R"({"rope_theta": []})", "rope_theta");
        add(R"({"rope_scaling": {"type": "yarn", "factor": 2}})", "yarn");
        add(R"({"rope_scaling": {"type": "linear"}})", "factor");
        add(R"({"rope_scaling": {"type": "linear", "factor": 0}})", "factor");
        add(R"({"rope_scaling": []})", "rope_scaling");
        add(R"({"rope_scaling": {"rope_type": "llama3", "factor": 8}})", "low_freq_factor");
        add(R"({"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1, "original_max_position_embeddings": 8}})",
            "high_freq_factor");
        add(R"({"rope_scaling": {"rope_type": "longrope", "short_factor": [1, 1], "long_factor": [1, 1, 1]}})",
            "short_factor");
        add(R"({"rope_scaling": {"rope_type": "longrope", "short_factor": [1, 0, 1], "long_factor": [1, 1, 1]}})",
            "short_factor");
        add(R"({"hidden_act": "gelu"})", "hidden_act");
        add(R"({"eos_token_id": "end"})", "eos_token_id");
        add(R"({"tie_word_embeddings": 1})", "tie_word_embeddings");
        add(R"({"head_dim": 1})", "head_dim");
        add(R"({"head_dim": 7})", "wide");
        add(R"({"text_config": 4})", "text_config");
    }
    void refusesConfigurationsThatCannotBe() {
        QFETCH(QString, change);
        QFETCH(QString, named);
        json config = tinyConfig();
        config.update(json::parse(change.toStdString()));
        try {
            DecoderConfig::read(config, "some/config.json");
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(named), error.what());
            QVERIFY2(QString(error.what()).contains("some/config.json"), error.what());
        }
    }

    void weightsThatContradictTheConfigurationAreNamed() {
        json config = files::readJson(golden::folder("llama/llama3-tied-headdim/model/config.json"));
        config["intermediate_size"] = 100;
        const golden::Tensors weights(golden::folder("llama/llama3-tied-headdim/model/model.safetensors"));
        try {
            Decoder(nn::Weights(std::make_shared<nn::WeightStore>(weights.table(), nn::WeightOptions{})),
                    DecoderConfig::read(config, "config.json"));
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains("model.layers.0.mlp"), error.what());
        }
    }

    void theMetaDeviceGivesShapesWithoutMemory_data() {
        QTest::addColumn<QString>("config");
        QTest::newRow("llama") << QString::fromStdString(tinyConfig().dump());
        QTest::newRow("phi3") << QString::fromStdString(phiConfig().dump());
        QTest::newRow("8B")
            << R"({"model_type": "llama", "vocab_size": 128257, "hidden_size": 4096, "intermediate_size": 14336, "num_key_value_heads": 8})";
    }
    void theMetaDeviceGivesShapesWithoutMemory() {
        QFETCH(QString, config);
        nn::WeightOptions options;
        options.device = c10::kMeta;
        options.compute = c10::kBFloat16;
        for (auto format : {nn::LinearFormat::Dense, nn::LinearFormat::Int4}) {
            options.linear = format;
            const auto read = DecoderConfig::read(json::parse(config.toStdString()), "config.json");
            const auto onMeta = at::TensorOptions().device(c10::kMeta).dtype(c10::kBFloat16);
            const auto decoder =
                decoderOf(weightsFor(read, [&](const auto& shape) { return at::empty(shape, onMeta); }), read, options);

            inspect::Trace trace({"llm/*"}, inspect::Trace::Keep::Shapes);
            nn::Pass pass;
            pass.recorder = &trace;
            auto cache = decoder->newCache();
            const Tensor prompt = at::empty({1, 12, read.hidden}, decoder->embedding().numbers().options());
            decoder->hidden(prompt, cache, pass, 20);
            const Tensor hidden = decoder->hidden(prompt.narrow(1, 0, 8), cache, pass, 20);
            QCOMPARE(decoder->lastLogits(hidden, pass).sizes(), at::IntArrayRef({1, read.vocabulary}));
            decoder->hidden(prompt.narrow(1, 0, 1), cache, pass);
            QCOMPARE(trace.activation("llm/layer1#2").shape, (std::vector<int64_t>{1, 8, read.hidden}));
            const Tensor mask = at::ones({1, 12}, at::TensorOptions().device(c10::kMeta).dtype(c10::kBool));
            QCOMPARE(decoder->hidden(prompt, mask, pass).sizes(), prompt.sizes());
        }
    }

    void gradientsReachEveryWeight() {
        const auto config = DecoderConfig::read(tinyConfig(), "config.json");
        at::manual_seed(4);
        const auto tensors =
            weightsFor(config, [](const auto& shape) { return (at::randn(shape) * 0.2).requires_grad_(true); });
        const auto decoder = decoderOf(tensors, config);
        const Tensor text = at::randint(50, {3, 10}, c10::kLong);
        const Tensor mask = at::ones({3, 10}, c10::kBool);
        mask[0].narrow(0, 0, 4).zero_();
        const auto loss = [&] {
            return decoder->logits(decoder->hidden(decoder->embed(text), mask, {}))
                .log_softmax(-1)
                .select(-1, 7)
                .mean();
        };
        loss().backward();
        for (const auto& [name, tensor] : tensors) {
            QVERIFY2(tensor.grad().defined() && tensor.grad().isfinite().all().item<bool>(), name.c_str());
            QVERIFY2(tensor.grad().abs().sum().item<double>() > 0, name.c_str());
        }
        // One weight's gradient against the difference quotient.
        const at::NoGradGuard quiet;
        Tensor weight = tensors.at("model.layers.0.self_attn.k_proj.weight");
        const double slope = weight.grad()[3][5].item<double>();
        weight[3][5] += 1e-2;
        const double above = loss().item<double>();
        weight[3][5] -= 2e-2;
        const double below = loss().item<double>();
        QVERIFY2(std::abs((above - below) / 2e-2 - slope) < 1e-4,
                 qPrintable(QString("%1 %2").arg((above - below) / 2e-2).arg(slope)));
    }

    void aStoppedPassLeavesTheCacheAsItWas() {
        const auto decoder = tiny();
        auto cache = decoder->newCache();
        decoder->hidden(decoder->embed(ids(6)), cache, {});
        std::stop_source source;
        nn::Pass pass;
        pass.stop = source.get_token();
        int layers = 0;
        pass.progress = [&](double) {
            if (++layers == 1) source.request_stop();
        };
        const Tensor next = decoder->embed(std::vector<int64_t>{9, 8, 7});
        QVERIFY_THROWS_EXCEPTION(Stopped, decoder->hidden(next, cache, pass));
        QCOMPARE(layers, 1);
        QCOMPARE(cache.length(), 6);
        const Tensor again = decoder->hidden(next, cache, {});
        auto fresh = decoder->newCache();
        decoder->hidden(decoder->embed(ids(6)), fresh, {});
        QVERIFY(at::equal(again, decoder->hidden(next, fresh, {})));
    }

    void theCacheGrowsInPlace() {
        const auto decoder = tiny();
        auto cache = decoder->newCache();
        QCOMPARE(cache.bytes(), 0);
        decoder->hidden(decoder->embed(ids(10)), cache, {});
        const int64_t bytes = cache.bytes();
        for (int i = 0; i < 100; ++i) decoder->hidden(decoder->embed(std::vector<int64_t>{1}), cache, {});
        QCOMPARE(cache.bytes(), bytes);
        QCOMPARE(cache.length(), 110);
        cache.truncate(10);
        QCOMPARE(cache.length(), 10);
        cache.truncate(500);
        QCOMPARE(cache.length(), 10);
        cache.reserve(5000);
        QVERIFY(cache.bytes() >= 5000 * 2 * 2 * 2 * 6 * 4);
        const Tensor after = decoder->hidden(decoder->embed(std::vector<int64_t>{1}), cache, {});
        auto fresh = decoder->newCache();
        decoder->hidden(decoder->embed(ids(10)), fresh, {});
        QVERIFY(golden::relativeError(after, decoder->hidden(decoder->embed(std::vector<int64_t>{1}), fresh, {})) <
                1e-6);
    }

    void llavaKindsKeepTheirKeysWhenRotationChanges() {
        // Ids (phi3): everything is read again at the crossing. Embeddings (llava_phi): old keys stay short.
        for (const char* type : {"phi3", "llava_phi"}) {
            json config = phiConfig();
            config["model_type"] = type;
            const auto decoder = tiny(config);
            auto cache = decoder->newCache();
            decoder->hidden(decoder->embed(ids(16)), cache, {}, 16);
            const Tensor stepped = decoder->hidden(decoder->embed(std::vector<int64_t>{5}), cache, {});
            auto whole = ids(16);
            whole.push_back(5);
            const Tensor fresh = decoder->hidden(decoder->embed(whole), Tensor(), {}).narrow(1, 16, 1);
            const bool reread = golden::relativeError(stepped, fresh) < 1e-5;
            QCOMPARE(reread, std::string(type) == "phi3");
            QCOMPARE(cache.length(), 17);
            // A prompt is always rotated as a whole, whatever the cached part was rotated by.
            cache.truncate(12);
            const Tensor prompt =
                decoder->hidden(decoder->embed(std::vector<int64_t>(whole.begin() + 12, whole.end())), cache, {}, 17);
            QVERIFY(golden::relativeError(prompt.narrow(1, 4, 1), fresh) < 1e-5);
            cache.truncate(8);
            const Tensor shorter = decoder->hidden(
                decoder->embed(std::vector<int64_t>(whole.begin() + 8, whole.begin() + 14)), cache, {}, 14);
            const Tensor freshShorter = decoder->hidden(decoder->embed(ids(14)), Tensor(), {}).narrow(1, 8, 6);
            QVERIFY(golden::relativeError(shorter, freshShorter) < 1e-5);
        }
    }

    void idsOutsideTheVocabularyAreRefused() {
        const auto decoder = tiny();
        QVERIFY_THROWS_EXCEPTION(Error, decoder->embed(std::vector<int64_t>{1, 50}));
        QVERIFY_THROWS_EXCEPTION(Error, decoder->embed(std::vector<int64_t>{-200}));
    }

    void threadsAndRepetitionDoNotChangeTheResult() {
        json config = tinyConfig();
        config["hidden_size"] = 128;
        config["intermediate_size"] = 512;
        const auto decoder = tiny(config);
        const Tensor embeddings = decoder->embed(ids(300));
        const auto run = [&] { return decoder->logits(decoder->hidden(embeddings, Tensor(), {})); };
        const Tensor one = run();
        QVERIFY(at::equal(run(), one));
        QVERIFY(at::equal(run(), one));
        at::set_num_threads(2);
        const Tensor two = run();
        QVERIFY(at::equal(run(), two));
        QVERIFY(golden::relativeError(two, one) < 1e-5);
    }

    void generationHearsEveryTokenAndEndsWhenTold() {
        const auto decoder = tiny();
        language::GenerationOptions options;
        options.maxNewTokens = 12;
        options.alternatives = 3;
        std::vector<int64_t> heard;
        auto cache = decoder->newCache();
        const auto all = generate(*decoder, cache, decoder->embed(ids(9)), ids(9), options, {},
                                  [&](const language::TokenChoice& choice) {
                                      heard.push_back(choice.id);
                                      return true;
                                  });
        QCOMPARE(heard, all.ids);
        QVERIFY(all.end == language::GenerationEnd::Length);
        QCOMPARE(all.ids.size(), size_t{12});
        QCOMPARE(all.alternatives.front().size(), size_t{3});
        QCOMPARE(all.alternatives.front().front().id, all.ids.front());
        QVERIFY(all.logProbabilities.front() <= 0);

        cache.truncate(0);
        const auto cut = generate(*decoder, cache, decoder->embed(ids(9)), ids(9), options, {},
                                  [](const language::TokenChoice&) { return false; });
        QVERIFY(cut.end == language::GenerationEnd::Watcher);
        QCOMPARE(cut.ids, std::vector<int64_t>{all.ids.front()});
    }

    void generationStopsBetweenTokens() {
        const auto decoder = tiny();
        std::stop_source source;
        nn::Pass pass;
        pass.stop = source.get_token();
        int heard = 0;
        auto cache = decoder->newCache();
        QVERIFY_THROWS_EXCEPTION(Stopped, generate(*decoder, cache, decoder->embed(ids(9)), ids(9), {}, pass,
                                                   [&](const language::TokenChoice&) {
                                                       if (++heard == 3) source.request_stop();
                                                       return true;
                                                   }));
        QCOMPARE(heard, 3);
        QCOMPARE(cache.length(), 11);
    }

    void promptProgressRisesToOne() {
        const auto decoder = tiny();
        nn::Pass pass;
        std::vector<double> shares;
        pass.progress = [&](double share) { shares.push_back(share); };
        language::GenerationOptions options;
        options.maxNewTokens = 4;
        options.prefillChunk = 5;
        auto cache = decoder->newCache();
        generate(*decoder, cache, decoder->embed(ids(13)), ids(13), options, pass);
        QCOMPARE(shares.size(), size_t{6});
        QVERIFY(std::is_sorted(shares.begin(), shares.end()));
        QCOMPARE(shares.back(), 1.0);
    }

    void penaltiesSeeThePrompt() {
        const auto decoder = tiny();
        language::GenerationOptions options;
        options.maxNewTokens = 30;
        options.sampling.noRepeatNgram = 1;
        auto cache = decoder->newCache();
        const auto result = generate(*decoder, cache, decoder->embed(ids(9)), ids(9), options, {});
        std::set<int64_t> seen;
        for (int64_t id : ids(9)) seen.insert(id);
        for (int64_t id : result.ids) QVERIFY(seen.insert(id).second);
    }

    void refusesAnEmptyPrompt() {
        const auto decoder = tiny();
        auto cache = decoder->newCache();
        QVERIFY_THROWS_EXCEPTION(Error, generate(*decoder, cache, at::empty({1, 0, 24}), {}, {}, {}));
        language::GenerationOptions none;
        none.maxNewTokens = 0;
        QVERIFY_THROWS_EXCEPTION(Error, generate(*decoder, cache, decoder->embed(ids(3)), {}, none, {}));
    }
};

QTEST_GUILESS_MAIN(DecoderTest)
#include "decoder_test.moc"
