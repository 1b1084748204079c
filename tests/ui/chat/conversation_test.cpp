#include <QClipboard>
#include <QMimeData>
#include <QProcess>
#include <QThread>

#include "core/engine/folder_report.h"
#include "tests/ui/chat/chat_window.h"
#include "ui/chat/draft_edit.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

/// The child: begins a long answer, tells that it has begun, and is killed.
int answerUntilKilled(const QString& folder) {
    ChatWindow window(folder);
    if (!window.load() || !window.open(sample)) return 2;
    // Once the answer is shown as begun the window's thread stands still, however fast the model is, so that the answer
    // is never finished.
    QObject::connect(&window.chat->dialogue(), &Dialogue::textArrived, qApp, [&window] {
        if (!window.rows().turn(1)) return;
        std::puts(window.turn(1).text.isEmpty() ? "nothing" : "begun");
        std::fflush(stdout);
        QThread::sleep(60);
    });
    auto generation = window.workspace.model.facts()->generation;
    generation.greedy = false;
    generation.temperature = 5;
    generation.maxNewTokens = 900;
    window.chat->dialogue().setGeneration(generation);
    window.chat->ask("What do you see?");
    return QCoreApplication::exec();
}

}  // namespace

class ConversationTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { isolateSettings(m_settings.path()); }

    void answersAboutThePictureAndKeepsIt() {
        QTemporaryDir folder;
        qint64 id = 0;
        QString answer;
        {
            ChatWindow window(folder.path());
            QVERIFY(window.load());
            QVERIFY(window.open(sample));
            QCOMPARE(static_cast<int>(window.composer().pictures().list().size()), 1);
            QVERIFY(window.ask("What place is this?"));
            QCOMPARE(window.said(), QString());
            QCOMPARE(window.rows().rowCount(), 2);
            const auto& question = window.turn(0);
            QCOMPARE(question.text, QString("What place is this?"));
            QCOMPARE(static_cast<int>(question.pictures.size()), 1);
            QVERIFY(window.store().media().has(question.pictures.front().hash));
            answer = window.turn(1).text;
            QVERIFY(!answer.isEmpty());
            QCOMPARE(window.turn(1).model.name, QString("Florence-VL nano"));
            QVERIFY(window.rows().index(1).data(TranscriptModel::CaptionRole).toString().contains("s to first word"));
            const auto tokens = window.rows().tokens(window.turn(1).id);
            QVERIFY(tokens);
            QVERIFY(tokens->words.size() >= 2);
            QCOMPARE(static_cast<int>(tokens->tokens.front().alternatives.size()), 5);
            const auto exchange = window.workspace.answer.exchange();
            QVERIFY(exchange);
            QCOMPARE(exchange->turn, window.turn(1).id);
            QCOMPARE(QString::fromStdString(exchange->answer.text), answer);
            QVERIFY(window.composer().text().isEmpty());
            QVERIFY(window.composer().pictures().list().empty());
            id = window.chat->dialogue().id();
            const auto hash = QString::fromStdString(engine::checkpointHash(nano.toStdString()));
            QTRY_COMPARE(window.store().load(id).turns.back().model.hash, hash);
        }
        ChatWindow again(folder.path());
        again.openConversation(id);
        QCOMPARE(again.rows().rowCount(), 2);
        QCOMPARE(again.turn(1).text, answer);
        QTRY_COMPARE(again.workspace.selection.picture(), again.turn(0).pictures.front().hash);
        QTRY_VERIFY(again.workspace.answer.exchange());
        QCOMPARE(again.workspace.answer.exchange()->turn, again.turn(1).id);
        const auto hash = again.turn(0).pictures.front().hash;
        QCOMPARE(again.workspace.answer.exchange()->request.pictures.front().hash(), hash.toStdString());
        // A question that is changed keeps its picture, also one that is not open.
        again.workspace.pictures.close(hash);
        again.command("chat.edit")->trigger();
        QTRY_COMPARE(static_cast<int>(again.composer().pictures().list().size()), 1);
    }

    void readsOnlyWhatIsNewInALaterQuestion() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        QVERIFY(window.ask("What place is this?"));
        QVERIFY(window.ask("Is there a cat?"));
        const auto& statistics = window.workspace.answer.exchange()->answer.statistics;
        QCOMPARE(statistics.encodedPictures, int64_t{0});
        QVERIFY2(statistics.reusedTokens > statistics.visualTokens,
                 qPrintable(QString("%1 of %2").arg(statistics.reusedTokens).arg(statistics.promptTokens)));
        QVERIFY(window.turn(2).pictures.empty());
    }

    void sendsTheSelectedPictureAlongWhereTheChatHasNotSeenIt() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        QVERIFY(window.ask("What place is this?"));
        QVERIFY(window.open(QString(FUSIONSCOPE_SOURCE_DIR) + "/resources/samples/world-sea.png"));
        QCOMPARE(static_cast<int>(window.composer().pictures().list().size()), 1);
        QVERIFY(window.ask("What place is this?"));
        QCOMPARE(static_cast<int>(window.turn(2).pictures.size()), 1);
        QCOMPARE(window.turn(2).pictures.front().name, QString("world-sea.png"));
        window.workspace.selection.setPicture(window.turn(0).pictures.front().hash);
        QVERIFY(window.composer().pictures().list().empty());
        QVERIFY(window.ask("Is there a cat?"));
        QVERIFY(window.turn(4).pictures.empty());
    }

    void stopsAndKeepsWhatHasArrived() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        auto generation = window.workspace.model.facts()->generation;
        generation.greedy = false;
        generation.temperature = 5;
        generation.maxNewTokens = 900;
        window.chat->dialogue().setGeneration(generation);
        QSignalSpy text(&window.chat->dialogue(), &Dialogue::textArrived);
        QVERIFY(!window.command("chat.stop")->isEnabled());
        window.chat->ask("What do you see?");
        QVERIFY(text.wait(20'000));
        QTRY_VERIFY(window.command("chat.stop")->isEnabled());
        QElapsedTimer timer;
        timer.start();
        window.command("chat.stop")->trigger();
        QTRY_VERIFY(!window.chat->dialogue().isAnswering());
        qInfo("stopped after %lld ms (aim: 200)", static_cast<long long>(timer.elapsed()));
        QVERIFY(timer.elapsed() < 1000);
        QCOMPARE(window.turn(1).stopReason, QString("stopped"));
        QVERIFY(!window.turn(1).text.isEmpty());
        QCOMPARE(window.store().load(window.chat->dialogue().id()).turns.back().text, window.turn(1).text);
    }

    void keepsEveryBranch() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        const QAbstractItemModelTester tester(&window.rows(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(window.ask("What place is this?"));
        const auto first = window.turn(1).id;
        window.command("chat.regenerate")->trigger();
        QVERIFY(window.awaitAnswer());
        QCOMPARE(window.rows().rowCount(), 2);
        QVERIFY(window.turn(1).id != first);
        QCOMPARE(window.rows().branch(1), std::make_pair(2, 2));
        window.command("chat.previousBranch")->trigger();
        QTRY_COMPARE(window.turn(1).id, first);
        QCOMPARE(window.rows().branch(1), std::make_pair(1, 2));

        window.command("chat.edit")->trigger();
        QCOMPARE(window.composer().text(), QString("What place is this?"));
        QCOMPARE(static_cast<int>(window.composer().pictures().list().size()), 1);
        QVERIFY(window.ask("How many cats are there?"));
        QCOMPARE(window.rows().rowCount(), 2);
        QCOMPARE(window.turn(0).text, QString("How many cats are there?"));
        QCOMPARE(window.rows().branch(0), std::make_pair(2, 2));
        QCOMPARE(static_cast<int>(window.turn(0).pictures.size()), 1);
        const auto stored = window.store().load(window.chat->dialogue().id());
        QCOMPARE(static_cast<int>(stored.turns.size()), 5);
        QCOMPARE(stored.activePath().front()->text, QString("How many cats are there?"));
    }

    void marksAnAnswerThatWasKilled() {
        QTemporaryDir folder;
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(QCoreApplication::applicationFilePath(), {"--answer-until-killed", folder.path()});
        QVERIFY(child.waitForStarted());
        QVERIFY(child.waitForReadyRead(60'000));
        QCOMPARE(child.readLine().trimmed(), QByteArray("begun"));
        child.kill();
        QVERIFY(child.waitForFinished());
        ChatWindow window(folder.path());
        QVERIFY(window.kept.sentences().join(' ').contains("The program ended while 1 answer was being written"));
        QTRY_COMPARE(window.list().count(), 1);
        window.openConversation(
            window.list().hit(window.list().index(0, 0, window.list().index(0, 0)))->conversation.id);
        QCOMPARE(window.rows().rowCount(), 2);
        QCOMPARE(window.turn(1).state, session::TurnState::Interrupted);
        QVERIFY(!window.turn(1).text.isEmpty());
        QVERIFY(window.rows().index(1).data(TranscriptModel::CaptionRole).toString().contains("interrupted"));
    }

    void givesAModelToWhoeverOpensModels() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QSignalSpy given(window.chat, &ChatPanel::othersGiven);
        QMimeData dropped;
        dropped.setUrls({QUrl::fromLocalFile(nano), QUrl::fromLocalFile(sample)});
        window.composer().pictures().attach(dropped);
        QTRY_COMPARE(static_cast<int>(window.composer().pictures().list().size()), 1);
        QTRY_COMPARE(given.count(), 1);
        QCOMPARE(given.front().front().toStringList(), QStringList(nano));
        QCOMPARE(window.said(), QString());
    }

    void asksAboutARegionAsAPictureOfItsOwn() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        const auto hash = window.workspace.selection.picture();
        window.workspace.regions.add(hash, {Region::Kind::Box, QPolygonF(QRectF(10, 20, 60, 50)), {}, 0, 0});
        window.composer().pictures().set({});
        window.command("chat.addRegion")->trigger();
        QTRY_COMPARE(static_cast<int>(window.composer().pictures().list().size()), 1);
        QVERIFY(window.ask("What do you see?"));
        const auto& picture = window.turn(0).pictures.front();
        QCOMPARE(picture.width, 60);
        QCOMPARE(picture.height, 50);
        QCOMPARE(picture.origin["picture"].get<std::string>(), hash.toStdString());
        QCOMPARE(picture.origin["box"], nlohmann::json({10, 20, 70, 70}));
    }

    void attachesWhatIsPastedAndDropped() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QImage image(40, 30, QImage::Format_RGB32);
        image.fill(Qt::red);
        QGuiApplication::clipboard()->setImage(image);
        auto* edit = window.composer().findChild<DraftEdit*>();
        edit->setFocus();
        edit->paste();
        auto& pictures = window.composer().pictures();
        QTRY_COMPARE(static_cast<int>(pictures.list().size()), 1);
        QCOMPARE(pictures.list().front()->handle.size().width, 40);
        QMimeData dropped;
        dropped.setUrls({QUrl::fromLocalFile(sample)});
        pictures.attach(dropped);
        QTRY_COMPARE(static_cast<int>(pictures.list().size()), 2);
        pictures.attachFiles({"/nowhere/at-all.png"});
        QTRY_VERIFY(window.said().contains("at-all.png"));
        pictures.remove(0);
        QCOMPARE(pictures.list().front()->name, QString("world-beach.png"));
        // A spreadsheet's cells come as words and as a picture of them.
        auto* cells = new QMimeData;
        cells->setText("12.40");
        cells->setImageData(image);
        QGuiApplication::clipboard()->setMimeData(cells);
        edit->paste();
        QCOMPARE(window.composer().text(), QString("12.40"));
        QCOMPARE(static_cast<int>(pictures.list().size()), 1);
        edit->clear();
        QGuiApplication::clipboard()->setText("only words");
        edit->paste();
        QCOMPARE(window.composer().text(), QString("only words"));
    }

    void countsTheDraftAndWhatIsLeft() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        auto* counts = window.composer().findChild<QLabel*>("counts");
        QVERIFY(counts);
        window.composer().setText("How many cats are there?");
        QTRY_VERIFY(counts->text().contains("left"));
        const auto draft = counts->text().section(' ', 0, 0).toInt();
        QVERIFY2(draft > 64 + 5 && draft < 64 + 40, qPrintable(counts->text()));
        window.composer().setText(QString("word ").repeated(2000));
        QTRY_VERIFY(counts->text().contains("too many"));
    }

    void tellsHowSureEachWordWas() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        QVERIFY(window.ask("What place is this?"));
        window.command("chat.probabilities")->trigger();
        QVERIFY(window.view().isShaded());
        window.command("chat.read")->trigger();
        QTest::keyClick(&window.view(), Qt::Key_Right);
        QTest::keyClick(&window.view(), Qt::Key_Right);
        const auto word = window.workspace.selection.word();
        QVERIFY(word);
        QCOMPARE(word->turn, window.turn(1).id);
        const auto& layout = window.view().layoutOf(1);
        QCOMPARE(word->firstToken, layout.tokens()->words[1].firstToken);
        const auto line = describe(layout.tokens()->words[1], layout.tokens()->tokens);
        QVERIFY2(line.contains("  p 0.") || line.contains("  p 1."), qPrintable(line));

        const auto spot = [&](int index) {
            const auto rect = layout.rectOf({Zone::Kind::Word, index, {}});
            return (rect.center() + window.view().visualRect(window.rows().index(1)).topLeft()).toPoint();
        };
        QTest::mouseMove(window.view().viewport(), spot(0));
        QTRY_COMPARE(window.workspace.selection.word()->firstToken, 0);
        QTest::mouseMove(window.view().viewport(), QPoint(2, 2));
        QTRY_COMPARE(window.workspace.selection.word()->firstToken, word->firstToken);  // the one that was kept
    }

    void runsNoTasksWithAModelThatHasNone() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load(QStringLiteral(FUSIONSCOPE_SOURCE_DIR "/tests/golden/smolvlm/smolvlm-256m-layout/model")));
        QVERIFY(!window.workspace.model.facts()->summary.runsTasks);
        QVERIFY(window.open(sample));
        window.composer().runTask("<OD>");
        QTRY_VERIFY(!window.said().isEmpty());
        QCOMPARE(window.store().search({}).front().conversation.turns, qint64{0});
    }

    void keepsResultsOfTasksAndDrawsThemAgain() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load(QStringLiteral(FUSIONSCOPE_SOURCE_DIR "/tests/golden/florence2/tiny-a/model")));
        QVERIFY(window.workspace.model.facts()->summary.runsTasks);
        QVERIFY(window.open(sample));
        const auto hash = window.workspace.selection.picture();
        window.composer().runTask("<CAPTION_TO_PHRASE_GROUNDING>");
        QVERIFY(window.said().contains("needs words"));
        window.composer().runTask("<REGION_TO_CATEGORY>");
        QVERIFY(window.said().contains("needs a region"));
        window.composer().runTask("<OD>");
        QVERIFY(window.awaitAnswer());
        QCOMPARE(window.rows().rowCount(), 1);
        QCOMPARE(window.turn(0).role, session::Role::Task);
        QCOMPARE(window.turn(0).result["task"], nlohmann::json("<OD>"));
        QCOMPARE(window.rows().index(0).data(TranscriptModel::SpeakerRole).toString(), QString("Objects"));
        const auto drawn = window.workspace.overlays.regions(hash);
        QCOMPARE(static_cast<int>(drawn.size()), static_cast<int>(window.turn(0).result["regions"].size()));
        window.workspace.overlays.setRegions(hash, {});
        window.openConversation(window.chat->dialogue().id());
        QCOMPARE(window.workspace.overlays.regions(hash).size(), drawn.size());
    }

    void followsANewSystemPromptFromTheNextQuestionOn() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        window.chat->dialogue().setSystemPrompt("Answer in one word.");
        QVERIFY(window.ask("What place is this?"));
        QCOMPARE(window.turn(0).role, session::Role::System);
        QCOMPARE(window.turn(1).text, QString("What place is this?"));
        const auto& messages = window.workspace.answer.exchange()->request.messages;
        QCOMPARE(messages.front().role, text::Role::System);
        QVERIFY(window.ask("Is there a cat?"));
        QCOMPARE(window.rows().rowCount(), 5);  // said once
        const auto id = window.chat->dialogue().id();
        window.chat->newConversation();
        QVERIFY(window.chat->dialogue().systemPrompt().isEmpty());
        window.openConversation(id);
        QCOMPARE(window.chat->dialogue().systemPrompt(), QString("Answer in one word."));
    }

    void goesOnWithAnAnswerWhileAnotherChatIsShown() {
        QTemporaryDir folder;
        ChatWindow window(folder.path());
        QVERIFY(window.load());
        QVERIFY(window.open(sample));
        QSignalSpy text(&window.chat->dialogue(), &Dialogue::textArrived);
        window.chat->ask("What do you see?");
        QVERIFY(text.wait(20'000));
        const auto id = window.chat->dialogue().id();
        window.composer().setText("a draft");
        window.chat->newConversation();
        QVERIFY(!window.chat->dialogue().isAnswering());
        // At first the question is the last turn that is stored.
        const auto isStored = [&] {
            const auto turns = window.store().load(id).turns;
            return turns.size() == 2 && turns.back().state == session::TurnState::Complete;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isStored(), 30'000);
        QCOMPARE(window.rows().rowCount(), 0);
        window.openConversation(id);
        QCOMPARE(window.rows().rowCount(), 2);
        QCOMPARE(window.composer().text(), QString("a draft"));
    }

  private:
    QTemporaryDir m_settings;
};

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    if (argc == 3 && QByteArray(argv[1]) == "--answer-until-killed") return answerUntilKilled(argv[2]);
    ConversationTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "conversation_test.moc"
