#include <QtTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "ui/plot/colour_scale.h"

using namespace fusionscope::plot;

namespace {

using Triple = std::array<double, 3>;

Triple linear(QRgb colour) {
    const auto decoded = [](int value) {
        const double v = value / 255.0;
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return {decoded(qRed(colour)), decoded(qGreen(colour)), decoded(qBlue(colour))};
}

Triple times(const std::array<Triple, 3>& matrix, const Triple& v) {
    Triple result{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) result[i] += matrix[i][j] * v[j];
    }
    return result;
}

/// CIE L*a*b* with the white of sRGB.
Triple lab(const Triple& rgb) {
    const Triple xyz = times({{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}}, rgb);
    const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
    const double x = f(xyz[0] / 0.9505), y = f(xyz[1]), z = f(xyz[2] / 1.089);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double lightness(QRgb colour) { return lab(linear(colour))[0]; }

double distance(const Triple& a, const Triple& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

/// How people without one kind of cone see a colour (Machado, Oliveira and Fernandes 2009, severity 1).
constexpr std::array<Triple, 3> normal = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr std::array<Triple, 3> protanopia = {
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr std::array<Triple, 3> deuteranopia = {
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};

Triple seen(QRgb colour, const std::array<Triple, 3>& eye) {
    Triple rgb = times(eye, linear(colour));
    for (double& value : rgb) value = std::clamp(value, 0.0, 1.0);
    return lab(rgb);
}

}  // namespace

class ColourScaleTest : public QObject {
    Q_OBJECT

  private slots:
    void endsAreThePublishedOnes() {
        QCOMPARE(colourAt(ColourScale::Viridis, 0), 0xff440154);
        QCOMPARE(colourAt(ColourScale::Viridis, 1), 0xfffde725);
        QCOMPARE(colourAt(ColourScale::Magma, 0), 0xff000004);
        QCOMPARE(colourAt(ColourScale::Magma, 1), 0xfffcfdbf);
        QCOMPARE(colourAt(ColourScale::Cividis, 0), 0xff00224e);
        QCOMPARE(colourAt(ColourScale::Cividis, 1), 0xfffee838);
    }

    void lightnessRisesAllTheWay_data() {
        QTest::addColumn<ColourScale>("scale");
        for (const ColourScale scale : {ColourScale::Viridis, ColourScale::Magma, ColourScale::Cividis}) QTest::newRow(name(scale)) << scale;
    }
    void lightnessRisesAllTheWay() {
        QFETCH(ColourScale, scale);
        const double whole = lightness(colourAt(scale, 1)) - lightness(colourAt(scale, 0));
        QVERIFY(whole > 70);
        for (int i = 1; i <= 16; ++i) {
            const double step = lightness(colourAt(scale, i / 16.0)) - lightness(colourAt(scale, (i - 1) / 16.0));
            QVERIFY2(step > 0.5 * whole / 16 && step < 1.6 * whole / 16, qPrintable(QString("step %1 is %2").arg(i).arg(step)));
        }
        for (int i = 1; i < 256; ++i) {
            QVERIFY(lightness(colourAt(scale, i / 255.0)) > lightness(colourAt(scale, (i - 1) / 255.0)) - 0.35);  // 8-bit rounding
        }
    }

    void differenceIsNeutralInTheMiddleAndSymmetric() {
        const QRgb middle = colourAt(ColourScale::Difference, 0.5);
        QVERIFY(std::abs(qRed(middle) - qGreen(middle)) <= 2 && std::abs(qGreen(middle) - qBlue(middle)) <= 2);
        for (int i = 1; i <= 16; ++i) {
            const QRgb below = colourAt(ColourScale::Difference, 0.5 - i / 32.0), above = colourAt(ColourScale::Difference, 0.5 + i / 32.0);
            QVERIFY(std::fabs(lightness(below) - lightness(above)) < 3.5);
            QVERIFY(lightness(above) < lightness(colourAt(ColourScale::Difference, 0.5 + (i - 1) / 32.0)));
            QVERIFY(qBlue(below) > qRed(below) && qRed(above) > qBlue(above));
        }
    }

    void differenceKeepsItsSidesApartForEveryEye() {
        for (const auto& eye : {normal, protanopia, deuteranopia}) {
            QVERIFY(distance(seen(colourAt(ColourScale::Difference, 0.1), eye), seen(colourAt(ColourScale::Difference, 0.9), eye)) > 50);
        }
    }

    void positionsOutsideAreTheEnds() {
        for (const ColourScale scale : {ColourScale::Viridis, ColourScale::Difference}) {
            QCOMPARE(colourAt(scale, -3), colourAt(scale, 0));
            QCOMPARE(colourAt(scale, std::numeric_limits<double>::infinity()), colourAt(scale, 1));
            QCOMPARE(colourAt(scale, std::numeric_limits<double>::quiet_NaN()), colourAt(scale, 0));
        }
    }

    void namesLeadBackToTheirScales() {
        for (const ColourScale scale : {ColourScale::Viridis, ColourScale::Magma, ColourScale::Cividis, ColourScale::Difference}) {
            QVERIFY(colourScaleFromName(name(scale)) == scale);
        }
        QVERIFY(!colourScaleFromName("jet"));
        QVERIFY(!colourScaleFromName(""));
    }

    void classesDifferForEveryEye() {
        for (const auto& eye : {normal, protanopia, deuteranopia}) {
            for (int a = 0; a < 8; ++a) {
                for (int b = 0; b < a; ++b) {
                    const double apart = distance(seen(classColour(a), eye), seen(classColour(b), eye));
                    QVERIFY2(apart > 12, qPrintable(QString("%1 and %2 are %3 apart").arg(a).arg(b).arg(apart)));
                }
            }
        }
    }

    void classesRepeatAfterTwentyFour() {
        std::set<QRgb> colours;
        for (int label = 0; label < 24; ++label) colours.insert(classColour(label));
        QCOMPARE(colours.size(), std::size_t{24});
        QCOMPARE(classColour(24), classColour(0));
        QCOMPARE(classColour(-1), classColour(23));
    }
};

QTEST_APPLESS_MAIN(ColourScaleTest)
#include "colour_scale_test.moc"
