#include "ui/common/video_frames.h"

#include <QtTest>

#include "core/engine/model.h"
#include "tests/ui/chat/chat_window.h"
#include "ui/chat/prompt.h"

using namespace fusionscope;
using namespace fusionscope::ui;

/// Frames of a video and many pictures in a question.
class VideoFramesTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ChatWindow> m_window;
    int m_shade = 0;

    /// A picture unlike all before. @param origin of a frame
    QString openPicture(const nlohmann::json& origin = {}) {
        QImage image(64, 48, QImage::Format_RGB32);
        image.fill(QColor(++m_shade, 100, 200));
        QBuffer buffer;
        buffer.open(QIODevice::WriteOnly);
        image.save(&buffer, "PNG");
        QSignalSpy opened(&m_window->workspace.pictures, &Pictures::opened);
        m_window->workspace.pictures.open(buffer.data(), QString("picture %1").arg(m_shade), origin);
        return opened.wait(20000) ? opened[0][0].toString() : QString();
    }
    static nlohmann::json origin(double seconds) {
        VideoFrame frame;
        frame.video = "/somewhere/clip.mp4";
        frame.index = qint64(seconds * 10);
        frame.seconds = seconds;
        frame.duration = 9;
        return originOf(frame);
    }
    QStringList chips() {
        QStringList texts;
        for (auto* chip : m_window->composer().findChildren<QToolButton*>())
            if (chip->text().endsWith("✕")) texts += chip->text();
        return texts;
    }
    static session::AttachedPicture attached(const nlohmann::json& origin) {
        session::AttachedPicture picture;
        picture.hash = "x";
        picture.width = 64;
        picture.height = 48;
        picture.origin = origin;
        return picture;
    }

  private slots:
    void init() {
        isolateSettings(m_folder.path());
        m_window = std::make_unique<ChatWindow>(m_folder.filePath(QTest::currentTestFunction()));
    }
    void cleanup() { m_window.reset(); }

    void markedFramesGoWithTheQuestionInTheOrderOfTimeAndGoAgain() {
        openPicture(origin(5));
        const auto middle = openPicture(origin(2));
        openPicture(origin(8));
        auto& pictures = m_window->composer().pictures();
        QCOMPARE(pictures.list().size(), size_t{3});
        QCOMPARE(frameFrom(pictures.list()[0]->origin, {})->seconds, 2.0);
        QCOMPARE(frameFrom(pictures.list()[2]->origin, {})->seconds, 8.0);
        QTRY_COMPARE(chips().size(), 3);
        QVERIFY(chips()[0].startsWith("1 ") && chips()[2].startsWith("3 "));
        m_window->workspace.pictures.close(middle);
        QCOMPARE(pictures.list().size(), size_t{2});
    }

    void theSeventeenthPictureIsRefusedInASentenceAndFramesAreNotCounted() {
        auto& pictures = m_window->composer().pictures();
        for (int i = 0; i < 16; ++i) {
            m_window->workspace.selection.setPicture(openPicture());
            pictures.attachSelected();
        }
        QCOMPARE(pictures.list().size(), size_t{16});
        m_window->workspace.selection.setPicture(openPicture());
        QVERIFY(m_window->said().isEmpty());
        pictures.attachSelected();
        QCOMPARE(pictures.list().size(), size_t{16});
        QVERIFY2(m_window->said().contains("16"), qPrintable(m_window->said()));
        openPicture(origin(1));
        QCOMPARE(pictures.list().size(), size_t{17});
    }

    void framesOfOneVideoAreAVideoInThePrompt() {
        Prompt prompt;
        session::Turn turn;
        turn.id = 1;
        turn.role = session::Role::User;
        turn.text = "What happens?";
        turn.pictures = {attached(nullptr), attached(origin(1)), attached(origin(4)), attached(origin(6))};
        prompt.turns = {turn};
        const auto messages = messagesOf(prompt);
        using Kind = text::ContentItem::Kind;
        QCOMPARE(messages.size(), size_t{1});
        QCOMPARE(messages[0].content.size(), size_t{3});
        QCOMPARE(messages[0].content[0].kind, Kind::Image);
        QCOMPARE(messages[0].content[1].kind, Kind::Video);
        const auto sizes = sizesIn(prompt);
        QCOMPARE(sizes.pictures.size(), size_t{1});
        QCOMPARE(sizes.videos.size(), size_t{1});
        QCOMPARE(sizes.videos[0].times.seconds, (std::vector<double>{1, 4, 6}));
        QCOMPARE(sizes.videos[0].times.duration, 9.0);
        // One frame is a picture, and so is one that goes back in time.
        prompt.turns[0].pictures = {attached(origin(4)), attached(origin(1))};
        QCOMPARE(sizesIn(prompt).pictures.size(), size_t{2});
        // Whatever stands in the history.
        prompt.turns[0].pictures = {attached({{"video", 3}, {"frame", "x"}}), attached({{"video", "v"}, {"frame", 1}, {"seconds", "y"}})};
        QCOMPARE(sizesIn(prompt).pictures.size(), size_t{2});
    }

    void aQuestionAboutFramesIsAnsweredAndCountedAsItIsSent_data() {
        QTest::addColumn<QString>("folder");
        const auto golden = [](const char* name) { return QString(FUSIONSCOPE_SOURCE_DIR "/tests/golden/%1/model").arg(name); };
        QTest::newRow("Florence-VL") << nano;
        QTest::newRow("SmolVLM2") << golden("smolvlm/smolvlm2-layout");
        QTest::newRow("LLaVA-OneVision") << golden("llava-onevision/ov-0.5b-layout");
    }
    void aQuestionAboutFramesIsAnsweredAndCountedAsItIsSent() {
        QFETCH(QString, folder);
        QVERIFY(m_window->load(folder));
        std::const_pointer_cast<ModelFacts>(m_window->workspace.model.facts())->generation.maxNewTokens = 4;
        for (const double seconds : {1.0, 3.0, 6.5}) QVERIFY(!openPicture(origin(seconds)).isEmpty());
        QVERIFY(m_window->ask("What happens?"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->workspace.answer.exchange(), 20000);
        const auto exchange = m_window->workspace.answer.exchange();
        QCOMPARE(exchange->request.videos.size(), size_t{1});
        QCOMPARE(exchange->request.videos[0].frames.size(), size_t{3});
        QCOMPARE(exchange->request.videos[0].times.duration, 9.0);
        engine::VideoShape shape{{}, exchange->request.videos[0].times};
        for (const auto& frame : exchange->request.videos[0].frames) shape.frames.push_back(frame.size());
        int64_t counted = 0;
        bool done = false;
        m_window->workspace.worker.submit("count", [&](WorkerContext& context) {
            counted = context.loaded().promptLength(exchange->request.messages, {}, {shape});
            done = true;
        });
        QTRY_VERIFY_WITH_TIMEOUT(done && m_window->workspace.worker.isIdle(), 20000);
        QCOMPARE(counted, exchange->answer.statistics.promptTokens);
    }
};

QTEST_MAIN(VideoFramesTest)
#include "video_frames_test.moc"
