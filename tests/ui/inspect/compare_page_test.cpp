#include "ui/inspect/compare_page.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "core/engine/model.h"
#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/large_map.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

/// Two families over one picture: the bundled Florence-VL, and a small Idefics3 that is not trained.
class ComparePageTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<AtlasState> m_state;
    std::unique_ptr<ComparePage> m_page;

    static QString smolvlm() { return source("tests/golden/smolvlm/smolvlm-256m-layout/model"); }

    QString needs() const { return m_page->findChild<QLabel*>("secondModelNeeds")->text(); }
    QPushButton* load() const { return m_page->findChild<QPushButton*>("loadSecondModel"); }
    LargeMap* large() const { return m_page->findChild<LargeMap*>(); }
    /// The small one may ramble; both stop early.
    void limitAnswers() {
        for (auto* model : {&m_workspace->model, &m_workspace->second})
            std::const_pointer_cast<ModelFacts>(model->facts())->generation.maxNewTokens = 8;
    }
    bool bothDrawn() const {
        const auto& pair = m_state->enlarged();
        return m_state->isSettled() && pair.own && pair.other && !pair.own->image.isNull() && !pair.other->image.isNull();
    }

  private slots:
    void initTestCase() {
        m_workspace = std::make_unique<Workspace>();
        m_state = std::make_unique<AtlasState>(*m_workspace);
        m_page = std::make_unique<ComparePage>(*m_state);
        m_page->resize(760, 820);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
        QVERIFY(loadBundledModel(*m_workspace));
        QVERIFY(!openPicture(*m_workspace, source("resources/samples/world-beach.png")).isEmpty());
    }
    void cleanupTestCase() {
        m_workspace->shutDown();
        m_page.reset();
        m_state.reset();
        m_workspace.reset();
    }

    void theSecondModelIsLoadedOnlyWhenAskedForAndWhatItNeedsIsSaidBefore() {
        m_page->second().choose({"SmolVLM", smolvlm(), {}});
        QTRY_VERIFY_WITH_TIMEOUT(load()->isEnabled(), 20000);
        QVERIFY2(needs().contains("MB") && needs().contains("free"), qPrintable(needs()));
        QVERIFY(!m_workspace->second.facts());
        m_page->ask("What is this?");
        QVERIFY2(!m_page->answered(0), "one model alone is not compared");
        load()->click();
        QTRY_VERIFY_WITH_TIMEOUT(m_workspace->second.facts(), 60000);
        QCOMPARE(m_workspace->model.facts()->summary.family, std::string("florence-vl"));
        QCOMPARE(m_workspace->second.facts()->summary.family, std::string("idefics3"));
    }

    void whatIsNoModelIsRefusedInASentence() {
        const auto known = m_workspace->second.facts();
        QTemporaryDir folder;
        m_page->second().choose({"empty", folder.path(), {}});
        QTRY_VERIFY_WITH_TIMEOUT(needs().contains(QFileInfo(folder.path()).fileName()) || needs().contains("config"), 20000);
        QVERIFY(!load()->isEnabled());
        QCOMPARE(m_workspace->second.facts(), known);
        m_page->second().choose({"SmolVLM", smolvlm(), {}});
        QTRY_VERIFY_WITH_TIMEOUT(load()->isEnabled(), 20000);
    }

    void bothAnswerOneQuestionWithTheirOwnTokensAndTimes() {
        limitAnswers();
        m_page->ask("What place is this?");
        QTRY_VERIFY_WITH_TIMEOUT(m_page->answered(0) && m_page->answered(1), 120000);
        engine::ChatRequest request = m_page->answered(0)->request;
        engine::Answer alone;
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) { alone = model.chat(request); }));
        QCOMPARE(m_page->answered(0)->answer.text, alone.text);
        for (int side = 0; side < 2; ++side) {
            const auto& statistics = m_page->answered(side)->answer.statistics;
            QCOMPARE(statistics.encodedPictures, 1);  // from cold
            QCOMPARE(statistics.reusedPictures, 0);
            QVERIFY(statistics.visualTokens > 0 && statistics.visualTokens < statistics.promptTokens);
        }
        QVERIFY(m_page->answered(0)->answer.promptIds != m_page->answered(1)->answer.promptIds);
        m_page->menus()->findChild<QMenu*>()->actions().first()->trigger();
        const auto table = QGuiApplication::clipboard()->text();
        QCOMPARE(table.count('\n'), 3);
        QVERIFY(table.contains("Florence-VL") && table.contains("Idefics3"));
    }

    void mapsStandBesideEachOtherInSpacesOfTheirOwn() {
        m_state->setKind(engine::MapKind::Norm);
        QTRY_VERIFY_WITH_TIMEOUT(bothDrawn(), 60000);
        const auto& pair = m_state->enlarged();
        QVERIFY(!pair.oneSpace);
        const auto rangeOf = [](const DrawnMap& map) { return inspect::rangeOf(std::get<inspect::ScalarMap>(map.drawing).values); };
        QCOMPARE(pair.own->range.high, rangeOf(*pair.own).high);
        QCOMPARE(pair.other->range.high, rangeOf(*pair.other).high);
        QVERIFY(!large()->otherRect().isEmpty());
        QCOMPARE(m_state->counterpart().substr(0, 6), std::string("tower/"));  // as the current map is
        m_state->setCounterpart("tower/siglip/layer0");
        QCOMPARE(m_state->counterpart(), std::string("tower/siglip/layer0"));
        m_state->setCounterpart("fusion/projected");
        const auto& maps = m_state->compared()->maps;
        const auto projected = std::ranges::find_if(maps, [](const auto& map) { return map->name == "fusion/projected"; });
        QTRY_VERIFY_WITH_TIMEOUT(bothDrawn() && m_state->enlarged().other->image.width() == (*projected)->columns, 60000);
        const auto& norms = std::get<inspect::ScalarMap>(m_state->enlarged().other->drawing).values;
        double squares = 0;
        for (int channel = 0; channel < (*projected)->channels; ++channel)
            squares += std::pow(double((*projected)->data[size_t(channel)]), 2);
        QVERIFY(std::abs(double(norms[0]) - std::sqrt(squares)) < 1e-3);
    }

    void aPlaceOfThePictureIsTheSameInBoth() {
        // A wide picture: the one pads it to a square, the other stretches it.
        QImage wide(400, 100, QImage::Format_RGB32);
        wide.fill(Qt::darkGreen);
        QTemporaryDir folder;
        wide.save(folder.filePath("wide.png"));
        QVERIFY(!openPicture(*m_workspace, folder.filePath("wide.png")).isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(bothDrawn(), 60000);
        const auto there = m_state->toOther({0.25, 0.5});
        QVERIFY(there && qAbs(there->x - 0.25) < 1e-9 && qAbs(there->y - 0.5) < 1e-9);
        const auto edge = m_state->toOther({0.75, 0.4});
        QVERIFY(edge && qAbs(edge->x - 0.75) < 1e-9 && qAbs(edge->y - 0.1) < 1e-9);
        QVERIFY2(!m_state->toOther({0.5, 0.1}), "the padding of one is nowhere in the other");
        QCOMPARE(m_state->toOther(QRectF(0, 0, 1, 1)), QRectF(0, -1.5, 1, 4));
        QCOMPARE(large()->otherRect().size(), large()->mapRect().size());
        const auto other = large()->otherRect();
        QTest::mouseClick(large(), Qt::LeftButton, {}, QPointF(other.left() + other.width() * 0.9, other.center().y()).toPoint());
        QCOMPARE(m_workspace->selection.places().size(), size_t{1});
        QVERIFY(m_workspace->selection.places()[0].x > 0.8 && qAbs(m_workspace->selection.places()[0].y - 0.5) < 0.1);
        m_workspace->selection.setPlaces({});
    }

    void lettingGoFreesTheSecondModel() {
        load()->click();
        QTRY_VERIFY_WITH_TIMEOUT(!m_workspace->second.facts(), 20000);
        QTRY_VERIFY(!m_state->compared());
        QVERIFY(m_workspace->model.facts());
    }
};

QTEST_MAIN(ComparePageTest)
#include "compare_page_test.moc"
