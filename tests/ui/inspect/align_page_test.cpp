#include <QAbstractItemModelTester>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>

#include "core/engine/model.h"
#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/align_page.h"
#include "ui/inspect/word_maps.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

/// The page Align, and where an answer's words lie, over the bundled model.
class AlignPageTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<AlignPage> m_page;
    QTemporaryDir m_pairs;

    static engine::AlignmentOptions brief() {
        engine::AlignmentOptions options;
        options.steps = 20;
        options.batch = 4;
        options.seeds = 2;
        options.heldOutShare = 0;
        return options;
    }

  private slots:
    void initTestCase() {
        const QStringList names = {"world-beach.png", "world-sandwiches.png", "world-sea.png", "cat.jpg", "coffee.jpg", "dandelion.jpg"};
        for (const auto& name : names) {
            QVERIFY(QFile::copy(source("resources/samples/") + name, m_pairs.filePath(name)));
            QFile caption(m_pairs.filePath(name.section('.', 0, 0) + ".txt"));
            QVERIFY(caption.open(QIODevice::WriteOnly));
            caption.write(("a picture of " + name.section('.', 0, 0)).toUtf8());
        }
        m_workspace = std::make_unique<Workspace>();
        m_page = std::make_unique<AlignPage>(*m_workspace);
        m_page->resize(720, 780);
        m_page->show();
        QVERIFY(loadBundledModel(*m_workspace));
        m_page->setFolder(m_pairs.path());
        m_page->setOptions(brief());
    }
    void cleanupTestCase() {
        m_workspace->shutDown();
        m_page.reset();
        m_workspace.reset();
    }

    void goesOnWhereItWasPausedAndGivesTheEnginesNumbers() {
        const QAbstractItemModelTester tester(m_page->findChild<QTableView*>()->model(),
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_page->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_page->results() != nullptr, 60000);
        m_page->pause();
        QTRY_VERIFY_WITH_TIMEOUT(m_workspace->worker.isIdle(), 10000);
        QTRY_COMPARE(m_page->findChild<QPushButton*>("startAlignment")->text(), QStringLiteral("Resume"));
        m_page->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_page->results() && m_page->results()->finished, 120000);

        std::shared_ptr<const engine::AlignmentResults> expected;
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) {
            auto options = m_page->results()->options;
            engine::AlignmentStudy study(m_pairs.path().toStdString(), options);
            study.advance(model);
            expected = study.results();
        }));
        QCOMPARE(m_page->results()->parts.size(), size_t{9});
        for (size_t part = 0; part < 9; ++part) {
            QCOMPARE(m_page->results()->parts[part].curve.losses, expected->parts[part].curve.losses);
            QCOMPARE(m_page->results()->parts[part].cka, expected->parts[part].cka);
        }
        QCOMPARE(m_page->findChild<QTableView*>()->model()->rowCount(), 9);
    }

    void savesWhatTheTerminalSaves() {
        QTemporaryDir folder;
        QSignalSpy written(m_page.get(), &AlignPage::written);
        m_page->save(folder.path());
        QVERIFY(written.wait(30000));
        for (const auto* name : {"alignment.json", "alignment.csv", "alignment.npz"})
            QVERIFY2(QFile::exists(folder.filePath(name)), name);
    }

    void refusesAFolderWithoutCaptionsInPlace() {
        QTemporaryDir empty;
        m_page->setFolder(empty.path());
        const auto labels = m_page->findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(labels, [&](const QLabel* label) { return label->isVisible() && label->text().contains("captions"); }));
    }

    void findsTheAnswersWordsInThePicture() {
        QVERIFY(!openPicture(*m_workspace, source("resources/samples/world-beach.png")).isEmpty());
        QVERIFY(ask(*m_workspace, "What place is this?"));
        WordMaps words(*m_workspace);
        QVERIFY(!words.drawn().own);
        m_workspace->selection.setWord(WordRef{m_workspace->answer.exchange()->turn, 0, 1});
        QTRY_VERIFY_WITH_TIMEOUT(words.drawn().own != nullptr, 60000);
        engine::WordAlignment expected;
        QVERIFY(runInWorker(*m_workspace, [&](engine::Model& model) {
            const auto& exchange = *m_workspace->answer.exchange();
            expected = engine::wordAlignment(model, exchange.request.pictures.front(), exchange.answer.text, "norm",
                                             exchange.request.encoding);
        }));
        QCOMPARE(std::get<inspect::ScalarMap>(words.drawn().own->drawing).values, expected.words.front().cosines.values);
        QCOMPARE(words.word().toStdString(), expected.words.front().word.text);
        QCOMPARE(words.bars().size(), expected.agreement.size());
        m_workspace->selection.setWord({});
        QVERIFY(!words.drawn().own);
    }

    void otherFamiliesAreComparedWithTextToo() {
        QSignalSpy changed(&m_workspace->model, &CurrentModel::changed);
        engine::LoadOptions loading;
        loading.threads = 1;
        m_workspace->model.load(source("tests/golden/smolvlm/smolvlm-256m-layout/model"), loading);
        QVERIFY(changed.wait(60000));
        QVERIFY(!openPicture(*m_workspace, source("resources/samples/world-sea.png")).isEmpty());
        QVERIFY(ask(*m_workspace, "What place is this?"));
        WordMaps words(*m_workspace);
        m_workspace->selection.setWord(WordRef{m_workspace->answer.exchange()->turn, 0, 1});
        QTRY_VERIFY_WITH_TIMEOUT(words.drawn().own != nullptr, 60000);
        QVERIFY(!words.bars().empty());
        m_workspace->selection.setWord({});

        m_page->setFolder({});
        engine::AlignmentOptions options;
        options.steps = 10;
        options.seeds = 1;
        m_page->setOptions(options);
        m_page->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_page->results() && m_page->results()->finished, 120000);
        QCOMPARE(m_page->results()->parts.size(), size_t{1});
        QVERIFY(m_page->results()->parts[0].scored);
    }

    void countsWordsAsAReaderDoes() {
        engine::Answer answer;
        for (const char* text : {"There", " are", " four", " gu", "itars", "."}) {
            engine::TokenScore token;
            token.text = text;
            answer.tokens.push_back(token);
        }
        QCOMPARE(wordAtToken(answer, 0), size_t{0});
        QCOMPARE(wordAtToken(answer, 2), size_t{2});
        QCOMPARE(wordAtToken(answer, 3), size_t{3});
        QCOMPARE(wordAtToken(answer, 4), size_t{3});
        QCOMPARE(wordAtToken(answer, 5), size_t{3});
    }
};

QTEST_MAIN(AlignPageTest)
#include "align_page_test.moc"
