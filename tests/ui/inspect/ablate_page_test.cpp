#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QtTest>

#include "core/engine/model.h"
#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/ablate_page.h"
#include "ui/inspect/ablation_table.h"
#include "ui/inspect/word_flow.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

/// The page Ablate over the bundled model.
class AblatePageTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<AblatePage> m_page;

    AblationTable* table() const { return qobject_cast<AblationTable*>(m_page->findChild<QTableView*>()->model()); }
    void choose(const QStringList& blocks) {
        for (auto* box : m_page->findChildren<QCheckBox*>()) box->setChecked(blocks.contains(box->objectName()));
    }
    bool isDone() const { return m_workspace->worker.isIdle() && m_page->findChild<QPushButton*>("ablate")->isEnabled(); }

  private slots:
    void initTestCase() {
        m_workspace = std::make_unique<Workspace>();
        m_page = std::make_unique<AblatePage>(*m_workspace);
        m_page->resize(720, 780);
        m_page->show();
        QVERIFY(loadBundledModel(*m_workspace));
        QVERIFY(!openPicture(*m_workspace, source("resources/samples/world-beach.png")).isEmpty());
        QVERIFY(ask(*m_workspace, "What place is this?"));
    }
    void cleanupTestCase() {
        m_workspace->shutDown();
        m_page.reset();
        m_workspace.reset();
    }

    void showsTheEnginesNumbers() {
        choose({"ocr", "caption"});
        m_page->ablate();
        QTRY_VERIFY_WITH_TIMEOUT(isDone(), 60000);
        QTRY_COMPARE(table()->rowCount(), 1);
        const auto shown = table()->results().front();
        engine::AblationResult expected;
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) {
            const auto baseline = engine::ablationBaseline(model, m_workspace->answer.exchange()->request);
            engine::Ablation ablation;
            ablation.blocks = {fusion::Block::Caption, fusion::Block::Ocr};
            expected = engine::ablate(model, baseline, ablation);
        }));
        QCOMPARE(shown->change, expected.change);
        QCOMPARE(shown->answer.text, expected.answer.text);
        QCOMPARE(shown->wordChanges, expected.wordChanges);
        QVERIFY(shown->change != 0);
        const auto* words = m_page->findChild<WordFlow*>();
        QCOMPARE(words->words().size(), shown->wordChanges.size());
        QCOMPARE(words->words().front().change, shown->wordChanges.front());
    }

    void switchingNothingOffChangesNothing() {
        choose({});
        m_page->ablate();
        QTRY_VERIFY_WITH_TIMEOUT(isDone() && table()->rowCount() == 1, 60000);
        QCOMPARE(table()->results().front()->change, 0.0);
        QVERIFY(table()->results().front()->sameAnswer);
    }

    void sweepsEveryPart() {
        const QAbstractItemModelTester tester(table(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_page->sweep();
        QTRY_VERIFY_WITH_TIMEOUT(isDone(), 120000);
        QTRY_COMPARE(table()->rowCount(), 9);  // four off, four alone, all off
    }

    void saysWhatIsMissingInPlace() {
        m_page->findChildren<QComboBox*>().front()->setCurrentIndex(2);  // the last marked region
        m_page->ablate();
        QVERIFY(isDone());
        const auto labels = m_page->findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) { return label->text().contains("region") && label->isVisible(); }));
        m_page->findChildren<QComboBox*>().front()->setCurrentIndex(0);
    }

    void anotherAnswerBeginsAnew() {
        QVERIFY(ask(*m_workspace, "How many cats are there?"));
        QCOMPARE(table()->rowCount(), 0);
    }
};

QTEST_MAIN(AblatePageTest)
#include "ablate_page_test.moc"
