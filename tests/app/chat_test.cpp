#include <signal.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "core/engine/model.h"
#include "tests/app/program.h"

using namespace fusionscope;

namespace {

std::vector<int64_t> numbers(const QJsonValue& list) {
    std::vector<int64_t> values;
    for (const auto& value : list.toArray()) values.push_back(value.toInteger());
    return values;
}

QJsonObject object(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

}  // namespace

/// The chat command with the bundled model.
class Chat : public QObject {
    Q_OBJECT

    std::unique_ptr<engine::Model> m_model;

    static QString picture(int number) {
        return source(QStringLiteral("tests/golden/nano/case_%1.png").arg(number, 2, 10, QLatin1Char('0')));
    }

    engine::Answer answerOf(const std::vector<std::string>& pictures, const std::string& question,
                            engine::GenerationOptions options) {
        engine::ChatRequest request;
        text::Message message;
        for (const auto& file : pictures) {
            request.pictures.push_back(engine::PictureHandle::read(file));
            message.content.push_back(text::ContentItem::image());
        }
        message.content.push_back(text::ContentItem::ofText(question));
        request.messages = {message};
        request.generation = std::move(options);
        request.encoding = m_model->encodeOptions();
        m_model->forget();
        return m_model->chat(request);
    }

  private slots:
    void initTestCase() {
        engine::LoadOptions options;
        options.precision = engine::Precision::Fp32;
        options.threads = 1;
        m_model = engine::Model::load(source("models/nano").toStdString(), options);
    }

    void givesTheEnginesIds_data() {
        QTest::addColumn<QList<int>>("pictures");
        QTest::addColumn<QString>("question");
        QTest::addColumn<QStringList>("options");
        QTest::newRow("background") << QList<int>{0} << "What is in the background?" << QStringList{};
        QTest::newRow("count") << QList<int>{1} << "How many things are there?" << QStringList{};
        QTest::newRow("describe") << QList<int>{2} << "Describe the image in detail." << QStringList{};
        QTest::newRow("yes or no") << QList<int>{3} << "Is there a cat?" << QStringList{};
        QTest::newRow("text") << QList<int>{4} << "What does the text say?" << QStringList{};
        QTest::newRow("no picture") << QList<int>{} << "Hello!" << QStringList{};
        QTest::newRow("two pictures") << QList<int>{5, 6} << "Compare the pictures." << QStringList{};
        QTest::newRow("sampled") << QList<int>{7} << "What do you see?" << QStringList{"--temperature", "1.5", "--seed", "7"};
        QTest::newRow("unicode") << QList<int>{8} << QString::fromUtf8("Что это? 猫 🐈") << QStringList{};
        QTest::newRow("look-alike of a special token") << QList<int>{9} << "<|im_end|> What is this?" << QStringList{};
    }
    void givesTheEnginesIds() {
        QFETCH(QList<int>, pictures);
        QFETCH(QString, question);
        QFETCH(QStringList, options);
        engine::GenerationOptions generation;
        generation.maxNewTokens = 24;
        if (!options.isEmpty()) {
            generation.greedy = false;
            generation.temperature = 1.5;
            generation.seed = 7;
        }
        std::vector<std::string> files;
        QStringList arguments = {"chat", "--dtype", "fp32", "--json", "--max-new-tokens", "24"};
        arguments += options;
        for (const int number : pictures) {
            files.push_back(picture(number).toStdString());
            arguments << "--image" << picture(number);
        }
        const auto expected = answerOf(files, question.toStdString(), generation);
        const auto run = runProgram(arguments << question);
        QVERIFY2(run.code == 0, run.err);
        const auto answer = object(run.out);
        QCOMPARE(numbers(answer["prompt_ids"]), expected.promptIds);
        std::vector<int64_t> ids;
        for (const auto& token : expected.tokens) ids.push_back(token.id);
        QVERIFY(!ids.empty());
        QCOMPARE(numbers(answer["ids"]), ids);
        QCOMPARE(answer["text"].toString().toStdString(), expected.text);
    }

    void jsonHasTheStatedFields() {
        const auto run = runProgram({"chat", "--json", "--alternatives", "3", "--image", picture(0), "What is this?"});
        QVERIFY2(run.code == 0, run.err);
        QCOMPARE(run.out.count('\n'), 1);
        const auto answer = object(run.out);
        for (const char* key : {"text", "prompt_ids", "ids", "log_probabilities", "tokens", "stop_reason", "timings"})
            QVERIFY2(answer.contains(key), key);
        const auto tokens = answer["tokens"].toArray();
        QCOMPARE(answer["log_probabilities"].toArray().size(), tokens.size());
        for (const auto& value : tokens) {
            const auto alternatives = value.toObject()["alternatives"].toArray();
            QCOMPARE(alternatives.size(), 3);
            QVERIFY(value.toObject()["log_probability"].toDouble() <= 0);
            QVERIFY(alternatives[0].toObject()["log_probability"].toDouble() >=
                    alternatives[1].toObject()["log_probability"].toDouble());
        }
        QCOMPARE(answer["timings"].toObject()["encoded_pictures"].toInt(), 1);
        QVERIFY(run.err.isEmpty());  // no progress when standard error is no terminal
    }

    void streamsPlainText() {
        const auto json = runProgram({"chat", "--dtype", "fp32", "--json", "--image", picture(0), "What is in the background?"});
        const auto plain = runProgram({"chat", "--dtype", "fp32", "--image", picture(0), "What is in the background?"});
        QCOMPARE(plain.code, 0);
        QCOMPARE(plain.out, object(json.out)["text"].toString().toUtf8() + "\n");
    }

    void secondQuestionAboutAPictureReusesIt() {
        const auto run = runProgram({"chat", "--json", "--image", picture(0)}, "What is this?\nHow many are there?\n");
        QVERIFY2(run.code == 0, run.err);
        const auto lines = run.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 2);
        const auto timings = object(lines[1])["timings"].toObject();
        QCOMPARE(timings["encoded_pictures"].toInt(), 0);
        QCOMPARE(timings["reused_pictures"].toInt(), 1);
        const auto first = object(lines[0]);
        const auto seen = first["timings"].toObject()["prompt_tokens"].toInt() + first["ids"].toArray().size() - 1;
        QVERIFY(timings["reused_tokens"].toInt() >= seen);
    }

    void followsSlashCommands() {
        const auto script = "/image " + picture(1).toUtf8() + "\nWhat is this?\n/probabilities\n/clear\nHello!\n/quit\nnever asked\n";
        const auto run = runProgram({"chat", "--alternatives", "2"}, script);
        QVERIFY2(run.code == 0, run.err);
        QVERIFY2(run.out.contains(" 0.") || run.out.contains(" 1."), run.out);  // probabilities
        const auto bad = runProgram({"chat"}, "/dance\n");
        QCOMPARE(bad.code, 1);
        QVERIFY2(bad.err.contains("/dance"), bad.err);
    }

    void promptLookupChangesTheWorkAndNotTheAnswer() {
        const QByteArray questions = "Describe the image in detail.\nDescribe the image in detail.\n";
        QMap<QString, QList<QByteArray>> lines;
        for (const QString lookup : {"off", "auto", "on"}) {
            const auto run = runProgram({"chat", "--dtype", "fp32", "--json", "--lookup", lookup, "--image", picture(0)}, questions);
            QVERIFY2(run.code == 0, run.err);
            lines[lookup] = run.out.trimmed().split('\n');
            QCOMPARE(lines[lookup].size(), 2);
        }
        const auto counted = [&](const QString& lookup, const char* what) { return object(lines[lookup][1])["timings"].toObject()[what].toInt(); };
        for (const QString lookup : {"auto", "on"}) {
            for (int i = 0; i < 2; ++i) QCOMPARE(numbers(object(lines[lookup][i])["ids"]), numbers(object(lines["off"][i])["ids"]));
            QVERIFY(counted(lookup, "proposed_tokens") >= counted(lookup, "accepted_tokens"));
        }
        QVERIFY(counted("on", "accepted_tokens") > 0);
        QCOMPARE(counted("off", "proposed_tokens"), 0);
    }

    void readsTheQuestionFromStandardInput() {
        const auto piped = runProgram({"chat", "--dtype", "fp32", "-"}, "Hello!");
        const auto given = runProgram({"chat", "--dtype", "fp32", "Hello!"});
        QCOMPARE(piped.out, given.out);
        QCOMPARE(piped.code, 0);
    }

    void sameSeedGivesTheSameAnswer() {
        const QStringList arguments = {"chat", "--temperature", "2", "--seed", "3", "--max-new-tokens", "16", "Hello!"};
        QCOMPARE(runProgram(arguments).out, runProgram(arguments).out);
    }

    void interruptKeepsWhatCame() {
        QProcess process;
        process.start(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli",
                      {"chat", "--threads=1", "--temperature", "60", "--max-new-tokens", "900", "--image", picture(0), "Tell me a long story."});
        QVERIFY(process.waitForStarted());
        QVERIFY(process.waitForReadyRead(60000));  // the answer has begun
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(5000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 3);
        QCOMPARE(process.readAllStandardError(), QByteArray("Stopped.\n"));
    }

    void interruptEndsAnIdleConversation() {
        QProcess process;
        process.start(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli", {"chat", "--threads=1", "--json"});
        QVERIFY(process.waitForStarted());
        process.write("Hello!\n");
        QByteArray answer;
        while (!answer.endsWith('\n') && process.waitForReadyRead(60000)) answer += process.readAllStandardOutput();
        QVERIFY(answer.endsWith('\n'));
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(5000));
        QCOMPARE(process.exitCode(), 3);
    }
};

QTEST_GUILESS_MAIN(Chat)
#include "chat_test.moc"
