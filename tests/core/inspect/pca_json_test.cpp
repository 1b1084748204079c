#include <QtTest>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/inspect/pca.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;
using nlohmann::json;

namespace {

bool sameBits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

class PcaJsonTest : public QObject {
    Q_OBJECT

  private slots:
    void returnsEveryNumberToTheLastBit() {
        PcaBasis basis = fitPca(noiseMap(6, 6, 20, 4, "tower/encoder/ocr/layer3 \"quoted\" ü"));
        basis.mean[0] = -0.0;
        basis.mean[1] = std::numeric_limits<double>::denorm_min();
        basis.mean[2] = std::numeric_limits<double>::max();
        basis.mean[3] = 0.1 + 0.2;
        const PcaBasis back = pcaBasisFromJson(toJson(basis), "basis.json");
        QCOMPARE(back.channels, basis.channels);
        QCOMPARE(back.maps, basis.maps);
        QVERIFY(sameBits(back.mean, basis.mean));
        QVERIFY(sameBits(back.components, basis.components));
        QVERIFY(sameBits(back.explainedVariance, basis.explainedVariance));
        QVERIFY(sameBits(back.explainedRatio, basis.explainedRatio));
        QVERIFY(sameBits(back.low, basis.low));
        QVERIFY(sameBits(back.high, basis.high));
        QCOMPARE(toJson(back), toJson(basis));
    }

    void savedBasisGivesTheSameColours() {
        const FeatureMap map = noiseMap(5, 7, 12, 8);
        const PcaBasis basis = fitPca(map);
        QCOMPARE(pcaColours(map, pcaBasisFromJson(toJson(basis), "b")).values, pcaColours(map, basis).values);
    }

    void namesThatAreNotUtf8CannotBreakTheFile() {
        PcaBasis basis = fitPca(noiseMap(2, 2, 3, 4, "bad \xff name"));
        QCOMPARE(pcaBasisFromJson(toJson(basis), "b").maps.size(), std::size_t{1});
    }

    void refusesWhatIsNotABasis_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("words");
        const json sound = json::parse(toJson(fitPca(noiseMap(3, 3, 4, 1))));
        const auto with = [&](const char* key, json value) {
            json changed = sound;
            changed[key] = std::move(value);
            return changed.dump();
        };
        const auto without = [&](const char* key) {
            json changed = sound;
            changed.erase(key);
            return changed.dump();
        };
        QTest::newRow("empty") << std::string() << std::string("basis.json");
        QTest::newRow("not JSON") << std::string("basis") << std::string("basis.json");
        QTest::newRow("not an object") << std::string("[1, 2]") << std::string("basis.json");
        QTest::newRow("another format") << with("format", "npy") << std::string("format");
        QTest::newRow("format missing") << without("format") << std::string("format");
        QTest::newRow("a later version") << with("version", 2) << std::string("version");
        QTest::newRow("mean missing") << without("mean") << std::string("explained_variance");
        QTest::newRow("mean empty") << with("mean", json::array()) << std::string("explained_variance");
        QTest::newRow("mean longer") << with("mean", {1, 2, 3, 4, 5}) << std::string("components");
        QTest::newRow("components shorter") << with("components", {1, 2, 3}) << std::string("components holds 3 numbers, expected 12");
        QTest::newRow("words for numbers") << with("low", {"a", "b", "c"}) << std::string("low");
        QTest::newRow("null among numbers") << with("high", {1, nullptr, 3}) << std::string("high");
        QTest::newRow("infinite") << std::string(R"({"format":"fusionscope-pca-basis","version":1,"mean":[1e999]})") << std::string("basis.json");
        QTest::newRow("more components than channels") << with("explained_variance", {1, 2, 3, 4, 5}) << std::string("explained_variance");
        QTest::newRow("no component") << with("explained_variance", json::array()) << std::string("explained_variance");
        QTest::newRow("ratios missing") << without("explained_ratio") << std::string("explained_ratio");
        QTest::newRow("maps are numbers") << with("maps", {1}) << std::string("maps");
        QTest::newRow("cut off") << sound.dump().substr(0, 200) << std::string("basis.json");
        QTest::newRow("deep") << std::string(100000, '[') << std::string("basis.json");
    }
    void refusesWhatIsNotABasis() {
        QFETCH(std::string, text);
        QFETCH(std::string, words);
        COMPARE_REFUSAL(pcaBasisFromJson(text, "basis.json"), words);
        COMPARE_REFUSAL(pcaBasisFromJson(text, "basis.json"), "basis.json: ");
    }
};

QTEST_GUILESS_MAIN(PcaJsonTest)
#include "pca_json_test.moc"
