#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "core/files/error.h"
#include "core/session/exchange.h"
#include "tests/core/session/random_conversation.h"

using namespace fusionscope;
using namespace fusionscope::session;

namespace {

constexpr int rounds = 25;

QByteArray contents(const std::filesystem::path& file) {
    QFile input(QString::fromStdString(file.string()));
    input.open(QIODevice::ReadOnly);
    return input.readAll();
}

void write(const std::filesystem::path& file, const QByteArray& bytes) {
    std::ofstream(file, std::ios::binary).write(bytes.constData(), bytes.size());
}

/// Everything that a conversation is, apart from the ids of its store.
void requireSame(const Store& storeA, ConversationId idA, const Store& storeB, ConversationId idB) {
    const Conversation a = storeA.load(idA), b = storeB.load(idB);
    QCOMPARE(b.info.title, a.info.title);
    QCOMPARE(b.info.folder, a.info.folder);
    QCOMPARE(b.info.pinned, a.info.pinned);
    QCOMPARE(b.info.created, a.info.created);
    QCOMPARE(b.info.changed, a.info.changed);
    QCOMPARE(b.turns.size(), a.turns.size());
    QHash<TurnId, TurnId> ids{{0, 0}};
    for (std::size_t i = 0; i < a.turns.size(); ++i) ids.insert(a.turns[i].id, b.turns[i].id);
    QCOMPARE(b.root, ids.value(a.root));
    for (std::size_t i = 0; i < a.turns.size(); ++i) {
        Turn expected = a.turns[i];
        for (TurnId* id : {&expected.id, &expected.parent, &expected.chosen}) *id = ids.value(*id);
        QVERIFY(b.turns[i] == expected);
        QVERIFY(storeB.tokens(b.turns[i].id) == storeA.tokens(a.turns[i].id));
        for (const AttachedPicture& picture : expected.pictures) {
            QCOMPARE(storeB.media().has(picture.hash), storeA.media().has(picture.hash));
            if (storeA.media().has(picture.hash))
                QCOMPARE(storeB.media().read(picture.hash), storeA.media().read(picture.hash));
        }
    }
}

}  // namespace

class ExchangeTest : public QObject {
    Q_OBJECT

  private:
    QTemporaryDir m_home;
    int m_files = 0;
    std::filesystem::path path(const QString& ending) {
        return m_home.filePath(QString::number(++m_files) + ending).toStdString();
    }

    /// A small valid document to spoil.
    QByteArray sample() {
        Store store(path(""));
        const ConversationId id = store.create("Sample").id;
        TurnContent content;
        content.text = "Question";
        content.pictures = {{store.media().add("bytes"), "picture.png", 2, 3, 5, nullptr}};
        const TurnId question = store.append(id, 0, content).id;
        TurnContent answer;
        answer.role = Role::Assistant;
        answer.text = "Answer";
        store.append(id, question, answer, {{7, "Answer", -0.5, {{7, "Answer", -0.5}}}});
        const auto file = path(".json");
        exportConversation(store, id, Format::Json, file);
        return contents(file);
    }

  private slots:
    void bringsBackWhatItExported_data() {
        QTest::addColumn<Format>("format");
        QTest::addColumn<QString>("ending");
        QTest::newRow("JSON") << Format::Json << ".json";
        QTest::newRow("HTML") << Format::Html << ".html";
    }
    void bringsBackWhatItExported() {
        QFETCH(Format, format);
        QFETCH(QString, ending);
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomConversations random(seed);
        Store here(path("")), there(path(""));
        for (int round = 0; round < rounds; ++round) {
            const ConversationId id = random.fill(here, 20);
            const auto file = path(ending);
            exportConversation(here, id, format, file);
            const ConversationId back = importConversation(there, file).id;
            requireSame(here, id, there, back);
            const auto again = path(ending);
            exportConversation(there, back, format, again);
            QCOMPARE(contents(again), contents(file));
        }
        QCOMPARE(there.search({}).size(), std::size_t{rounds});
    }

    void bringsBackTheTextsOfMarkdown() {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomConversations random(seed);
        Store here(path("")), there(path(""));
        for (int round = 0; round < rounds; ++round) {
            ConversationId id = random.fill(here, 12);
            const Conversation before = here.load(id);
            if (before.turns.empty()) continue;
            const auto file = path(" with (brackets) [x].md");
            exportConversation(here, id, Format::Markdown, file);
            const Conversation after = there.load(importConversation(there, file).id);
            const auto expected = before.activePath(), found = after.activePath();
            QCOMPARE(after.info.title, before.info.title.simplified());
            QCOMPARE(found.size(), expected.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                QCOMPARE(found[i]->text, expected[i]->text);
                QCOMPARE(found[i]->role, expected[i]->role);
                QCOMPARE(found[i]->pictures.size(), expected[i]->pictures.size());
                for (std::size_t p = 0; p < found[i]->pictures.size(); ++p) {
                    const QString hash = found[i]->pictures[p].hash;
                    QCOMPARE(hash, expected[i]->pictures[p].hash);
                    QCOMPARE(there.media().has(hash), here.media().has(hash));
                }
            }
        }
    }

    void refusesToExportNoConversationAsMarkdownImport() {
        Store store(path(""));
        const auto file = path(".md");
        exportConversation(store, store.create("Empty").id, Format::Markdown, file);
        QVERIFY_EXCEPTION_THROWN(importConversation(store, file), Error);
    }

    void writesAPageThatNeedsNothingElse() {
        Store store(path(""));
        const ConversationId id = store.create("<script>alert(1)</script>").id;
        TurnContent content;
        content.text = "</div><script>alert(2)</script><img src=http://example.com/x>";
        content.pictures = {{store.media().add("\x89PNG\r\n\x1a\nrest"), "\"><script>", 1, 1, 12, nullptr}};
        const TurnId turn = store.append(id, 0, content).id;
        store.append(id, turn, content);
        const auto file = path(".html");
        exportConversation(store, id, Format::Html, file);
        const QByteArray page = contents(file);
        QCOMPARE(page.count("<script"), 1);  // the document, which is no program
        QCOMPARE(page.count("data:image/png;base64,"), 1);
        QVERIFY(!page.contains("<img src=http"));
        QVERIFY(page.contains("default-src 'none'"));
    }

    void refusesDamagedFiles_data() {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("sentence");
        const QByteArray good = sample();
        const auto row = [&](const char* name, const QByteArray& from, const QByteArray& to, const char* sentence) {
            QByteArray bad = good;
            QVERIFY2(bad.contains(from), from.constData());
            bad.replace(bad.indexOf(from), from.size(), to);
            QTest::newRow(name) << bad << QString(sentence);
        };
        QTest::newRow("empty") << QByteArray() << "empty";
        QTest::newRow("truncated") << good.left(good.size() / 2) << "not valid JSON";
        QTest::newRow("something else") << QByteArray("{\"boats\": 3}") << "no conversation of Fusionscope";
        QTest::newRow("a list") << QByteArray("[]") << "expected an object";
        QTest::newRow("deep") << QByteArray(100'000, '[') << "nested deeper";
        QTest::newRow("deep object") << QByteArray("{\"a\":").repeated(100'000) << "nested deeper";
        QTest::newRow("no UTF-8") << QByteArray("{\"format\": \"\xFF\"}") << "not valid JSON";
        row("newer", "\"version\":1", "\"version\":2", "newer Fusionscope");
        row("role", "\"role\":\"user\"", "\"role\":\"root\"", "field role is none of");
        row("state", "\"state\":\"complete\"", "\"state\":\"writing\"", "field state is none of");
        row("time", "\"created\":\"20", "\"created\":\"abc20", "field created is no time");
        row("parent after child", "\"parent\":0", "\"parent\":2", "turn 1: field parent");
        row("parent out of bounds", "\"parent\":1", "\"parent\":99", "turn 2: field parent");
        row("own parent", "\"parent\":1", "\"parent\":2", "turn 2: field parent");
        row("choice elsewhere", "\"chosen\":2", "\"chosen\":1", "does not follow");
        row("root", "\"root\":1", "\"root\":2", "does not follow");
        row("negative", "\"width\":2", "\"width\":-2", "field width is -2");
        row("fraction", "\"width\":2", "\"width\":2.5", "field width is 2.5");
        row("text instead", "\"turns\":[", "\"turns\":7,\"more\":[", "field turns is not a list");
        row("token", "[[7,\"Answer\",-0.5,[", "[[\"7\",\"Answer\",-0.5,[", "a token is not of the form");
        row("short token", "[[7,\"Answer\",-0.5,[[7,\"Answer\",-0.5]]]]", "[[7]]", "a token is not of the form");
        row("hash", "\"hash\":\"" + hashOf("bytes").toUtf8(), "\"hash\":\"../../x", "no SHA-256");
        row("other bytes", QByteArray("bytes").toBase64(), QByteArray("other").toBase64(), "does not hold the bytes");
        row("no base64", QByteArray("bytes").toBase64(), "!!!!", "does not hold the bytes");
        row("picture is a number", "\"" + QByteArray("bytes").toBase64() + "\"", "5", "is not a text");
        row("missing title", "\"title\"", "\"tilte\"", "field title is missing");
        row("twice", "\"root\":1", "\"root\":1,\"root\":1", "stands twice");
    }
    void refusesDamagedFiles() {
        QFETCH(QByteArray, file);
        QFETCH(QString, sentence);
        Store store(path(""));
        for (const char* ending : {".json", ".html"}) {
            const auto where = path(ending);
            write(where, QByteArray(ending) == ".json" ? file
                                                       : "<script type=\"application/json\" "
                                                         "id=\"fusionscope-conversation\">" +
                                                             file + "</script>");
            QElapsedTimer timer;
            timer.start();
            try {
                importConversation(store, where);
                QFAIL("was taken");
            } catch (const Error& error) {
                QVERIFY2(QString(error.what()).contains(sentence), error.what());
                QVERIFY2(QString(error.what()).contains(QString::fromStdString(where.string())), error.what());
            }
            QVERIFY(timer.elapsed() < 1000);
        }
        QVERIFY(store.search({}).empty());
    }

    void survivesEveryDamageToAByte() {
        const QByteArray good = sample();
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomConversations random(seed);
        Store store(path(""));
        const auto where = path(".json");
        int taken = 0;
        for (int i = 0; i < 400; ++i) {
            QByteArray bad = good;
            for (qint64 n = 1 + random.number(3); n > 0; --n)
                bad[random.number(bad.size())] = static_cast<char>(random.number(256));
            if (random.chance(0.2)) bad.truncate(random.number(bad.size()));
            write(where, bad);
            try {
                store.load(importConversation(store, where).id);
                ++taken;
            } catch (const Error&) {
            }
        }
        QCOMPARE(store.search({}).size(), static_cast<std::size_t>(taken));
    }

    void refusesFilesThatAreNoConversations() {
        Store store(path(""));
        const auto refuses = [&](const std::filesystem::path& file) {
            try {
                importConversation(store, file);
                return false;
            } catch (const Error&) {
                return true;
            }
        };
        QVERIFY(refuses(path(".json")));  // is not there
        QVERIFY(refuses(m_home.path().toStdString()));
        const auto text = path(".txt");
        write(text, "hello");
        QVERIFY(refuses(text));
        const auto page = path(".html");
        write(page, "<html><script type=\"application/json\" id=\"fusionscope-conversation\">{");
        QVERIFY(refuses(page));
        const auto markdown = path(".md");
        write(markdown, "# Title\n\n<!-- turn: root -->\n\nhello\n");
        QVERIFY(refuses(markdown));
        const auto large = path(".json");
        write(large, "{");
        std::filesystem::resize_file(large, std::uintmax_t{1} << 40);  // sparse
        QVERIFY(refuses(large));
    }

    void readsOnlyPicturesBesideAMarkdownFile() {
        Store store(path(""));
        const QByteArray secret = "secret";
        const QString name = hashOf(secret) + ".png";
        const auto outside = m_home.path().toStdString() + "/outside";
        std::filesystem::create_directories(outside + "/inner");
        write(outside + "/" + name.toStdString(), secret);
        const std::filesystem::path markdown = outside + "/inner/page.md";
        const QString absolute = QString::fromStdString(outside);
        for (const QString& folder : {QString(".."), QString("%2E%2E"), QString("..%2F..%2Foutside"), absolute}) {
            const QString link = "![x](" + folder + "/" + name + ")";
            write(markdown, ("# T\n\n<!-- turn: user -->\n**You**\n\n" + link + "\n\nhello\n\n").toUtf8());
            importConversation(store, markdown);
            QVERIFY(!store.media().has(hashOf(secret)));
        }
    }
};

QTEST_GUILESS_MAIN(ExchangeTest)
#include "exchange_test.moc"
