#include "ui/media/view_mapping.h"

#include <QRandomGenerator>
#include <QtTest>
#include <cmath>

using fusionscope::ui::ViewMapping;

class ViewMappingTest : public QObject {
    Q_OBJECT

  private slots:
    void fitsTheWholePictureInTheMiddle_data() {
        QTest::addColumn<QSizeF>("picture");
        QTest::newRow("wide") << QSizeF(4000, 100);
        QTest::newRow("high") << QSizeF(100, 4000);
        QTest::newRow("small") << QSizeF(8, 8);
        QTest::newRow("one pixel") << QSizeF(1, 1);
    }
    void fitsTheWholePictureInTheMiddle() {
        QFETCH(QSizeF, picture);
        ViewMapping mapping;
        mapping.setView({640, 480}, 1);
        mapping.setPicture(picture);
        const auto rect = mapping.pictureRect();
        QVERIFY(QRectF(0, 0, 640, 480).contains(rect));
        QVERIFY(std::abs(rect.center().x() - 320) <= 1 && std::abs(rect.center().y() - 240) <= 1);
        QVERIFY(std::abs(rect.width() - 624) < 1e-6 || std::abs(rect.height() - 464) < 1e-6);
        QCOMPARE(mapping.visiblePart(), QRectF({0, 0}, picture));
    }

    void mapsThereAndBackAfterAnyMovement() {
        const quint32 seed = 20240612;
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        ViewMapping mapping;
        mapping.setPicture({1000, 700});
        for (int i = 0; i < 500; ++i) {
            switch (random.bounded(5)) {
                case 0: mapping.zoomTo(std::exp(random.generateDouble() * 10 - 5), {random.generateDouble() * 600, random.generateDouble() * 400}); break;
                case 1: mapping.pan({random.generateDouble() * 2000 - 1000, random.generateDouble() * 2000 - 1000}); break;
                case 2: mapping.setView({1.0 + random.bounded(2000), 1.0 + random.bounded(1500)}, 1 + random.bounded(3) * 0.5); break;
                case 3: mapping.fit(); break;
                default: mapping.centreOn({random.generateDouble() * 1000, random.generateDouble() * 700});
            }
            const QPointF at(random.generateDouble() * 1000, random.generateDouble() * 700);
            const auto back = mapping.toPicture(mapping.toView(at));
            QVERIFY(std::hypot(back.x() - at.x(), back.y() - at.y()) < 1e-6);
            QVERIFY(mapping.transform().map(at) == mapping.toView(at));
            QVERIFY2(!mapping.visiblePart().isEmpty(), "the picture has left the view");
            const auto corner = mapping.pictureRect().topLeft() * mapping.ratio();
            QVERIFY(std::abs(corner.x() - std::round(corner.x())) < 1e-6 && std::abs(corner.y() - std::round(corner.y())) < 1e-6);
        }
    }

    void zoomKeepsThePlaceUnderTheCursor() {
        ViewMapping mapping;
        mapping.setView({640, 480}, 1);
        mapping.setPicture({4000, 3000});
        const QPointF cursor(400, 300);
        for (const double zoom : {0.5, 1.0, 3.0, 20.0}) {
            const auto before = mapping.toPicture(cursor);
            mapping.zoomTo(zoom, cursor);
            QCOMPARE(mapping.zoom(), zoom);
            const auto after = mapping.toPicture(cursor);
            QVERIFY(std::hypot(after.x() - before.x(), after.y() - before.y()) <= 1 / zoom);  // the corner lies on a pixel
        }
    }

    void staysFittedWhenTheViewChangesAndElseKeepsTheMiddle() {
        ViewMapping mapping;
        mapping.setView({640, 480}, 1);
        mapping.setPicture({4000, 3000});
        mapping.setView({200, 300}, 2);
        QVERIFY(mapping.isFitted());
        QVERIFY(QRectF(0, 0, 200, 300).contains(mapping.pictureRect()));
        mapping.zoomTo(1, {100, 150});
        mapping.centreOn({2000, 1500});
        mapping.setView({640, 480}, 1);
        QCOMPARE(mapping.zoom(), 1.0);
        const auto middle = mapping.toPicture(mapping.viewCentre());
        QVERIFY(std::hypot(middle.x() - 2000, middle.y() - 1500) <= 1.5);
    }

    void oneToOneIsOneDevicePixel() {
        ViewMapping mapping;
        mapping.setView({640, 480}, 2);
        mapping.setPicture({4000, 3000});
        mapping.zoomTo(1, {320, 240});
        QCOMPARE(mapping.toView({1, 0}).x() - mapping.toView({0, 0}).x(), 0.5);
    }
};

QTEST_GUILESS_MAIN(ViewMappingTest)
#include "view_mapping_test.moc"
