#include "core/files/tensor_table.h"
#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using files::DType;
using language::Decoder;
using language::DecoderConfig;

namespace {

/// A decoder's tensors as a GGUF file holds them, random, with every matrix in blocks of one of these types in turn.
class BlockFile {
  public:
    BlockFile(const DecoderConfig& config, const std::vector<DType>& types) {
        at::manual_seed(6);
        add("model.embed_tokens.weight", types.front(), {config.vocabulary, config.hidden});
        size_t turn = 0;
        for (const auto& matrix : language::decoderMatrices(config)) {
            if (matrix.name != matrix.source) continue;
            auto& entry = add(matrix.name, types[turn++ % types.size()], {matrix.out, matrix.in});
            if (matrix.name.find(".q_proj.") != std::string::npos) entry.interleavedHeads = config.heads;
            if (matrix.name.find(".k_proj.") != std::string::npos) entry.interleavedHeads = config.kvHeads;
        }
        for (int64_t i = 0; i < config.layers; ++i)
            for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
                add(concat("model.layers.", i, ".", norm, ".weight"), DType::F32, {config.hidden});
        add("model.norm.weight", DType::F32, {config.hidden});
    }

    std::unique_ptr<Decoder> decoder(const DecoderConfig& config, bool keepBlocks,
                                     c10::ScalarType compute = c10::kFloat) const {
        nn::WeightOptions options;
        options.keepBlocks = keepBlocks;
        options.compute = compute;
        return std::make_unique<Decoder>(nn::Weights(std::make_shared<nn::WeightStore>(m_table, options)), config);
    }

    /// Turns all bits of a word's values in the embedding.
    void spoilWord(int64_t word) {
        Tensor& table = m_bytes.front();
        const int64_t blocks = table.size(0) / m_table.at("model.embed_tokens.weight").shape[0];
        table.narrow(0, word * blocks, blocks).slice(1, 4).bitwise_not_();
    }

  private:
    files::TensorEntry& add(const std::string& name, DType type, const std::vector<int64_t>& shape) {
        const auto block = files::blockSize(type);
        const int64_t blocks = *files::byteCount(type, shape) / block.bytes;
        Tensor bytes;
        if (type == DType::F32) {
            bytes = at::rand(shape) + 0.5;
        } else {
            bytes = at::randint(256, {blocks, block.bytes}, c10::kByte);
            // Half-precision scales, and minima, about 2^-11 for eight bits and 2^-7 for four, which gives weights of
            // some hundredths.
            bytes.select(1, 1).bitwise_and_(0x83).bitwise_or_(type == DType::Q8_0 ? 0x10 : 0x20);
            if (type == DType::Q4_1) bytes.select(1, 3).bitwise_and_(0x83).bitwise_or_(0x28);
        }
        m_bytes.push_back(bytes);
        files::TensorEntry entry;
        entry.dtype = type;
        entry.shape = shape;
        entry.bytes = {static_cast<const std::byte*>(bytes.const_data_ptr()), bytes.nbytes()};
        entry.file = "model.gguf";
        return m_table.insert_or_assign(name, entry).first->second;
    }

    std::vector<Tensor> m_bytes;
    files::TensorTable m_table;
};

DecoderConfig config(bool tied) {
    auto json = nlohmann::json::parse(R"({"model_type": "llama", "vocab_size": 90, "hidden_size": 96,
        "intermediate_size": 160, "num_hidden_layers": 3, "num_attention_heads": 6, "num_key_value_heads": 2})");
    json["tie_word_embeddings"] = tied;
    return DecoderConfig::read(json, "config.json");
}

/// In fp32 for all decoders, so that nothing but the matrices makes a difference.
language::KvCache wideCache(const DecoderConfig& config) {
    return language::KvCache(config, c10::kFloat, c10::kFloat, c10::kCPU);
}

std::vector<int64_t> greedy(const Decoder& decoder, const std::vector<int64_t>& prompt) {
    language::GenerationOptions options;
    options.maxNewTokens = 40;
    auto cache = wideCache(decoder.config());
    return generate(decoder, cache, decoder.embed(prompt), prompt, options, {}).ids;
}

}  // namespace

/// Models whose matrices stay in the blocks of their GGUF file, against the same numbers in fp32.
class DecoderBlocks : public QObject {
    Q_OBJECT

  private slots:
    void answersAreThoseOfTheFilesNumbers_data() {
        QTest::addColumn<bool>("tied");
        QTest::addColumn<std::vector<DType>>("types");
        QTest::newRow("Q8_0") << false << std::vector{DType::Q8_0};
        QTest::newRow("Q4_0") << false << std::vector{DType::Q4_0};
        QTest::newRow("Q4_1 tied") << true << std::vector{DType::Q4_1};
        QTest::newRow("mixed tied") << true << std::vector{DType::Q8_0, DType::Q4_1, DType::Q5_0, DType::Q4_0};
    }
    void answersAreThoseOfTheFilesNumbers() {
        QFETCH(bool, tied);
        QFETCH(std::vector<DType>, types);
        const auto shape = config(tied);
        const BlockFile file(shape, types);
        const auto dense = file.decoder(shape, false), blocks = file.decoder(shape, true);
        const std::vector<int64_t> prompt{5, 88, 17, 3, 41, 60, 9, 72, 33, 2, 54, 11};
        QVERIFY(at::equal(blocks->embed(prompt), dense->embed(prompt)));
        auto one = wideCache(shape), other = one;
        const auto errorOf = [&](const std::vector<int64_t>& ids) {
            const Tensor expected = dense->logits(dense->hidden(dense->embed(ids), one, {}));
            return golden::normError(blocks->logits(blocks->hidden(blocks->embed(ids), other, {})), expected);
        };
        // Tiles are in fp32; kernels keep four digits of activations.
        const double promised = nn::kernelsTake(100, nn::kernels::MatrixForm::Q4_0) ? 2e-4 : 1e-5;
        std::vector<int64_t> many;
        for (int64_t i = 0; i < 100; ++i) many.push_back((37 * i + 5) % 90);
        const double error = errorOf(many);
        QVERIFY2(error < promised, qPrintable(QString("many rows: %1").arg(error)));
        const double some = errorOf(prompt);
        QVERIFY2(some < 2e-4, qPrintable(QString("twelve rows: %1").arg(some)));
        for (const int64_t id : {7, 30, 81}) {
            const std::vector<int64_t> next{id};
            const Tensor step = blocks->logits(blocks->hidden(blocks->embed(next), other, {}));
            const double few = golden::normError(step, dense->logits(dense->hidden(dense->embed(next), one, {})));
            QVERIFY2(few < 2e-4, qPrintable(QString("one row: %1").arg(few)));
        }
        for (int64_t first = 0; first < 5; ++first) {
            std::vector<int64_t> start(prompt.begin() + first, prompt.end());
            QCOMPARE(greedy(*blocks, start), greedy(*dense, start));
        }
    }

    void rowsOfTheEmbeddingAreLookedUpInTheFile() {
        const auto shape = config(false);
        for (const auto type : {DType::Q8_0, DType::Q4_0, DType::Q4_1}) {
            BlockFile file(shape, {type});
            const auto blocks = file.decoder(shape, true);
            QVERIFY(!blocks->embedding().numbers().defined());
            const std::vector<int64_t> ids{0, 89, 17, 17};
            const Tensor before = blocks->embed(ids);
            QVERIFY(at::equal(before, file.decoder(shape, false)->embed(ids)));
            file.spoilWord(17);  // which nobody has a copy of
            const Tensor after = blocks->embed(ids);
            QVERIFY(at::equal(after, file.decoder(shape, false)->embed(ids)));
            QVERIFY(at::equal(after.narrow(1, 0, 2), before.narrow(1, 0, 2)));
            QVERIFY(!at::equal(after.narrow(1, 2, 1), before.narrow(1, 2, 1)));
            QVERIFY_THROWS_EXCEPTION(Error, blocks->embed(at::tensor({3, 90}, c10::kLong)));
            QVERIFY_THROWS_EXCEPTION(Error, blocks->embed(at::tensor({-1}, c10::kLong)));
        }
    }

    void aTiedEmbeddingIsTheOutputMatrix() {
        const auto shape = config(true);
        for (const auto type : {DType::Q8_0, DType::Q4_0, DType::Q4_1})
            for (const auto compute : {c10::kFloat, c10::kBFloat16}) {
                BlockFile file(shape, {type});
                const auto blocks = file.decoder(shape, true, compute);
                QVERIFY(!blocks->embedding().numbers().defined());
                const Tensor expected = file.decoder(shape, false, compute)->embed({4, 17});
                QCOMPARE(expected.scalar_type(), compute);
                file.spoilWord(17);  // in the file, of which the output layer holds a copy
                QVERIFY(at::equal(blocks->embed({4, 17}), expected));
            }
    }

    void bf16ComputesOnTheSameBlocks() {
        const auto shape = config(true);
        const BlockFile file(shape, {DType::Q4_0, DType::Q8_0});
        const auto dense = file.decoder(shape, false), blocks = file.decoder(shape, true, c10::kBFloat16);
        const std::vector<int64_t> prompt{5, 88, 17, 3, 41, 60, 9, 72, 33, 2, 54, 11};
        const Tensor expected = dense->logits(dense->hidden(dense->embed(prompt), Tensor(), {}));
        const Tensor found = blocks->logits(blocks->hidden(blocks->embed(prompt), Tensor(), {}));
        QVERIFY(golden::normError(found, expected) < 0.05);
    }
};

QTEST_GUILESS_MAIN(DecoderBlocks)
#include "decoder_blocks_test.moc"
