#include "core/models/registry.h"

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/files/error.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;

class RegistryTest : public QObject {
    Q_OBJECT

  private slots:
    void knowsWhatEachFolderHolds_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("family");
        QTest::newRow("florence-vl 3B") << "florence-vl/phi3-tiny-a/model" << "florence-vl";
        QTest::newRow("florence-vl 8B") << "florence-vl/llama3-tiny-a/model" << "florence-vl";
        QTest::newRow("idefics3") << "idefics3/idefics3-8b-layout/model" << "idefics3";
        QTest::newRow("smolvlm") << "smolvlm/smolvlm-256m-layout/model" << "idefics3";
        QTest::newRow("smolvlm2") << "smolvlm/smolvlm2-layout/model" << "idefics3";
        QTest::newRow("llava-onevision") << "llava-onevision/ov-7b-layout/model" << "llava-onevision";
        QTest::newRow("llava-onevision, newer") << "llava-onevision/ov-0.5b-layout/model-newlayout" << "llava-onevision";
        QTest::newRow("llava-onevision, original") << "llava-onevision/ov-0.5b-layout/model-lmms" << "llava-onevision";
        QTest::newRow("original") << "florence2/tiny-a/model" << "florence-2";
        QTest::newRow("native") << "florence2/tiny-a/model-native" << "florence-2";
        QTest::newRow("llama") << "llama/llama3-tied-headdim/model" << "llama";
    }
    void knowsWhatEachFolderHolds() {
        QFETCH(QString, folder);
        QFETCH(QString, family);
        const auto opened = files::ModelFolder::open(golden::path(folder.toStdString()));
        QCOMPARE(QString::fromStdString(models::familyOf(opened)), family);
        const auto loaded = models::loadModel(opened, {});
        QCOMPARE(QString::fromStdString(loaded.family), family);
        QCOMPARE(loaded.visionLanguage() != nullptr, models::takesPictures(opened) && family != "florence-2");
        QCOMPARE(loaded.florence2() != nullptr, family == "florence-2");
        QCOMPARE(loaded.decoder() != nullptr, family != "florence-2");
    }

    void namesTheNearestFamilyOfAnUnknownOne_data() {
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<QString>("found");
        QTest::addColumn<QString>("nearest");
        QTest::newRow("phi") << QByteArray(R"({"model_type": "phi4"})") << "phi4" << "phi-3";
        QTest::newRow("qwen") << QByteArray(R"({"model_type": "qwen3"})") << "qwen3" << "qwen2";
        QTest::newRow("llava") << QByteArray(R"({"model_type": "llava_mistral"})") << "llava_mistral" << "florence-vl";
        QTest::newRow("idefics") << QByteArray(R"({"model_type": "idefics2"})") << "idefics2" << "idefics3";
        QTest::newRow("architecture") << QByteArray(R"({"architectures": ["Florence3ForConditionalGeneration"]})")
                                      << "Florence3" << "florence-2";
        QTest::newRow("nothing") << QByteArray("{}") << "no model_type" << "florence-vl";
    }
    void namesTheNearestFamilyOfAnUnknownOne() {
        QFETCH(QByteArray, config);
        QFETCH(QString, found);
        QFETCH(QString, nearest);
        const QTemporaryDir directory;
        std::ofstream(directory.filePath("config.json").toStdString()) << config.toStdString();
        try {
            models::familyOf(files::ModelFolder::open(directory.path().toStdString()));
            QFAIL("was accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(found), error.what());
            QVERIFY2(QString(error.what()).contains("nearest one is " + nearest), error.what());
        }
    }

    void refusesConfigurationsThatAreNone_data() {
        QTest::addColumn<QByteArray>("config");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("number type") << QByteArray(R"({"model_type": 5})");
        QTest::newRow("architectures are numbers") << QByteArray(R"({"architectures": [1]})");
        QTest::newRow("empty") << QByteArray("");
    }
    void refusesConfigurationsThatAreNone() {
        QFETCH(QByteArray, config);
        const QTemporaryDir directory;
        std::ofstream(directory.filePath("config.json").toStdString()) << config.toStdString();
        QVERIFY_THROWS_EXCEPTION(Error, models::familyOf(files::ModelFolder::open(directory.path().toStdString())));
    }

    void florenceVlNeedsItsTower() {
        const auto source = files::ModelFolder::open(golden::path("llama/llama3-tied-headdim/model"));
        const QTemporaryDir directory;
        const std::filesystem::path target = directory.path().toStdString();
        for (const auto& file : source.files()) std::filesystem::copy(source.file(file), target / file);
        auto config = source.json("config.json");
        config["model_type"] = "llava_llama";
        std::ofstream(target / "config.json") << config;
        QVERIFY_THROWS_EXCEPTION(Error, models::loadModel(files::ModelFolder::open(target), {}));
    }
};

QTEST_GUILESS_MAIN(RegistryTest)
#include "registry_test.moc"
