#include <QScrollBar>
#include <malloc.h>

#include "tests/ui/shell/window_driver.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/transcript_view.h"
#include "ui/shell/job_footer.h"

using namespace fusionscope;
using namespace fusionscope::tests;

namespace {

/// A thousand where FUSIONSCOPE_SLOW_TESTS is set: some minutes.
int wantedTurns() { return qEnvironmentVariableIsSet("FUSIONSCOPE_SLOW_TESTS") ? 1000 : 60; }

constexpr int questionsInAChat = 5;
constexpr double mostPerTurn = 64 * 1024;  // bytes

/// Bytes that the program has asked for and not given back. What the process holds is more, as freed memory is kept.
double memoryInUse() {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

double megabytes(double bytes) { return bytes / (1 << 20); }

/// Words and five alternatives for each, as an answer of a model has them.
std::vector<session::Token> someTokens() {
    std::vector<session::Token> tokens;
    for (int i = 0; i < 40; ++i) {
        session::Token token{i, " word", -0.1, {}};
        for (int k = 0; k < 5; ++k) token.alternatives.push_back({k, QString(" other%1").arg(k), -0.5 * k});
        tokens.push_back(std::move(token));
    }
    return tokens;
}

session::ConversationId longChat(WindowDriver& driver, int turns) {
    session::ConversationId id = 0;
    driver.history().run(
        &driver.window(),
        [turns](session::Store& store) {
            session::Conversation conversation;
            conversation.info.title = "long";
            conversation.info.created = QDateTime::currentDateTimeUtc();
            std::vector<std::vector<session::Token>> tokens;
            for (int i = 1; i <= turns; ++i) {
                session::Turn turn;
                turn.id = i;
                turn.parent = i - 1;
                turn.created = conversation.info.created;
                turn.role = i % 2 == 1 ? session::Role::User : session::Role::Assistant;
                turn.text = i % 2 == 1 ? QString("Question %1?").arg(i) : QString(" word").repeated(40).trimmed();
                conversation.add(turn);
                tokens.push_back(i % 2 == 1 ? std::vector<session::Token>() : someTokens());
            }
            return store.add(conversation, tokens).id;
        },
        [&id](session::ConversationId made) { id = made; }, [](const QString& sentence) { qFatal("%s", qPrintable(sentence)); });
    if (!QTest::qWaitFor([&] { return id != 0; }, 120'000)) qFatal("the chat was not stored");
    return id;
}

}  // namespace

class MemoryTest : public QObject {
    Q_OBJECT

  private slots:
    // What oneDNN prepares for prompts of new lengths is kept up to a number (core/nn/process.h), which 60 turns do not
    // come to. Read when it is first used.
    void initTestCase() { qputenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16"); }
    void growsLittleWithEveryAnswer();
    void growsLittleWithEveryTurnThatWasLookedAt();

  private:
    OwnSettings m_settings;
};

void MemoryTest::growsLittleWithEveryAnswer() {
    const int turns = wantedTurns(), questions = turns / 2, settled = questions / 5;
    QTemporaryDir data;
    WindowDriver driver(data.path());
    driver.start({{samplePicture("world-sea.png")}, {}, "inspect", {}});
    QVERIFY(driver.awaitModel());
    auto* chat = driver.window().findChild<ui::ChatPanel*>();
    const auto* view = driver.window().findChild<ui::TranscriptView*>();
    QVERIFY(driver.awaitIdle());
    const auto residentAtFirst = ui::residentMemory();
    double settledAt = 0;
    const QStringList words{"What place is this?", "Where does this take place?", "Describe the picture."};
    for (int i = 0; i < questions; ++i) {
        if (i % questionsInAChat == 0) driver.trigger("chat.new");
        chat->ask(words[i % words.size()]);
        const int rows = 2 * (i % questionsInAChat + 1);
        QVERIFY2(QTest::qWaitFor([&] { return view->model()->rowCount() == rows && driver.window().isIdle(); }, 60'000),
                 qPrintable(QString("question %1: %2 rows instead of %3").arg(i).arg(view->model()->rowCount()).arg(rows)));
        if (i + 1 == settled) settledAt = memoryInUse();
    }
    const double perTurn = (memoryInUse() - settledAt) / (2 * (questions - settled));
    qInfo("%d turns: %.1f MB in use, %.1f KB a turn; the process holds %.0f MB, %.0f MB before the first", turns,
          megabytes(memoryInUse()), perTurn / 1024, megabytes(static_cast<double>(ui::residentMemory())),
          megabytes(static_cast<double>(residentAtFirst)));
    QVERIFY2(perTurn < mostPerTurn, qPrintable(QString("%1 bytes a turn").arg(perTurn)));
}

void MemoryTest::growsLittleWithEveryTurnThatWasLookedAt() {
    constexpr int turns = 1000;
    QTemporaryDir data;
    WindowDriver driver(data.path());
    driver.start({{}, {}, "chat", {}});
    QVERIFY(driver.awaitModel());
    const auto id = longChat(driver, turns);
    QVERIFY(driver.awaitIdle());
    const double before = memoryInUse();
    const auto residentBefore = ui::residentMemory();
    auto* view = driver.window().findChild<ui::TranscriptView*>();
    driver.window().findChild<ui::ChatPanel*>()->openConversation(id);
    QTRY_COMPARE(view->model()->rowCount(), turns);
    const double opened = memoryInUse();
    auto* bar = view->verticalScrollBar();
    QTRY_VERIFY(bar->maximum() > 0);
    for (const int direction : {-1, 1})
        for (int steps = 0; steps < 10 * turns; ++steps) {
            bar->setValue(bar->value() + direction * bar->pageStep() / 2);
            QCoreApplication::processEvents();
            if (bar->value() == (direction < 0 ? bar->minimum() : bar->maximum())) break;
        }
    QVERIFY(driver.awaitIdle());
    const double perTurn = (memoryInUse() - before) / turns;
    qInfo("a chat of %d turns: %.1f MB when it was opened, %.1f MB when all of it was scrolled through twice, %.1f KB a turn; the "
          "process holds %.0f MB, %.0f MB before",
          turns, megabytes(opened - before), megabytes(memoryInUse() - before), perTurn / 1024,
          megabytes(static_cast<double>(ui::residentMemory())), megabytes(static_cast<double>(residentBefore)));
    QVERIFY2(perTurn < mostPerTurn, qPrintable(QString("%1 bytes a turn").arg(perTurn)));
}

QTEST_MAIN(MemoryTest)
#include "memory_test.moc"
