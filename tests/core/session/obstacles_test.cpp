#include <sys/mount.h>
#include <unistd.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "core/files/error.h"
#include "core/session/answer_writer.h"
#include "core/session/database.h"
#include "core/session/exchange.h"
#include "tests/small_disk.h"

using namespace fusionscope;
using namespace fusionscope::session;
using fusionscope::tests::SmallDisk;

namespace {

namespace fs = std::filesystem;

TurnContent says(const QString& text) {
    TurnContent content;
    content.text = text;
    return content;
}

/// The sentence of the error, empty when there was none.
template <class Action>
QString errorOf(Action action) {
    try {
        action();
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

/// While it lives this process has no more rights than anybody.
class Unprivileged {
  public:
    Unprivileged() : m_changed(::geteuid() == 0 && ::seteuid(65534) == 0) {}
    ~Unprivileged() {
        if (m_changed && ::seteuid(0) != 0) std::abort();
    }

  private:
    bool m_changed;
};

/// The child: holds the history, or a transaction of another program on it, until its input ends.
int hold(const QByteArray& how, const char* folder) {
    std::unique_ptr<Store> store;
    std::unique_ptr<Database> database;
    if (how == "--hold-store") {
        store = std::make_unique<Store>(folder);
    } else {
        database = std::make_unique<Database>(fs::path(folder) / "history.sqlite", Database::Mode::Write);
        database->run("BEGIN EXCLUSIVE");
    }
    std::puts("ready");
    std::fflush(stdout);
    return std::getchar() == EOF ? 0 : 1;
}

class Holder {
  public:
    Holder(const QString& how, const fs::path& folder) {
        m_child.start(QCoreApplication::applicationFilePath(), {how, QString::fromStdString(folder.string())});
        m_ready = m_child.waitForReadyRead(20'000);
    }
    ~Holder() {
        m_child.closeWriteChannel();
        m_child.waitForFinished();
    }
    bool ready() const { return m_ready; }

  private:
    QProcess m_child;
    bool m_ready = false;
};

}  // namespace

class ObstaclesTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir m_home;
    int m_folders = 0;
    fs::path folder() {
        fs::permissions(m_home.path().toStdString(), fs::perms(0755));
        return m_home.filePath(QString::number(++m_folders)).toStdString();
    }

    /// After the obstacle is gone everything goes on, and nothing that was stored is lost.
    static void requireGoesOn(Store& store, ConversationId id, std::size_t turnsBefore) {
        QCOMPARE(store.load(id).turns.size(), turnsBefore);
        store.append(id, 0, says("again"));
        QCOMPARE(store.load(id).turns.size(), turnsBefore + 1);
    }

  private slots:
    void tellsThatAnotherProcessHasTheHistory() {
        const auto where = folder();
        {
            Holder holder("--hold-store", where);
            QVERIFY(holder.ready());
            QElapsedTimer timer;
            timer.start();
            const QString sentence = errorOf([&] { Store store(where); });
            QVERIFY2(sentence.contains("open in another Fusionscope"), qPrintable(sentence));
            QVERIFY(timer.elapsed() < 1000);
            Store reader(where, {Access::ReadOnly, true});
            QVERIFY(reader.search({}).empty());
        }
        Store store(where);
    }

    void tellsThatAnotherProgramLocksTheDatabase() {
        const auto where = folder();
        Store store(where);
        const ConversationId id = store.create("Locked").id;
        store.append(id, 0, says("before"));
        {
            Holder holder("--hold-database", where);
            QVERIFY(holder.ready());
            QElapsedTimer timer;
            timer.start();
            const QString sentence = errorOf([&] { store.append(id, 0, says("during")); });
            QVERIFY2(sentence.contains("locked by another program"), qPrintable(sentence));
            QVERIFY(timer.elapsed() < 2000);
            QCOMPARE(store.load(id).turns.size(), std::size_t{1});  // can still be read
        }
        requireGoesOn(store, id, 1);
    }

    void tellsThatTheDatabaseIsLockedWhenOpening() {
        const auto where = folder();
        { Store store(where); }
        {
            Holder holder("--hold-database", where);
            QVERIFY(holder.ready());
            const QString sentence = errorOf([&] { Store store(where); });
            QVERIFY2(sentence.contains("locked by another program"), qPrintable(sentence));
        }
        Store store(where);
        QVERIFY(!store.report().damage);
    }

    void keepsTheTextOfAnAnswerThatCannotBeStoredNow() {
        const auto where = folder();
        Store store(where);
        const ConversationId id = store.create("Locked").id;
        AnswerWriter writer(store, id, 0, says(""));
        {
            Holder holder("--hold-database", where);
            QVERIFY(holder.ready());
            QTest::qWait(500);
            QVERIFY(!errorOf([&] { writer.append("one "); }).isEmpty());
        }
        QTest::qWait(500);
        writer.append("two");
        QTRY_COMPARE(store.load(id).turns.front().text, "one two");
    }

    void tellsThatTheFolderCannotBeWritten() {
        const auto where = folder();
        ConversationId id = 0;
        {
            Store store(where);
            id = store.create("Readable").id;
            store.append(id, 0, says("words to read"));
        }
        for (const auto& entry : fs::directory_iterator(where))
            if (entry.is_regular_file()) fs::permissions(entry.path(), fs::perms(0444));
        fs::permissions(where, fs::perms(0555));
        {
            Unprivileged unprivileged;
            const QString sentence = errorOf([&] { Store store(where); });
            QVERIFY2(sentence.contains("cannot be written"), qPrintable(sentence));
            Store reader(where, {Access::ReadOnly, true});
            QCOMPARE(reader.load(id).turns.size(), std::size_t{1});
            QCOMPARE(reader.search({.words = "read"}).size(), std::size_t{1});
            const QString refused = errorOf([&] { reader.append(id, 0, says("no")); });
            QVERIFY2(refused.contains("read-only"), qPrintable(refused));
        }
        fs::permissions(where, fs::perms(0755));
    }

    void tellsThatTheDatabaseCannotBeWritten() {
        const auto where = folder();
        { Store store(where); }
        fs::permissions(where, fs::perms(0777));
        fs::permissions(where / "lock", fs::perms(0666));
        fs::permissions(where / "history.sqlite", fs::perms(0444));
        Unprivileged unprivileged;
        const QString sentence = errorOf([&] { Store store(where); });
        QVERIFY2(sentence.contains("read-only") || sentence.contains("cannot be opened"), qPrintable(sentence));
        QVERIFY(fs::exists(where / "history.sqlite"));  // not taken for damaged
    }

    void tellsThatTheFolderCannotBeMade() {
        const fs::path file = folder();
        std::ofstream(file) << "a file";
        const QString sentence = errorOf([&] { Store store(file / "inside"); });
        QVERIFY2(sentence.contains("Choose another folder"), qPrintable(sentence));
    }

    void leavesDatabasesOfOtherProgramsAlone() {
        const auto where = folder();
        fs::create_directories(where);
        {
            Database other(where / "history.sqlite", Database::Mode::Write);
            other.run("CREATE TABLE bookmarks(url TEXT)");
        }
        const QString sentence = errorOf([&] { Store store(where); });
        QVERIFY2(sentence.contains("another program"), qPrintable(sentence));
        Database other(where / "history.sqlite", Database::Mode::Read);
        QCOMPARE(other.number("SELECT count(*) FROM bookmarks"), 0);
    }

    void survivesWritesThatFail() {
        const auto where = folder();
        Store store(where);
        const ConversationId id = store.create("Full").id;
        store.append(id, 0, says("before"));
        const QString large = QString("many words ").repeated(20'000);
        {
            SmallDisk disk(fs::file_size(where / "history.sqlite-wal") + 10'000);
            for (int i = 0; i < 3; ++i) {
                const QString sentence = errorOf([&] { store.append(id, 0, says(large)); });
                QVERIFY2(sentence.contains("full"), qPrintable(sentence));
                QCOMPARE(store.load(id).turns.size(), std::size_t{1});
            }
            QVERIFY(!errorOf([&] { store.media().add(QByteArray(5'000'000, 'x')); }).isEmpty());
            QVERIFY(!store.media().has(hashOf(QByteArray(5'000'000, 'x'))));
        }
        requireGoesOn(store, id, 1);
        store.append(id, 0, says(large));
    }

    void tellsThatTheDiskIsFull() {
        Database database(folder().string() + ".sqlite", Database::Mode::Write);
        database.run("CREATE TABLE t(x TEXT)");
        database.run("PRAGMA max_page_count = 10").next();
        const QString sentence = errorOf([&] { database.run("INSERT INTO t VALUES (zeroblob(1000000))"); });
        QVERIFY2(sentence.contains("the disk is full"), qPrintable(sentence));
    }

    void survivesARealFullDisk() {
        const auto where = folder();
        fs::create_directories(where);
        if (::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=3m") != 0) QSKIP("no right to mount a small disk");
        const auto unmount = qScopeGuard([&] { ::umount(where.c_str()); });
        {
            Store store(where / "history");
            const ConversationId id = store.create("Full").id;
            std::size_t stored = 0;
            QString sentence;
            while (sentence.isEmpty()) {
                sentence = errorOf([&] { store.append(id, 0, says(QString("word %1 ").arg(stored).repeated(5000))); });
                if (sentence.isEmpty()) ++stored;
                QVERIFY(stored < 1000);
            }
            QVERIFY2(sentence.contains("full"), qPrintable(sentence));
            QVERIFY(!errorOf([&] { store.media().add(QByteArray(3'000'000, 'x')); }).isEmpty());
            QCOMPARE(store.load(id).turns.size(), stored);
            QVERIFY(!errorOf([&] { exportConversation(store, id, Format::Json, where / "export.json"); }).isEmpty());
            QVERIFY(!fs::exists(where / "export.json"));
        }
        Store store(where / "history", {Access::ReadOnly, true});
        QCOMPARE(store.search({.words = "word"}).size(), std::size_t{1});
    }
};

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    if (argc == 3 && QByteArray(argv[1]).startsWith("--hold")) return hold(argv[1], argv[2]);
    ObstaclesTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "obstacles_test.moc"
