#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <set>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/train/album.h"
#include "core/world/world_export.h"

using namespace fusionscope;
using namespace fusionscope::train;

namespace {

namespace fs = std::filesystem;

const world::Materials& materials() {
    static const auto loaded = world::Materials::load(FUSIONSCOPE_SOURCE_DIR "/resources/world");
    return loaded;
}

const image::Processor& processor() {
    static const auto made = [] {
        const auto folder = files::ModelFolder::open(FUSIONSCOPE_SOURCE_DIR "/models/nano");
        return image::makeProcessor("llava_llama", folder.json("preprocessor_config.json"), folder.json("config.json"), "test");
    }();
    return *made;
}

}  // namespace

/// Pictures of a person's own, and painted ones.
class Albums : public QObject {
    Q_OBJECT

    /// A folder with three small pictures and a list.
    static void fill(const QTemporaryDir& folder, const QByteArray& list, const char* name = "list.jsonl") {
        for (int i = 0; i < 3; ++i) {
            QImage picture(40 + 10 * i, 30, QImage::Format_RGB32);
            picture.fill(QColor::fromHsv(100 * i, 200, 200));
            picture.save(folder.filePath(QStringLiteral("%1.png").arg(i)));
        }
        QFile file(folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(list);
    }
    static FolderAlbum open(const QTemporaryDir& folder) { return FolderAlbum(folder.path().toStdString(), processor(), 1, {}); }

  private slots:
    void readsLlavasList() {
        QTemporaryDir folder;
        fill(folder, R"([{"id": "a", "image": "0.png", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"},
            {"from": "gpt", "value": "A wall."}, {"from": "human", "value": "Which colour?"}, {"from": "gpt", "value": "Red."}]}])",
             "list.json");
        const auto shown = open(folder).show(0);
        QCOMPARE(shown.pixels.size(), std::size_t{256 * 256 * 3});
        const auto exchanges = shown.subject->exchanges(4);
        QCOMPARE(exchanges.size(), 2);
        QCOMPARE(exchanges[0].question, std::string("What is it?"));
        QCOMPARE(exchanges[1].answer, std::string("Red."));
        QVERIFY(!shown.subject->cells(8));
    }

    void asksForCaptionsInManyWays() {
        QTemporaryDir folder;
        fill(folder, "{\"image\": \"0.png\", \"caption\": \"A red wall.\"}\n\n");
        std::set<std::string> questions;
        for (uint64_t seed = 0; seed < 50; ++seed) {
            const auto exchanges = open(folder).show(seed).subject->exchanges(seed);
            QCOMPARE(exchanges.size(), 1);
            QCOMPARE(exchanges[0].answer, std::string("A red wall."));
            questions.insert(exchanges[0].question);
        }
        QVERIFY(questions.size() > 15);
        for (const auto& question : questions) QVERIFY2(question.find_first_of("{(|") == std::string::npos, question.c_str());
    }

    void showsEveryPictureOnceARound() {
        QTemporaryDir folder;
        fill(folder, "{\"image\": \"0.png\", \"caption\": \"0\"}\n{\"image\": \"1.png\", \"caption\": \"1\"}\n{\"image\": \"2.png\", \"caption\": \"2\"}\n");
        const auto album = open(folder);
        QCOMPARE(album.count(), 3);
        for (uint64_t round = 0; round < 5; ++round) {
            std::set<std::string> seen;
            for (uint64_t i = 0; i < 3; ++i) seen.insert(album.show(3 * round + i).subject->exchanges(0)[0].answer);
            QCOMPARE(seen.size(), 3);
        }
    }

    void aDamagedPictureIsPassedOver() {
        QTemporaryDir folder;
        fill(folder, "{\"image\": \"0.png\", \"caption\": \"0\"}\n{\"image\": \"1.png\", \"caption\": \"1\"}\n");
        QFile::remove(folder.filePath("0.png"));
        QFile broken(folder.filePath("0.png"));
        QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("no picture") > 0);
        broken.close();
        const auto album = open(folder);
        for (uint64_t i = 0; i < 4; ++i) QCOMPARE(album.show(i).subject->exchanges(0)[0].answer, std::string("1"));
        QFile::remove(folder.filePath("1.png"));
        QVERIFY_THROWS_EXCEPTION(Error, album.show(0));
    }

    void readsWhatTheWorldExports() {
        QTemporaryDir folder;
        const fs::path target = fs::path(folder.path().toStdString()) / "world";
        world::exportPictures(materials(), {world::Split::Train, 5, 6, {}}, target, [](int) {});
        const FolderAlbum album(target, processor(), 1, {});
        QCOMPARE(album.count(), 6);
        for (uint64_t i = 0; i < 6; ++i) QVERIFY(!album.show(i).subject->exchanges(i).empty());
    }

    void mixesInTheShareThatWasAskedFor() {
        struct Plain : Subject {
            explicit Plain(std::string name) : text(std::move(name)) {}
            std::vector<Exchange> exchanges(uint64_t) const override { return {{"", text}}; }
            std::optional<CellLabels> cells(int64_t) const override { return std::nullopt; }
            std::string text;
        };
        struct Named : Album {
            explicit Named(std::string name) : text(std::move(name)) {}
            Shown show(uint64_t index) const override { return {std::make_shared<Plain>(text + std::to_string(index)), {}}; }
            std::string text;
        };
        const MixedAlbum mixed(std::make_unique<Named>("a"), std::make_unique<Named>("b"), 0.25);
        QStringList order;
        for (uint64_t i = 0; i < 8; ++i) order << QString::fromStdString(mixed.show(i).subject->exchanges(0)[0].answer);
        QCOMPARE(order.join(' '), QStringLiteral("a0 a1 a2 b0 a3 a4 a5 b1"));
    }

    void paintedPicturesAreTheSameEachTime() {
        const PaintedAlbum album(materials(), processor(), world::Split::Train, 3, {}, {});
        const auto first = album.show(11), again = album.show(11);
        QVERIFY(first.pixels == again.pixels);
        QVERIFY(first.subject->cells(8)->nouns == again.subject->cells(8)->nouns);
        const auto exchanges = first.subject->exchanges(2), same = again.subject->exchanges(2);
        QVERIFY(exchanges.size() >= 5);
        QCOMPARE(exchanges.size(), same.size());
        for (std::size_t i = 0; i < same.size(); ++i) QCOMPARE(exchanges[i].question, same[i].question);
    }

    void wrongListsAreRefused_data() {
        QTest::addColumn<QByteArray>("list");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("nothing") << QByteArray("\n") << QByteArray(".jsonl");
        QTest::newRow("no JSON") << QByteArray("{\"image\": \"0.png\", \"caption\": \"a\"}\nhello") << QByteArray("line 2");
        QTest::newRow("no picture named") << QByteArray("{\"caption\": \"a\"}") << QByteArray("file");
        QTest::newRow("missing picture") << QByteArray("{\"image\": \"9.png\", \"caption\": \"a\"}") << QByteArray("9.png");
        QTest::newRow("nothing said") << QByteArray("{\"image\": \"0.png\"}") << QByteArray("line 1");
        QTest::newRow("answer first") << QByteArray("{\"image\": \"0.png\", \"conversations\": [{\"from\": \"gpt\", \"value\": \"A\"}]}")
                                      << QByteArray("conversations");
        QTest::newRow("no list") << QByteArray("{\"image\": \"0.png\", \"conversations\": 7}") << QByteArray("conversations");
    }
    void wrongListsAreRefused() {
        QFETCH(QByteArray, list);
        QFETCH(QByteArray, named);
        QTemporaryDir folder;
        fill(folder, list);
        try {
            open(folder);
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY2(QByteArray(error.what()).contains(named), error.what());
        }
    }
};

QTEST_MAIN(Albums)
#include "album_test.moc"
