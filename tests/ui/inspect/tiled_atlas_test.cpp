#include <QTemporaryDir>
#include <QtTest>

#include "core/engine/model.h"
#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/atlas_grid.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/atlas_view.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/large_map.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

/// The atlas of a picture that its model cuts into tiles.
class TiledAtlasTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<AtlasState> m_state;
    std::unique_ptr<AtlasView> m_view;
    QTemporaryDir m_folder;
    QString m_picture;

    const inspect::FeatureMap& map(const std::string& name) const {
        for (const auto& each : m_state->features()->maps)
            if (each->name == name) return *each;
        throw std::runtime_error(name);
    }
    bool isDrawn() const { return m_state->features() && m_state->isSettled() && m_state->enlarged().own; }
    void load(const char* folder) {
        engine::LoadOptions options;
        options.threads = 1;
        options.precision = engine::Precision::Fp32;
        QSignalSpy changed(&m_workspace->model, &CurrentModel::changed);
        m_workspace->model.load(source(QString("tests/golden/%1/model").arg(folder)), options);
        QVERIFY(changed.wait(60000));
        QTRY_VERIFY_WITH_TIMEOUT(isDrawn(), 60000);
    }

  private slots:
    void initTestCase() {
        // Wide, its right half bright: what a tile shows is told by its brightness.
        QImage image(600, 300, QImage::Format_RGB32);
        image.fill(QColor(30, 60, 90));
        QPainter painter(&image);
        painter.fillRect(300, 0, 300, 300, QColor(240, 200, 40));
        painter.end();
        image.save(m_folder.filePath("halves.png"));
        m_workspace = std::make_unique<Workspace>();
        m_state = std::make_unique<AtlasState>(*m_workspace);
        m_view = std::make_unique<AtlasView>(*m_state);
        m_view->resize(720, 780);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        m_picture = openPicture(*m_workspace, m_folder.filePath("halves.png"));
        QVERIFY(!m_picture.isEmpty());
    }
    void cleanupTestCase() {
        m_workspace->shutDown();
        m_view.reset();
        m_state.reset();
        m_workspace.reset();
    }

    void tilesLieInTheirPlaces_data() {
        QTest::addColumn<QString>("folder");
        QTest::newRow("SmolVLM") << "smolvlm/smolvlm-256m-layout";
        QTest::newRow("Idefics3") << "idefics3/idefics3-8b-layout";
        QTest::newRow("LLaVA-OneVision") << "llava-onevision/ov-0.5b-layout";
    }
    void tilesLieInTheirPlaces() {
        QFETCH(QString, folder);
        load(folder.toUtf8().constData());
        const auto& seen = m_state->features()->seen;
        QVERIFY2(seen.tileRows > 0, "the picture is cut");
        m_workspace->selection.setMap("tower/siglip/layer0");
        QVERIFY2(m_state->tiles().empty(), "the map of the whole picture is in one piece");
        m_workspace->selection.setMap("tower/siglip/layer0@tiles");
        QTRY_VERIFY_WITH_TIMEOUT(isDrawn(), 30000);
        const auto tiles = m_state->tiles();
        QCOMPARE(int(tiles.size()), seen.tileRows * seen.tileColumns);
        QRectF all;
        for (const auto& tile : tiles) all |= tile;
        QVERIFY2(all.adjusted(-0.5, -0.5, 0.5, 0.5).contains(QRectF(0, 0, 600, 300)), "they cover the picture");
        // Neighbours meet, row by row.
        QVERIFY(qAbs(tiles[0].top() - tiles[1].top()) < 1e-6 && qAbs(tiles[0].right() - tiles[1].left()) < 1e-6);
        for (const auto& cell : m_state->cells()) {
            const auto& features = map(cell.activation.name);
            QCOMPARE(cell.activation.shape, (std::vector<int64_t>{features.rows, features.columns, features.channels}));
        }
        m_state->setOverlaid(true);
        const auto overlay = m_workspace->overlays.map(m_picture);
        QVERIFY(overlay);
        QCOMPARE(overlay->tiles.size(), tiles.size());
        QCOMPARE(overlay->image.width(), map("tower/siglip/layer0@tiles").columns);
        m_state->setOverlaid(false);
        QVERIFY(!large()->mapRect().isEmpty());
        QVERIFY2(large()->mapRect().width() > 1.9 * large()->mapRect().height(), "in the picture's proportions");
    }

    void similarityAndColoursGoAcrossTiles() {
        load("smolvlm/smolvlm-256m-layout");
        m_workspace->selection.setMap("tower/siglip/embed@tiles");
        m_workspace->selection.setPlaces({{0.05, 0.05}});  // dark, in the first tile
        QTRY_VERIFY_WITH_TIMEOUT(isDrawn() && m_state->enlarged().own->kind == engine::MapKind::Similarity, 30000);
        const auto similar = std::get<inspect::ScalarMap>(m_state->enlarged().own->drawing);
        double dark = 0, bright = 0;
        for (int row = 0; row < similar.rows; ++row)
            for (int column = 0; column < similar.columns; ++column)
                (column < similar.columns / 2 ? dark : bright) += double(similar.values[size_t(row * similar.columns + column)]);
        QVERIFY2(dark > bright, "what is alike lies in the left half, whatever tile it is in");
        m_workspace->selection.setPlaces({});
        QTRY_VERIFY_WITH_TIMEOUT(isDrawn() && m_state->enlarged().own->kind == engine::MapKind::Pca, 30000);
        QVERIFY2(m_state->enlarged().own->basis, "one basis for all tiles");
    }

    void rowsSayWhoseTheyAre() {
        const auto& cells = m_state->cells();
        const auto named = [&](const std::string& name) {
            return std::ranges::find_if(cells, [&](const auto& cell) { return cell.activation.name == name; })->activation;
        };
        QCOMPARE(rowDetail(named("tower/siglip/layer0"), {}), QString("SigLIP"));
        QCOMPARE(rowTitle(named("tower/siglip/layer0@tiles").row), QString("tiles"));
        QVERIFY(!rowDetail(named("tower/siglip/layer0@tiles"), {}).isEmpty());
    }

  private:
    LargeMap* large() const { return m_view->findChild<LargeMap*>(); }
};

QTEST_MAIN(TiledAtlasTest)
#include "tiled_atlas_test.moc"
