#include <algorithm>

#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using golden::Tensors;
using language::Decoder;
using language::KvCache;

namespace {

nn::WeightOptions in(c10::ScalarType type) {
    nn::WeightOptions options;
    options.compute = type;
    return options;
}

std::unique_ptr<Decoder> load(const std::string& folder, const nn::WeightOptions& options = {}) {
    return Decoder::load(files::ModelFolder::open(golden::folder(folder)), options);
}

std::vector<int64_t> greedy(const Decoder& decoder, KvCache& cache, const std::vector<int64_t>& prompt, int64_t count,
                            std::vector<int64_t> stops = {}, int64_t chunk = 512) {
    language::GenerationOptions options;
    options.maxNewTokens = count;
    options.stopIds = std::move(stops);
    options.prefillChunk = chunk;
    return generate(decoder, cache, decoder.embed(prompt), prompt, options, {}).ids;
}

/// The first `count` recorded ids of a batch row.
std::vector<int64_t> row(const Tensor& ids, int64_t index) {
    const Tensor values = ids[index].to(c10::kLong).contiguous();
    return {values.data_ptr<int64_t>(), values.data_ptr<int64_t>() + values.numel()};
}

}  // namespace

class DecoderGolden : public QObject {
    Q_OBJECT

    static void fixtures(bool withCases = true) {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("prefix");
        for (const char* name :
             {"llama/llama3-untied-sharded", "llama/llama3-tied-headdim", "smollm2/smollm2-tied-hd64",
              "phi3/phi3-longrope", "phi3/phi3-sliding", "qwen2/qwen2-tied", "qwen2/qwen2-untied"}) {
            const Tensors inputs(golden::folder(name) / "inputs.safetensors");
            for (const char* prefix : {"", "long.", "short.", "padded."})
                if (inputs.has(std::string(prefix) + "input_ids") && (withCases || !*prefix))
                    QTest::addRow("%s %s", name, *prefix ? prefix : "main") << name << prefix;
        }
    }

  private slots:
    void everyRecordedTensorIsReproduced_data() { fixtures(); }
    void everyRecordedTensorIsReproduced() {
        QFETCH(QString, folder);
        QFETCH(QString, prefix);
        const std::string name = folder.toStdString();
        const std::string label = prefix.toStdString();
        const auto decoder = load(name + "/model");
        const Tensors inputs(golden::folder(name) / "inputs.safetensors");
        const Tensors expected(golden::folder(name) / "expected.safetensors");
        const bool padded = inputs.has(label + "attention_mask");
        const Tensor mask = padded ? inputs[label + "attention_mask"].to(c10::kBool) : Tensor();

        inspect::Trace trace({"llm/*"});
        nn::Pass pass;
        pass.recorder = &trace;
        const Tensor embeddings = decoder->embed(inputs[label + "input_ids"]);
        decoder->logits(decoder->hidden(embeddings, mask, pass), pass);

        int compared = 0;
        for (const auto& activation : trace.activations()) {
            std::string golden = activation.name.substr(4);
            if (golden.starts_with("layer")) golden = concat("layer.", golden.substr(5));
            const Tensor reference = expected[label + golden];
            const Tensor found = padded ? activation.values * mask.unsqueeze(-1) : activation.values;
            COMPARE_GOLDEN(found, reference, activation.name);
            ++compared;
        }
        QCOMPARE(compared, static_cast<int>(decoder->config().layers) + 3);
    }

    void rotaryFrequenciesAreTheRecordedOnes_data() { fixtures(false); }
    void rotaryFrequenciesAreTheRecordedOnes() {
        QFETCH(QString, folder);
        const Tensors expected(golden::folder(folder.toStdString()) / "expected.safetensors");
        const auto json = files::readJson(golden::folder(folder.toStdString()) / "model" / "config.json");
        const language::Rope rope(language::DecoderConfig::read(json, "config.json").rope);
        if (expected.has("inv_freq_short_or_only"))
            QVERIFY(golden::relativeError(rope.frequencies(1), expected["inv_freq_short_or_only"]) < 1e-6);
        if (expected.has("inv_freq_long"))
            QVERIFY(golden::relativeError(rope.frequencies(1 << 20), expected["inv_freq_long"]) < 1e-6);
        const auto recorded = files::readJson(golden::folder(folder.toStdString()) / "expected.json");
        QVERIFY(std::abs(rope.config().magnitude - recorded.value("rope_attention_scaling", 1.0)) < 1e-6);
    }

    void greedyIdsAndTheirLogitsAreTheRecordedOnes_data() { fixtures(); }
    void greedyIdsAndTheirLogitsAreTheRecordedOnes() {
        QFETCH(QString, folder);
        QFETCH(QString, prefix);
        const std::string name = folder.toStdString(), label = prefix.toStdString();
        const auto decoder = load(name + "/model");
        const Tensors inputs(golden::folder(name) / "inputs.safetensors");
        const Tensors expected(golden::folder(name) / "expected.safetensors");
        const Tensor prompts = inputs[label + "input_ids"], ids = inputs[label + "greedy_ids"];
        for (int64_t i = 0; i < prompts.size(0); ++i) {
            std::vector<int64_t> prompt = row(prompts, i);
            if (inputs.has(label + "attention_mask")) {
                const auto mask = row(inputs[label + "attention_mask"], i);
                prompt.erase(prompt.begin(), std::find(mask.begin(), mask.end(), 1) - mask.begin() + prompt.begin());
            }
            const auto wanted = row(ids, i);

            inspect::Trace trace({"llm/logits*"});
            nn::Pass pass;
            pass.recorder = &trace;
            auto cache = decoder->newCache();
            language::GenerationOptions options;
            options.maxNewTokens = std::ssize(wanted);
            const auto result = generate(*decoder, cache, decoder->embed(prompt), prompt, options, pass);
            QCOMPARE(result.ids, wanted);
            std::vector<Tensor> steps;
            for (const auto& activation : trace.activations()) steps.push_back(activation.values);
            COMPARE_GOLDEN(at::cat(steps), expected[label + "greedy_logits"][i], std::string("greedy_logits"));

            // Without a cache: the whole text from the start for every token.
            std::vector<int64_t> text = prompt;
            for (int64_t id : wanted) {
                const Tensor scores = decoder->lastLogits(decoder->hidden(decoder->embed(text), Tensor(), {}));
                QCOMPARE(scores.argmax().item<int64_t>(), id);
                text.push_back(id);
            }
        }
    }

    void aPaddedBatchContinuesEachRow_data() {
        QTest::addColumn<QString>("folder");
        QTest::newRow("llama") << "llama/llama3-untied-sharded";
        QTest::newRow("qwen2") << "qwen2/qwen2-tied";
    }
    void aPaddedBatchContinuesEachRow() {
        QFETCH(QString, folder);
        const auto decoder = load(folder.toStdString() + "/model");
        const Tensors inputs(golden::folder(folder.toStdString()) / "inputs.safetensors");
        Tensor ids = inputs["padded.input_ids"].to(c10::kLong), mask = inputs["padded.attention_mask"].to(c10::kBool);
        const Tensor wanted = inputs["padded.greedy_ids"].to(c10::kLong);
        for (int64_t step = 0; step < wanted.size(1); ++step) {
            const Tensor next = decoder->lastLogits(decoder->hidden(decoder->embed(ids), mask, {})).argmax(-1, true);
            QVERIFY(at::equal(next, wanted.narrow(1, step, 1)));
            ids = at::cat({ids, next}, 1);
            mask = at::cat({mask, at::ones_like(next).to(c10::kBool)}, 1);
        }
    }

    void generationEndsWithTheStopId_data() { fixtures(false); }
    void generationEndsWithTheStopId() {
        QFETCH(QString, folder);
        const auto decoder = load(folder.toStdString() + "/model");
        const Tensors inputs(golden::folder(folder.toStdString()) / "inputs.safetensors");
        const auto json = files::readJson(golden::folder(folder.toStdString()) / "expected.json").at("stop_test");
        auto cache = decoder->newCache();
        const auto ids = greedy(*decoder, cache, inputs.integers("input_ids"), 24, {json.at("eos_token_id")});
        QCOMPARE(ids, json.at("ids").get<std::vector<int64_t>>());
    }

    void readingInPiecesEqualsReadingWhole_data() { fixtures(); }
    void readingInPiecesEqualsReadingWhole() {
        QFETCH(QString, folder);
        QFETCH(QString, prefix);
        const Tensors inputs(golden::folder(folder.toStdString()) / "inputs.safetensors");
        const auto decoder = load(folder.toStdString() + "/model");
        const auto prompt = row(inputs[prefix.toStdString() + "input_ids"], 0);
        const Tensor embeddings = decoder->embed(prompt);
        const auto length = std::ssize(prompt);
        const Tensor whole = decoder->hidden(embeddings, Tensor(), {});
        for (int64_t piece : {int64_t{1}, int64_t{7}, length - 1, length}) {
            auto cache = decoder->newCache();
            std::vector<Tensor> pieces;
            for (int64_t first = 0; first < length; first += piece)
                pieces.push_back(
                    decoder->hidden(embeddings.narrow(1, first, std::min(piece, length - first)), cache, {}, length));
            QCOMPARE(cache.length(), length);
            QVERIFY2(golden::relativeError(at::cat(pieces, 1), whole) < 1e-5, qPrintable(QString::number(piece)));
        }
    }

    void aSharedPrefixIsReused_data() { fixtures(false); }
    void aSharedPrefixIsReused() {
        QFETCH(QString, folder);
        const Tensors inputs(golden::folder(folder.toStdString()) / "inputs.safetensors");
        const auto decoder = load(folder.toStdString() + "/model");
        const auto prompt = inputs.integers("input_ids"), wanted = inputs.integers("greedy_ids");
        auto cache = decoder->newCache();
        greedy(*decoder, cache, prompt, std::ssize(wanted));
        QCOMPARE(cache.length(), std::ssize(prompt) + std::ssize(wanted) - 1);

        constexpr int64_t shared = 25;  // LongRope's cache crossed its length meanwhile and comes back
        cache.truncate(shared);
        language::GenerationOptions options;
        options.maxNewTokens = std::ssize(wanted);
        const std::vector<int64_t> rest(prompt.begin() + shared, prompt.end());
        QCOMPARE(generate(*decoder, cache, decoder->embed(rest), prompt, options, {}).ids, wanted);
    }

    void bf16CopiesHoldTheSameModel_data() {
        QTest::addColumn<QString>("folder");
        QTest::newRow("llama") << "llama/llama3-tied-headdim";
        QTest::newRow("qwen2") << "qwen2/qwen2-tied";
    }
    void bf16CopiesHoldTheSameModel() {
        QFETCH(QString, folder);
        const std::string name = folder.toStdString();
        const Tensors inputs(golden::folder(name) / "inputs.safetensors");
        const Tensors expected(golden::folder(name) / "expected.safetensors");
        const auto prompt = inputs.integers("input_ids");
        const auto wide = load(name + "/model-bf16");
        COMPARE_GOLDEN(wide->logits(wide->hidden(wide->embed(prompt), Tensor(), {})), expected["logits"],
                       std::string("logits"));

        const auto narrow = load(name + "/model-bf16", in(c10::kBFloat16));
        const Tensor logits = narrow->logits(narrow->hidden(narrow->embed(prompt), Tensor(), {}));
        const double reference = golden::normError(expected["logits_bf16_compute"], expected["logits"]);
        const double found = golden::normError(logits, expected["logits"]);
        qInfo("bf16 against fp32: ours %.4f, reference's %.4f", found, reference);
        QVERIFY(found < 0.02);
        auto cache = narrow->newCache();
        QCOMPARE(cache.bytes(), 0);
        narrow->hidden(narrow->embed(prompt), cache, {});
        QVERIFY(cache.bytes() > 0);
    }
};

QTEST_GUILESS_MAIN(DecoderGolden)
#include "decoder_golden_test.moc"
