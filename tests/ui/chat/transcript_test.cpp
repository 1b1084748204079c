#include <QAbstractItemModelTester>
#include <QPainter>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTextBlock>
#include <QtTest>
#include <cmath>
#include <ctime>

#include "ui/chat/markdown_document.h"
#include "ui/chat/transcript_view.h"
#include "ui/common/workspace.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

constexpr int manyTurns = 2000;

session::Turn turnOf(session::TurnId id, const QString& text) {
    session::Turn turn;
    turn.id = id;
    turn.parent = id - 1;
    turn.role = id % 2 == 1 ? session::Role::User : session::Role::Assistant;
    turn.text = text;
    return turn;
}

QString richText(int i) {
    return QString("Answer **%1** with a list:\n\n- first\n- second `code`\n\n| a | b |\n|---|---|\n| 1 | %1 |\n\n"
                   "```python\nprint(%1)\n```\n\n%2")
        .arg(i)
        .arg(QString("Some more words about the picture. ").repeated(i % 7));
}

session::Conversation longConversation(int turns) {
    session::Conversation conversation;
    for (int i = 1; i <= turns; ++i)
        conversation.add(turnOf(i, i % 2 == 1 ? QString("Question %1?").arg(i) : richText(i)));
    return conversation;
}

/// Tells which files anything in this process asked for: there is one picture, and nobody may look at it.
class Trap {
  public:
    Trap() {
        QImage secret(8, 8, QImage::Format_RGB32);
        secret.fill(Qt::magenta);
        secret.save(path());
    }
    QString path() const { return m_folder.filePath("secret.png"); }

  private:
    QTemporaryDir m_folder;
};

bool showsMagenta(QTextDocument& document) {
    QImage image(400, 300, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    document.drawContents(&painter);
    painter.end();
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y) == QColor(Qt::magenta)) return true;
    return false;
}

struct Bench {
    Bench() : history(folder.path()), model(history), thumbnails(workspace.pictures, workspace.reader, history),
              view(model, thumbnails) {
        view.resize(640, 480);
        view.show();
    }
    ~Bench() { workspace.shutDown(); }
    QTemporaryDir folder;
    Workspace workspace;
    History history;
    TranscriptModel model;
    Thumbnails thumbnails;
    TranscriptView view;
};

session::Token token(const QString& text, double probability, qint64 id = 7) {
    return {id, text, std::log(probability), {}};
}

}  // namespace

class TranscriptTest : public QObject {
    Q_OBJECT

  private slots:
    void loadsNothingThatMarkdownNames_data() {
        QTest::addColumn<QString>("text");
        const Trap trap;
        QTest::newRow("local file") << "![seen](%1)";
        QTest::newRow("file address") << "![seen](file://%1)";
        QTest::newRow("reference") << "![seen][1]\n\n[1]: %1";
        QTest::newRow("html") << "<img src=\"%1\">";
        QTest::newRow("html in a table") << "|a|\n|-|\n|<img src='file://%1'>|";
        QTest::newRow("remote") << "![seen](http://127.0.0.1:9/secret.png)";
        QTest::newRow("resource") << "![seen](:/icons/x.svg)";
    }
    void loadsNothingThatMarkdownNames() {
        QFETCH(QString, text);
        const Trap trap;
        const auto markdown = text.contains("%1") ? text.arg(trap.path()) : text;
        // The trap works: Qt's own document shows the picture of the first row.
        if (QByteArray(QTest::currentDataTag()) == "local file") {
            QTextDocument naive;
            naive.setMarkdown(markdown);
            QVERIFY(showsMagenta(naive));
        }
        MarkdownDocument document;
        document.showMarkdown(markdown, QPalette());
        QVERIFY(!showsMagenta(document));
        for (auto block = document.begin(); block.isValid(); block = block.next())
            for (auto part = block.begin(); !part.atEnd(); ++part)
                QVERIFY(!part.fragment().charFormat().isImageFormat());
        // Also when it is asked directly.
        const auto resource = document.resource(QTextDocument::ImageResource, QUrl::fromLocalFile(trap.path()));
        QVERIFY(resource.value<QImage>().width() <= 1);
        QCOMPARE(document.resource(QTextDocument::StyleSheetResource, QUrl("http://127.0.0.1:9/a.css")).toByteArray(),
                 QByteArray());
    }

    void laysOutHostileMarkdownQuickly_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("quotes") << QString(">").repeated(50'000);
        QTest::newRow("brackets") << QString("[").repeated(50'000);
        QTest::newRow("stars") << QString("**a ").repeated(20'000);
        QTest::newRow("lists") << [] {
            QString text;
            for (int i = 0; i < 300; ++i) text += QString(2 * i, ' ') + "- x\n";
            return text;
        }();
        QTest::newRow("columns") << QString("|a").repeated(2000) + "|\n" + QString("|-").repeated(2000) + "|\n";
        QTest::newRow("one word") << QString("x").repeated(99'000);
        QTest::newRow("half a code block") << "```c\nint main() {";
        QTest::newRow("half a table") << "| a | b |\n|--";
        QTest::newRow("no characters") << QString(QChar(0xD800)) + QChar(0) + QChar(0xFFFF);
    }
    void laysOutHostileMarkdownQuickly() {
        QFETCH(QString, text);
        QElapsedTimer timer;
        timer.start();
        const TurnLayout layout(text, {.speaker = "Model", .caption = {}, .isAnswer = true, .chips = {}}, nullptr, 600,
                                QPalette());
        QVERIFY(layout.height() > 0);
        qInfo("%lld ms", static_cast<long long>(timer.elapsed()));
        QVERIFY(timer.elapsed() < 3000);
    }

    void findsCodeBlocksAndTables() {
        MarkdownDocument document;
        document.showMarkdown("Look:\n\n```python\na = 1\n\nb = 2\n```\n\nand\n\n| x | y |\n|---|---|\n| 1 | 2 |\n",
                              QPalette());
        QCOMPARE(static_cast<int>(document.codeBlocks().size()), 1);
        QCOMPARE(document.codeBlocks().front().text, QString("a = 1\n\nb = 2"));
        QVERIFY(document.toPlainText().contains("x"));
    }

    void findsTheWordsOfAnAnswer() {
        const QString text = "There are **four** guitars. “WO0P”";
        const std::vector<session::Token> tokens = {
            token("There", 0.9), token(" are", 0.8), token(" **", 0.9),       token("four", 0.5), token("**", 0.9),
            token(" guit", 0.9), token("ars", 0.9),  token(".", 1),           token(" “", 0.9),   token("WO", 0.5),
            token("0P", 0.5),    token("”", 1),      token("<|im_end|>", 0.9)};
        const auto words = wordsOf(text, tokens);
        QCOMPARE(static_cast<int>(words.size()), 5);
        QCOMPARE(words[2].text, QString("**four**"));
        QCOMPARE(words[2].firstToken, 2);
        QCOMPARE(words[2].tokenCount, 3);
        QVERIFY(std::abs(words[2].probability - 0.9 * 0.5 * 0.9) < 1e-9);
        QCOMPARE(words[3].text, QString("guitars."));
        QCOMPARE(words[4].tokenCount, 4);
        MarkdownDocument document;
        document.showMarkdown(text, QPalette());
        const auto places = document.placesOf(words);
        const auto shown = document.toPlainText();
        QCOMPARE(shown.mid(places[2].begin, places[2].length), QString("four"));
        QCOMPARE(shown.mid(places[3].begin, places[3].length), QString("guitars."));
        QCOMPARE(shown.mid(places[4].begin, places[4].length), QString("“WO0P”"));
    }

    void saysWhatElseAWordMightHaveBeen() {
        session::Token four = token("four", 0.5, 1);
        four.alternatives = {{1, "four", std::log(0.5)}, {2, "three", std::log(0.3)}, {3, "two", std::log(0.1)}};
        QCOMPARE(describe({"four", 0, 1, 0.5}, {four}), QString("“four”  p 0.50 · next best “three” 0.30, “two” 0.10"));
    }

    void isAModelThatQtAccepts() {
        Bench bench;
        const QAbstractItemModelTester tester(&bench.model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        bench.model.show(longConversation(6));
        bench.model.setTail(TranscriptTail{3, "answering"});
        QCOMPARE(bench.model.rowCount(), 4);
        bench.model.setTail(TranscriptTail{3, "answering more"});
        auto branch = turnOf(7, "another answer");
        branch.parent = 3;
        branch.role = session::Role::Assistant;
        branch.state = session::TurnState::Writing;
        bench.model.add(branch);
        QCOMPARE(bench.model.rowCount(), 4);
        bench.model.setText(7, "longer");
        QCOMPARE(bench.model.branch(3), std::make_pair(2, 2));
        bench.model.choose(4);
        QCOMPARE(bench.model.rowCount(), 6);
        bench.model.show({});
        QCOMPARE(bench.model.rowCount(), 0);
    }

    void staysFastWithManyTurns() {
        Bench bench;
        auto conversation = longConversation(manyTurns);
        // In processor time, so that other programs on the machine do not count.
        const auto taken = [](const auto& action) {
            const auto before = std::clock();
            action();
            return 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
        };
        const double opened = taken([&] {
            bench.model.show(std::move(conversation));
            bench.view.grab();
        });
        double slowest = 0, total = 0;
        int frames = 0;
        auto* bar = bench.view.verticalScrollBar();
        while (bar->value() > bar->maximum() * 3 / 4) {
            const double frame = taken([&] {
                bar->setValue(bar->value() - 96);
                bench.view.grab();
            });
            slowest = std::max(slowest, frame);
            total += frame;
            ++frames;
        }
        const double jump = taken([&] {
            bar->setValue(0);
            bench.view.grab();
        });
        bench.view.scrollToEnd();
        bench.view.grab();
        const double append = taken([&] {
            bench.model.add(turnOf(manyTurns + 1, "And now?"));
            auto answer = turnOf(manyTurns + 2, "");
            answer.state = session::TurnState::Writing;
            bench.model.add(answer);
            bench.view.grab();
        });
        QString text;
        double slowestText = 0;
        for (int i = 0; i < 100; ++i) {
            text += "word **bold** ";
            slowestText = std::max(slowestText, taken([&] {
                bench.model.setText(manyTurns + 2, text);
                bench.view.grab();
            }));
        }
        qInfo("%d turns: opened in %.1f ms, %d frames of scrolling at %.1f ms (slowest %.1f), jump to the top %.1f ms, "
              "appending %.1f ms, streamed text at most %.1f ms; %d rows laid out (aim: nothing over 50 ms)",
              manyTurns, opened, frames, total / frames, slowest, jump, append, slowestText, bench.view.laidOutRows());
        QVERIFY(bench.view.laidOutRows() <= 120);
        QVERIFY(opened < 100);
        QVERIFY(total / frames < 25);
        QVERIFY(jump < 100);
        QVERIFY(append < 50);
        QVERIFY(slowestText < 50);
        QCOMPARE(bench.model.rowCount(), manyTurns + 2);
        QCOMPARE(bench.view.indexAt({20, bench.view.viewport()->height() - 4}).row(), manyTurns + 1);
    }

    void keepsInPlaceWhatIsInSightWhileScrollingUp() {
        Bench bench;
        bench.model.show(longConversation(200));
        auto* bar = bench.view.verticalScrollBar();
        for (int i = 0; i < 60; ++i) {
            const auto index = bench.view.indexAt({20, 240});
            const int before = bench.view.visualRect(index).top();
            bar->setValue(bar->value() - 37);
            QCOMPARE(bench.view.visualRect(index).top(), before + 37);
        }
    }

    void walksByKeyboard() {
        Bench bench;
        bench.model.show(longConversation(40));
        bench.view.setFocus();
        bench.view.setCurrentIndex(bench.model.index(39));
        QTest::keyClick(&bench.view, Qt::Key_Home);
        QCOMPARE(bench.view.currentIndex().row(), 0);
        QVERIFY(bench.view.viewport()->rect().contains(bench.view.visualRect(bench.model.index(0)).topLeft()));
        QTest::keyClick(&bench.view, Qt::Key_Down);
        QCOMPARE(bench.view.currentIndex().row(), 1);
        QTest::keyClick(&bench.view, Qt::Key_PageDown);
        QVERIFY(bench.view.currentIndex().row() > 2);
        QTest::keyClick(&bench.view, Qt::Key_End);
        QCOMPARE(bench.view.currentIndex().row(), 39);
        QCOMPARE(bench.view.textToCopy(), bench.model.turn(39)->text);
    }
};

QTEST_MAIN(TranscriptTest)

#include "transcript_test.moc"
