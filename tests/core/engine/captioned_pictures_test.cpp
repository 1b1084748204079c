#include <QtTest>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/engine/captioned_pictures.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

using Files = QMap<QString, QByteArray>;

void write(const QString& folder, const Files& files) {
    for (auto file = files.begin(); file != files.end(); ++file) {
        const auto path = folder + "/" + file.key();
        QDir().mkpath(QFileInfo(path).path());
        QFile out(path);
        if (out.open(QIODevice::WriteOnly)) out.write(file.value());
    }
}

}  // namespace

/// A folder of captioned pictures in its three forms, and what is refused of it.
class CaptionedPictures : public QObject {
    Q_OBJECT

  private slots:
    void readsEveryForm_data() {
        QTest::addColumn<Files>("files");
        QTest::newRow("lines") << Files{{"a.png", ""}, {"sub/b.jpg", ""},
                                        {"captions.jsonl", "{\"image\": \"a.png\", \"caption\": \" A cat. \"}\n\n"
                                                           "{\"image\": \"sub/b.jpg\", \"caption\": \"Zwei V\\u00f6gel\"}\r\n"}};
        QTest::newRow("exported world") << Files{{"a.png", ""}, {"sub/b.jpg", ""},
                                                 {"pictures.jsonl", "{\"file\": \"a.png\", \"caption\": \"A cat.\", \"seed\": 3}\n"
                                                                    "{\"file\": \"sub/b.jpg\", \"caption\": \"Zwei V\\u00f6gel\", \"width\": 9}\n"}};
        QTest::newRow("text beside") << Files{{"a.png", ""}, {"a.txt", "A cat.\n"}, {"b.JPG", ""}, {"b.txt", "Zwei V\xC3\xB6gel"},
                                              {"c.png", ""}, {"note.txt", "no picture"}};
        QTest::newRow("COCO") << Files{
            {"a.png", ""}, {"b.jpg", ""}, {"c.jpg", ""},
            {"captions.json", R"({"info": {}, "images": [{"id": 7, "file_name": "a.png"}, {"id": 9, "file_name": "b.jpg"},
              {"id": 11, "file_name": "c.jpg"}], "annotations": [{"id": 1, "image_id": 7, "caption": "A cat."},
              {"id": 2, "image_id": 9, "caption": "Zwei V\u00f6gel"}, {"id": 3, "image_id": 7, "caption": "Another."}]})"}};
    }
    void readsEveryForm() {
        QFETCH(Files, files);
        const QTemporaryDir folder;
        write(folder.path(), files);
        const auto pictures = readCaptionedPictures(folder.path().toStdString());
        QCOMPARE(pictures.size(), size_t{2});
        QCOMPARE(pictures[0].caption, std::string("A cat."));
        QCOMPARE(pictures[0].picture.filename().string(), std::string("a.png"));
        QCOMPARE(pictures[1].caption, std::string("Zwei V\xC3\xB6gel"));
        QVERIFY(std::filesystem::exists(pictures[1].picture));
    }

    void theSamplesAreWhole() {
        const auto pictures = readCaptionedPictures(FUSIONSCOPE_SOURCE_DIR "/resources/pairs");
        QVERIFY(pictures.size() >= 64);
        std::set<std::string> captions;
        uintmax_t bytes = 0;
        for (const auto& pair : pictures) {
            captions.insert(pair.caption);
            bytes += std::filesystem::file_size(pair.picture);
        }
        QCOMPARE(captions.size(), pictures.size());  // an equal caption would be a wrong answer that is right
        QVERIFY(bytes < 3'000'000);
    }

    void refusesWhatIsWrong_data() {
        QTest::addColumn<Files>("files");
        QTest::addColumn<QByteArray>("says");
        const auto line = [](const char* name, const QByteArray& text, const char* says) {
            QTest::newRow(name) << Files{{"a.png", ""}, {"captions.jsonl", "{\"image\": \"a.png\", \"caption\": \"x\"}\n" + text}}
                                << QByteArray(says);
        };
        line("no JSON", "a.png: a cat", "line 2");
        line("a list", "[1]", "line 2");
        line("no caption", R"({"image": "a.png"})", "caption");
        line("empty caption", R"({"image": "a.png", "caption": "  "})", "line 2: the caption is empty");
        line("caption is a number", R"({"image": "a.png", "caption": 3})", "caption");
        line("no such picture", R"({"image": "b.png", "caption": "x"})", "b.png");
        line("above the folder", R"({"image": "../a.png", "caption": "x"})", "below the folder");
        line("above by a detour", R"({"image": "x/../../a.png", "caption": "x"})", "below the folder");
        line("absolute", R"({"image": "/etc/passwd", "caption": "x"})", "below the folder");
        line("the folder itself", R"({"image": ".", "caption": "x"})", "not there");
        line("no name", R"({"image": "", "caption": "x"})", "below the folder");
        line("a name with a zero byte", R"({"image": "a\u0000.png", "caption": "x"})", "line 2");
        line("a very long name", "{\"image\": \"" + QByteArray(5000, 'a') + "\", \"caption\": \"x\"}", "line 2");
        line("a very long caption", "{\"image\": \"a.png\", \"caption\": \"" + QByteArray(70'000, 'a') + "\"}", "70000 bytes");
        line("bytes", QByteArray("{\"image\": \"a.png\", \"caption\": \"\xFF\xFE\"}"), "line 2");
        line("deep", QByteArray(100'000, '['), "line 2");
        QTest::newRow("nothing") << Files{{"a.png", ""}} << QByteArray("no captioned pictures");
        QTest::newRow("no lines") << Files{{"captions.jsonl", "\n \n"}} << QByteArray("no captioned pictures");
        QTest::newRow("text is no UTF-8") << Files{{"a.png", ""}, {"a.txt", "caf\xE9"}} << QByteArray("UTF-8");
        QTest::newRow("text is empty") << Files{{"a.png", ""}, {"a.txt", ""}} << QByteArray("empty");
        QTest::newRow("COCO without captions")
            << Files{{"a.png", ""}, {"i.json", R"({"images": [], "annotations": [{"image_id": 1, "bbox": []}]})"}} << QByteArray("annotations[0]");
        QTest::newRow("COCO above the folder")
            << Files{{"i.json", R"({"images": [{"id": 1, "file_name": "../a.png"}], "annotations": [{"image_id": 1, "caption": "x"}]})"}}
            << QByteArray("images[0]");
        QTest::newRow("broken JSON") << Files{{"a.png", ""}, {"a.txt", "x"}, {"b.json", "{"}} << QByteArray("b.json");
    }
    void refusesWhatIsWrong() {
        QFETCH(Files, files);
        QFETCH(QByteArray, says);
        const QTemporaryDir folder;
        write(folder.path(), files);
        try {
            readCaptionedPictures(folder.path().toStdString());
            QFAIL("was read");
        } catch (const Error& error) {
            QVERIFY2(QByteArray(error.what()).contains(says), error.what());
        }
    }

    void refusesWhatIsNoFolder() {
        QVERIFY_EXCEPTION_THROWN(readCaptionedPictures("/no/such/folder"), Error);
        QVERIFY_EXCEPTION_THROWN(readCaptionedPictures(FUSIONSCOPE_SOURCE_DIR "/LICENSE"), Error);
    }
};

QTEST_GUILESS_MAIN(CaptionedPictures)
#include "captioned_pictures_test.moc"
