#include <QTemporaryDir>
#include <QtTest>
#include <ctime>

#include "core/session/database.h"
#include "core/session/words.h"
#include "tests/core/session/random_conversation.h"
#include "tests/slowdown.h"

using namespace fusionscope::session;

namespace {

TurnContent says(const QString& text) {
    TurnContent content;
    content.text = text;
    return content;
}

QStringList titles(const std::vector<Hit>& hits) {
    QStringList titles;
    for (const Hit& hit : hits) titles += hit.conversation.title;
    titles.sort();
    return titles;
}

}  // namespace

class SearchTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir m_home;
    int m_folders = 0;
    std::filesystem::path folder() { return m_home.filePath(QString::number(++m_folders)).toStdString(); }

    static void fill(Store& store) {
        const auto conversation = [&](const QString& title, const QStringList& texts) {
            const ConversationId id = store.create(title).id;
            TurnId parent = 0;
            for (const QString& text : texts) parent = store.append(id, parent, says(text)).id;
            return id;
        };
        conversation("Receipts", {"What is the total?", "The total at Café Müller is 12.40 €.", "Thank you"});
        conversation("Street", {"Read the sign", "The sign says: HAUPTSTRASSE 100%_real"});
        conversation("港口", {"图片里有几艘船？", "图片里有三艘船。"});
        const ConversationId id = conversation("Untitled", {});
        TurnContent content = says("How many boats?");
        content.pictures = {{store.media().add("harbour bytes"), "harbour-2024.jpg", 1, 1, 13, nullptr}};
        store.append(id, store.append(id, 0, content).id, says("Three boats lie at the quay."));
    }

  private slots:
    void findsWords_data() {
        QTest::addColumn<QString>("words");
        QTest::addColumn<QStringList>("found");
        QTest::newRow("nothing typed") << "" << QStringList({"Receipts", "Street", "Untitled", "港口"});
        QTest::newRow("a word") << "total" << QStringList("Receipts");
        QTest::newRow("case and accents") << "CAFE muller" << QStringList("Receipts");
        QTest::newRow("accents typed") << "café" << QStringList("Receipts");
        QTest::newRow("sharp s") << "hauptstraße" << QStringList("Street");
        QTest::newRow("beginning of a word") << "boa" << QStringList("Untitled");
        QTest::newRow("words of different turns") << "many quay" << QStringList("Untitled");
        QTest::newRow("one word missing") << "many zebra" << QStringList();
        QTest::newRow("phrase") << "\"three boats\"" << QStringList("Untitled");
        QTest::newRow("phrase in another order") << "\"boats three\"" << QStringList();
        QTest::newRow("phrase left open") << "\"three boats" << QStringList("Untitled");
        QTest::newRow("title") << "street" << QStringList("Street");
        QTest::newRow("picture's name") << "harbour" << QStringList("Untitled");
        QTest::newRow("language without spaces") << "三艘" << QStringList("港口");
        QTest::newRow("title without spaces") << "港" << QStringList("港口");
        QTest::newRow("number") << "12.40" << QStringList("Receipts");
        QTest::newRow("LIKE's signs are letters") << "100%_real" << QStringList("Street");
        QTest::newRow("only signs") << "*" << QStringList();
        QTest::newRow("query language is text") << "total OR boats" << QStringList();
        QTest::newRow("hostile query") << "\" ) NEAR( * ^ : - total" << QStringList();
        QTest::newRow("column filter") << "text:total" << QStringList();
        QTest::newRow("injection") << "'; DROP TABLE turn; --" << QStringList();
    }
    void findsWords() {
        QFETCH(QString, words);
        QFETCH(QStringList, found);
        for (const bool fullText : {true, false}) {
            Store store(folder(), {Access::ReadWrite, fullText});
            QCOMPARE(store.report().fullText, fullText);
            fill(store);
            const QStringList hits = titles(store.search({.words = words}));
            QVERIFY2(hits == found, qPrintable((fullText ? "index: " : "plain: ") + hits.join(u',')));
        }
    }

    void saysThatThereIsNoIndexAndKeepsWorkingWhenItComesBack() {
        const auto where = folder();
        {
            Store store(where);
            fill(store);
        }
        {
            Store store(where, {Access::ReadWrite, false});
            QVERIFY(store.report().sentences.front().find("FTS5") != std::string::npos);
            store.append(store.create("New").id, 0, says("a walrus"));
            QCOMPARE(titles(store.search({.words = "walrus"})), QStringList("New"));
            QCOMPARE(titles(store.search({.words = "total"})), QStringList("Receipts"));
        }
        Store store(where);
        QVERIFY(store.report().fullText);
        QVERIFY(store.report().sentences.empty());
        QCOMPARE(titles(store.search({.words = "walrus"})), QStringList("New"));
        Store reader(where, {Access::ReadOnly, true});
        QCOMPARE(titles(reader.search({.words = "walrus"})), QStringList("New"));
    }

    void showsWhereTheWordsStand() {
        Store store(folder());
        const ConversationId id = store.create("Excerpt").id;
        const QString filler = QString("nothing to see here ").repeated(40);
        const TurnId turn = store.append(id, 0, says(filler + "the\nÉCOLE and the café " + filler)).id;
        const Hit hit = store.search({.words = "ecole cafe"}).front();
        QCOMPARE(hit.turn, turn);
        QVERIFY(hit.excerpt.size() < 130);
        QVERIFY(!hit.excerpt.contains(u'\n'));
        QStringList marked;
        for (const TextRange& mark : hit.marks) marked += hit.excerpt.mid(mark.begin, mark.length);
        QCOMPARE(marked, QStringList({"ÉCOLE", "café"}));
    }

    void findsByPictureAndDate() {
        Store store(folder());
        fill(store);
        const auto hash = hashOf("harbour bytes");
        QCOMPARE(titles(store.search({.picture = hash})), QStringList("Untitled"));
        QVERIFY(store.search({.words = "total", .picture = hash}).empty());
        QVERIFY(store.search({.picture = hashOf("other")}).empty());

        Conversation old = store.load(store.create("Old").id);
        Turn turn;
        turn.id = 1;
        turn.text = "long ago";
        turn.created = QDateTime(QDate(2001, 5, 17), QTime(12, 0), Qt::UTC);
        old.add(turn);
        store.add(old, {});
        Search may;
        may.from = QDateTime(QDate(2001, 5, 17), QTime(0, 0), Qt::UTC);
        may.until = may.from.addDays(1);
        QCOMPARE(titles(store.search(may)), QStringList("Old"));
        may.from = may.until;
        may.until = may.from.addDays(1);
        QVERIFY(store.search(may).empty());
        Search since;
        since.from = QDateTime::currentDateTimeUtc().addDays(-1);
        QCOMPARE(store.search(since).size(), std::size_t{4});
    }

    void neverLosesAWordOfRandomConversations() {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomConversations random(seed);
        Store indexed(folder()), plain(folder(), {Access::ReadWrite, false});
        for (int i = 0; i < 15; ++i) {
            const QString text = random.text(20);
            for (Store* store : {&indexed, &plain}) store->append(store->create("x").id, 0, says(text));
            QString mark = QString("mark%1").arg(i);
            for (Store* store : {&indexed, &plain}) {
                const ConversationId id = store->create("y").id;
                store->append(id, 0, says(text + ' ' + mark + ' ' + text));
                const auto hits = store->search({.words = mark});
                QVERIFY(!hits.empty());
                QCOMPARE(hits.front().conversation.id, id);
            }
        }
    }

    void searchesALargeHistoryWithoutAStall() {
        const auto where = folder();
        Store store(where);
        const QStringList vocabulary{"harbour", "boat", "street", "sign", "total", "receipt", "quay", "letter"};
        RandomConversations random(1);
        Conversation conversation = store.load(store.create("Large").id);
        for (int i = 1; i <= 200; ++i) {
            QString text;
            for (int w = 0; w < 60; ++w) text += vocabulary[random.number(vocabulary.size())] + ' ';
            Turn turn;
            turn.id = i;
            turn.parent = i - 1;
            turn.text = text;
            turn.created = QDateTime::currentDateTimeUtc();
            conversation.add(turn);
        }
        for (int i = 0; i < 100; ++i) store.add(conversation, {});
        // Processor time, as other programs may be busy.
        const auto milliseconds = [](const auto& action) {
            const std::clock_t begin = std::clock();
            action();
            return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        };
        std::vector<Hit> hits;
        const double common = milliseconds([&] { hits = store.search({.words = "harbour quay"}); });
        QCOMPARE(hits.size(), std::size_t{100});
        const double absent = milliseconds([&] { QVERIFY(store.search({.words = "zebra"}).empty()); });
        const double list = milliseconds([&] { store.search({}); });
        const double load = milliseconds([&] { store.load(hits.front().conversation.id); });
        const double opening = milliseconds([&] { Store reader(where, {Access::ReadOnly, true}); });
        qInfo("20,000 turns: common words %.1f ms, absent word %.1f ms, list %.1f ms, loading 200 turns %.1f ms, "
              "opening to read %.1f ms",
              common, absent, list, load, opening);
        QVERIFY(common < 50 * fusionscope::tests::slowdown);
        QVERIFY(absent < 50 * fusionscope::tests::slowdown);
        QVERIFY(list < 50 * fusionscope::tests::slowdown);
    }
};

QTEST_GUILESS_MAIN(SearchTest)
#include "search_test.moc"
