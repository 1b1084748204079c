#include <QDir>

#include <optional>

#include "core/session/database.h"
#include "tests/small_disk.h"
#include "tests/ui/chat/chat_window.h"
#include "tests/ui/stall_watchdog.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using fusionscope::tests::SmallDisk;
using fusionscope::tests::StallWatchdog;

class ObstaclesTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { isolateSettings(m_settings.path()); }

    void keepsTheDraftWhileAnotherProgramLocksTheHistory() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        {
            session::Database other(folder.filePath("history.sqlite").toStdString(), session::Database::Mode::Write);
            other.run("BEGIN IMMEDIATE");
            window.chat->ask("What place is this?");
            QTRY_VERIFY(window.said().contains("locked"));
            QCOMPARE(window.rows().rowCount(), 0);
            QCOMPARE(window.composer().text(), QString("What place is this?"));
            other.run("ROLLBACK");
        }
        window.pressTryAgain();
        QVERIFY(window.awaitAnswer());
        QCOMPARE(window.rows().rowCount(), 2);
        QCOMPARE(static_cast<int>(window.store().search({}).size()), 1);
        QVERIFY(window.composer().text().isEmpty());
    }

    void staysAwakeWhileAnotherProgramLocksTheHistory() {
        QTemporaryDir folder, locked;
        ChatWindow window(folder.path());
        { session::Store(locked.path().toStdString()); }
        QTest::qWait(200);  // the first painting of a window builds fonts and styles
        session::Database mine(folder.filePath("history.sqlite").toStdString(), session::Database::Mode::Write);
        session::Database theirs(locked.filePath("history.sqlite").toStdString(), session::Database::Mode::Write);
        mine.run("BEGIN IMMEDIATE");
        theirs.run("BEGIN EXCLUSIVE");
        // Twenty times what a window should take, and a third of what SQLite waits for a lock.
        StallWatchdog watchdog(250);
        QElapsedTimer timer;
        timer.start();
        {
            History other(locked.path());
            QTRY_VERIFY(other.isOpen());
            QVERIFY2(other.sentences().join(' ').contains("locked"), qPrintable(other.sentences().join(' ')));
            QVERIFY(other.folder() != locked.path().toStdString());
        }
        window.chat->ask("What place is this?");
        QTRY_VERIFY(window.said().contains("locked"));
        QVERIFY(timer.elapsed() > 1000);  // both really waited
        qInfo("longest stall: %.0f ms (aim: 50 ms)", watchdog.longest());
        QVERIFY2(watchdog.stalls().empty(), qPrintable(QString("a stall of %1 ms").arg(watchdog.longest())));
    }

    void storesWhatWasAskedForBeforeTheWindowCloses() {
        QTemporaryDir folder;
        {
            ChatWindow window(folder.path());
            for (int i = 0; i < 50; ++i)
                window.kept.run(nullptr, [i](session::Store& store) {
                    session::TurnContent content;
                    content.text = QString("turn %1").arg(i);
                    store.append(store.create("kept").id, 0, content);
                }, [] {});
        }
        QCOMPARE(static_cast<int>(session::Store(folder.path().toStdString()).search({.words = "turn"}).size()), 50);
    }

    void storesTheAnswerOnceTheLockIsGone() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        std::optional<session::Database> other;
        QObject::connect(&window.chat->dialogue(), &Dialogue::sent, qApp, [&] {
            other.emplace(folder.filePath("history.sqlite").toStdString(), session::Database::Mode::Write);
            other->run("BEGIN IMMEDIATE");
        });
        window.chat->ask("What place is this?");
        QVERIFY(window.awaitAnswer());
        QVERIFY2(window.said().contains("locked"), qPrintable(window.said()));
        QCOMPARE(static_cast<int>(window.store().load(window.chat->dialogue().id()).turns.size()), 1);
        other->run("ROLLBACK");
        window.pressTryAgain();
        QTRY_VERIFY(window.rows().turn(1));
        QCOMPARE(window.rows().rowCount(), 2);
        QCOMPARE(window.turn(1).state, session::TurnState::Complete);
        QCOMPARE(window.store().load(window.chat->dialogue().id()).turns.back().text, window.turn(1).text);
    }

    void keepsTheDraftWhenTheDiskIsFull() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        {
            const SmallDisk disk(4096);
            window.chat->ask("What place is this?");
            QTRY_VERIFY(!window.said().isEmpty());
            QCOMPARE(window.composer().text(), QString("What place is this?"));
            QCOMPARE(static_cast<int>(window.composer().pictures().list().size()), 1);
        }
        window.pressTryAgain();
        QVERIFY(window.awaitAnswer());
        QCOMPARE(window.rows().rowCount(), 2);
    }

    void showsAHistoryThatCannotBeWritten() {
        QTemporaryDir folder;
        {
            session::Store store(folder.path().toStdString());
            session::TurnContent content;
            content.text = "What place is this?";
            store.append(store.create("old").id, 0, content);
        }
        Workspace workspace;
        History kept(folder.path(), {session::Access::ReadOnly, true});
        ChatPanel chat(workspace, kept);
        HistoryPanel history(workspace, kept);
        auto& list = *static_cast<HistoryModel*>(history.findChild<QTreeView*>()->model());
        QTRY_COMPARE(list.count(), 1);
        chat.openConversation(list.hit(list.index(0, 0, list.index(0, 0)))->conversation.id);
        QTRY_COMPARE(chat.dialogue().transcript().rowCount(), 1);
        chat.ask("Another question");
        auto* notice = chat.findChild<Notice*>();
        QTRY_VERIFY2(!notice->isHidden(), "nothing was said");
        QVERIFY2(notice->sentence().contains("read-only"), qPrintable(notice->sentence()));
        QCOMPARE(chat.dialogue().transcript().rowCount(), 1);
        QCOMPARE(chat.findChild<Composer*>()->text(), QString("Another question"));
        workspace.shutDown();
    }

    void saysWhatIsMissingWithoutAModel() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        window.chat->ask("What place is this?");
        QTRY_VERIFY(window.said().contains("no model is loaded"));
        QCOMPARE(window.rows().rowCount(), 1);  // the question is kept
        QVERIFY(window.load());
        window.pressTryAgain();
        QVERIFY(window.awaitAnswer());
        QCOMPARE(window.rows().rowCount(), 2);
    }

    void saysThatAPictureIsGone() {
        QTemporaryDir folder;
        qint64 id = 0;
        {
            ChatWindow window(folder.path());
            QVERIFY(window.load());
            QVERIFY(window.open(sample));
            QVERIFY(window.ask("What place is this?"));
            id = window.chat->dialogue().id();
        }
        QDir(folder.filePath("media")).removeRecursively();
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        window.openConversation(id);
        QTRY_VERIFY(!window.said().isEmpty());
        QCOMPARE(window.rows().rowCount(), 2);
        window.chat->ask("Is there a cat?");
        QTRY_COMPARE(window.rows().rowCount(), 3);
        QTRY_VERIFY(!window.chat->dialogue().isAnswering());
        QVERIFY(!window.said().isEmpty());
    }

  private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(ObstaclesTest)

#include "obstacles_test.moc"
