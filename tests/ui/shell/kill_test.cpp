#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <optional>
#include <vector>

#include "core/files/error.h"
#include "core/session/database.h"
#include "core/session/schema.h"
#include "core/session/store.h"
#include "tests/ui/shell/program.h"

using namespace fusionscope;
using namespace fusionscope::tests;

namespace {

/// A hundred where FUSIONSCOPE_SLOW_TESTS is set: some minutes.
int wantedKills() { return qEnvironmentVariableIsSet("FUSIONSCOPE_SLOW_TESTS") ? 100 : 12; }

/// A turn that could be read from the disk, and so must never go.
struct Promise {
    session::ConversationId conversation = 0;
    session::Turn turn;
};

/// What is stored now, of the latest conversations; nothing while there is no history yet.
std::vector<Promise> storedIn(const QString& folder) {
    std::vector<Promise> promises;
    try {
        const session::Store reader(folder.toStdString(), {session::Access::ReadOnly, false});
        for (const auto& hit : reader.search({.limit = 2}))
            for (const auto& turn : reader.load(hit.conversation.id).turns) promises.push_back({hit.conversation.id, turn});
    } catch (const Error&) {
    }
    return promises;
}

/// Whether the latest conversation has an answer that is whole.
bool isAnswered(const std::vector<Promise>& promises) {
    return !promises.empty() && std::ranges::any_of(promises, [&](const Promise& promise) {
        return promise.conversation == promises.front().conversation && promise.turn.role == session::Role::Assistant &&
               promise.turn.state == session::TurnState::Complete;
    });
}

void requireKept(const session::Store& store, const Promise& promise) {
    const auto conversation = store.load(promise.conversation);
    const auto* turn = conversation.find(promise.turn.id);
    QVERIFY2(turn, qPrintable("lost: " + promise.turn.text));
    if (promise.turn.state == session::TurnState::Complete) {
        QCOMPARE(turn->text, promise.turn.text);
        QCOMPARE(turn->state, session::TurnState::Complete);
    } else {
        QVERIFY2(turn->text.startsWith(promise.turn.text), qPrintable(turn->text + " was " + promise.turn.text));
        QVERIFY(turn->state != session::TurnState::Writing);
    }
    for (const auto& picture : turn->pictures) QVERIFY(!store.media().read(picture.hash).isEmpty());
}

}  // namespace

/// The program, killed at random moments of starting, loading, encoding, answering and storing.
class KillTest : public QObject {
    Q_OBJECT

  private slots:
    void losesNoTurnThatWasStored();

  private:
    void start(QProcess& process, int round) {
        // Settings of their own: a program that was killed while it loaded a model does not load that one again.
        const auto folder = m_folder.filePath(QString("settings %1").arg(round));
        // An answer that takes about as long as all before it.
        QSettings settings(folder + "/fusionscope/fusionscope.conf", QSettings::IniFormat);
        settings.setValue("chat/generation", R"({"greedy": false, "temperature": 5, "max_new_tokens": 100})");
        settings.sync();
        process.setProcessEnvironment(offscreen(folder));
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(program, {"--data", m_data, beach, "--ask", "What do you see?", "--size", "800x600"});
        QVERIFY(process.waitForStarted());
    }

    QTemporaryDir m_folder;
    QString m_data = m_folder.filePath("data");
};

void KillTest::losesNoTurnThatWasStored() {
    const quint32 seed = QRandomGenerator::global()->generate();
    const int kills = wantedKills();
    qInfo("seed %u, %d kills", seed, kills);
    QRandomGenerator random(seed);
    QElapsedTimer timer;
    timer.start();
    {
        QProcess process;
        start(process, -1);
        QVERIFY(QTest::qWaitFor([&] { return isAnswered(storedIn(m_data)); }, 120'000));
        process.kill();
        QVERIFY(process.waitForFinished());
    }
    const auto whole = static_cast<int>(timer.elapsed());

    std::vector<Promise> promises;
    int beforeQuestion = 0, beforeAnswer = 0, during = 0, after = 0;
    for (int round = 0; round < kills; ++round) {
        const auto conversations = session::Store(m_data.toStdString()).search({}).size();
        QProcess process;
        start(process, round);
        const int delay = static_cast<int>(random.bounded(whole * 5 / 4));
        timer.restart();
        QVERIFY(!process.waitForFinished(delay));
        const auto stored = storedIn(m_data);
        process.kill();
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);

        const session::Store store(m_data.toStdString());  // no lock is left
        QVERIFY(!store.report().damage);
        for (const auto& promise : stored) {
            requireKept(store, promise);
            if (QTest::currentTestFailed()) return;
        }
        promises.insert(promises.end(), stored.begin(), stored.end());
        const bool asked = store.search({}).size() > conversations;
        ++(!asked                                  ? beforeQuestion
           : isAnswered(stored)                    ? after
           : store.report().interrupted.empty()    ? beforeAnswer
                                                   : during);
    }
    {
        session::Store store(m_data.toStdString());
        for (const auto& promise : promises) {
            requireKept(store, promise);
            if (QTest::currentTestFailed()) return;
        }
    }
    {
        session::Database database(m_data.toStdString() + "/history.sqlite", session::Database::Mode::Read);
        QCOMPARE(session::integrityProblem(database, true), std::string());
        QCOMPARE(database.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }
    // And it starts as if nothing had happened.
    QProcess last;
    last.setProcessEnvironment(offscreen(m_folder.filePath("settings")));
    last.start(program, {"--data", m_data, "--screenshot", m_folder.filePath("window.png")});
    const auto run = finished(last);
    QVERIFY2(run.code == 0, qPrintable(run.err));
    qInfo("%d kills within %d ms of starting: %d before the question was stored, %d before its answer began, %d during it, "
          "%d after it; %d turns kept",
          kills, whole * 5 / 4, beforeQuestion, beforeAnswer, during, after, static_cast<int>(promises.size()));
    QVERIFY(!promises.empty());
}

QTEST_GUILESS_MAIN(KillTest)
#include "kill_test.moc"
