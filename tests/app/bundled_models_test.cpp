#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/program.h"

/// The models that come with the program, as a newcomer meets them.
class BundledModels : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    static QString sample(const char* name) { return source("resources/samples/") + name; }
    static QString smolLm2() {
        const auto cache = qEnvironmentVariable("XDG_CACHE_HOME", QDir::homePath() + "/.cache");
        return cache + "/fusionscope/smollm2-real/smollm2.gguf";
    }
    /// The size of the weights of the model that is opened when none is named.
    static qint64 openedSize(const QByteArray& models, const QByteArray& model = {}) {
        qputenv("FUSIONSCOPE_MODELS", models);
        qputenv("FUSIONSCOPE_MODEL", model);
        const auto run = runProgram({"info", "--json"});
        const auto files = QJsonDocument::fromJson(run.out).object()["files"].toArray();
        for (const auto& file : files)
            if (file.toObject()["name"] == "model.safetensors") return file.toObject()["bytes"].toInteger();
        return -1;
    }

  private slots:
    void init() {
        qunsetenv("FUSIONSCOPE_MODELS");
        qunsetenv("FUSIONSCOPE_MODEL");
    }

    void nanoSaysWhatItDoesNotSee() {
        const auto run = runProgram({"chat", "--dtype", "fp32", "--model", source("models/nano"), "--image", sample("world-sea.png"), "Can you see a vegetable?"});
        QCOMPARE(run.code, 0);
        QVERIFY2(run.out.startsWith("No"), run.out);
    }

    void nanoReads() {
        const auto run = runProgram({"chat", "--dtype", "fp32", "--model", source("models/nano"), "--image", sample("world-sign.png"), "What is written here?"});
        QVERIFY2(run.out.contains("\"Catch Butter ZOO\""), run.out);
    }

    void chatIsCompletedFromWhatIsBundledAndAnswersTheSamples() {
        if (!QFile::exists(smolLm2())) QSKIP("SmolLM2 is not here; installer/smollm2 fetches it");
        const auto model = m_folder.filePath("chat");
        const auto join = runProgram({"train", "--join", smolLm2(), "--model", source("models/nano"), "--adapter",
                                      source("models/chat-adapter/adapter.safetensors"), "--out", model});
        QVERIFY2(join.code == 0, join.err);
        const auto beach = runProgram({"chat", "--dtype", "fp32", "--model", model, "--image", sample("world-beach.png")},
                                      "What place is this?\nHow many sheep are there?\nWhere is the sheep?\n");
        QVERIFY2(beach.code == 0, beach.err);
        QVERIFY2(beach.out.contains("beach") && beach.out.contains("one sheep") && beach.out.contains("bottom right"), beach.out);
        const auto sea = runProgram({"chat", "--dtype", "fp32", "--model", model, "--image", sample("world-sea.png")}, "How many speedboats are there?\nCan you see a vegetable?\n");
        QVERIFY2(sea.out.contains("two speedboats") && sea.out.contains("No"), sea.out);
        const auto sign = runProgram({"chat", "--dtype", "fp32", "--model", model, "--image", sample("world-sign.png"), "What is written here?"});
        QVERIFY2(sign.out.contains("\"Catch Butter ZOO\""), sign.out);
    }

    void chatIsOpenedFirstWhereItIsComplete() {
        const QDir models(m_folder.filePath("models"));
        QVERIFY(QDir().mkpath(models.path() + "/chat"));
        QVERIFY(QFile::link(source("models/nano"), models.filePath("nano")));
        const qint64 nano = QFileInfo(source("models/nano/model.safetensors")).size();
        QCOMPARE(openedSize(models.path().toUtf8()), nano);
        for (const char* file : {"config.json", "preprocessor_config.json", "tokenizer.json"})
            QVERIFY(QFile::copy(source("models/nano/") + file, models.filePath("chat/") + file));
        QCOMPARE(openedSize(models.path().toUtf8()), nano);
        QFile weights(models.filePath("chat/model.safetensors"));
        QVERIFY(weights.open(QIODevice::WriteOnly));
        weights.write(QByteArray("\2\0\0\0\0\0\0\0{}", 10));
        weights.close();
        QCOMPARE(openedSize(models.path().toUtf8()), 10);
        QCOMPARE(openedSize(models.path().toUtf8(), source("models/nano").toUtf8()), nano);
    }
};

QTEST_GUILESS_MAIN(BundledModels)
#include "bundled_models_test.moc"
