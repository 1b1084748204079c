#include <QFile>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "ui/common/workspace.h"
#include "ui/media/media_panel.h"
#include "ui/media/picture_strip.h"
#include "ui/media/picture_view.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

constexpr int side = 600;  ///< of each picture, in pixels; decoded it takes 1.4 MB with what is drawn of it
constexpr qint64 megabyte = 1 << 20;

}  // namespace

class PicturesTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_settings;
    QTemporaryDir m_folder;

    QString picture(int number) {
        const auto path = m_folder.filePath(QString("picture %1.png").arg(number));
        if (!QFile::exists(path)) {
            QImage image(side, side, QImage::Format_RGB888);
            image.fill(QColor::fromHsv(number * 30, 200, 200));
            image.save(path);
        }
        return path;
    }
    /// One that compresses badly: 1 MB.
    QString noisyPicture() {
        const auto path = m_folder.filePath("noise.png");
        if (!QFile::exists(path)) {
            QImage image(side, side, QImage::Format_RGB888);
            QRandomGenerator random(1);
            for (int y = 0; y < side; ++y)
                std::generate_n(image.scanLine(y), 3 * side, [&] { return static_cast<uchar>(random.bounded(256)); });
            image.save(path);
        }
        return path;
    }
    static QString problemOf(const std::function<void()>& act) {
        try {
            act();
            return {};
        } catch (const Error& error) {
            return error.what();
        }
    }
    bool open(Workspace& workspace, int number) {
        QSignalSpy opened(&workspace.pictures, &Pictures::opened);
        workspace.pictures.open(QStringList{picture(number)});
        return opened.wait(20'000);
    }

  private slots:
    void initTestCase() {
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
        QCoreApplication::setOrganizationName("fusionscope-test");
    }
    void init() { QSettings().clear(); }

    void keepsPixelsWithinTheLimit() {
        Workspace workspace;
        workspace.pictures.setMemoryLimit(4 * megabyte);
        for (int number = 0; number < 8; ++number) QVERIFY(open(workspace, number));
        QCOMPARE(workspace.pictures.order().size(), 8);
        QVERIFY(workspace.pictures.decodedBytes() <= 4 * megabyte);
        QVERIFY(workspace.pictures.decodedBytes() > 2 * megabyte);
        const auto& order = workspace.pictures.order();
        QVERIFY(!workspace.pictures.find(order.first())->handle.isDecoded());
        QVERIFY(workspace.pictures.find(order.last())->handle.isDecoded());
        QCOMPARE(workspace.pictures.find(order.first())->handle.size(), (image::Size{side, side}));
    }

    void decodesAgainWhatWasLetGoAlsoWhenTheFileIsGone() {
        Workspace workspace;
        for (int number = 0; number < 3; ++number) QVERIFY(open(workspace, number));
        const auto first = workspace.pictures.find(workspace.pictures.order().first());
        const auto before = *first->handle.picture();
        workspace.pictures.setMemoryLimit(megabyte);
        QVERIFY(!first->handle.isDecoded());
        QVERIFY(QFile::remove(picture(0)));
        QSignalSpy letGo(&workspace.pictures, &Pictures::letGo);
        QCOMPARE(first->handle.picture()->rgb, before.rgb);
        // It is the one that was used last now, so another one gives way.
        QTRY_COMPARE(letGo.count(), 1);
        QVERIFY(letGo.front().front().toString() != QString::fromStdString(first->handle.hash()));
        QVERIFY(first->handle.isDecoded());
    }

    void picturesInUseOutliveBeingLetGo() {
        Workspace workspace;
        QVERIFY(open(workspace, 1));
        const auto handle = workspace.pictures.find(workspace.pictures.order().first())->handle;
        const auto pixels = handle.picture();
        handle.letGo();
        QVERIFY(!handle.isDecoded());
        QCOMPARE(static_cast<int>(pixels->rgb.size()), side * side * 3);
        QCOMPARE(handle.picture()->rgb, pixels->rgb);
    }

    void showsEveryPictureOfManyWithLittleMemory() {
        Workspace workspace;
        workspace.pictures.setMemoryLimit(2 * megabyte);
        MediaPanel panel(workspace);
        panel.resize(640, 480);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        QStringList files;
        for (int number = 0; number < 12; ++number) files += picture(number);
        panel.open(files);
        QTRY_COMPARE_WITH_TIMEOUT(workspace.pictures.order().size(), 12, 20'000);
        QTRY_VERIFY(workspace.reader.isIdle());
        auto* view = panel.findChild<PictureView*>();
        const auto strip = panel.findChild<PictureStrip*>()->model();
        for (int row = 0; row < 12; ++row) {
            QTRY_VERIFY(!strip->index(row, 0).data(Qt::DecorationRole).isNull());
            const auto hash = workspace.pictures.order().at(row);
            workspace.selection.setPicture(hash);
            QTRY_VERIFY_WITH_TIMEOUT(view->pictureToView(), 20'000);
            const auto wanted = QImage(workspace.pictures.find(hash)->path).pixelColor(10, 10);
            QTRY_COMPARE(view->grab().toImage().pixelColor(view->rect().center()), wanted);
            QTRY_VERIFY(workspace.pictures.decodedBytes() <= 2 * megabyte);
        }
        workspace.shutDown();
    }

    void letsFilesGoThatLieOnADiskAndReadsThemAgain() {
        Workspace workspace;
        QFile noisy(noisyPicture());
        QVERIFY(noisy.open(QIODevice::ReadOnly));
        const auto bytes = noisy.readAll();
        QSignalSpy opened(&workspace.pictures, &Pictures::opened);
        workspace.pictures.open(bytes, "pasted.png");
        QVERIFY(opened.wait(20'000));
        const auto pasted = workspace.pictures.find(workspace.pictures.order().first());
        for (int number = 0; number < 3; ++number) QVERIFY(open(workspace, number));
        workspace.pictures.setMemoryLimit(megabyte);
        QVERIFY(workspace.pictures.fileBytes() > megabyte / 4);  // the pasted one alone is larger, and lies nowhere else
        QVERIFY(pasted->file.isKept());
        const auto first = workspace.pictures.find(workspace.pictures.order().at(1));
        QVERIFY(!first->file.isKept());

        pasted->file.liesAt(noisyPicture());
        workspace.pictures.use(workspace.pictures.order().last());
        QVERIFY(!pasted->file.isKept());
        QVERIFY(workspace.pictures.fileBytes() <= megabyte / 4);
        QCOMPARE(pasted->file.bytes(), bytes);
        QVERIFY(pasted->file.isKept());
        QCOMPARE(first->handle.picture()->size, (image::Size{side, side}));
    }

    void saysWhatHasBecomeOfAFileThatWasLetGo() {
        const auto path = m_folder.filePath("on a stick.png");
        QVERIFY(QFile::copy(picture(5), path));
        const auto file = PictureFile::read(path);
        file.letGo();
        QFile stick(path);
        QVERIFY(stick.open(QIODevice::Append));
        stick.write("more");
        stick.close();
        QVERIFY2(problemOf([&] { file.bytes(); }).contains("has changed since it was opened"), "a changed file");
        QVERIFY(stick.remove());
        QVERIFY2(problemOf([&] { file.bytes(); }).contains("cannot be read"), "no file");
    }

    void remembersTheLimit() {
        {
            Workspace workspace;
            QVERIFY(workspace.pictures.memoryLimit() >= 256 * megabyte);
            workspace.pictures.setMemoryLimit(300 * megabyte);
        }
        Workspace workspace;
        QCOMPARE(workspace.pictures.memoryLimit(), 300 * megabyte);
    }
};

QTEST_MAIN(PicturesTest)
#include "pictures_test.moc"
