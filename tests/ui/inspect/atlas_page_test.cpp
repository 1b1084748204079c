#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>

#include "core/engine/atlas.h"
#include "core/engine/model.h"
#include "core/files/error.h"
#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/atlas_export.h"
#include "ui/inspect/atlas_grid.h"
#include "ui/inspect/atlas_menus.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/atlas_view.h"
#include "ui/inspect/large_map.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

/// The atlas page over the bundled model.
class AtlasPageTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<AtlasState> m_state;
    std::unique_ptr<AtlasView> m_view;
    QString m_picture;

    static QString beach() { return source("resources/samples/world-beach.png"); }

    AtlasGrid* grid() const { return m_view->findChild<AtlasGrid*>(); }
    LargeMap* large() const { return m_view->findChild<LargeMap*>(); }

    int cellNamed(const std::string& name) const {
        const auto& cells = m_state->cells();
        for (size_t i = 0; i < cells.size(); ++i)
            if (cells[i].activation.name == name) return static_cast<int>(i);
        return -1;
    }
    bool isDrawnAs(engine::MapKind kind) const {
        return !m_state->cells().empty() && std::ranges::all_of(m_state->cells(), [&](const auto& cell) {
            return cell.drawn.own && cell.drawn.own->kind == kind && !cell.drawn.own->image.isNull();
        });
    }
    engine::Atlas engineAtlas(engine::MapOptions options) const {
        const auto& set = *m_state->features();
        options.selection = exporting::selectionIn(set.seen, m_state->pixelPlaces());
        return engine::drawAtlas(set.activations, set.maps, options);
    }
    static double largestDifference(const engine::Drawing& a, const engine::Drawing& b) {
        const auto values = [](const engine::Drawing& drawing) {
            if (const auto* scalar = std::get_if<inspect::ScalarMap>(&drawing)) return scalar->values;
            if (const auto* colours = std::get_if<inspect::ColourMap>(&drawing)) return colours->values;
            const auto& labels = std::get<inspect::LabelMap>(drawing).labels;
            return std::vector<float>(labels.begin(), labels.end());
        };
        const auto first = values(a), second = values(b);
        if (first.size() != second.size() || first.empty()) return 1e9;
        double largest = 0;
        for (size_t i = 0; i < first.size(); ++i)
            largest = std::max(largest, std::abs(static_cast<double>(first[i]) - static_cast<double>(second[i])));
        return largest;
    }

  private slots:
    void initTestCase() {
        m_workspace = std::make_unique<Workspace>();
        m_state = std::make_unique<AtlasState>(*m_workspace);
        m_view = std::make_unique<AtlasView>(*m_state);
        m_view->resize(720, 780);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        QVERIFY2(m_state->message().contains("model"), "the empty state says what to do");
        QVERIFY(loadBundledModel(*m_workspace));
        QVERIFY2(m_state->message().contains("picture"), "the empty state says what to do");
        m_picture = openPicture(*m_workspace, beach());
        QVERIFY(!m_picture.isEmpty());
    }
    void cleanupTestCase() {
        m_workspace->shutDown();
        m_view.reset();
        m_state.reset();
        m_workspace.reset();
    }
    void init() {
        m_workspace->selection.setPlaces({});
        m_state->setOptions({});
    }

    void keepsTheCellsPlacesWhileTheyAreComputed() {
        QVERIFY(!m_state->cells().empty());
        const auto before = grid()->rectOf(cellNamed("tower/encoder/ocr/image"));
        QVERIFY(!before.isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
        QCOMPARE(grid()->rectOf(cellNamed("tower/encoder/ocr/image")), before);
        QVERIFY(!m_state->isComputing());
    }

    void drawsWhatTheEngineDraws_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("basis");
        using engine::BasisScope, engine::MapKind;
        QTest::newRow("PCA per map") << int(MapKind::Pca) << int(BasisScope::Map);
        QTest::newRow("PCA per row") << int(MapKind::Pca) << int(BasisScope::Row);
        QTest::newRow("PCA of all") << int(MapKind::Pca) << int(BasisScope::All);
        QTest::newRow("foreground") << int(MapKind::Foreground) << int(BasisScope::Row);
        QTest::newRow("norm") << int(MapKind::Norm) << 0;
        QTest::newRow("channel") << int(MapKind::Channel) << 0;
        QTest::newRow("cluster") << int(MapKind::Cluster) << 0;
        QTest::newRow("similarity") << int(MapKind::Similarity) << 0;
    }
    void drawsWhatTheEngineDraws() {
        QFETCH(int, kind);
        QFETCH(int, basis);
        m_workspace->selection.setPlaces({{0.3, 0.6}, {0.9, 0.1}});
        engine::MapOptions options;
        options.kind = static_cast<engine::MapKind>(kind);
        options.basis = static_cast<engine::BasisScope>(basis);
        m_state->setOptions(options);
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(options.kind), 60000);
        QTest::qWait(50);  // the last cell of an earlier drawing of the same kind may have been seen
        QTRY_VERIFY_WITH_TIMEOUT(m_state->isSettled(), 60000);
        const auto atlas = engineAtlas(options);
        QCOMPARE(m_state->cells().size(), atlas.cells.size());
        const double tolerance = options.kind == engine::MapKind::Similarity ? 1e-5 : 0;
        for (size_t i = 0; i < atlas.cells.size(); ++i) {
            QCOMPARE(m_state->cells()[i].activation.name, atlas.cells[i].activation.name);
            const double difference = largestDifference(m_state->cells()[i].drawn.own->drawing, atlas.cells[i].drawing);
            QVERIFY2(difference <= tolerance, qPrintable(QStringLiteral("%1 differs by %2")
                                                             .arg(QString::fromStdString(atlas.cells[i].activation.name))
                                                             .arg(difference)));
        }
    }

    void aClickOnAPatchShowsWhatResemblesItAndLettingGoGoesBack() {
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
        const auto rect = large()->mapRect();
        const QPoint point(static_cast<int>(rect.left() + rect.width() * 0.3), static_cast<int>(rect.top() + rect.height() * 0.8));
        QTest::mouseClick(large(), Qt::LeftButton, {}, point);
        QCOMPARE(m_workspace->selection.places().size(), size_t{1});
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Similarity), 10000);
        QTest::keyClick(large(), Qt::Key_Right);
        QCOMPARE(m_workspace->selection.places().size(), size_t{1});
        QTest::keyClick(large(), Qt::Key_Escape);
        QVERIFY(m_workspace->selection.places().empty());
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
    }

    void coloursStayInTheCellsWhileTheLargeMapShowsSimilarity() {
        m_workspace->selection.setPlaces({{0.3, 0.6}});
        m_state->setKind(engine::MapKind::Pca);
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
        QTRY_VERIFY(m_state->enlarged().own && m_state->enlarged().own->kind == engine::MapKind::Similarity);
    }

    void walksByTheKeyboard() {
        grid()->setFocus();
        m_state->setCurrent(cellNamed("tower/encoder/ocr/image"));
        QTest::keyClick(grid(), Qt::Key_Up);
        QCOMPARE(m_workspace->selection.map(), QStringLiteral("tower/encoder/caption/image"));
        QTest::keyClick(grid(), Qt::Key_Left);
        QCOMPARE(m_workspace->selection.map(), QStringLiteral("tower/encoder/caption/layer3"));
        QTest::keyClick(grid(), Qt::Key_Home);
        QCOMPARE(m_workspace->selection.map(), QStringLiteral("tower/davit/stage0"));
        QTest::keyClick(grid(), Qt::Key_Left);  // there is nothing further left
        QCOMPARE(m_workspace->selection.map(), QStringLiteral("tower/davit/stage0"));
        const auto kind = m_state->options().kind;
        m_workspace->commands.find("inspect.kind")->trigger();
        QVERIFY(m_state->options().kind != kind);
        m_workspace->commands.find("inspect.previousKind")->trigger();
        QCOMPARE(m_state->options().kind, kind);
    }

    void liesOverThePictureAsLongAsItShould() {
        m_state->setKind(engine::MapKind::Norm);
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Norm), 10000);
        grid()->setFocus();
        QTest::keyClick(grid(), Qt::Key_Return);
        const auto overlay = m_workspace->overlays.map(m_picture);
        QVERIFY(overlay);
        QCOMPARE(overlay->image, m_state->enlarged().own->image);
        QCOMPARE(overlay->values, std::get<inspect::ScalarMap>(m_state->enlarged().own->drawing).values);
        QCOMPARE(overlay->transform.picture.width, 256);
        QTest::keyClick(grid(), Qt::Key_Return);
        QVERIFY(!m_workspace->overlays.map(m_picture));
    }

    void ownPromptsAreRows() {
        m_view->findChild<QToolButton*>("addPrompt")->click();
        auto* name = m_view->findChild<QLineEdit*>("promptName");
        auto* text = m_view->findChild<QLineEdit*>("promptText");
        QVERIFY(name->isVisible());
        name->setText("ocr");
        text->setText("What colours are there?");
        QTest::keyClick(text, Qt::Key_Return);
        QVERIFY2(m_state->extraPrompts().empty(), "a row of that name is there already");
        name->setText("colours");
        QTest::keyClick(text, Qt::Key_Return);
        QVERIFY(!name->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(cellNamed("tower/encoder/colours/image") >= 0, 60000);
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
        m_state->removePrompt("colours");
        QTRY_VERIFY_WITH_TIMEOUT(cellNamed("tower/encoder/colours/image") < 0 && isDrawnAs(engine::MapKind::Pca), 60000);
    }

    void twoPicturesShareColours() {
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
        m_state->setComparing(true);
        openPicture(*m_workspace, source("resources/samples/world-sea.png"));
        const auto compared = [&] {
            return std::ranges::all_of(m_state->cells(), [](const auto& cell) { return cell.drawn.own && cell.drawn.other; });
        };
        QTRY_VERIFY_WITH_TIMEOUT(compared(), 60000);
        m_state->setKind(engine::MapKind::Norm);
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Norm) && compared(), 60000);
        for (const auto& cell : m_state->cells()) {
            QCOMPARE(cell.drawn.own->range.low, cell.drawn.other->range.low);
            QCOMPARE(cell.drawn.own->range.high, cell.drawn.other->range.high);
        }
        QVERIFY(!large()->otherRect().isEmpty());
        m_state->setComparing(false);
        m_workspace->selection.setPicture(m_picture);
        QTRY_VERIFY_WITH_TIMEOUT(m_state->features() && m_state->features()->picture->name == "world-beach.png", 60000);
    }

    void aPictureSeenBeforeIsNotComputedAgain() {
        m_workspace->selection.setPicture({});
        QVERIFY(m_state->cells().empty());
        QSignalSpy started(&m_workspace->worker, &Worker::started);
        m_workspace->selection.setPicture(m_picture);
        QVERIFY2(m_state->features(), "it is there at once");
        QTRY_VERIFY_WITH_TIMEOUT(isDrawnAs(engine::MapKind::Pca), 60000);
        QCOMPARE(started.count(), 0);
    }

    void writesTheSameFilesAsTheTerminal_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("PCA") << int(engine::MapKind::Pca);
        QTest::newRow("similarity") << int(engine::MapKind::Similarity);
    }
    void writesTheSameFilesAsTheTerminal() {
        QFETCH(int, kind);
        const QString program = QStringLiteral(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli");
        QTemporaryDir folder;
        m_workspace->selection.setPlaces({{0.31, 0.57}});
        AtlasExport wanted;
        wanted.set = m_state->features();
        QVERIFY(wanted.set);
        wanted.options = m_state->options();
        wanted.options.kind = static_cast<engine::MapKind>(kind);
        wanted.options.origin = inspect::Origin::Mean;
        wanted.places = m_state->pixelPlaces();
        wanted.rows = {"image", "ocr"};
        wanted.folder = folder.filePath("atlas of it");
        wanted.files.name = "it's";
        wanted.files.formats = {exporting::AtlasFormat::Png, exporting::AtlasFormat::Svg, exporting::AtlasFormat::Npz,
                                exporting::AtlasFormat::Safetensors, exporting::AtlasFormat::Csv};
        const auto files = writeAtlas(wanted, {});
        QCOMPARE(files.size(), 6);
        const QString kept = folder.filePath("kept");
        QVERIFY(QDir().rename(wanted.folder, kept));

        auto line = QString::fromStdString(commandLineOf(wanted));
        QVERIFY(line.startsWith("fusionscope-cli "));
        QProcess shell;
        shell.start("sh", {"-c", program + line.mid(15)});
        QVERIFY(shell.waitForFinished(120000));
        QVERIFY2(shell.exitCode() == 0, shell.readAllStandardError());
        for (const auto& file : files) {
            QFile ours(QDir(kept).filePath(QFileInfo(file).fileName())), theirs(file);
            QVERIFY2(ours.open(QIODevice::ReadOnly) && theirs.open(QIODevice::ReadOnly), qPrintable(file));
            QVERIFY2(ours.readAll() == theirs.readAll(), qPrintable(file + " differs"));
        }
    }

    void aSavedInspectionOpensToTheSameNumbers() {
        QTemporaryDir folder;
        const auto file = folder.filePath("beach.fscope");
        m_workspace->selection.setPlaces({{0.4, 0.7}});
        m_workspace->selection.setMap("tower/encoder/grounding/image");
        engine::MapOptions options;
        options.kind = engine::MapKind::Similarity;
        m_state->setOptions(options);
        QVERIFY(m_state->addPrompt("mood", "What is the mood?").isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(m_state->isSettled() && cellNamed("tower/encoder/mood/image") >= 0, 60000);
        const auto before = m_state->cells();

        AtlasMenus menus(*m_state);
        QSignalSpy written(&menus, &AtlasMenus::written), said(&menus, &AtlasMenus::said);
        menus.saveInspection(file);
        QVERIFY(written.wait(30000));
        m_state->removePrompt("mood");
        m_workspace->selection.setPlaces({});
        m_workspace->selection.setMap("tower/davit/stage0");
        m_workspace->pictures.close(m_picture);
        m_workspace->selection.setPicture({});
        said.clear();

        menus.openInspection(file);
        QTRY_VERIFY_WITH_TIMEOUT(m_workspace->selection.map() == "tower/encoder/grounding/image", 60000);
        QTRY_VERIFY_WITH_TIMEOUT(m_state->isSettled(), 60000);
        QVERIFY2(said.isEmpty(), "nothing is not as it was");
        QCOMPARE(m_state->options().kind, engine::MapKind::Similarity);
        QCOMPARE(m_state->cells().size(), before.size());
        for (size_t i = 0; i < before.size(); ++i)
            QCOMPARE(largestDifference(m_state->cells()[i].drawn.own->drawing, before[i].drawn.own->drawing), 0.0);
        m_state->removePrompt("mood");
    }

    void refusesADamagedInspection() {
        QTemporaryDir folder;
        const auto file = folder.filePath("x.fscope");
        QFile damaged(file);
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write(QByteArray("PK\x03\x04 not a zip"));
        damaged.close();
        QVERIFY_EXCEPTION_THROWN(readInspection(file.toStdString()), Error);
        SavedInspection inspection;
        inspection.pictures.push_back({QByteArray("no picture, but bytes"), "x.png"});
        inspection.places = {{0.5, 0.5}};
        writeInspection(file.toStdString(), inspection);
        QCOMPARE(readInspection(file.toStdString()).pictures.front().file.bytes(), QByteArray("no picture, but bytes"));
        inspection.places = {{0.5, 7}};
        writeInspection(file.toStdString(), inspection);
        QVERIFY_EXCEPTION_THROWN(readInspection(file.toStdString()), Error);
    }
};

QTEST_MAIN(AtlasPageTest)
#include "atlas_page_test.moc"
