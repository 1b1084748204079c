#include "ui/inspect/frames_page.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "core/engine/frame_atlas.h"
#include "core/engine/model.h"
#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/frame_strip.h"
#include "ui/inspect/score_plot.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

/// Three frames of one video, as the media panel marks them.
class FramesPageTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<FramesPage> m_page;
    std::vector<QString> m_frames;

    QString mark(const char* sample, double seconds) {
        QFile file(source(QString("resources/samples/%1").arg(sample)));
        if (!file.open(QIODevice::ReadOnly)) return {};
        VideoFrame frame;
        frame.video = "/somewhere/clip.mp4";
        frame.index = qint64(seconds * 25);
        frame.seconds = seconds;
        frame.duration = 12;
        QSignalSpy opened(&m_workspace->pictures, &Pictures::opened);
        m_workspace->pictures.open(file.readAll(), QString("clip %1").arg(seconds), originOf(frame));
        return opened.wait(20000) ? opened[0][0].toString() : QString();
    }
    const std::vector<FrameStrip::Column>& columns() const { return m_page->strip().columns(); }
    bool allDrawn() const {
        return m_page->isSettled() && !columns().empty() &&
               std::ranges::none_of(columns(), [](const auto& column) { return column.map.isNull(); });
    }
    engine::VideoFrames video() const {
        engine::VideoFrames video;
        for (const auto& frame : framesOf(m_workspace->pictures, "/somewhere/clip.mp4")) {
            video.frames.push_back(m_workspace->pictures.find(frame.picture)->handle);
            video.times.seconds.push_back(frame.seconds);
        }
        video.times.duration = 12;
        return video;
    }

  private slots:
    void initTestCase() {
        m_workspace = std::make_unique<Workspace>();
        m_page = std::make_unique<FramesPage>(*m_workspace);
        m_page->resize(760, 700);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
        QVERIFY(columns().empty());
        QVERIFY(loadBundledModel(*m_workspace));
        // Not in the order of time.
        for (const auto& [sample, seconds] : {std::pair("world-sea.png", 7.0), std::pair("world-beach.png", 1.0)})
            m_frames.push_back(mark(sample, seconds));
        QVERIFY(!m_frames[0].isEmpty() && !m_frames[1].isEmpty());
    }
    void cleanupTestCase() {
        m_workspace->shutDown();
        m_page.reset();
        m_workspace.reset();
    }

    void framesStandInTheOrderOfTimeWithTheirMaps() {
        QTRY_VERIFY_WITH_TIMEOUT(allDrawn(), 60000);
        QCOMPARE(columns().size(), size_t{2});
        QCOMPARE(columns()[0].frame.seconds, 1.0);
        QCOMPARE(columns()[1].frame.seconds, 7.0);
        QTRY_VERIFY(!columns()[0].thumbnail.isNull());
    }

    void anotherFrameIsComputedAlone() {
        int64_t before = 0, after = 0;
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) { before = model.towerRuns(); }));
        QSignalSpy computed(m_page.get(), &FramesPage::computed);
        m_frames.push_back(mark("world-sandwiches.png", 4.0));
        QVERIFY(!m_frames.back().isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(columns().size() == 3 && allDrawn(), 60000);
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) { after = model.towerRuns(); }));
        QCOMPARE(computed.count(), 1);
        QCOMPARE(computed[0][1].value<FrameMaps>().size(), 1);
        QVERIFY(after - before <= 1);
        QCOMPARE(columns()[1].frame.seconds, 4.0);
    }

    void allFramesShareOneRange() {
        m_page->setKind(engine::MapKind::Norm);
        QTRY_VERIFY_WITH_TIMEOUT(allDrawn() && m_page->range(), 30000);
        engine::FrameAtlasRun run;
        const auto name = m_page->findChild<QComboBox*>()->currentData().toString().toStdString();
        const auto& facts = *m_workspace->model.facts();
        const auto activation = std::ranges::find(facts.activations, name, &models::ActivationInfo::name);
        run.rows = {activation->row};
        run.columns = {activation->column};
        run.map.kind = engine::MapKind::Norm;
        run.encoding = facts.encoding;
        inspect::Range expected{1e30F, -1e30F};
        const auto frames = video();
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) {
            for (const auto& cell : engine::makeFrameAtlas(model, frames, run).cells)
                expected = {std::min(expected.low, cell.range.low), std::max(expected.high, cell.range.high)};
        }));
        QCOMPARE(m_page->range()->low, expected.low);
        QCOMPARE(m_page->range()->high, expected.high);
        m_page->setKind(engine::MapKind::Pca);
    }

    void aClickSelectsTheFrameEverywhere() {
        auto& strip = m_page->strip();
        QTRY_VERIFY_WITH_TIMEOUT(allDrawn(), 30000);
        QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.thumbnailRect(2).center().toPoint());
        QCOMPARE(m_workspace->selection.picture(), m_frames[0]);
        QCOMPARE(m_workspace->selection.frame(), 175);
        QTest::keyClick(&strip, Qt::Key_Left);
        QCOMPARE(m_workspace->selection.picture(), m_frames[2]);
        QTest::keyClick(&strip, Qt::Key_Home);
        QCOMPARE(m_workspace->selection.picture(), m_frames[1]);
    }

    void aPatchOfOneFrameIsLookedForInAllAndStaysWhenOthersAreLookedAt() {
        auto& strip = m_page->strip();
        QTRY_VERIFY_WITH_TIMEOUT(allDrawn(), 30000);
        QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.mapRect(0).center().toPoint());
        QTRY_VERIFY_WITH_TIMEOUT(allDrawn() && m_page->range() && m_page->range()->high > 0.99F, 30000);  // itself: 1
        QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.thumbnailRect(1).center().toPoint());
        QVERIFY(m_workspace->selection.places().empty());
        QTRY_VERIFY_WITH_TIMEOUT(allDrawn() && m_page->range() && m_page->range()->high > 0.99F, 30000);
    }

    void aScoreOverTimeIsAPlotWhoseClickGoesToTheFrameAndATable() {
        auto& plot = m_page->plot();
        QSignalSpy measured(&plot, &ScorePlot::measured);
        plot.setKind(engine::FrameScore::Kind::Patch);
        plot.measure();
        QVERIFY(measured.wait(60000));
        QTRY_VERIFY(plot.scores());
        QCOMPARE(plot.scores()->curves.size(), size_t{1});
        QCOMPARE(plot.scores()->curves[0].values.size(), size_t{3});
        QVERIFY(qAbs(plot.scores()->curves[0].values[0] - 1) < 1e-4);  // the frame that the patch is of
        emit plot.frameChosen(m_frames[0]);
        QCOMPARE(m_workspace->selection.picture(), m_frames[0]);

        QTemporaryDir folder;
        QSignalSpy written(&plot, &ScorePlot::written);
        plot.exportCsv(folder.filePath("scores.csv"));
        QVERIFY(written.wait(20000));
        QFile file(folder.filePath("scores.csv"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto lines = QString::fromUtf8(file.readAll()).trimmed().split('\n');
        QCOMPARE(lines.size(), 4);
        QVERIFY(lines[0].startsWith("frame,seconds"));
        QCOMPARE(lines[2].section(',', 1, 1).toDouble(), 4.0);
        QSignalSpy said(&plot, &ScorePlot::said);
        plot.exportCsv("/nowhere/at/all.csv");
        QVERIFY(said.wait(20000));
        QVERIFY(said[0][0].toString().contains("/nowhere/at/all.csv"));
    }

    void wordsAnAgreementAndAnAnswerAreScoredToo() {
        auto& plot = m_page->plot();
        for (const auto kind : {engine::FrameScore::Kind::Words, engine::FrameScore::Kind::Agreement, engine::FrameScore::Kind::Answer}) {
            QSignalSpy measured(&plot, &ScorePlot::measured);
            plot.setKind(kind);
            plot.setTexts("the sea", "What is this?");
            plot.measure();
            QVERIFY(measured.wait(60000));
            QTRY_VERIFY(plot.scores());
            for (const auto& curve : plot.scores()->curves) QCOMPARE(curve.values.size(), size_t{3});
            QTRY_VERIFY(plot.findChild<QPushButton*>("measureScore")->isEnabled());
        }
        QVERIFY(plot.scores()->curves[0].values[0] < 0);  // a log-probability
    }

    void theAnswerAndItsSelectedWordAreTheOnesToBeginWith() {
        auto& plot = m_page->plot();
        m_workspace->selection.setPicture(m_frames[0]);
        QVERIFY(ask(*m_workspace, "What place is this?"));
        auto* kind = plot.findChild<QComboBox*>();
        const auto fields = plot.findChildren<QLineEdit*>();
        plot.setTexts({}, {});
        kind->setCurrentIndex(3);
        emit kind->activated(3);
        QStringList texts;
        for (const auto* field : fields) texts += field->text();
        QVERIFY(texts.contains("What place is this?"));
        QVERIFY(texts.contains(QString::fromStdString(m_workspace->answer.exchange()->answer.text).trimmed()));
        kind->setCurrentIndex(1);
        m_workspace->selection.setWord(WordRef{m_workspace->answer.exchange()->turn, 0, 1});
        texts.clear();
        for (const auto* field : fields) texts += field->text();
        QVERIFY(texts.contains(QString::fromStdString(m_workspace->answer.exchange()->answer.tokens[0].text).trimmed()));
    }

    void aFrameThatIsTakenBackGoes() {
        m_workspace->pictures.close(m_frames[2]);
        QTRY_VERIFY_WITH_TIMEOUT(columns().size() == 2 && allDrawn(), 30000);
        QVERIFY2(!m_page->plot().scores(), "a score of other frames is not shown");
    }
};

QTEST_MAIN(FramesPageTest)
#include "frames_page_test.moc"
