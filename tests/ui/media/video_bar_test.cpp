#include "ui/media/video_bar.h"

#include <signal.h>
#include <unistd.h>

#include <QMimeData>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/core/video/bar_code.h"
#include "ui/common/workspace.h"
#include "ui/media/media_panel.h"
#include "ui/media/notice_bar.h"
#include "ui/media/open_video.h"
#include "ui/media/picture_view.h"
#include "ui/media/video_strip.h"

using namespace fusionscope;
using namespace fusionscope::ui;

class VideoBarTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_file;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<VideoBar> m_bar;
    std::vector<int> m_seen;  // numbers on the frames that were shown

    void open() {
        m_bar->open(m_file);
        QTRY_VERIFY_WITH_TIMEOUT(m_seen.size() == 1, 30000);
        QCOMPARE(m_seen[0], 0);
    }
    /// Processes that this one has started.
    static QList<pid_t> decoders() {
        QList<pid_t> found;
        for (const auto& entry : QDir("/proc").entryList({"[0-9]*"})) {
            QFile file("/proc/" + entry + "/stat");
            if (!file.open(QIODevice::ReadOnly)) continue;
            const auto stat = file.readAll();
            const auto fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
            if (stat.contains("(fusionscope-de") && fields.value(1).toInt() == getpid() && fields.value(0) != "Z")
                found += pid_t(entry.toInt());
        }
        return found;
    }
    void await(int number) { QTRY_COMPARE_WITH_TIMEOUT(m_seen.back(), number, 10000); }

  private slots:
    void initTestCase() {
        m_file = m_folder.filePath("clip.avi");
        QVERIFY(!tests::writeBarVideo(m_file.toStdString(), "MJPG", 90, 25, 30).empty());
    }
    void init() {
        m_workspace = std::make_unique<Workspace>();
        m_bar = std::make_unique<VideoBar>(*m_workspace);
        m_seen.clear();
        connect(m_bar.get(), &VideoBar::frameReady, this, [this](const std::shared_ptr<const PicturePyramid>& frame) {
            m_seen.push_back(tests::barNumber([&](int x, int y) { return qRed(frame->stored(x, y)); }));
        });
    }
    void cleanup() {
        m_workspace->shutDown();
        m_bar.reset();
        m_workspace.reset();
    }

    void writesTimesWithHundredths() {
        QCOMPARE(timeText(12.4), QString("00:12.40"));
        QCOMPARE(timeText(59.999), QString("01:00.00"));
        QCOMPARE(timeText(3723.456), QString("01:02:03.46"));
        QCOMPARE(timeText(-1), QString("00:00.00"));
    }

    void stepsByExactlyOneFrame() {
        open();
        for (int number = 1; number < 6; ++number) {
            m_bar->step(1);
            await(number);
        }
        m_bar->step(-1);
        await(4);
        m_bar->seek(77);
        await(77);
        m_bar->step(-1);
        await(76);
        m_bar->seek(1000);
        await(89);
        m_bar->step(1);
        QCOMPARE(m_bar->position(), 89);
    }

    void playsEveryFrameInOrderAndRestsAtTheEnd() {
        open();
        m_bar->seek(80);
        await(80);
        m_seen.clear();
        m_bar->playOrPause();
        QTRY_VERIFY_WITH_TIMEOUT(!m_seen.empty() && m_seen.back() == 89, 20000);
        QCOMPARE(m_seen, (std::vector<int>{81, 82, 83, 84, 85, 86, 87, 88, 89}));
    }

    void aMarkedFrameBecomesAPictureWithItsTime() {
        open();
        m_bar->seek(31);
        await(31);
        QSignalSpy opened(&m_workspace->pictures, &Pictures::opened);
        m_bar->mark();
        QVERIFY(opened.wait(20000));
        const auto picture = m_workspace->pictures.find(opened[0][0].toString());
        QCOMPARE(picture->name, QString("clip.avi 00:01.24"));
        QCOMPARE(picture->origin.at("frame").get<int>(), 31);
        QVERIFY(std::abs(picture->origin.at("seconds").get<double>() - 1.24) < 1e-3);
        QCOMPARE(QString::fromStdString(picture->origin.at("video").get<std::string>()), m_file);
        QVERIFY(!picture->origin.contains("sampler"));
        QCOMPARE(tests::barNumber([&](int x, int y) { return int(picture->handle.picture()->view().row(y)[3 * x]); }), 31);
    }

    void markingAgainTakesTheFrameBack() {
        open();
        m_bar->seek(12);
        await(12);
        QSignalSpy opened(&m_workspace->pictures, &Pictures::opened);
        m_bar->mark();
        QVERIFY(opened.wait(20000));
        QCOMPARE(framesOf(m_workspace->pictures, m_file).size(), size_t{1});
        m_bar->mark();
        QVERIFY(framesOf(m_workspace->pictures, m_file).empty());
    }

    void aRuleMarksFramesAndAnotherRuleOthersInstead() {
        open();
        const auto marked = [&] {
            std::vector<qint64> numbers;
            for (const auto& frame : framesOf(m_workspace->pictures, m_file)) numbers.push_back(frame.index);
            return numbers;
        };
        const auto shown = [&](const VideoFrame& frame) {
            const auto picture = m_workspace->pictures.find(frame.picture);
            return tests::barNumber([&](int x, int y) { return int(picture->handle.picture()->view().row(y)[3 * x]); });
        };
        m_bar->choose({Sampling::Kind::Uniform, 4});
        QTRY_COMPARE_WITH_TIMEOUT(marked(), (std::vector<qint64>{0, 29, 59, 89}), 20000);
        for (const auto& frame : framesOf(m_workspace->pictures, m_file)) {
            QCOMPARE(shown(frame), int(frame.index));
            QCOMPARE(frame.sampler, QString("uniform 4"));
            QVERIFY(std::abs(frame.seconds - double(frame.index) / 25) < 1e-3);
            QVERIFY(std::abs(frame.duration - 3.6) < 0.1);
        }
        m_bar->seek(7);
        await(7);
        m_bar->mark();  // by hand: it stays
        QTRY_COMPARE_WITH_TIMEOUT(marked().size(), size_t{5}, 20000);
        m_bar->choose({Sampling::Kind::Every, 1});
        QTRY_COMPARE_WITH_TIMEOUT(marked(), (std::vector<qint64>{0, 7, 25, 50, 75}), 20000);
        m_bar->choose({Sampling::Kind::Scenes, 0.3});
        QTRY_COMPARE_WITH_TIMEOUT(marked(), (std::vector<qint64>{0, 7, 30, 60}), 20000);
        QCOMPARE(m_bar->findChild<VideoStrip*>()->changes().size(), size_t{89});  // shown with the threshold
        QVERIFY(m_bar->findChild<VideoStrip*>()->changes()[29] > 0.3);
    }

    void tooManyFramesAreRefusedInASentence() {
        open();
        QSignalSpy failed(m_bar.get(), &VideoBar::failed);
        m_bar->choose({Sampling::Kind::Every, 0.04});
        QVERIFY(failed.wait(20000));
        QVERIFY2(failed[0][0].toString().contains("90") && failed[0][0].toString().contains("64"),
                 qPrintable(failed[0][0].toString()));
        QVERIFY(framesOf(m_workspace->pictures, m_file).empty());
    }

    void choosingAFrameElsewhereMovesTheBar() {
        open();
        m_bar->choose({Sampling::Kind::Uniform, 3});
        QTRY_COMPARE_WITH_TIMEOUT(framesOf(m_workspace->pictures, m_file).size(), size_t{3}, 20000);
        const auto last = framesOf(m_workspace->pictures, m_file).back();
        m_workspace->selection.setPicture(last.picture, int(last.index));
        QCOMPARE(m_bar->position(), last.index);
    }

    void whatIsNoVideoIsRefusedInASentence() {
        QFile file(m_folder.filePath("hostile.mp4"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray("#EXTM3U\n/etc/passwd\n"));
        file.close();
        QSignalSpy failed(m_bar.get(), &VideoBar::failed);
        m_bar->open(file.fileName());
        QVERIFY(failed.wait(20000));
        QVERIFY(failed[0][0].toString().contains("hostile.mp4"));
        QVERIFY(m_bar->isHidden());
        m_bar->step(1);  // nothing is there
        m_bar->mark();
        m_bar->playOrPause();
        open();  // and the next one works
    }

    void aDecoderThatDiesIsASentenceAndTheProgramGoesOn() {
        open();
        const auto children = decoders();
        QCOMPARE(children.size(), 1);
        QSignalSpy failed(m_bar.get(), &VideoBar::failed);
        QCOMPARE(kill(children[0], SIGKILL), 0);
        m_bar->seek(50);
        QVERIFY(failed.wait(20000));
        QVERIFY2(failed[0][0].toString().contains("clip.avi"), qPrintable(failed[0][0].toString()));
        QVERIFY(m_bar->isHidden());
        m_bar->step(1);
        m_seen.clear();
        open();  // another decoder
        m_bar->close();
        QTRY_VERIFY(decoders().isEmpty());  // nobody is left behind
    }

    void closingWhileItIsReadIsHarmless() {
        for (int trial = 0; trial < 10; ++trial) {
            m_bar->open(m_file);
            if (trial % 2 == 0) QTest::qWait(5 * trial);
            m_bar->close();
        }
        QVERIFY(!m_bar->isReady());
    }

    void thePanelShowsTheVideoUntilAPictureIsChosen() {
        MediaPanel panel(*m_workspace);
        panel.resize(640, 480);
        panel.show();
        panel.open({m_file});
        auto* view = panel.findChild<PictureView*>();
        auto* bar = panel.findChild<VideoBar*>();
        const QSizeF frame(tests::barFrameWidth, tests::barFrameHeight);
        QTRY_COMPARE_WITH_TIMEOUT(view->mapping().pictureSize(), frame, 20000);
        QVERIFY(bar->isVisible() && view->isVisible() && !view->pictureToView());
        view->zoomTo(3);
        bar->step(1);
        QTRY_COMPARE_WITH_TIMEOUT(bar->position(), 1, 20000);
        QCOMPARE(view->mapping().zoom(), 3.0);
        m_workspace->commands.find("media.mark_frame")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(view->pictureToView(), 20000);  // the marked frame, a picture like others
        QCOMPARE(m_workspace->pictures.order().size(), 1);
        bar->step(1);
        QTRY_VERIFY_WITH_TIMEOUT(!view->pictureToView(), 20000);
        QVERIFY(panel.findChild<NoticeBar*>()->text().isEmpty());
        m_workspace->shutDown();
    }
};

QTEST_MAIN(VideoBarTest)
#include "video_bar_test.moc"
