#include <cstdlib>

#include "core/bench/text_scores.h"
#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Decoder;

/// The real SmolLM2-135M-Instruct from its GGUF file, in fp32, against what transformers 5.23 gives.
class DecoderSmolLm2 : public QObject {
    Q_OBJECT

    std::unique_ptr<Decoder> m_decoder;
    nlohmann::json m_cases;

    static std::filesystem::path model() {
        const char* cache = std::getenv("XDG_CACHE_HOME");
        const std::filesystem::path root =
            cache ? cache : std::filesystem::path(QDir::homePath().toStdString()) / ".cache";
        return root / "fusionscope" / "smollm2-real" / "smollm2.gguf";
    }

    /// As the program loads it by itself: the matrices in the blocks of the file.
    static std::unique_ptr<Decoder> loadBlocks() {
        nn::WeightOptions options;
        options.keepBlocks = true;
        return Decoder::load(files::ModelFolder::open(model()), options);
    }

  private slots:
    void initTestCase() {
        if (!std::filesystem::exists(model())) QSKIP("SmolLM2-135M: run installer/smollm2");
        m_decoder = Decoder::load(files::ModelFolder::open(model()), {});
        m_cases = files::readJson(golden::folder("smollm2-real") / "expected.json").at("weights").at("fp32");
    }

    void hiddenStatesAndLogitsAreTheRecordedOnes() {
        const golden::Tensors expected(golden::folder("smollm2-real") / "expected.safetensors");
        for (int i = 0; i < 5; ++i) {
            const std::string prefix = concat("fp32.", i, ".");
            inspect::Trace trace({"llm/*"});
            nn::Pass pass;
            pass.recorder = &trace;
            const auto prompt = m_cases[static_cast<size_t>(i)].at("prompt_ids").get<std::vector<int64_t>>();
            const Tensor hidden = m_decoder->hidden(m_decoder->embed(prompt), Tensor(), pass);

            // The reference keeps the last position: embedding, outputs of all layers but the last, and the norm.
            const Tensor states = expected[prefix + "hidden_last"];
            std::vector<std::string> names{"llm/embed"};
            for (int layer = 0; layer < 29; ++layer) names.push_back(concat("llm/layer", layer));
            names.push_back("llm/norm");
            QCOMPARE(states.size(0), std::ssize(names));
            for (size_t row = 0; row < names.size(); ++row) {
                const Tensor values = trace.activation(names[row]).values;
                const Tensor last = values.select(1, values.size(1) - 1).squeeze(0);
                COMPARE_GOLDEN(last, states[static_cast<int64_t>(row)], prefix + names[row]);
            }
            const Tensor logits = m_decoder->lastLogits(hidden).squeeze(0);
            const Tensor recorded = expected[prefix + "prompt_logits_last"];
            QVERIFY((logits - recorded).abs().max().item<double>() < 1e-3);
            COMPARE_GOLDEN(logits, recorded, prefix + "logits");
        }
    }

    void greedyIdsAreTheRecordedOnes_data() {
        QTest::addColumn<int>("index");
        for (int i = 0; i < 20; ++i) QTest::addRow("prompt %d", i) << i;
    }
    void greedyIdsAreTheRecordedOnes() {
        QFETCH(int, index);
        const auto& recorded = m_cases[static_cast<size_t>(index)];
        const auto prompt = recorded.at("prompt_ids").get<std::vector<int64_t>>();
        language::GenerationOptions options;
        options.maxNewTokens = 48;
        options.stopIds = m_decoder->config().endIds;
        auto cache = m_decoder->newCache();
        const auto result = generate(*m_decoder, cache, m_decoder->embed(prompt), prompt, options, {});
        QCOMPARE(result.ids, recorded.at("ids").get<std::vector<int64_t>>());
    }

    /// The recorded answers, a few ids of each spoilt, are what is looked up.
    void promptLookupGivesTheRecordedIdsToo() {
        int64_t tokens = 0, accepted = 0;
        for (size_t index = 0; index < 20; ++index) {
            const auto prompt = m_cases[index].at("prompt_ids").get<std::vector<int64_t>>();
            const auto ids = m_cases[index].at("ids").get<std::vector<int64_t>>();
            auto text = prompt;
            for (size_t i = 0; i < ids.size(); ++i) text.push_back(i % 12 == 11 ? ids[i] + 1 : ids[i]);
            text.insert(text.end(), prompt.begin(), prompt.end());
            language::PromptLookup lookup(text, {.weighs = false});
            language::GenerationOptions options;
            options.maxNewTokens = 48;
            options.stopIds = m_decoder->config().endIds;
            auto cache = m_decoder->newCache();
            QCOMPARE(generate(*m_decoder, cache, m_decoder->embed(prompt), prompt, options, {}, {}, &lookup).ids, ids);
            tokens += std::ssize(ids);
            accepted += lookup.accepted();
        }
        qInfo("%lld of %lld tokens were looked up", static_cast<long long>(accepted), static_cast<long long>(tokens));
        QVERIFY(accepted > tokens / 2);
    }

    /// Computing on the blocks of the file rounds activations to sixteen bits: only near ties may turn out otherwise.
    void itsBlocksGiveTheRecordedIds() {
        const auto blocks = loadBlocks();
        int same = 0;
        for (size_t index = 0; index < 20; index += 2) {
            const auto& recorded = m_cases[index];
            auto text = recorded.at("prompt_ids").get<std::vector<int64_t>>();
            const auto ids = recorded.at("ids").get<std::vector<int64_t>>();
            language::GenerationOptions generation;
            generation.maxNewTokens = 48;
            generation.stopIds = blocks->config().endIds;
            auto cache = blocks->newCache();
            const auto found = generate(*blocks, cache, blocks->embed(text), text, generation, {}).ids;
            const auto [other, place] = std::ranges::mismatch(found, ids);
            if (place == ids.end() && other == found.end()) {
                ++same;
                continue;
            }
            text.insert(text.end(), ids.begin(), place);
            const Tensor hidden = m_decoder->hidden(m_decoder->embed(text), Tensor(), {});
            const Tensor best = std::get<0>(m_decoder->lastLogits(hidden).flatten().topk(2));
            QVERIFY2((best[0] - best[1]).item<double>() < 0.01, qPrintable(QString("place %1").arg(place - ids.begin())));
        }
        QVERIFY2(same >= 9, qPrintable(QString("%1 of 10 answers are the same").arg(same)));
    }

    /// By the Kullback-Leibler divergence of what comes next from what fp32 says of the same numbers, in nats. Keys
    /// and values in fp16 cost 5e-7 in the mean; weights and activations in bf16 would cost 8e-4, activations of eight
    /// bits, as llama.cpp's, 3e-3.
    void whatItsBlocksSayComesNextIsNearFp32_data() {
        QTest::addColumn<bench::Reading>("reading");
        QTest::newRow("read at once") << bench::Reading::AtOnce;
        QTest::newRow("token by token") << bench::Reading::TokenByToken;
    }
    void whatItsBlocksSayComesNextIsNearFp32() {
        QFETCH(bench::Reading, reading);
        const auto blocks = loadBlocks();
        std::vector<Tensor> divergences;
        for (size_t index = 0; index < 20; index += 2) {
            const auto& recorded = m_cases[index];
            const bench::AnsweredText text{recorded.at("prompt_ids"), recorded.at("ids")};
            const Tensor exact = bench::answerScores(*m_decoder, text, bench::Reading::AtOnce, {}).to(c10::kDouble).log_softmax(-1);
            const Tensor found = bench::answerScores(*blocks, text, reading, {}).to(c10::kDouble).log_softmax(-1);
            divergences.push_back((exact.exp() * (exact - found)).sum(-1));
        }
        const Tensor all = at::cat(divergences);
        const double mean = all.mean().item<double>(), most = all.max().item<double>();
        qInfo("mean %.2e, at most %.2e nats in %lld places", mean, most, static_cast<long long>(all.numel()));
        QVERIFY(all.numel() > 300);
        QVERIFY2(mean < 1e-5, qPrintable(QString::number(mean)));
        QVERIFY2(most < 1e-4, qPrintable(QString::number(most)));
    }
};

QTEST_GUILESS_MAIN(DecoderSmolLm2)
#include "decoder_smollm2_test.moc"
