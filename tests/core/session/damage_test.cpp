#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "core/files/error.h"
#include "core/session/database.h"
#include "core/session/schema.h"
#include "tests/core/session/random_conversation.h"

using namespace fusionscope;
using namespace fusionscope::session;

namespace fs = std::filesystem;

class DamageTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir m_home;
    int m_folders = 0;
    fs::path folder() { return m_home.filePath(QString::number(++m_folders)).toStdString(); }

    static constexpr int conversations = 30, turns = 40;

    /// A history of several hundred pages, made once and copied; returns a picture's hash.
    QString fill(const fs::path& where) {
        if (m_filled.empty()) {
            m_filled = folder();
            m_picture = makeHistory(m_filled);
        }
        fs::copy(m_filled, where, fs::copy_options::recursive);
        return m_picture;
    }
    fs::path m_filled;
    QString m_picture;

    static QString makeHistory(const fs::path& where) {
        Store store(where);
        const QString picture = store.media().add("a picture");
        for (int c = 0; c < conversations; ++c) {
            Conversation conversation = store.load(store.create("draft").id);
            store.remove(conversation.info.id);
            conversation.info.title = QString("Conversation %1").arg(c);
            std::vector<std::vector<Token>> tokens;
            for (int t = 1; t <= turns; ++t) {
                Turn turn;
                turn.id = t;
                turn.parent = t - 1;
                turn.text = QString("turn %1 of %2 ").arg(t).arg(c).repeated(20);
                turn.created = QDateTime::currentDateTimeUtc();
                if (t == 1) turn.pictures = {{picture, "picture.png", 1, 1, 9, nullptr}};
                conversation.add(turn);
                tokens.push_back({{t, "token", -1, {}}});
            }
            store.add(conversation, tokens);
        }
        store.purge(QDateTime::currentDateTimeUtc().addSecs(60));
        return picture;
    }

    static void overwrite(const fs::path& file, qint64 at, const QByteArray& bytes) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(at);
        stream.write(bytes.constData(), bytes.size());
    }

    /// Whatever came back can be used, and holds together.
    static void requireSound(Store& store) {
        for (const Hit& hit : store.search({})) {
            const Conversation conversation = store.load(hit.conversation.id);
            if (conversation.turns.empty()) continue;
            QVERIFY(!conversation.activePath().empty());
            for (const Turn& turn : conversation.turns) {
                store.tokens(turn.id);
                QVERIFY(turn.parent == 0 || conversation.find(turn.parent));
            }
        }
        const ConversationId id = store.create("afterwards").id;
        store.append(id, 0, TurnContent{});
    }

  private slots:
    void savesWhatCanBeReadOfADamagedDatabase() {
        const auto where = folder();
        const QString picture = fill(where);
        const fs::path file = where / "history.sqlite";
        const auto size = static_cast<qint64>(fs::file_size(file));
        QVERIFY(size > 100 * 4096);
        const qint64 page = size / 4096 / 2;
        overwrite(file, page * 4096, QByteArray(3 * 4096, '\xA5'));

        Store store(where);
        const auto& report = store.report();
        QVERIFY(report.damage);
        QVERIFY(fs::exists(report.damage->setAside));
        QVERIFY(!report.sentences.empty());
        QVERIFY2(QString::fromStdString(report.sentences.front())
                     .contains(QString::fromStdString(report.damage->setAside.string())),
                 report.sentences.front().c_str());
        qInfo("%lld of %d conversations, %lld of %d turns after 3 of %lld pages were lost",
              report.damage->conversations, conversations, report.damage->turns, conversations * turns, size / 4096);
        QVERIFY(report.damage->conversations >= conversations - 1);
        QVERIFY(report.damage->turns > conversations * turns * 9 / 10);
        QVERIFY(!store.search({.words = "turn"}).empty());
        requireSound(store);
        // The damaged file may refer to pictures that the new one has lost.
        store.purge(QDateTime::currentDateTimeUtc().addSecs(60));
        QVERIFY(store.media().has(picture));
    }

    void opensWhateverHappensToTheFile_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("header") << 0;
        QTest::newRow("first page") << 1;
        QTest::newRow("all text") << 2;
        QTest::newRow("empty") << 3;
        QTest::newRow("truncated") << 4;
        QTest::newRow("truncated inside a page") << 5;
        QTest::newRow("garbage as log") << 6;
        QTest::newRow("second half of the header: nothing") << 7;
        QTest::newRow("second half of the header: garbage") << 8;
        QTest::newRow("kind of text") << 9;
        QTest::newRow("format") << 10;
        QTest::newRow("name of the program") << 11;
    }
    void opensWhateverHappensToTheFile() {
        QFETCH(int, kind);
        const auto where = folder();
        fill(where);
        const fs::path file = where / "history.sqlite";
        const auto size = fs::file_size(file);
        switch (kind) {
            case 0: overwrite(file, 0, QByteArray(100, '\0')); break;
            case 1: overwrite(file, 0, QByteArray(4096, 'x')); break;
            case 2: overwrite(file, 0, QByteArray(static_cast<qsizetype>(size), 't')); break;
            case 3: fs::resize_file(file, 0); break;
            case 4: fs::resize_file(file, size / 4096 / 2 * 4096); break;
            case 5: fs::resize_file(file, size / 2 + 100); break;
            case 6: std::ofstream(file.string() + "-wal") << std::string(10'000, 'w'); break;
            case 7: overwrite(file, 40, QByteArray(40, '\0')); break;
            case 8: overwrite(file, 40, QByteArray(40, '\xA5')); break;
            case 9: overwrite(file, 56, QByteArray("\0\0\0\2", 4)); break;
            case 10: overwrite(file, 44, QByteArray(4, '\x77')); break;
            default: overwrite(file, 68, QByteArray(4, 'o')); break;
        }
        {
            Store store(where);
            QCOMPARE(store.report().damage.has_value(), kind != 3 && kind != 6);
            if (kind == 4 || kind == 5) QVERIFY(store.report().damage->turns > 0);
            // A header holds nothing that cannot be known without it.
            if (kind == 0 || kind > 6) {
                QCOMPARE(store.report().damage->conversations, qint64{conversations});
                QCOMPARE(store.report().damage->turns, qint64{conversations * turns});
                QCOMPARE(store.search({.words = "turn"}).size(), std::size_t{conversations});
            }
            requireSound(store);
        }
        Store again(where);
        QVERIFY(!again.report().damage);
    }

    void opensAfterRandomDamage() {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomConversations random(seed);
        const auto sound = folder();
        fill(sound);
        int found = 0;
        qint64 kept = 0;
        for (int round = 0; round < 25; ++round) {
            const auto where = folder();
            fs::copy(sound, where, fs::copy_options::recursive);
            const fs::path file = where / "history.sqlite";
            const auto size = static_cast<qint64>(fs::file_size(file));
            for (qint64 n = 1 + random.number(40); n > 0; --n) {
                QByteArray bytes(1 + random.number(64), '\0');
                for (char& byte : bytes) byte = static_cast<char>(random.number(256));
                overwrite(file, 100 + random.number(size - 200), bytes);
            }
            try {
                Store store(where);
                if (store.report().damage) {
                    ++found;
                    kept += store.report().damage->turns;
                }
                requireSound(store);
                if (QTest::currentTestFailed()) return;
            } catch (const Error& error) {
                // A check of pages cannot see every damage; then the sentence sends to the next start.
                QVERIFY2(QString(error.what()).contains("damaged"), error.what());
            }
        }
        qInfo("damage found in %d of 25 files; %lld of %d turns saved from them", found, kept,
              found * conversations * turns);
        QVERIFY(found > 10);
    }

    void refusesAHistoryOfANewerProgram() {
        const auto where = folder();
        { Store store(where); }
        {
            Database database(where / "history.sqlite", Database::Mode::Write);
            database.run("PRAGMA user_version = 99");
        }
        QVERIFY_EXCEPTION_THROWN(Store(where, {}), Error);
        QVERIFY_EXCEPTION_THROWN(Store(where, {Access::ReadOnly, true}), Error);
        Database database(where / "history.sqlite", Database::Mode::Write);
        QCOMPARE(database.number("PRAGMA user_version"), 99);
    }

    void mendsTheIndexOfWords() {
        const auto where = folder();
        fill(where);
        {
            Database database(where / "history.sqlite", Database::Mode::Write);
            database.run("DELETE FROM word_index_data WHERE id > 10");
        }
        std::ofstream(where / "history.sqlite-wal");  // as after a kill
        Store store(where);
        QVERIFY(!store.report().damage);
        QCOMPARE(store.search({.words = "turn"}).size(), std::size_t{conversations});
    }
};

QTEST_GUILESS_MAIN(DamageTest)
#include "damage_test.moc"
