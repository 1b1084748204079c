#include "core/text/tokenizer.h"

#include <QtTest>

#include "golden.h"

using namespace fusionscope;
using namespace fusionscope::text;
using golden::Ids;
using golden::json;

namespace {

/// Compares many rows and reports how many differ, with the first of them.
class Differences {
  public:
    void check(const std::string& what, const json& row, const std::string& found, const std::string& expected) {
        if (found == expected) return;
        if (m_count++ == 0) m_first = what + " of string " + row["n"].dump() + ": " + found + " instead of " + expected;
    }
    void check(const std::string& what, const json& row, const Ids& found, const Ids& expected) {
        if (found != expected) check(what, row, golden::show(found), golden::show(expected));
    }
    int count() const { return m_count; }
    std::string report() const { return std::to_string(m_count) + " differ; " + m_first; }

  private:
    int m_count = 0;
    std::string m_first;
};

std::string bytesOf(const std::string& hex) {
    return QByteArray::fromHex(QByteArray::fromStdString(hex)).toStdString();
}

}  // namespace

class TokenizerTest : public QObject {
    Q_OBJECT

  private slots:
    void encodesAndDecodesAsTheReference_data() { namesOfAll(); }
    void encodesAndDecodesAsTheReference() {
        QFETCH(QString, name);
        const std::string key = name.toStdString();
        const auto folder = golden::findTokenizerFile(golden::folderOf(key));
        const auto file = golden::findTokenizerFile("expected-" + key + ".jsonl.gz");
        if (!folder || !file) QSKIP(golden::missing(folder ? "expected-" + key : golden::folderOf(key)).c_str());

        const auto tokenizer = golden::load(*folder, key);
        const auto legacy = key.ends_with("-slow") ? golden::load(*folder, key, true) : nullptr;
        const auto strings = golden::readLines(golden::folder("tokenizers") / "strings.jsonl");
        const auto expected = golden::readLines(*file);
        QCOMPARE(expected.size(), strings.size() + 1);

        Differences differences;
        const Ids prefix = expected[0]["special_prefix"], suffix = expected[0]["special_suffix"];
        for (std::size_t i = 0; i < strings.size(); ++i) {
            const std::string text = strings[i]["text"];
            const json& row = expected[i + 1];
            const Ids ids = row["ids"];
            differences.check("ids", row, tokenizer->encode(text), ids);

            Ids around = prefix;
            around.insert(around.end(), ids.begin(), ids.end());
            around.insert(around.end(), suffix.begin(), suffix.end());
            differences.check("ids with special tokens", row, tokenizer->encode(text, {.addSpecial = true}), around);

            const std::string decoded = row.value("decoded", text);
            differences.check("decoded text", row, tokenizer->decode(ids), decoded);
            if (legacy) {
                differences.check("legacy ids", row, legacy->encode(text), row.value("ids_legacy", ids));
                continue;
            }
            differences.check("plain ids", row, tokenizer->encode(text, {.parseSpecial = false}),
                              row.value("ids_plain", ids));
            differences.check("decoded text without special tokens", row,
                              tokenizer->decode(ids, {.skipSpecial = true}), row.value("decoded_skip", decoded));
        }
        QVERIFY2(differences.count() == 0, differences.report().c_str());
    }

    void replacesInvalidUtf8AsTheReference_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : golden::tokenizerNames) {
            if (!QByteArray(name).endsWith("-slow")) QTest::newRow(name) << name;
        }
    }
    void replacesInvalidUtf8AsTheReference() {
        QFETCH(QString, name);
        const std::string key = name.toStdString();
        const auto folder = golden::findTokenizerFile(golden::folderOf(key));
        if (!folder) QSKIP(golden::missing(golden::folderOf(key)).c_str());
        const auto tokenizer = golden::load(*folder, key);
        Differences differences;
        for (const json& row : golden::readLines(golden::folder("tokenizers") / "invalid-utf8.jsonl"))
            differences.check("ids", row, tokenizer->encode(bytesOf(row["hex"])), row["ids"][key].get<Ids>());
        QVERIFY2(differences.count() == 0, differences.report().c_str());
    }

    void readsTheSameVocabularyFromGguf() {
        const auto folder = golden::folder("tokenizers") / "smollm2";
        const json content = golden::readJson(folder / "tokenizer.json");
        GgufVocabulary vocabulary;
        vocabulary.model = "gpt2";
        vocabulary.pre = "smollm";
        vocabulary.tokens.resize(content["model"]["vocab"].size());
        vocabulary.tokenTypes.assign(vocabulary.tokens.size(), 1);
        for (const auto& [token, id] : content["model"]["vocab"].items()) vocabulary.tokens[id] = token;
        for (const json& token : content["added_tokens"]) vocabulary.tokenTypes[token["id"]] = 3;
        vocabulary.merges = content["model"]["merges"];
        vocabulary.eos = 2;
        compareWithExpected(*loadGgufTokenizer(vocabulary, "smollm2.gguf"), "smollm2");
    }

    void readsSentencePieceFromGguf() {
        const json content = golden::readJson(golden::folder("tokenizers") / "mistral" / "tokenizer.json");
        GgufVocabulary vocabulary;
        vocabulary.model = "llama";
        const std::size_t count = content["model"]["vocab"].size();
        vocabulary.tokens.resize(count);
        for (const auto& [token, id] : content["model"]["vocab"].items()) vocabulary.tokens[id] = token;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string& token = vocabulary.tokens[i];
            const bool spaces = token.size() > 3 && token.find_first_not_of("\u2581") == token.npos;
            vocabulary.tokenTypes.push_back(i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1);
            vocabulary.scores.push_back(i < 259 ? 0.F : spaces ? -1e9F : 259.F - static_cast<float>(i));
        }
        vocabulary.bos = 1;
        vocabulary.eos = 2;
        const auto tokenizer = loadGgufTokenizer(vocabulary, "mistral.gguf");
        compareWithExpected(*tokenizer, "mistral");
        QCOMPARE(tokenizer->encode("a", {.addSpecial = true}).at(0), std::int64_t{1});
    }

    void readsSentencePieceFileWithSlowRules() {
        // Where no added token is in the text, the rules of the slow and the fast tokenizer agree.
        const auto tokenizer = golden::load(golden::folder("tokenizers") / "mistral", "mistral-slow", true);
        compareWithExpected(*tokenizer, "mistral");
    }

    void encodesPlainModelsAsTheLibraryDoes() {
        // One user-defined piece more, which no text holds, and the library itself encodes.
        const auto source = golden::folder("tokenizers") / "mistral";
        QTemporaryDir folder;
        const std::filesystem::path target = folder.path().toStdString();
        std::filesystem::copy(source / "tokenizer_config.json", target / "tokenizer_config.json");
        std::filesystem::copy(source / "tokenizer.model", target / "tokenizer.model");
        std::ofstream(target / "tokenizer.model", std::ios::app | std::ios::binary) << "\x0a\x08\x0a\x04\x01\x02\x03\x01\x18\x04";
        for (const bool legacy : {true, false}) {
            const auto plain = loadTokenizer(source, {.useSlow = true, .legacy = legacy});
            const auto library = loadTokenizer(target, {.useSlow = true, .legacy = legacy});
            QCOMPARE(library->vocabularySize(), plain->vocabularySize() + 1);
            Differences differences;
            for (const json& row : golden::readLines(golden::folder("tokenizers") / "strings.jsonl")) {
                const std::string text = row["text"];
                differences.check("ids", row, plain->encode(text), library->encode(text));
            }
            QVERIFY2(differences.count() == 0, differences.report().c_str());
        }
    }

    void readsVocabularyAndMerges() {
        // Without Digits the pre-tokenizer differs from SmolLM2's on numbers only.
        const auto source = golden::folder("tokenizers") / "smollm2";
        const json content = golden::readJson(source / "tokenizer.json");
        QTemporaryDir folder;
        const std::filesystem::path target = folder.path().toStdString();
        std::ofstream(target / "vocab.json") << content["model"]["vocab"];
        std::ofstream merges(target / "merges.txt");
        merges << "#version: 0.2\n";
        for (const std::string merge : content["model"]["merges"]) merges << merge << "\r\n";
        merges.close();
        std::filesystem::copy(source / "tokenizer_config.json", target / "tokenizer_config.json");
        const auto pair = loadTokenizer(target), whole = loadTokenizer(source);
        for (const char* text : {"Hello  world\n\n  x", "I don't <|im_end|>know", "naïve 東京 👩‍👩‍👧"})
            QCOMPARE(pair->encode(text), whole->encode(text));
        QCOMPARE(pair->eos(), whole->eos());
        QVERIFY(pair->isSpecial(2));
    }

    void knowsTheRolesOfTokens() {
        const auto smollm = loadTokenizer(golden::folder("tokenizers") / "smollm2");
        QCOMPARE(smollm->bos(), std::optional<std::int64_t>(1));
        QCOMPARE(smollm->eos(), std::optional<std::int64_t>(2));
        QCOMPARE(smollm->pad(), std::optional<std::int64_t>(2));
        QCOMPARE(smollm->unknown(), std::optional<std::int64_t>(0));
        QCOMPARE(smollm->vocabularySize(), std::int64_t{49152});
        QCOMPARE(smollm->id("<|im_end|>"), std::optional<std::int64_t>(2));
        QCOMPARE(smollm->token(2), std::string("<|im_end|>"));
        QVERIFY(smollm->isSpecial(2) && !smollm->isSpecial(100));
        QVERIFY(!smollm->id("no such token"));
        QCOMPARE(smollm->token(49152) + smollm->token(-200), std::string());
        QCOMPARE(smollm->decode(Ids{-200, 1'000'000, INT64_MAX}), std::string());

        const auto slow = golden::load(golden::folder("tokenizers") / "mistral", "mistral-slow");
        QCOMPARE(slow->bos(), std::optional<std::int64_t>(1));
        QCOMPARE(slow->eos(), std::optional<std::int64_t>(2));
        QCOMPARE(slow->encode("", {.addSpecial = true}), (Ids{1}));
        QVERIFY(slow->isSpecial(0) && !slow->isSpecial(300));
        QVERIFY(!slow->id("no such piece"));
    }

    void encodesFlorencePromptsAndLocationTokens() {
        const auto folder = golden::findTokenizerFile("florence2");
        if (!folder) QSKIP(golden::missing("florence2").c_str());
        const auto tokenizer = golden::load(*folder, "florence2-run");
        const json prompts = golden::readJson(golden::folder("tokenizers") / "florence-vl-prompts.json");
        for (const json& row : prompts["prompts"])
            QCOMPARE(tokenizer->encode(row["prompt"].get<std::string>(), {.addSpecial = true}), row["ids"].get<Ids>());
        QCOMPARE(tokenizer->vocabularySize(), std::int64_t{51289});
        QCOMPARE(tokenizer->id("<loc_0>"), std::optional<std::int64_t>(50269));
        QCOMPARE(tokenizer->id("<loc_999>"), std::optional<std::int64_t>(51268));
        QCOMPARE(tokenizer->id("<and>"), std::optional<std::int64_t>(51288));
        QCOMPARE(tokenizer->decode(Ids{512, 50269, 51268}), std::string(" car<loc_0><loc_999>"));
        QCOMPARE(tokenizer->bos(), std::optional<std::int64_t>(0));
        QCOMPARE(tokenizer->eos(), std::optional<std::int64_t>(2));
        QCOMPARE(tokenizer->pad(), std::optional<std::int64_t>(1));
    }

    void recognisesSpecialTokensOnlyInTrustedText_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"smollm2", "mistral", "mistral-slow"}) QTest::newRow(name) << name;
    }
    void recognisesSpecialTokensOnlyInTrustedText() {
        QFETCH(QString, name);
        const std::string key = name.toStdString();
        const auto tokenizer = golden::load(golden::folder("tokenizers") / golden::folderOf(key), key, false);
        const std::string marker = tokenizer->token(2);
        const std::string text = marker + "\u2581hi " + marker + " \xff there" + marker;
        const std::size_t size = marker.size();
        const Span trusted[] = {{0, size}, {text.size() - size, text.size()}};
        const Ids ids = tokenizer->encodeTrusted(text, trusted);
        QCOMPARE(std::count(ids.begin(), ids.end(), 2), 2);
        QCOMPARE(ids.back(), std::int64_t{2});
        const Ids none = tokenizer->encodeTrusted(text, {});
        QCOMPARE(std::count(none.begin(), none.end(), 2), 0);
        const Span all[] = {{0, text.size()}};
        QCOMPARE(tokenizer->encodeTrusted(text, all), tokenizer->encode(text));
    }

    void isSafeToShareBetweenThreads() {
        const auto tokenizer = loadTokenizer(golden::folder("tokenizers") / "smollm2");
        const std::string text = "The quick brown fox jumps over 12 lazy dogs. ";
        const Ids expected = tokenizer->encode(text);
        std::vector<std::thread> threads;
        std::atomic<int> wrong = 0;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int round = 0; round < 200; ++round) wrong += tokenizer->encode(text) != expected;
            });
        }
        for (std::thread& thread : threads) thread.join();
        QCOMPARE(wrong.load(), 0);
    }

  private:
    static void namesOfAll() {
        QTest::addColumn<QString>("name");
        for (const char* name : golden::tokenizerNames) QTest::newRow(name) << name;
    }

    static void compareWithExpected(const Tokenizer& tokenizer, const std::string& name) {
        const auto strings = golden::readLines(golden::folder("tokenizers") / "strings.jsonl");
        const auto expected =
            golden::readLines(golden::folder("tokenizers") / ("expected-" + name + ".jsonl.gz"));
        Differences differences;
        for (std::size_t i = 0; i < strings.size(); ++i) {
            const json& row = expected[i + 1];
            differences.check("ids", row, tokenizer.encode(strings[i]["text"].get<std::string>()), row["ids"].get<Ids>());
        }
        QVERIFY2(differences.count() == 0, differences.report().c_str());
    }
};

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tokenizer_test.moc"
