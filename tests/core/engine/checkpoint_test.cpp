#include <QtTest>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/engine/folder_report.h"
#include "core/engine/hash.h"
#include "core/engine/hash_memory.h"
#include "core/engine/memory.h"
#include "core/models/stored_options.h"
#include "core/files/error.h"
#include "core/files/model_folder.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

const std::filesystem::path root = FUSIONSCOPE_SOURCE_DIR;

}  // namespace

/// What the engine knows of a checkpoint without loading it: sizes, memory, hashes, stored options.
class Checkpoint : public QObject {
    Q_OBJECT

  private slots:
    void hashesAsTheStandardSays() {
        const std::string text = "abc";
        QCOMPARE(sha256(std::as_bytes(std::span(text))),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        Sha256 piecewise;
        for (const char c : text) piecewise.add(std::as_bytes(std::span(&c, 1)));
        QCOMPARE(piecewise.finish(), sha256(std::as_bytes(std::span(text))));
    }

    void countsSharedTablesOnce() {
        // The same weights, stored with four copies of one table in fp32 and with one copy in fp16.
        const auto four = files::ModelFolder::open(root / "tests/golden/florence2/tiny-a/model");
        const auto one = files::ModelFolder::open(root / "tests/golden/florence2/tiny-a/model-fp16-sharded");
        const auto parameters = sketchCheckpoint(one).parameters;
        QCOMPARE(sketchCheckpoint(four).parameters, parameters);
        QVERIFY(parameters * 2 <= static_cast<int64_t>(one.weightBytes()));
        QVERIFY(parameters * 2 > static_cast<int64_t>(one.weightBytes()) * 9 / 10);
    }

    void memoryFollowsFromTheFile() {
        const auto folder = files::ModelFolder::open(root / "models/nano");
        const auto sketch = sketchCheckpoint(folder);
        const auto bf16 = sketch.estimate(Precision::Bf16, 2, 32);
        // The file is bf16; what is held of it lacks the tower's decoder and one copy of a table.
        QVERIFY(bf16.weights < static_cast<int64_t>(folder.weightBytes()));
        QVERIFY(bf16.weights > static_cast<int64_t>(folder.weightBytes()) * 8 / 10);
        QCOMPARE(sketch.estimate(Precision::Fp32, 4, 32).weights, 2 * bf16.weights);
        QVERIFY(sketch.matrixValues > 0);
        const auto int8 = sketch.estimate(Precision::Int8, 2, 32), int4 = sketch.estimate(Precision::Int4, 2, 32);
        QVERIFY(int8.weights < bf16.weights && int4.weights < int8.weights);
        QVERIFY(bf16.cache > 0 && bf16.activations > 0);
        QCOMPARE(sketch.estimate(Precision::Fp32, 4, 32).cache, 2 * bf16.cache);
        QCOMPARE(sketch.estimate(Precision::Int4, 4, 32).cache, bf16.cache);
    }

    void machineHasMemory() {
        const auto free = availableMemory();
        QVERIFY(free && *free > 0);
    }

    void writesBytesForPeople() {
        QCOMPARE(bytesText(17), std::string("17 bytes"));
        QCOMPARE(bytesText(1500), std::string("1.5 kB"));
        QCOMPARE(bytesText(812'000'000), std::string("812 MB"));
        QCOMPARE(bytesText(999'600), std::string("1.0 MB"));
    }

    void hashOfACheckpointIgnoresNotes() {
        using Hashes = std::vector<std::pair<std::string, std::string>>;
        const Hashes plain = {{"config.json", "1"}, {"model.safetensors", "2"}};
        const Hashes noted = {{"README.md", "3"}, {"config.json", "1"}, {"fusionscope.json", "4"}, {"model.safetensors", "2"}};
        const Hashes other = {{"config.json", "1"}, {"model.safetensors", "5"}};
        QCOMPARE(checkpointHash(plain), checkpointHash(noted));
        QVERIFY(checkpointHash(plain) != checkpointHash(other));
    }

    void hashesAreRememberedUntilTheFileChanges() {
        const QTemporaryDir scratch;
        const std::filesystem::path folder = scratch.path().toStdString(), file = folder / "model.safetensors";
        const auto write = [&](const char* text, int secondsAgo) {
            std::ofstream(file) << text;
            std::filesystem::last_write_time(
                file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(secondsAgo));
        };
        write("one", 60);
        const auto cache = folder / "cache";
        HashMemory(cache).add(file, "known");
        QCOMPARE(HashMemory(cache).find(file).value_or(""), std::string("known"));
        {
            HashMemory memory(cache);
            QCOMPARE(hashFiles(file, {}, &memory).front().second, std::string("known"));
            QVERIFY(hashFiles(file).front().second != "known");
        }
        write("two", 30);
        QVERIFY(!HashMemory(cache).find(file));
        HashMemory(cache).add(file, "changed");
        QCOMPARE(HashMemory(cache).find(file).value_or(""), std::string("changed"));
        write("2", 0);
        HashMemory(cache).add(file, "may change again unseen");
        QVERIFY(!HashMemory(cache).find(file));
        std::ofstream(cache / "hashes.json") << "{";
        QVERIFY(!HashMemory(cache).find(file));
    }

    void storedOptionsComeBack() {
        const QTemporaryDir scratch;
        const std::filesystem::path folder = scratch.path().toStdString();
        std::ofstream(folder / models::storedOptionsFile) << R"({"note": "kept"})";
        models::EncodeOptions options;
        options.fusion.pooledToken = fusion::PooledToken::CutBeforeEncoder;
        options.fusion.maskPromptPadding = true;
        options.fusion.order = {fusion::Block::V, fusion::Block::Ocr, fusion::Block::Caption, fusion::Block::Grounding};
        models::storeEncodeOptions(folder, options);
        QVERIFY(models::storedEncodeOptions(files::ModelFolder::open(folder), {}).fusion == options.fusion);
        QCOMPARE(nlohmann::json::parse(std::ifstream(folder / models::storedOptionsFile)).value("note", ""), std::string("kept"));
    }

    void refusesStoredOptionsThatAreNone_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("unknown rule") << QByteArray(R"({"encoding": {"pooled_token": "melted"}})");
        QTest::newRow("block twice") << QByteArray(R"({"encoding": {"block_order": ["V", "V"]}})");
        QTest::newRow("number for a flag") << QByteArray(R"({"encoding": {"mask_prompt_padding": 3}})");
        QTest::newRow("a list") << QByteArray("[]");
    }
    void refusesStoredOptionsThatAreNone() {
        QFETCH(QByteArray, text);
        const QTemporaryDir scratch;
        const std::filesystem::path folder = scratch.path().toStdString();
        std::ofstream(folder / models::storedOptionsFile) << text.toStdString();
        QVERIFY_EXCEPTION_THROWN(models::storedEncodeOptions(files::ModelFolder::open(folder), {}), Error);
    }

    void listsEveryMissingTensorAtOnce() {
        const QTemporaryDir scratch;
        const std::filesystem::path folder = std::filesystem::path(scratch.path().toStdString()) / "model";
        const auto original = root / "tests/golden/florence-vl/llama3-tiny-a";
        std::filesystem::copy(original / "model", folder, std::filesystem::copy_options::recursive);
        std::filesystem::copy(original / "vision_tower", folder.parent_path() / "vision_tower",
                              std::filesystem::copy_options::recursive);
        auto config = nlohmann::json::parse(std::ifstream(folder / "config.json"));
        config["num_hidden_layers"] = 5;  // two more than the weights have
        std::ofstream(folder / "config.json") << config.dump();
        const auto report = inspectFolder(folder, false);
        QVERIFY(!report.loadable);
        const auto names = [&](const std::string& part) {
            return std::ranges::count_if(report.findings, [&](const Finding& finding) {
                return finding.weight == Finding::Weight::Refusal && finding.text.find(part) != std::string::npos;
            });
        };
        QCOMPARE(names("layers.3."), 9);
        QVERIFY(names("layers.4.") > 0);
    }
};

QTEST_GUILESS_MAIN(Checkpoint)
#include "checkpoint_test.moc"
