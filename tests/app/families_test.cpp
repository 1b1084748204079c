#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "core/files/safetensors.h"
#include "tests/app/program.h"
#include "tests/core/video/bar_code.h"

using namespace fusionscope;

namespace {

const QStringList fixtures = {"idefics3/idefics3-8b-layout", "smolvlm/smolvlm-256m-layout", "smolvlm/smolvlm2-layout",
                              "llava-onevision/ov-0.5b-layout", "llava-onevision/ov-7b-layout"};

QString file(const QString& fixture, const QString& name) { return source("tests/golden/" + fixture + "/" + name); }

QJsonObject expected(const QString& fixture) {
    QFile json(file(fixture, "expected.json"));
    if (!json.open(QIODevice::ReadOnly)) qFatal("missing reference %s", qPrintable(fixture));
    return QJsonDocument::fromJson(json.readAll()).object();
}

QJsonObject caseOf(const QString& fixture, const QString& name) { return expected(fixture)["cases"].toObject()[name].toObject(); }

QString question(const QJsonObject& entry) {
    QString text;
    for (const auto& item : entry["messages"].toArray().last().toObject()["content"].toArray())
        text += item.toObject()["text"].toString();
    return text;
}

/// Pictures that are cut into no tiles, where the reference did so.
QStringList cutting(const QJsonObject& entry) {
    const auto options = entry["image_kwargs"].toObject();
    return options["do_image_splitting"].toBool(true) ? QStringList() : QStringList{"--no-tiles"};
}

}  // namespace

/// The commands on every reference of the families that cut pictures into tiles.
class Families : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    template <class Wanted>
    static void addCases(const Wanted& wanted) {
        QTest::addColumn<QString>("fixture");
        QTest::addColumn<QString>("name");
        for (const auto& fixture : fixtures) {
            const auto cases = expected(fixture)["cases"].toObject();
            for (auto entry = cases.begin(); entry != cases.end(); ++entry)
                if (wanted(entry.value().toObject()))
                    QTest::addRow("%s %s", qPrintable(fixture), qPrintable(entry.key())) << fixture << entry.key();
        }
    }
    static void trace(const QString& fixture, const QString& name, const QStringList& source_) {
        const auto names = fixture.startsWith("llava") ? "llava-onevision" : "idefics3";
        const auto run = runProgram(QStringList{"trace", "--model", file(fixture, "model"), "--dtype", "fp32", "--pillow13", "--case", name,
                                                "--against", file(fixture, "expected.safetensors"), "--names",
                                                source(QStringLiteral("tests/app/names/%1.json").arg(names)), "--json"} +
                                    source_);
        const auto compared = QJsonDocument::fromJson(run.out).object()["compared"].toArray();
        for (const auto& row : compared)
            QVERIFY2(row.toObject()["within"].toBool(), QJsonDocument(row.toObject()).toJson(QJsonDocument::Compact));
        QVERIFY2(run.code == 0 && compared.size() >= 4, run.err);
    }

  private slots:
    void tracesOfPicturesAgree_data() {
        addCases([](const QJsonObject& entry) {
            const auto items = entry["messages"].toArray()[0].toObject()["content"].toArray();
            return entry["images"].toArray().size() == 1 && entry["messages"].toArray().size() == 1 && items[0].toObject()["type"] == "image";
        });
    }
    void tracesOfPicturesAgree() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        const auto entry = caseOf(fixture, name);
        trace(fixture, name, QStringList{"--image", file(fixture, "images/" + entry["images"].toArray()[0].toString()), "--prompt",
                                         question(entry)} + cutting(entry));
    }

    void tracesOfTensorsAgree_data() {
        addCases([](const QJsonObject& entry) { return !entry["images"].toArray().isEmpty() || entry.contains("frames"); });
    }
    void tracesOfTensorsAgree() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        const auto inputs = file(fixture, "inputs.safetensors");
        const auto table = files::readSafetensors(inputs.toStdString()).tensors;
        const auto has = [&](const char* tensor) { return table.contains((name + "." + tensor).toStdString()); };
        if (!has("pixel_values") && !has("pixel_values_videos")) return;  // 8-bit pixels alone are stored
        trace(fixture, name, {"--inputs", inputs});
    }

    void picturesArePreparedAsByTheReference_data() {
        addCases([](const QJsonObject& entry) { return entry["images"].toArray().size() == 1; });
    }
    void picturesArePreparedAsByTheReference() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        const auto entry = caseOf(fixture, name);
        const auto out = m_folder.filePath("pixels.safetensors");
        const auto run = runProgram(QStringList{"preprocess", "--model", file(fixture, "model"), "--pillow13", "--out", out,
                                                file(fixture, "images/" + entry["images"].toArray()[0].toString())} + cutting(entry));
        QVERIFY2(run.code == 0, run.err);
        const auto reference = files::readSafetensors(file(fixture, "inputs.safetensors").toStdString()).tensors;
        const auto made = files::readSafetensors(out.toStdString()).tensors;
        const auto& expectedPixels = reference.at((name + ".pixel_u8").toStdString());  // [1, views, 3, side, side]
        const auto& pixels = made.at("rgb");                                            // [views, side, side, 3]
        QCOMPARE(pixels.shape.at(0), expectedPixels.shape.at(1));
        const auto side = pixels.shape.at(1);
        QCOMPARE(side, expectedPixels.shape.at(3));
        for (int64_t view = 0; view < pixels.shape.at(0); ++view)
            for (int64_t channel = 0; channel < 3; ++channel)
                for (int64_t pixel = 0; pixel < side * side; ++pixel)
                    if (pixels.bytes[static_cast<size_t>((view * side * side + pixel) * 3 + channel)] !=
                        expectedPixels.bytes[static_cast<size_t>(((view * 3) + channel) * side * side + pixel)])
                        QFAIL(qPrintable(QStringLiteral("view %1, channel %2, pixel %3").arg(view).arg(channel).arg(pixel)));
    }

    void conversationsAreWrittenAndReadAsByTheReference_data() {
        addCases([](const QJsonObject&) { return true; });
    }
    void conversationsAreWrittenAndReadAsByTheReference() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        const auto entry = caseOf(fixture, name);
        const auto prompt = entry["prompt"].toString();
        const auto written = runProgram({"template", "--model", file(fixture, "model")}, QJsonDocument(entry["messages"].toArray()).toJson());
        QVERIFY2(written.code == 0, written.err);
        QCOMPARE(QJsonDocument::fromJson(written.out).object()["prompt"].toString(), prompt);
        const bool expands = entry.contains("expanded_prompt");
        const auto read = runProgram({"tokenize", "--model", file(fixture, "model"), "--", expands ? entry["expanded_prompt"].toString() : prompt});
        QVERIFY2(read.code == 0, read.err);
        const auto ids = QJsonDocument::fromJson(read.out).object()["ids"].toArray();
        const auto wanted = entry["input_ids"].toArray();
        if (expands || entry["image_tokens"].toInt() + entry["video_tokens"].toInt() == 0) QCOMPARE(ids, wanted);
        else QVERIFY(ids.size() < wanted.size());  // one token for each picture here, there as many as it has
    }

    void framesAreWrittenWithTheirTimes() {
        const QByteArray messages = R"([{"role": "user", "content": [{"type": "video", "seconds": [0.5, 61], "duration": 70},
                                                                     {"type": "text", "text": "What happens?"}]}])";
        const auto written = runProgram({"template", "--model", file("smolvlm/smolvlm2-layout", "model")}, messages);
        QVERIFY2(written.code == 0, written.err);
        const auto printed = QJsonDocument::fromJson(written.out).object();
        QCOMPARE(printed["images"].toArray().size(), 2);
        const auto prompt = printed["prompt"].toString();
        QVERIFY2(prompt.contains("series of two frames from a 0:01:10 [H:MM:SS] video") && prompt.contains("Frame from 01:01:<image>"),
                 qPrintable(prompt));
        const auto whole = runProgram({"template", "--model", file("llava-onevision/ov-0.5b-layout", "model")}, messages);
        QCOMPARE(QJsonDocument::fromJson(whole.out).object()["videos"].toArray().size(), 1);
    }

    void answersToTwoPicturesAreTheReferences_data() {
        addCases([](const QJsonObject& entry) {
            const auto items = entry["messages"].toArray()[0].toObject()["content"].toArray();
            // The command puts the pictures first.
            return entry["images"].toArray().size() == 2 && entry["messages"].toArray().size() == 1 && items[0].toObject()["type"] == "image" &&
                   items[1].toObject()["type"] == "image";
        });
    }
    void answersToTwoPicturesAreTheReferences() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        const auto entry = caseOf(fixture, name);
        const auto wanted = entry["greedy_ids"].toArray();
        QStringList arguments{"chat", "--model", file(fixture, "model"), "--dtype", "fp32", "--pillow13", "--greedy", "--json",
                              "--max-new-tokens", QString::number(wanted.size())};
        for (const auto& image : entry["images"].toArray()) arguments << "--image" << file(fixture, "images/" + image.toString());
        const auto run = runProgram(arguments + QStringList{question(entry)});
        QVERIFY2(run.code == 0, run.err);
        const auto ids = QJsonDocument::fromJson(run.out).object()["ids"].toArray();
        QVERIFY(!ids.isEmpty());
        for (int i = 0; i < ids.size(); ++i) QCOMPARE(ids[i], wanted[i]);
    }

    void picturesAndVideosAreAnsweredInEveryFamily_data() {
        QTest::addColumn<QString>("fixture");
        for (const auto& fixture : fixtures) QTest::newRow(qPrintable(fixture)) << fixture;
    }
    void picturesAndVideosAreAnsweredInEveryFamily() {
        QFETCH(QString, fixture);
        const auto video = m_folder.filePath("bars.avi");
        if (tests::writeBarVideo(video.toStdString(), "MJPG", 12, 10).empty()) QSKIP("this OpenCV writes no MJPG");
        QStringList arguments{"chat", "--model", file(fixture, "model"), "--greedy", "--json", "--max-new-tokens", "3", "--video", video,
                              "--frames", "4"};
        for (const char* picture : {"case_00.png", "case_03.png"}) arguments << "--image" << source("tests/golden/nano/") + picture;
        const auto run = runProgram(arguments, "What happens?\nAnd then?\n");
        QVERIFY2(run.code == 0, run.err);
        const auto answers = run.out.trimmed().split('\n');
        QCOMPARE(answers.size(), 2);
        const auto timings = [&](int i) { return QJsonDocument::fromJson(answers[i]).object()["timings"].toObject(); };
        QCOMPARE(timings(0)["encoded_pictures"].toInt(), 2 + 4);
        QCOMPARE(timings(1)["encoded_pictures"].toInt(), 0);
        QVERIFY(timings(1)["reused_tokens"].toInt() >= timings(0)["prompt_tokens"].toInt());
    }
};

QTEST_GUILESS_MAIN(Families)
#include "families_test.moc"
