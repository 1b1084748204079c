#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <functional>

#include "core/files/error.h"
#include "core/text/tokenizer.h"
#include "golden.h"

using namespace fusionscope;
using namespace fusionscope::text;
using golden::json;

namespace {

/// A small byte-level tokenizer that loads.
json goodTokenizer() {
    return json::parse(R"({
        "version": "1.0",
        "added_tokens": [{"id": 5, "content": "<end>", "special": true, "normalized": false}],
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<end>", "type_id": 0}}],
            "special_tokens": {"<end>": {"id": "<end>", "ids": [5], "tokens": ["<end>"]}}},
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "unk_token": null, "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3, "abc": 4},
                  "merges": ["a b", "ab c"]}
    })");
}

using Change = std::function<void(json&)>;

std::string pattern(const std::string& source) {
    return R"({"type": "Split", "pattern": {"Regex": ")" + source + R"("}, "behavior": "Isolated", "invert": false})";
}

}  // namespace

/// Every folder is refused with a sentence that names the file and what is wrong in it, within a second.
class MalformedTokenizerTest : public QObject {
    Q_OBJECT

  private slots:
    void loadsTheUnchangedOne() {
        QTemporaryDir folder;
        write(folder, "tokenizer.json", goodTokenizer().dump());
        const auto tokenizer = loadTokenizer(folder.path().toStdString());
        QCOMPARE(tokenizer->encode("abcab<end>", {.addSpecial = true}), (golden::Ids{4, 2, 5, 5}));
    }

    void refusesTokenizerJson_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* name, const Change& change, const char* named) {
            json content = goodTokenizer();
            change(content);
            QTest::newRow(name) << QByteArray::fromStdString(content.dump()) << named;
        };
        row("no model", [](json& j) { j.erase("model"); }, "model");
        row("model is a list", [](json& j) { j["model"] = json::array(); }, "model");
        row("unknown model", [](json& j) { j["model"]["type"] = "WordPiece"; }, "WordPiece");
        row("no vocabulary", [](json& j) { j["model"].erase("vocab"); }, "vocab");
        row("empty vocabulary", [](json& j) { j["model"]["vocab"] = json::object(); }, "vocabulary");
        row("vocabulary is a list", [](json& j) { j["model"]["vocab"] = json::array({"a"}); }, "vocabulary");
        row("id is text", [](json& j) { j["model"]["vocab"]["a"] = "0"; }, "\"a\"");
        row("id is negative", [](json& j) { j["model"]["vocab"]["a"] = -1; }, "-1");
        row("id has a fraction", [](json& j) { j["model"]["vocab"]["a"] = 0.5; }, "\"a\"");
        row("gigantic id", [](json& j) { j["model"]["vocab"]["a"] = 4'000'000'000; }, "4000000000");
        row("id beyond 64 bits", [](json& j) { j["model"]["vocab"]["a"] = UINT64_MAX; }, "\"a\"");
        row("id far beyond the rest", [](json& j) { j["model"]["vocab"]["a"] = 16'000'000; }, "16000000");
        row("two tokens share an id", [](json& j) { j["model"]["vocab"]["c"] = 2; }, "share the id 2");
        row("no merges", [](json& j) { j["model"].erase("merges"); }, "merges");
        row("merges are an object", [](json& j) { j["model"]["merges"] = json::object(); }, "merges");
        row("merge of an unknown token", [](json& j) { j["model"]["merges"][0] = "a x"; }, "merge of \"a\" and \"x\"");
        row("merge into an unknown token", [](json& j) { j["model"]["merges"][0] = "b a"; }, "\"ba\"");
        row("merge of three", [](json& j) { j["model"]["merges"][0] = "a b c"; }, "merge 0");
        row("merge of one", [](json& j) { j["model"]["merges"][1] = "ab"; }, "merge 1");
        row("merge of nothing", [](json& j) { j["model"]["merges"][1] = " "; }, "merge 1");
        row("merge is a number", [](json& j) { j["model"]["merges"][1] = 7; }, "merge 1");
        row("pair of three", [](json& j) { j["model"]["merges"][1] = {"a", "b", "c"}; }, "merge 1");
        row("unknown token missing", [](json& j) { j["model"]["unk_token"] = "<unk>"; }, "<unk>");
        row("subword prefix", [](json& j) { j["model"]["continuing_subword_prefix"] = "##"; }, "##");
        row("flag is text", [](json& j) { j["model"]["byte_fallback"] = "yes"; }, "byte_fallback");
        row("version 2", [](json& j) { j["version"] = "2.0"; }, "2.0");
        row("added token without content", [](json& j) { j["added_tokens"][0].erase("content"); }, "content");
        row("added token without id", [](json& j) { j["added_tokens"][0].erase("id"); }, "id");
        row("added token empty", [](json& j) { j["added_tokens"][0]["content"] = ""; }, "added token");
        row("added token too long", [](json& j) { j["added_tokens"][0]["content"] = std::string(100'000, 'x'); }, "100000");
        row("added token takes an id", [](json& j) { j["added_tokens"][0]["id"] = 3; }, "<end>");
        row("added token contradicts", [](json& j) { j["added_tokens"][0]["content"] = "ab"; }, "\"ab\"");
        row("added token far away", [](json& j) { j["added_tokens"][0]["id"] = 1'000'000'000; }, "1000000000");
        row("two added tokens share an id",
            [](json& j) { j["added_tokens"].push_back({{"id", 5}, {"content", "<other>"}}); }, "<other>");
        row("added tokens are text", [](json& j) { j["added_tokens"] = "x"; }, "added_tokens");
        row("unknown normaliser", [](json& j) { j["normalizer"] = {{"type", "Precompiled"}}; }, "Precompiled");
        row("normaliser without type", [](json& j) { j["normalizer"] = json::object(); }, "type");
        row("normaliser is a number", [](json& j) { j["normalizer"] = 3; }, "object");
        row("replacement without pattern", [](json& j) { j["normalizer"] = {{"type", "Replace"}, {"content", "x"}}; },
            "pattern");
        row("sequence without list", [](json& j) { j["pre_tokenizer"] = {{"type", "Sequence"}}; }, "pretokenizers");
        row("unknown pre-tokenizer", [](json& j) { j["pre_tokenizer"] = {{"type", "Bert"}}; }, "Bert");
        row("pattern is no expression", [](json& j) { j["pre_tokenizer"] = json::parse(pattern("(a")); }, "(a");
        row("pattern explodes when compiled",
            [](json& j) { j["pre_tokenizer"] = json::parse(pattern("((((a{1000}){1000}){1000}){1000})")); }, "a{1000}");
        row("pattern is huge", [](json& j) { j["pre_tokenizer"] = json::parse(pattern(std::string(1 << 20, 'a'))); },
            "pattern");
        row("pattern is nested deeply",
            [](json& j) {
                j["pre_tokenizer"] = json::parse(pattern(std::string(4000, '(') + std::string(4000, ')')));
            },
            "pattern");
        row("pattern splits characters", [](json& j) { j["pre_tokenizer"] = json::parse(pattern(R"(\\C)")); }, "\\C");
        row("unknown behaviour",
            [](json& j) {
                j["pre_tokenizer"] = json::parse(pattern("a"));
                j["pre_tokenizer"]["behavior"] = "Exploded";
            },
            "Exploded");
        row("unknown decoder", [](json& j) { j["decoder"] = {{"type", "WordPiece"}}; }, "WordPiece");
        row("decoder strips without end",
            [](json& j) { j["decoder"] = {{"type", "Strip"}, {"content", " "}, {"start", 1e15}, {"stop", 0}}; }, "start");
        row("unknown post-processor", [](json& j) { j["post_processor"] = {{"type", "Bert"}}; }, "Bert");
        row("post-processor adds an unknown id",
            [](json& j) { j["post_processor"]["special_tokens"]["<end>"]["ids"] = {99}; }, "99");
        row("post-processor leaves the text out", [](json& j) { j["post_processor"]["single"].erase(0); }, "single");
        row("post-processor names no token", [](json& j) { j["post_processor"]["special_tokens"] = json::object(); },
            "<end>");
        row("cls is no pair",
            [](json& j) { j["post_processor"] = {{"type", "RobertaProcessing"}, {"cls", 1}, {"sep", {"a", 0}}}; }, "cls");

        const auto raw = [](const char* name, const QByteArray& content, const char* named) {
            QTest::newRow(name) << content << named;
        };
        raw("empty file", "", "empty");
        raw("not JSON", "hello", "JSON");
        raw("cut short", QByteArray::fromStdString(goodTokenizer().dump()).chopped(30), "JSON");
        raw("a list", "[1, 2]", "object");
        raw("duplicate token", R"({"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}})", "\"a\"");
        raw("bytes that are no UTF-8", "{\"model\": {\"vocab\": {\"\xff\": 0}, \"merges\": []}}", "JSON");
        raw("deep nesting", QByteArray(100'000, '['), "nested");
        QByteArray cycle = R"({"model": {"vocab": {"a": 0}, "merges": []}, "pre_tokenizer": )";
        for (int i = 0; i < 40; ++i) cycle += R"({"type": "Sequence", "pretokenizers": [)";
        raw("sequences in sequences", cycle, "nested");
    }
    void refusesTokenizerJson() {
        QFETCH(QByteArray, content);
        QFETCH(QString, named);
        QTemporaryDir folder;
        write(folder, "tokenizer.json", content.toStdString());
        refused(folder, "tokenizer.json", named);
    }

    void refusesOtherFiles_data() {
        QTest::addColumn<QStringList>("files");  // name and content in turn
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("named");
        const QString good = QString::fromStdString(goodTokenizer().dump());
        QTest::newRow("nothing there") << QStringList{} << "" << "tokenizer.json";
        QTest::newRow("vocabulary without merges") << QStringList{"vocab.json", R"({"a": 0})"} << "" << "merges.txt";
        QTest::newRow("merges out of range")
            << QStringList{"vocab.json", R"({"a": 0, "b": 1})", "merges.txt", "#version: 0.2\na b\n"} << "merges.txt"
            << "\"ab\"";
        QTest::newRow("merges of one") << QStringList{"vocab.json", R"({"a": 0})", "merges.txt", "a\n"} << "merges.txt"
                                       << "merge 0";
        QTest::newRow("vocabulary is a list") << QStringList{"vocab.json", "[]", "merges.txt", "a b\n"} << "vocab.json"
                                              << "vocabulary";
        QTest::newRow("model is text") << QStringList{"tokenizer.model", "hello world, no model"} << "tokenizer.model"
                                       << "SentencePiece";
        QTest::newRow("model is empty") << QStringList{"tokenizer.model", ""} << "tokenizer.model" << "SentencePiece";
        QTest::newRow("configuration is a list") << QStringList{"tokenizer.json", good, "tokenizer_config.json", "[]"}
                                                 << "tokenizer_config.json" << "object";
        QTest::newRow("configuration is broken") << QStringList{"tokenizer.json", good, "tokenizer_config.json", "{"}
                                                 << "tokenizer_config.json" << "JSON";
        QTest::newRow("eos is a number")
            << QStringList{"tokenizer.json", good, "tokenizer_config.json", R"({"eos_token": 2})"}
            << "tokenizer_config.json" << "eos_token";
        QTest::newRow("added id is no number")
            << QStringList{"tokenizer.json", good, "tokenizer_config.json",
                           R"({"added_tokens_decoder": {"x": {"content": "<x>"}}})"}
            << "tokenizer_config.json" << "\"x\"";
        QTest::newRow("added id is gigantic")
            << QStringList{"tokenizer.json", good, "tokenizer_config.json",
                           R"({"added_tokens_decoder": {"9999999999": {"content": "<x>"}}})"}
            << "tokenizer_config.json" << "9999999999";
        QTest::newRow("added token is a number") << QStringList{"tokenizer.json", good, "added_tokens.json", R"({"<x>": "y"})"}
                                                 << "added_tokens.json" << "<x>";
        QTest::newRow("special tokens map is text")
            << QStringList{"tokenizer.json", good, "special_tokens_map.json", "\"x\""} << "special_tokens_map.json"
            << "object";
    }
    void refusesOtherFiles() {
        QFETCH(QStringList, files);
        QFETCH(QString, file);
        QFETCH(QString, named);
        QTemporaryDir folder;
        for (int i = 0; i + 1 < files.size(); i += 2)
            write(folder, files[i].toStdString(), files[i + 1].toStdString());
        refused(folder, file, named);
    }

    void refusesDamagedSentencePieceModels() {
        // Cut and flipped in many places, the model loads or is refused; nothing else may happen.
        std::ifstream in(golden::folder("tokenizers") / "mistral" / "tokenizer.model", std::ios::binary);
        std::string good((std::istreambuf_iterator<char>(in)), {});
        good = good.substr(0, 3000) + good.substr(good.size() - 200);
        int refusals = 0;
        for (std::size_t at = 0; at < good.size(); at += 97) {
            std::string damaged = good;
            if (at % 2 == 0) {
                damaged.resize(at);
            } else {
                damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
            }
            QTemporaryDir folder;
            write(folder, "tokenizer.model", damaged);
            try {
                const auto tokenizer = loadTokenizer(folder.path().toStdString());
                tokenizer->decode(tokenizer->encode("Hello <s> world\n"));
            } catch (const Error& error) {
                ++refusals;
                QVERIFY2(error.where().find("tokenizer.model") != std::string::npos, error.what());
            }
        }
        QVERIFY(refusals > 5);
    }

    void refusesNormaliserTablesThatLeadOutside() {
        // A SentencePiece model of one piece with a precompiled table: its size, two units, and the pool.
        const auto model = [](std::initializer_list<std::uint32_t> words, const std::string& pool) {
            std::string table;
            for (const std::uint32_t word : words) table.append(reinterpret_cast<const char*>(&word), 4);
            table += pool;
            const std::string spec = std::string("\x12") + static_cast<char>(table.size()) + table;
            return std::string("\x0a\x07\x0a\x05<unk>", 9) + "\x1a" + static_cast<char>(spec.size()) + spec;
        };
        for (const std::string& damaged :
             {model({8, 0x7FFFFC00u, 0}, std::string(1, '\0')), model({400, 0, 0}, std::string(1, '\0')),
              model({8, 0, 0x80000010u}, std::string("ab\0", 3)), model({8, 0, 0}, "ab"), model({7, 0, 0}, "ab"), model({}, "x")}) {
            QTemporaryDir folder;
            write(folder, "tokenizer.model", damaged);
            refused(folder, "tokenizer.model", "normaliser");
        }
    }

    void boundsPatternsThatBacktrackWithoutEnd_data() {
        QTest::addColumn<QString>("source");
        QTest::newRow("nested repeats") << "(a+)+b";
        QTest::newRow("alternatives") << "(a|a|a)*c";
        QTest::newRow("recursion") << "(a(?R)?a?)+b";
        QTest::newRow("slow at every place") << "(a+)+b|a";
    }
    void boundsPatternsThatBacktrackWithoutEnd() {
        QFETCH(QString, source);
        json content = goodTokenizer();
        content["pre_tokenizer"] = json::parse(pattern(source.toStdString()));
        QTemporaryDir folder;
        write(folder, "tokenizer.json", content.dump());
        const auto tokenizer = loadTokenizer(folder.path().toStdString());
        QElapsedTimer timer;
        timer.start();
        QVERIFY_EXCEPTION_THROWN(tokenizer->encode(std::string(5000, 'a').append("xbc")), Error);
        QVERIFY(timer.elapsed() < 5000);
    }

    void refusesGgufVocabularies_data() {
        QTest::addColumn<int>("index");
        QTest::addColumn<QString>("named");
        const char* const names[] = {"no tokens",       "unknown model", "unknown cut",   "broken merge",
                                     "unknown merge",   "eos outside",   "few types",     "bytes",
                                     "twice",           "few scores",    "unknown type",  "no unknown piece"};
        const char* const named[] = {"tokens", "rwkv", "weird", "merge 0", "\"x\"",  "eos",
                                     "types",  "UTF-8", "\"a\"", "scores",  "type", "SentencePiece"};
        for (int i = 0; i < 12; ++i) QTest::newRow(names[i]) << i << named[i];
    }
    void refusesGgufVocabularies() {
        QFETCH(int, index);
        QFETCH(QString, named);
        GgufVocabulary vocabulary;
        vocabulary.model = "gpt2";
        vocabulary.tokens = {"a", "b", "ab"};
        vocabulary.merges = {"a b"};
        vocabulary.tokenTypes = {1, 1, 1};
        QVERIFY(loadGgufTokenizer(vocabulary, "model.gguf"));
        if (index >= 9) {
            vocabulary.model = "llama";
            vocabulary.scores = {0, 0, 0};
            vocabulary.tokenTypes = {2, 1, 1};
            QVERIFY(loadGgufTokenizer(vocabulary, "model.gguf"));
        }
        switch (index) {
            case 0: vocabulary.tokens.clear(); break;
            case 1: vocabulary.model = "rwkv"; break;
            case 2: vocabulary.pre = "weird"; break;
            case 3: vocabulary.merges = {"ab"}; break;
            case 4: vocabulary.merges = {"a x"}; break;
            case 5: vocabulary.eos = 3; break;
            case 6: vocabulary.tokenTypes = {1}; break;
            case 7: vocabulary.tokens[0] = "\xff"; break;
            case 8: vocabulary.tokens[1] = "a"; break;
            case 9: vocabulary.scores = {0}; break;
            case 10: vocabulary.tokenTypes[1] = 17; break;
            case 11: vocabulary.tokenTypes[0] = 1; break;
        }
        try {
            loadGgufTokenizer(vocabulary, "model.gguf");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(named), error.what());
            QCOMPARE(error.where(), std::string("model.gguf"));
            return;
        }
        QFAIL("was not refused");
    }

  private:
    static void write(const QTemporaryDir& folder, const std::string& name, const std::string& content) {
        std::ofstream(folder.path().toStdString() + '/' + name, std::ios::binary) << content;
    }

    static void refused(const QTemporaryDir& folder, const QString& file, const QString& named) {
        QElapsedTimer timer;
        timer.start();
        try {
            loadTokenizer(folder.path().toStdString());
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(named), error.what());
            const std::string place = folder.path().toStdString() + (file.isEmpty() ? "" : "/" + file.toStdString());
            QCOMPARE(error.where(), place);
            QVERIFY(timer.elapsed() < 1000);
            return;
        }
        QFAIL("was not refused");
    }
};

QTEST_GUILESS_MAIN(MalformedTokenizerTest)
#include "malformed_tokenizer_test.moc"
