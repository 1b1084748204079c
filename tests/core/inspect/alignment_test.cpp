#include <QtTest>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/inspect/alignment.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;

namespace {

/// A table with its numbers.
struct Table {
    std::vector<float> values;
    int rows, columns;
    operator TableView() const { return {values, rows, columns}; }
};

nlohmann::json expectedJson() {
    return nlohmann::json::parse(std::ifstream(FUSIONSCOPE_SOURCE_DIR "/tests/golden/florence-vl/analysis/expected.json"));
}

}  // namespace

class AlignmentTest : public QObject {
    Q_OBJECT

  private slots:
    void agreesWithTheRecordedReference_data() {
        QTest::addColumn<int>("number");
        for (int number = 0; number < 4; ++number) QTest::addRow("case %d", number) << number;
    }
    void agreesWithTheRecordedReference() {
        QFETCH(int, number);
        const GoldenTensors inputs("florence-vl/analysis/inputs.safetensors");
        const GoldenTensors expected("florence-vl/analysis/expected.safetensors");
        const std::string key = "align." + std::to_string(number) + '.';
        const int pairs = inputs.size(key + "vision", 0);
        const int visionWidth = inputs.size(key + "vision", 2), textWidth = inputs.size(key + "text", 2);
        const Table vision{meanOverTokens(inputs.floats(key + "vision"), pairs, inputs.size(key + "vision", 1), visionWidth), pairs,
                           visionWidth};
        const Table text{meanOverTokens(inputs.floats(key + "text"), pairs, inputs.size(key + "text", 1), textWidth), pairs, textWidth};
        const Table projection{inputs.floats(key + "projection"), textWidth, visionWidth};

        const Alignment result = alignment(vision, text, projection);

        QVERIFY(worstDifference(result.vision, expected.floats(key + "vision_mean_normalised")) < 2e-6);
        QVERIFY(worstDifference(result.text, expected.floats(key + "text_mean_normalised")) < 2e-6);
        QVERIFY(worstDifference(result.similarity, expected.floats(key + "similarity")) < 2e-6);
        QVERIFY(worstDifference(result.rowLosses, expected.floats(key + "row_loss")) < 2e-6);
        const auto json = expectedJson()["align"][static_cast<std::size_t>(number)];
        QVERIFY(std::fabs(result.loss - json["loss_mean"].get<double>()) < 2e-6);
        QVERIFY(std::fabs(result.lossSum - json["loss_sum"].get<double>()) < 5e-5);
        QVERIFY(std::fabs(result.pairedCosine - json["paired_cosine_mean"].get<double>()) < 2e-6);
        QCOMPARE(result.topOne, json["top1_accuracy"].get<double>());
        for (const auto& [place, value] : json["gradient_P"].items()) {
            const auto comma = place.find(',');
            const int row = std::stoi(place.substr(0, comma)), column = std::stoi(place.substr(comma + 1));
            QVERIFY(std::fabs(result.gradient[static_cast<std::size_t>(row) * visionWidth + column] - value.get<double>()) < 1e-6);
        }
    }

    void lossOfTwoOrthogonalPairsIsTheFormula() {
        // Identity everywhere: cosines are 1 and 0, so each row's loss is log(e + 1) − 1.
        const Table identity{{1, 0, 0, 1}, 2, 2};
        const Alignment result = alignment(identity, identity, identity);
        QVERIFY(std::fabs(result.loss - (std::log(std::exp(1.0) + 1) - 1)) < 1e-12);
        QCOMPARE(result.topOne, 1.0);
        QCOMPARE(result.pairedCosine, 1.0);
    }

    void gradientIsTheSlopeOfTheLoss() {
        const Table vision{noise(5 * 4, 1), 5, 4}, text{noise(5 * 3, 2), 5, 3};
        Table projection{noise(3 * 4, 3), 3, 4};
        const std::vector<double> gradient = alignment(vision, text, projection).gradient;
        for (std::size_t i = 0; i < projection.values.size(); ++i) {
            const float middle = projection.values[i];
            projection.values[i] = middle + 0x1p-10F;
            const double above = alignment(vision, text, projection).loss;
            projection.values[i] = middle - 0x1p-10F;
            const double below = alignment(vision, text, projection).loss;
            projection.values[i] = middle;
            QVERIFY(std::fabs((above - below) / 0x1p-9 - gradient[i]) < 1e-5);
        }
    }

    void pictureOfNothingGivesNoNotANumber() {
        const Table vision{{0, 0, 1, 2}, 2, 2}, text{{1, 1, 0, 0}, 2, 2}, projection{{1, 0, 0, 1}, 2, 2};
        const Alignment result = alignment(vision, text, projection);
        QVERIFY(std::isfinite(result.loss));
        for (const double value : result.gradient) QVERIFY(std::isfinite(value));
    }

    void ckaOfATableWithItselfIsOneAndIgnoresRotationScaleAndShift() {
        const Table a{noise(20 * 3, 4), 20, 3};
        Table b = a;
        for (int row = 0; row < b.rows; ++row) {  // a quarter turn, twice the size, moved
            b.values[3 * row] = 2 * a.values[3 * row + 1] + 5;
            b.values[3 * row + 1] = -2 * a.values[3 * row];
            b.values[3 * row + 2] = 2 * a.values[3 * row + 2] - 1;
        }
        QVERIFY(std::fabs(linearCka(a, a) - 1) < 1e-12);
        QVERIFY(std::fabs(linearCka(a, b) - 1) < 1e-6);
    }

    void ckaIsTheFormula() {
        // Columns x = (−1, 0, 1) and y = (1, −2, 1) are centred and orthogonal: (xy)² / (x² y²) = 0; with z = x + y: 1/4·…
        const Table x{{-1, 0, 1}, 3, 1}, y{{1, -2, 1}, 3, 1}, z{{0, -2, 2}, 3, 1};
        QVERIFY(std::fabs(linearCka(x, y)) < 1e-15);
        QVERIFY(std::fabs(linearCka(x, z) - 4.0 / (2.0 * 8.0)) < 1e-12);  // (xᵀz)² = 4
        QVERIFY(std::fabs(linearCka(y, z) - 36.0 / (6.0 * 8.0)) < 1e-12);
    }

    void ckaOfATableThatDoesNotVaryIsZero() {
        const Table varies{noise(7 * 2, 5), 7, 2};
        const Table constant{std::vector<float>(7 * 3, 0.1F), 7, 3};
        QCOMPARE(linearCka(varies, constant), 0.0);
        QCOMPARE(linearCka(constant, constant), 0.0);
    }

    void neighboursAreCountedByHand() {
        // On a circle at 0°, 10°, 25°, 90°: nearest of each by angle.
        const auto onCircle = [](std::vector<double> degrees) {
            Table table{{}, static_cast<int>(degrees.size()), 2};
            for (const double d : degrees) {
                table.values.push_back(static_cast<float>(std::cos(d * M_PI / 180)));
                table.values.push_back(static_cast<float>(std::sin(d * M_PI / 180)));
            }
            return table;
        };
        const Table a = onCircle({0, 10, 25, 90});  // nearest: 1, 0, 1, 2
        const Table b = onCircle({0, 80, 90, 5});   // nearest: 3, 2, 1, 0
        QCOMPARE(mutualNeighbours(a, a, 1), 1.0);
        QCOMPARE(mutualNeighbours(a, b, 1), 0.25);  // only the third agrees
        QCOMPARE(mutualNeighbours(a, b, 3), 1.0);   // all others are always common
    }

    void refusesWhatDoesNotFit() {
        const Table a{noise(6, 1), 3, 2}, b{noise(4, 1), 2, 2}, projection{noise(4, 1), 2, 2};
        Table lying = a;
        lying.rows = 4;
        Table broken = a;
        broken.values[3] = std::numeric_limits<float>::quiet_NaN();
        COMPARE_REFUSAL(alignment(a, b, projection), "3 rows");
        COMPARE_REFUSAL(alignment(a, a, a), "the projection is 3 × 2, expected 2 × 2");
        COMPARE_REFUSAL(alignment(lying, a, projection), "vision means");
        COMPARE_REFUSAL(alignment(broken, a, projection), "row 1 holds nan");
        COMPARE_REFUSAL(alignment(TableView{}, TableView{}, projection), "shape is 0 × 0");
        COMPARE_REFUSAL(linearCka(a, b), "rows");
        COMPARE_REFUSAL(mutualNeighbours(a, b, 1), "rows");
        COMPARE_REFUSAL(mutualNeighbours(a, a, 0), "expected 1 to 2");
        COMPARE_REFUSAL(mutualNeighbours(a, a, 3), "expected 1 to 2");
        COMPARE_REFUSAL(meanOverTokens(a.values, 2, 2, 2), "6 values");
        COMPARE_REFUSAL(meanOverTokens(a.values, 3, 0, 2), "6 values");
        COMPARE_REFUSAL(meanOverTokens(a.values, 1 << 30, 1 << 30, 1 << 30), "6 values");
    }

    void meansTokensOfEachSample() {
        const std::vector<float> values = {1, 2, 3, 4, 10, 20, 30, 40};  // [2, 2, 2]
        QCOMPARE(meanOverTokens(values, 2, 2, 2), (std::vector<float>{2, 3, 20, 30}));
    }
};

QTEST_GUILESS_MAIN(AlignmentTest)
#include "alignment_test.moc"
