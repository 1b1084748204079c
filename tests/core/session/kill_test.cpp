#include <unistd.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "core/session/answer_writer.h"
#include "core/session/database.h"
#include "core/session/schema.h"
#include "tests/core/session/random_conversation.h"

using namespace fusionscope::session;

namespace {

constexpr int kills = 40;

/// What was promised about a turn: the least text that must be there, and its pictures.
QByteArray promise(ConversationId conversation, const Turn& turn, bool complete) {
    QByteArray line = QByteArray::number(conversation) + ' ' + QByteArray::number(turn.id) + ' ' +
                      (complete ? "complete" : "partial") + ' ' + turn.text.toUtf8().toHex() + " -";
    for (const AttachedPicture& picture : turn.pictures) line += ',' + picture.hash.toUtf8();
    return line + '\n';
}

/// Tells the test what is stored, in one write that a kill cannot cut.
void tell(const QByteArray& line) {
    if (::write(STDOUT_FILENO, line.constData(), static_cast<std::size_t>(line.size())) != line.size()) ::_exit(2);
}

/// The child: stores turns, pictures, deletions and streamed answers until it is killed.
[[noreturn]] void writeForEver(const char* folder, quint32 seed) {
    Store store(folder);
    RandomConversations random(seed);
    for (;;) {
        const ConversationId id = store.create("Conversation").id;
        TurnId parent = 0;
        for (int i = 0; i < 4; ++i) {
            TurnContent question;
            question.text = random.text(40);
            if (random.chance(0.5)) {
                const QByteArray bytes = random.picture();
                question.pictures = {{store.media().add(bytes), "p", 1, 1, bytes.size(), nullptr}};
            }
            const Turn asked = store.append(id, parent, question);
            tell(promise(id, asked, true));
            TurnContent answer;
            answer.role = Role::Assistant;
            const Turn begun = store.beginAnswer(id, asked.id, answer);
            for (int piece = 0; piece < 5; ++piece) {
                answer.text += "piece " + random.text(5).remove(QChar(0xD800));
                store.saveAnswer(begun.id, answer.text);
                Turn soFar = begun;
                soFar.text = answer.text;
                tell(promise(id, soFar, false));
            }
            parent = store.finishAnswer(begun.id, answer, random.tokens()).id;
            Turn finished = begun;
            finished.text = answer.text;
            tell(promise(id, finished, true));
        }
        if (random.chance(0.2)) {
            store.remove(store.create("gone").id);
            store.purge(QDateTime::currentDateTimeUtc().addSecs(60));
        }
    }
}

void requireKept(const Store& store, const QByteArray& line) {
    const auto fields = line.split(' ');
    QCOMPARE(fields.size(), 5);
    const Conversation conversation = store.load(fields[0].toLongLong());
    const Turn* turn = conversation.find(fields[1].toLongLong());
    QVERIFY2(turn, line.constData());
    const QString text = QString::fromUtf8(QByteArray::fromHex(fields[3]));
    if (fields[2] == "complete") {
        QCOMPARE(turn->text, text);
        QCOMPARE(turn->state, TurnState::Complete);
    } else {
        QVERIFY2(turn->text.startsWith(text), line.constData());
        QVERIFY(turn->state != TurnState::Writing);
    }
    store.tokens(turn->id);
    for (const QByteArray& hash : fields[4].split(',').mid(1)) QVERIFY(!store.media().read(QString(hash)).isEmpty());
}

}  // namespace

class KillTest : public QObject {
    Q_OBJECT

  private slots:
    void losesNothingThatWasStored() {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        QTemporaryDir folder;
        QList<QByteArray> promised;
        int interrupted = 0;
        qint64 slowestStart = 0;
        for (int round = 0; round < kills; ++round) {
            QProcess child;
            child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
            child.start(QCoreApplication::applicationFilePath(),
                        {"--write-for-ever", folder.path(), QString::number(random.generate())});
            QVERIFY(child.waitForStarted());
            // A few are killed while they open the history, most while they write.
            if (round % 5 != 0) QVERIFY(child.waitForReadyRead(20'000));
            QTest::qSleep(static_cast<int>(random.bounded(round % 5 == 0 ? 60 : 300)));
            QVERIFY2(child.state() == QProcess::Running, "the child ended by itself");
            child.kill();
            QVERIFY(child.waitForFinished());
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            QList<QByteArray> lines = child.readAllStandardOutput().split('\n');
            lines.removeLast();  // empty

            QElapsedTimer timer;
            timer.start();
            Store store(folder.path().toStdString());  // no lock is left
            slowestStart = std::max(slowestStart, timer.elapsed());
            QVERIFY(!store.report().damage);
            interrupted += static_cast<int>(store.report().interrupted.size());
            for (const QByteArray& line : lines) {
                requireKept(store, line);
                if (QTest::currentTestFailed()) return;
            }
            promised += lines;
        }
        Store store(folder.path().toStdString());
        for (const QByteArray& line : promised) {
            requireKept(store, line);
            if (QTest::currentTestFailed()) return;
        }
        Database database(folder.path().toStdString() + "/history.sqlite", Database::Mode::Read);
        QCOMPARE(integrityProblem(database, true), std::string());
        QCOMPARE(database.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        QVERIFY(promised.size() > kills);
        qInfo("%d kills, %lld promises kept, %d answers interrupted, slowest start %lld ms", kills,
              static_cast<long long>(promised.size()), interrupted, static_cast<long long>(slowestStart));
    }
};

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    if (argc == 4 && QByteArray(argv[1]) == "--write-for-ever") writeForEver(argv[2], QByteArray(argv[3]).toUInt());
    KillTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "kill_test.moc"
