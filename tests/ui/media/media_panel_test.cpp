#include "ui/media/media_panel.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QLabel>
#include <QMimeData>
#include <QTemporaryDir>
#include <QtTest>

#include "ui/common/workspace.h"
#include "ui/media/notice_bar.h"
#include "ui/media/open_pictures_model.h"
#include "ui/media/picture_strip.h"
#include "ui/media/picture_view.h"
#include "ui/media/prepared_pictures.h"
#include "ui/media/seen_pictures.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

QString sample(const char* name) { return QString(FUSIONSCOPE_SOURCE_DIR "/resources/samples/") + name; }

}  // namespace

class MediaPanelTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<MediaPanel> m_panel;

    PictureView* view() const { return m_panel->findChild<PictureView*>(); }
    QString notice() const { return m_panel->findChild<NoticeBar*>()->text(); }
    QString selected() const {
        const auto picture = m_workspace->pictures.find(m_workspace->selection.picture());
        return picture ? picture->name : QString();
    }
    void drop(const QMimeData& data) {
        QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(m_panel.get(), &enter);
        QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(m_panel.get(), &event);
    }
    bool isQuiet() const { return m_workspace->reader.isIdle(); }

  private slots:
    void init() {
        m_workspace = std::make_unique<Workspace>();
        m_panel = std::make_unique<MediaPanel>(*m_workspace);
        m_panel->resize(640, 480);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    }
    void cleanup() {
        m_workspace->shutDown();
        m_panel.reset();
        m_workspace.reset();
    }

    void ofSeveralFilesTheFirstIsShown() {
        m_panel->open({sample("coffee.jpg"), sample("cat.jpg"), sample("world-sea.png")});
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 3, 20000);
        QCOMPARE(selected(), QString("coffee.jpg"));
        QTRY_VERIFY(view()->isVisible());
        QVERIFY(m_panel->findChild<PictureStrip*>()->isVisible());
        QVERIFY(notice().isEmpty());
    }

    void aPictureThatOthersOpenBecomesTheSelectedOne() {
        m_panel->open({sample("coffee.jpg")});
        QTRY_COMPARE_WITH_TIMEOUT(selected(), QString("coffee.jpg"), 20000);
        m_workspace->pictures.open(QStringList{sample("cat.jpg")});
        QTRY_COMPARE_WITH_TIMEOUT(selected(), QString("cat.jpg"), 20000);
        m_workspace->pictures.open(QStringList{sample("coffee.jpg")});  // that is open already
        QTRY_COMPARE_WITH_TIMEOUT(selected(), QString("coffee.jpg"), 20000);
    }

    void aFolderGivesItsPicturesInNumericalOrder() {
        QTemporaryDir folder;
        for (const int number : {10, 2, 1}) {
            QImage image(20 + number, 20, QImage::Format_RGB888);
            image.fill(Qt::green);
            QVERIFY(image.save(folder.filePath(QString("page %1.PNG").arg(number))));
        }
        QFile other(folder.filePath("notes.txt"));
        QVERIFY(other.open(QIODevice::WriteOnly));
        m_panel->open({folder.path()});
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 3, 20000);
        QStringList names;
        for (const auto& hash : m_workspace->pictures.order()) names << m_workspace->pictures.find(hash)->name;
        QCOMPARE(names, (QStringList{"page 1.PNG", "page 2.PNG", "page 10.PNG"}));
        QCOMPARE(selected(), QString("page 1.PNG"));
    }

    void hostileDropsAreRefusedInSentences_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("name");
        QTest::newRow("text") << QByteArray("hello") << "hello.png";
        QTest::newRow("empty") << QByteArray() << "empty.jpg";
        QTest::newRow("cut short") << QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0", 24) << "cut.png";
        QTest::newRow("a script") << QByteArray("<svg xmlns='http://www.w3.org/2000/svg'/>") << "picture.svg";
        QTest::newRow("name with a line break") << QByteArray("no") << "a\nb.png";
    }
    void hostileDropsAreRefusedInSentences() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, name);
        QTemporaryDir folder;
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file.fileName())});
        drop(data);
        QTRY_VERIFY_WITH_TIMEOUT(!notice().isEmpty(), 20000);
        QVERIFY(m_workspace->pictures.order().isEmpty());
        QVERIFY(m_panel->findChild<NoticeBar*>()->isVisible());
    }

    void strangeDropsDoNothing() {
        QMimeData web, nothing, text;
        web.setUrls({QUrl("https://example.invalid/picture.png"), QUrl("file://elsewhere"), QUrl()});
        text.setText("picture.png");
        for (const auto* data : {&web, &nothing, &text}) drop(*data);
        QTRY_VERIFY(isQuiet());
        QVERIFY(m_workspace->pictures.order().isEmpty());
    }

    void oneBadFileDoesNotKeepTheOthersOut() {
        m_panel->open({"/nowhere/missing.png", sample("cat.jpg"), sample("README.md"), sample("coffee.jpg")});
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 2, 20000);
        QVERIFY(notice().contains("missing.png"));
        QTRY_VERIFY_WITH_TIMEOUT(notice().contains("README.md"), 20000);
        QCOMPARE(selected(), QString("cat.jpg"));
    }

    void pastedPixelsAndFilesAreOpened() {
        QImage image(33, 22, QImage::Format_RGB888);
        image.fill(QColor(1, 2, 3));
        QApplication::clipboard()->setImage(image);
        m_workspace->commands.find("media.paste")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 1, 20000);
        const auto picture = m_workspace->pictures.find(m_workspace->selection.picture());
        QVERIFY(picture && picture->handle.size() == (image::Size{33, 22}));
        QCOMPARE(picture->handle.picture()->rgb[2], std::uint8_t(3));
        auto* data = new QMimeData;
        data->setUrls({QUrl::fromLocalFile(sample("cat.jpg"))});
        QApplication::clipboard()->setMimeData(data);
        m_workspace->commands.find("media.paste")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(selected(), QString("cat.jpg"), 20000);
        QApplication::clipboard()->setText("no picture");
        m_workspace->commands.find("media.paste")->trigger();
        QVERIFY(!notice().isEmpty());
    }

    void closingShowsTheNeighbour() {
        m_panel->open({sample("coffee.jpg"), sample("cat.jpg")});
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 2, 20000);
        m_workspace->commands.find("media.close")->trigger();
        QCOMPARE(selected(), QString("cat.jpg"));
        QVERIFY(!m_panel->findChild<PictureStrip*>()->isVisible());
        m_workspace->commands.find("media.close")->trigger();
        QCOMPARE(m_workspace->selection.picture(), QString());
        QVERIFY(!view()->isVisible());
    }

    void theListOfPicturesKeepsItsPromises() {
        PreparedPictures prepared(*m_workspace);
        OpenPicturesModel model(*m_workspace, prepared);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_panel->open({sample("coffee.jpg"), sample("cat.jpg"), sample("world-sea.png")});
        QTRY_COMPARE_WITH_TIMEOUT(model.rowCount(), 3, 20000);
        QTRY_VERIFY(!model.index(2).data(Qt::DecorationRole).isNull());
        m_workspace->pictures.close(model.hashOf(1));
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.index(1).data(Qt::DisplayRole).toString(), QString("world-sea.png"));
        m_workspace->shutDown();
    }

    void keysChooseToolsAndUndo() {
        m_panel->open({sample("coffee.jpg")});
        QTRY_VERIFY_WITH_TIMEOUT(view()->isVisible() && view()->pictureToView(), 20000);
        m_panel->activateWindow();
        view()->setFocus();
        QTest::keyClick(view(), Qt::Key_B);
        QCOMPARE(view()->tool(), Tool::Box);
        const auto from = view()->pictureToView()->map(QPointF(50, 50)).toPoint(), to = view()->pictureToView()->map(QPointF(150, 150)).toPoint();
        QTest::mousePress(view(), Qt::LeftButton, {}, from);
        QTest::mouseMove(view(), to);
        QTest::mouseRelease(view(), Qt::LeftButton, {}, to);
        const auto hash = m_workspace->selection.picture();
        QCOMPARE(m_workspace->regions.of(hash).size(), 1u);
        QTest::keyClick(view(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(m_workspace->regions.of(hash).size(), 0u);
        QTest::keyClick(view(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(m_workspace->regions.of(hash).size(), 1u);
        QTest::keyClick(view(), Qt::Key_1);
        QCOMPARE(view()->mapping().zoom(), 1.0);
        QTest::keyClick(view(), Qt::Key_F);
        QVERIFY(view()->mapping().isFitted());
    }

    void undoesMarksOfThePictureThatIsShown() {
        m_panel->open({sample("coffee.jpg"), sample("cat.jpg")});
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 2, 20000);
        const auto coffee = m_workspace->pictures.order()[0], cat = m_workspace->pictures.order()[1];
        auto* undo = m_workspace->commands.find("media.undo");
        const Region region{Region::Kind::Box, QPolygonF(QRectF(10, 20, 60, 50)), {}, 0, 0};
        m_workspace->selection.setPicture(coffee);
        m_workspace->regions.add(coffee, region);
        m_workspace->selection.setPicture(cat);
        QVERIFY(!undo->isEnabled());
        m_workspace->regions.add(cat, region);
        m_workspace->regions.add(cat, region);
        m_workspace->selection.setPicture(coffee);
        undo->trigger();
        QCOMPARE(m_workspace->regions.of(coffee).size(), 0u);
        QCOMPARE(m_workspace->regions.of(cat).size(), 2u);
        QVERIFY(!undo->isEnabled());
        m_workspace->selection.setPicture(cat);
        undo->trigger();
        QCOMPARE(m_workspace->regions.of(cat).size(), 1u);
    }

    void givesModelsAndInspectionsToWhoeverOpensThem() {
        QSignalSpy given(m_panel.get(), &MediaPanel::othersGiven);
        const QString nano = FUSIONSCOPE_SOURCE_DIR "/models/nano";
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(nano), QUrl::fromLocalFile(sample("cat.jpg")), QUrl::fromLocalFile("/a/b.fscope")});
        drop(data);
        QTRY_COMPARE_WITH_TIMEOUT(selected(), QString("cat.jpg"), 20000);
        QCOMPARE(given.count(), 1);
        QCOMPARE(given.front().front().toStringList(), (QStringList{nano, "/a/b.fscope"}));
        QCOMPARE(notice(), QString());
    }

    void handsOnWhatItHasToSayWhileItIsHidden() {
        QSignalSpy said(m_panel.get(), &MediaPanel::said);
        m_workspace->pictures.open(QStringList{"/nowhere/first.png"});
        QTRY_VERIFY(notice().contains("first.png"));
        QCOMPARE(said.count(), 0);
        m_panel->hide();
        m_workspace->pictures.open(QStringList{"/nowhere/second.png"});
        QTRY_COMPARE(said.count(), 1);
        QVERIFY(said.front().front().toString().contains("second.png"));
        QVERIFY(!notice().contains("second.png"));
    }

    void showsThePictureAsTheModelReceivesIt() {
        QVERIFY(!m_workspace->commands.find("media.seen")->isEnabled());
        QSignalSpy changed(&m_workspace->model, &CurrentModel::changed);
        m_workspace->model.load(FUSIONSCOPE_SOURCE_DIR "/models/nano");
        QVERIFY(changed.wait(60000));
        m_panel->open({sample("coffee.jpg")});
        QTRY_VERIFY_WITH_TIMEOUT(view()->pictureToView(), 20000);
        const auto whole = m_workspace->pictures.find(m_workspace->selection.picture())->handle.size();
        auto* seen = m_workspace->commands.find("media.seen");
        QTRY_VERIFY(seen->isEnabled());
        seen->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(view()->mapping().pictureSize() != QSizeF(whole.width, whole.height), 20000);
        QCOMPARE(view()->mapping().pictureSize().width(), view()->mapping().pictureSize().height());  // padded to a square
        // Patches are selected there as well, and the selection means the same patch in the picture itself.
        QTest::mouseClick(view(), Qt::LeftButton, {}, view()->mapping().pictureRect().center().toPoint() + QPoint(3, 3));
        QCOMPARE(m_workspace->selection.places().size(), 1u);
        const auto place = m_workspace->selection.places()[0];
        QVERIFY(place.x > 0.5 && place.x < 0.7 && place.y > 0.5 && place.y < 0.7);
        seen->trigger();
        QCOMPARE(view()->mapping().pictureSize(), QSizeF(whole.width, whole.height));
        QCOMPARE(m_workspace->selection.places()[0], place);
    }

    void everyControlHasANameToBeReadAloud() {
        m_panel->open({sample("coffee.jpg"), sample("cat.jpg")});
        QTRY_COMPARE_WITH_TIMEOUT(m_workspace->pictures.order().size(), 2, 20000);
        int controls = 0;
        for (auto* widget : m_panel->findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_")) continue;
            if (qobject_cast<QLabel*>(widget)) continue;  // its name is its text
            if (widget->window() != m_panel->window()) continue;  // a list that opens has its box's name
            const auto* accessible = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(accessible && !accessible->text(QAccessible::Name).isEmpty(), widget->metaObject()->className());
            ++controls;
        }
        QVERIFY(controls > 10);
    }

    void severalViewsLieOnOneSheet() {
        image::ProcessedPicture processed;
        processed.views = 5;
        processed.size = {4, 4};
        processed.tileRows = processed.tileColumns = 2;
        for (int view = 0; view < 5; ++view)
            processed.seen.insert(processed.seen.end(), 4 * 4 * 3, static_cast<std::uint8_t>(10 * (view + 1)));
        const auto sheet = sheetOf(processed);
        QCOMPARE(sheet.size, (image::Size{4 + 16 + 4, 4 + 16 + 4 + 16 + 4}));
        const auto value = [&](int x, int y) { return int(sheet.view().row(y)[3 * x]); };
        QCOMPARE(value(0, 0), 10);
        QCOMPARE(value(0, 20), 20);
        QCOMPARE(value(20, 20), 30);
        QCOMPARE(value(0, 40), 40);
        QCOMPARE(value(23, 43), 50);
        QCOMPARE(value(10, 20), 255);
    }
};

QTEST_MAIN(MediaPanelTest)
#include "media_panel_test.moc"
