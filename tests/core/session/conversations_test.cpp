#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "core/session/answer_writer.h"
#include "core/session/database.h"
#include "core/session/schema.h"
#include "tests/core/session/random_conversation.h"

using namespace fusionscope;
using namespace fusionscope::session;

namespace {

TurnContent says(Role role, const QString& text) {
    TurnContent content;
    content.role = role;
    content.text = text;
    return content;
}

QStringList shown(const Conversation& conversation) {
    QStringList texts;
    for (const Turn* turn : conversation.activePath()) texts += turn->text;
    return texts;
}

void requireSame(const Conversation& a, const Conversation& b) {
    QCOMPARE(a.info.turns, b.info.turns);
    QCOMPARE(a.root, b.root);
    QCOMPARE(a.turns.size(), b.turns.size());
    for (std::size_t i = 0; i < a.turns.size(); ++i) QVERIFY2(a.turns[i] == b.turns[i], qPrintable(a.turns[i].text));
}

}  // namespace

class ConversationsTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir m_home;
    int m_folders = 0;
    std::filesystem::path folder() { return m_home.filePath(QString::number(++m_folders)).toStdString(); }

  private slots:
    void keepsEverythingOfATurnAfterReopening() {
        const auto where = folder();
        TurnContent content = says(Role::Assistant, "Three boats.");
        content.stopReason = "end";
        content.model = {"Florence-VL nano", "0123"};
        content.settings = {{"temperature", 0.7}, {"seed", 18446744073709551615u}};
        content.statistics = {{"firstTokenSeconds", 0.25}};
        content.result = {{"boxes", {{1.5, 2, 3, 4}}}};
        const std::vector<Token> tokens{{17, "Three", -0.125, {{17, "Three", -0.125}, {4, "Two", -2.5}}},
                                        {2, "</s>", -std::numeric_limits<double>::infinity(), {}}};
        Conversation before;
        ConversationId id = 0;
        {
            Store store(where);
            content.pictures = {{store.media().add("picture bytes"), "harbour.jpg", 640, 480, 13, {{"frame", 12}}}};
            id = store.create("Harbour", "Work").id;
            const Turn turn = store.append(id, 0, content, tokens);
            QVERIFY(static_cast<const TurnContent&>(turn) == content);
            before = store.load(id);
        }
        Store store(where);
        QVERIFY(store.report().sentences.empty());
        const Conversation after = store.load(id);
        QVERIFY(after.info == before.info);
        requireSame(after, before);
        QVERIFY(static_cast<const TurnContent&>(after.turns.front()) == content);
        QVERIFY(store.tokens(after.turns.front().id) == tokens);
        QCOMPARE(store.media().read(content.pictures.front().hash), "picture bytes");
        QCOMPARE(after.info.firstPicture, content.pictures.front().hash);
        QCOMPARE(store.folders(), QStringList("Work"));
    }

    void editsAndRegeneratesAsBranches() {
        Store store(folder());
        const ConversationId id = store.create("Boats").id;
        const TurnId question = store.append(id, 0, says(Role::User, "How many boats?")).id;
        const TurnId first = store.append(id, question, says(Role::Assistant, "Two.")).id;
        const TurnId thanks = store.append(id, first, says(Role::User, "Thanks.")).id;
        const TurnId second = store.append(id, question, says(Role::Assistant, "Three.")).id;
        QCOMPARE(shown(store.load(id)), QStringList({"How many boats?", "Three."}));
        QCOMPARE(store.load(id).branches(first), std::vector<TurnId>({first, second}));

        // The old branch is shown as it was left.
        store.choose(first);
        QCOMPARE(shown(store.load(id)), QStringList({"How many boats?", "Two.", "Thanks."}));

        const TurnId edited = store.append(id, 0, says(Role::User, "How many ships?")).id;
        QCOMPARE(shown(store.load(id)), QStringList("How many ships?"));
        QCOMPARE(store.load(id).branches(question), std::vector<TurnId>({question, edited}));
        store.choose(thanks);
        QCOMPARE(shown(store.load(id)), QStringList({"How many boats?", "Two.", "Thanks."}));
        const Conversation conversation = store.load(id);
        QCOMPARE(conversation.pathTo(second).size(), std::size_t{2});
        QVERIFY(conversation.find(12345) == nullptr);
    }

    void keepsACopyInStepWithTheStore() {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomConversations random(seed);
        Store store(folder());
        const ConversationId id = store.create("Copy").id;
        Conversation copy = store.load(id);
        for (int step = 0; step < 120; ++step) {
            if (copy.turns.empty() || random.chance(0.7)) {
                const auto parents = std::ssize(copy.turns) + 1;
                const auto chosen = random.number(parents);
                const TurnId parent = chosen == 0 ? 0 : copy.turns[static_cast<std::size_t>(chosen - 1)].id;
                copy.add(store.append(id, parent, random.content(store.media())));
            } else {
                const TurnId turn = copy.turns[static_cast<std::size_t>(random.number(std::ssize(copy.turns)))].id;
                store.choose(turn);
                copy.choose(turn);
            }
            if (step % 10 == 0) requireSame(store.load(id), copy);
        }
        requireSame(store.load(id), copy);
    }

    void refusesATurnAfterOneOfAnotherConversation() {
        Store store(folder());
        const ConversationId one = store.create("one").id, two = store.create("two").id;
        const TurnId turn = store.append(one, 0, says(Role::User, "hello")).id;
        QVERIFY_EXCEPTION_THROWN(store.append(two, turn, says(Role::User, "astray")), Error);
        QVERIFY_EXCEPTION_THROWN(store.append(two, 4711, says(Role::User, "astray")), Error);
        QVERIFY_EXCEPTION_THROWN(store.append(4711, 0, says(Role::User, "astray")), Error);
        QVERIFY_EXCEPTION_THROWN(store.load(4711), Error);
        QVERIFY_EXCEPTION_THROWN(store.rename(4711, "x"), Error);
        QVERIFY(store.load(two).turns.empty());
    }

    void refusesWhatCouldNotBeReadBack() {
        Store store(folder());
        const ConversationId id = store.create("deep").id;
        TurnContent deep = says(Role::Task, "");
        for (int i = 0; i < 100'000; ++i) deep.result = nlohmann::json::array({std::move(deep.result)});
        QVERIFY_EXCEPTION_THROWN(store.append(id, 0, deep), Error);
        TurnContent astray = says(Role::User, "");
        astray.pictures = {{"../../etc/passwd", "x", 1, 1, 1, nullptr}};
        QVERIFY_EXCEPTION_THROWN(store.append(id, 0, astray), Error);
        QVERIFY(store.load(id).turns.empty());
    }

    void hidesDeletedConversationsUntilRestoredOrPurged() {
        Store store(folder());
        const ConversationId kept = store.create("kept").id, gone = store.create("gone").id;
        const TurnId turn = store.append(gone, 0, says(Role::User, "hello")).id;
        store.append(gone, turn, says(Role::Assistant, "hi"), {{1, "hi", -1, {}}});
        store.remove(gone);
        QCOMPARE(store.search({}).size(), std::size_t{1});
        QCOMPARE(store.search({.words = "hello"}).size(), std::size_t{0});
        Search deleted;
        deleted.deleted = true;
        QCOMPARE(store.search(deleted).front().conversation.id, gone);
        store.restore(gone);
        QCOMPARE(store.search({}).size(), std::size_t{2});
        QCOMPARE(store.load(gone).turns.size(), std::size_t{2});

        store.remove(gone);
        QCOMPARE(store.purge(QDateTime::currentDateTimeUtc().addSecs(-60)), 0);
        QCOMPARE(store.purge(QDateTime::currentDateTimeUtc().addSecs(60)), 1);
        QVERIFY_EXCEPTION_THROWN(store.load(gone), Error);
        QCOMPARE(store.load(kept).info.title, "kept");
    }

    void purgesALongConversation() {
        Store store(folder());
        const ConversationId id = store.create("long").id;
        Conversation conversation = store.load(id);
        for (int i = 1; i <= 5000; ++i) {
            Turn turn;
            turn.id = i;
            turn.parent = i - 1;
            turn.created = QDateTime::currentDateTimeUtc();
            conversation.add(turn);
        }
        const ConversationId copy = store.add(conversation, {}).id;
        QCOMPARE(store.load(copy).activePath().size(), std::size_t{5000});
        store.choose(store.load(copy).turns.back().id);
        store.remove(copy);
        QCOMPARE(store.purge(QDateTime::currentDateTimeUtc().addSecs(60)), 1);
    }

    void sortsPinsAndMovesConversations() {
        Store store(folder());
        const ConversationId one = store.create("one").id, two = store.create("two").id;
        QTest::qWait(2);
        store.append(one, 0, says(Role::User, "newest"));
        QCOMPARE(store.search({}).front().conversation.id, one);
        store.setPinned(two, true);
        store.setFolder(two, "Receipts");
        store.rename(two, "Shops");
        const auto info = store.info(two);
        QVERIFY(info.pinned);
        QCOMPARE(info.title, "Shops");
        Search pinned;
        pinned.pinnedOnly = true;
        QCOMPARE(store.search(pinned).size(), std::size_t{1});
        Search inFolder;
        inFolder.folder = "Receipts";
        QCOMPARE(store.search(inFolder).size(), std::size_t{1});
        QCOMPARE(store.search({.words = "shop"}).front().turn, TurnId{0});
        QVERIFY(store.search({.words = "two"}).empty());
    }

    void storesAnAnswerAtLeastOnceASecondWhileItArrives() {
        const auto where = folder();
        Store store(where);
        const ConversationId id = store.create("stream").id;
        const TurnId question = store.append(id, 0, says(Role::User, "Tell")).id;
        AnswerWriter writer(store, id, question, says(Role::Assistant, ""));
        Store reader(where, {Access::ReadOnly, true});
        const auto stored = [&] { return reader.load(id).turns.back().text; };
        QCOMPARE(reader.load(id).turns.back().state, TurnState::Writing);
        for (int i = 0; i < 5; ++i) writer.append("word ");
        // Nothing more arrives; a timer stores what did.
        QTRY_COMPARE_WITH_TIMEOUT(stored(), "word word word word word ", 1000);
        QElapsedTimer busy;
        busy.start();
        qint64 oldest = 0;
        QElapsedTimer behind;
        behind.start();
        while (!busy.hasExpired(1500)) {  // a thread that never returns to its event loop
            writer.append("x");
            if (stored() == writer.text()) behind.restart();
            oldest = std::max(oldest, behind.elapsed());
        }
        QVERIFY2(oldest < 1000, qPrintable(QString::number(oldest)));
        TurnContent content = says(Role::Assistant, writer.text() + "end");
        content.stopReason = "end";
        const Turn finished = writer.finish(content, {{1, "end", -1, {}}});
        QCOMPARE(finished.state, TurnState::Complete);
        QCOMPARE(stored(), content.text);
        QCOMPARE(reader.load(id).activePath().back()->id, finished.id);
    }

    void marksAnAnswerThatWasNeverFinished() {
        const auto where = folder();
        ConversationId id = 0;
        {
            Store store(where);
            id = store.create("cut").id;
            { AnswerWriter(store, id, 0, says(Role::Assistant, "")).append("given up"); }
            QCOMPARE(store.load(id).turns.back().state, TurnState::Interrupted);
            QCOMPARE(store.load(id).turns.back().text, "given up");
            store.saveAnswer(store.beginAnswer(id, 0, says(Role::Assistant, "")).id, "killed zebra");
        }
        Store store(where);
        QCOMPARE(store.report().interrupted.size(), std::size_t{1});
        QVERIFY(!store.report().sentences.empty());
        const Turn turn = store.load(id).turns.back();
        QCOMPARE(turn.state, TurnState::Interrupted);
        QCOMPARE(turn.text, "killed zebra");
        QCOMPARE(store.search({.words = "zebra"}).front().turn, turn.id);
    }

    void bringsOlderTablesToTheNewestVersion() {
        const std::filesystem::path file = m_home.filePath("versions.sqlite").toStdString();
        const std::vector<QString> old(migrations().begin(), migrations().end());
        Database database(file, Database::Mode::Write);
        migrate(database, old);
        database.run("INSERT INTO conversation(title, folder, created, changed) VALUES ('old', '', 1, 1)");
        std::vector<QString> newer = old;
        newer.push_back("ALTER TABLE conversation ADD COLUMN colour TEXT NOT NULL DEFAULT 'teal';\n");
        newer.push_back("CREATE TABLE extra(id INTEGER);\nBROKEN;\n");
        QVERIFY_EXCEPTION_THROWN(migrate(database, newer), Error);
        QCOMPARE(database.number("PRAGMA user_version"), qint64(old.size()));  // all steps or none
        newer.pop_back();
        migrate(database, newer);
        QCOMPARE(database.number("PRAGMA user_version"), qint64(newer.size()));
        QCOMPARE(database.number("SELECT count(*) FROM conversation WHERE colour = 'teal'"), 1);
        QVERIFY_EXCEPTION_THROWN(migrate(database, old), Error);  // written by a newer program
    }
};

QTEST_GUILESS_MAIN(ConversationsTest)
#include "conversations_test.moc"
