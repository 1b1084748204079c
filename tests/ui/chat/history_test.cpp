#include <QLineEdit>

#include "core/session/exchange.h"
#include "tests/ui/chat/chat_window.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

/// A conversation of two turns that was changed at a time.
session::ConversationId addTo(session::Store& store, const QString& title, const QString& question,
                              const QString& answer, const QDateTime& changed = QDateTime::currentDateTimeUtc()) {
    session::Conversation conversation;
    session::Turn asked;
    asked.id = 1;
    asked.text = question;
    asked.created = changed;
    session::Turn answered = asked;
    answered.id = 2;
    answered.parent = 1;
    answered.role = session::Role::Assistant;
    answered.text = answer;
    conversation.add(asked);
    conversation.add(answered);
    conversation.info.title = title;
    conversation.info.created = conversation.info.changed = changed;
    return store.add(conversation, {{}, {}}).id;
}

QStringList shown(const HistoryModel& model) {
    QStringList lines;
    for (int group = 0; group < model.rowCount(); ++group) {
        const auto parent = model.index(group, 0);
        lines += parent.data().toString();
        for (int row = 0; row < model.rowCount(parent); ++row)
            lines += "  " + model.index(row, 0, parent).data().toString();
    }
    return lines;
}

}  // namespace

class HistoryTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { isolateSettings(m_settings.path()); }

    void groupsByDayPinAndFolder() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        const QAbstractItemModelTester tester(&window.list(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QTRY_VERIFY(window.history->findChild<QLabel*>()->isVisibleTo(window.history));
        const auto now = QDateTime::currentDateTimeUtc();
        addTo(window.store, "of today", "a", "b", now);
        addTo(window.store, "of last week", "a", "b", now.addDays(-7));
        const auto pinned = addTo(window.store, "always there", "a", "b", now.addDays(-3));
        const auto filed = addTo(window.store, "filed", "a", "b", now.addDays(-3));
        window.store.create("without a turn");
        window.history->refresh();
        QTRY_COMPARE(window.list().count(), 4);
        window.history->setCurrent(pinned);
        window.history->togglePinned();
        window.history->setCurrent(filed);
        window.history->moveTo("Receipts");
        QTRY_COMPARE(shown(window.list()), QStringList({"Today", "  of today", "Pinned", "  always there", "Receipts",
                                                        "  filed", "Earlier", "  of last week"}));
    }

    void findsWordsWhileTheyAreTyped() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        addTo(window.store, "Harbour", "How many boats?", "There are three boats near the lighthouse.");
        addTo(window.store, "Receipts", "What is the total?", "The total is 12.40.");
        auto* search = window.history->findChild<QLineEdit*>();
        QTest::keyClicks(search, "lighth");
        QTRY_COMPARE(shown(window.list()), QStringList({"Today", "  Harbour"}));
        QVERIFY(window.list()
                    .index(0, 0, window.list().index(0, 0))
                    .data(HistoryModel::ExcerptRole)
                    .toString()
                    .contains("lighthouse"));
        QTest::keyClicks(search, "xyz");
        QTRY_COMPARE(window.list().count(), 0);
        search->clear();
        QTRY_COMPARE(window.list().count(), 2);
    }

    void searchesManyTurnsWithoutStallingTheWindow() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        session::Conversation conversation;
        conversation.info.created = conversation.info.changed = QDateTime::currentDateTimeUtc();
        for (int i = 1; i <= 2000; ++i) {
            session::Turn turn;
            turn.id = i;
            turn.parent = i - 1;
            turn.created = conversation.info.created;
            turn.text = QString("turn %1 about boats and harbours").arg(i);
            conversation.add(turn);
        }
        conversation.info.title = "long";
        QElapsedTimer timer;
        timer.start();
        const auto id = window.store.add(conversation, {}).id;
        const auto added = timer.restart();
        window.store.load(id);
        const auto loaded = timer.elapsed();
        QSignalSpy found(window.history, &HistoryPanel::found);
        window.history->findChild<QLineEdit*>()->setText("boats");
        QVERIFY(found.wait());
        while (found.count() < 2 && found.wait(300)) {}
        const double seconds = found.last().at(2).toDouble();
        qInfo("2,000 turns: added in %lld ms, loaded in %lld ms, searched in %.1f ms in the reader's thread (aim: 50)",
              static_cast<long long>(added), static_cast<long long>(loaded), seconds * 1000);
        QVERIFY(seconds < 1);
    }

    void renamesInPlace() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        const auto id = addTo(window.store, "before", "a", "b");
        window.history->refresh();
        QTRY_COMPARE(window.list().count(), 1);
        window.history->setCurrent(id);
        window.command("history.rename")->trigger();
        auto* editor = window.history->findChild<QTreeView*>()->findChild<QLineEdit*>();
        QVERIFY(editor);
        editor->setText("after");
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(window.store.info(id).title, QString("after"));
    }

    void deletesWithUndo() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        const auto id = addTo(window.store, "to be deleted", "a", "b");
        window.chat->openConversation(id);
        QTRY_COMPARE(window.list().count(), 1);
        window.command("history.delete")->trigger();
        QTRY_COMPARE(window.list().count(), 0);
        QCOMPARE(window.rows().rowCount(), 0);
        auto* notice = window.history->findChild<Notice*>();
        QVERIFY(notice->sentence().contains("to be deleted"));
        notice->findChild<QPushButton*>()->click();
        QTRY_COMPARE(window.list().count(), 1);
        QCOMPARE(window.chat->dialogue().id(), id);
        QVERIFY(!window.store.info(id).deleted.isValid());
    }

    void forgetsWhatWasDeletedLongAgo() {
        QTemporaryDir folder;
        qint64 fresh = 0;
        {
            session::Store store(folder.path().toStdString());
            fresh = addTo(store, "deleted now", "a", "b");
            store.remove(fresh);
        }
        ChatWindow window(folder.path());
        QTest::qWait(50);
        QCOMPARE(static_cast<int>(window.store.search({.deleted = true}).size()), 1);
        window.store.restore(fresh);
        QCOMPARE(window.store.info(fresh).title, QString("deleted now"));
    }

    void exportsAndImportsTheSame_data() {
        QTest::addColumn<QString>("ending");
        QTest::newRow("json") << "json";
        QTest::newRow("html") << "html";
        QTest::newRow("markdown") << "md";
    }
    void exportsAndImportsTheSame() {
        QFETCH(QString, ending);
        QTemporaryDir folder, out;
        ChatWindow window(folder.path());
        const auto id = addTo(window.store, "Harbour", "How many *boats*?", "There are **three**.\n\n```\ncode\n```");
        window.chat->openConversation(id);
        const auto file = out.filePath("chat." + ending);
        window.history->exportTo(file);
        auto* notice = window.history->findChild<Notice*>();
        QTRY_VERIFY(notice->sentence().contains(file));
        QSignalSpy chosen(window.history, &HistoryPanel::conversationChosen);
        window.history->importFrom(file);
        QVERIFY(chosen.wait());
        const auto imported = window.store.load(chosen.last().first().toLongLong());
        QVERIFY(imported.info.id != id);
        QCOMPARE(imported.info.title, QString("Harbour"));
        QCOMPARE(imported.turns.back().text, window.store.load(id).turns.back().text);
        QCOMPARE(window.chat->dialogue().id(), imported.info.id);
        window.history->importFrom(out.filePath("nothing." + ending));
        QTRY_VERIFY(notice->sentence().contains("nothing." + ending));
    }

    void tellsWhatBecameOfADamagedHistory() {
        QTemporaryDir folder;
        {
            session::Store store(folder.path().toStdString());
            addTo(store, "kept", "a", "b");
        }
        QFile file(folder.filePath("history.sqlite"));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.write(QByteArray(100, '\0'));
        file.close();
        ChatWindow window(folder.path());
        QVERIFY(window.store.report().damage);
        QVERIFY(window.history->findChild<Notice*>()->sentence().contains("set aside"));
    }

    void filtersByThePictureThatIsSelected() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        addTo(window.store, "without", "a", "b");
        const auto with = window.store.create("with").id;
        session::TurnContent content;
        QFile file(sample);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto bytes = file.readAll();
        content.pictures = {{window.store.media().add(bytes), "beach", 1, 1, bytes.size(), nullptr}};
        content.text = "What place is this?";
        window.store.append(with, 0, content);
        QVERIFY(window.open(sample));
        QToolButton* filter = nullptr;
        for (auto* button : window.history->findChildren<QToolButton*>())
            if (button->isCheckable()) filter = button;
        QVERIFY(filter);
        filter->click();
        QTRY_COMPARE(shown(window.list()), QStringList({"Today", "  with"}));
        QTRY_VERIFY(
            !window.list().index(0, 0, window.list().index(0, 0)).data(Qt::DecorationRole).value<QPixmap>().isNull());
    }

  private:
    QTemporaryDir m_settings;
};

QTEST_MAIN(HistoryTest)

#include "history_test.moc"
