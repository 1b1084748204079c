#include <QTemporaryFile>
#include <QtTest>
#include <cmath>
#include <ctime>
#include <set>
#include <sstream>

#include "core/files/error.h"
#include "core/world/captions.h"
#include "core/world/composer.h"
#include "core/world/painter.h"
#include "core/world/regions.h"
#include "core/world/things.h"

using namespace fusionscope::world;

namespace {

const Materials& materials() {
    static const Materials loaded = Materials::load(FUSIONSCOPE_SOURCE_DIR "/resources/world");
    return loaded;
}

Scene sceneOf(Split split, int index, std::optional<Family> family = {}) {
    return compose(materials(), split, layoutSeed(split, 42, static_cast<uint64_t>(index)), family);
}

/// The rectangle of pixels that are at least half covered.
QRectF paintedExtent(const QImage& picture) {
    int left = 999, right = -1, top = 999, bottom = -1;
    for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x)
            if (qAlpha(picture.pixel(x, y)) >= 60) {
                left = std::min(left, x);
                right = std::max(right, x + 1);
                top = std::min(top, y);
                bottom = std::max(bottom, y + 1);
            }
    return {QPointF(left, top), QPointF(right, bottom)};
}

std::vector<std::string> wordsOf(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

}  // namespace

class WorldTest : public QObject {
    Q_OBJECT

  private slots:
    void paintsTheSameBytesForTheSameSeed_data();
    void paintsTheSameBytesForTheSameSeed();
    void paintsOtherPicturesForOtherSeeds();
    void drawsTheSameNumbersEverywhere();
    void boxesAreWhatIsPainted_data();
    void boxesAreWhatIsPainted();
    void textQuadsHoldTheInk();
    void everythingLiesInsideThePicture();
    void chartsOfPublicFiguresSayWhatTheTableSays();
    void refusesWhatIsNoTable_data();
    void refusesWhatIsNoTable();
    void trainingNeverDrawsWhatIsHeldOut();
    void otherSplitsDrawOnlyWhatTheyHoldOut_data();
    void otherSplitsDrawOnlyWhatTheyHoldOut();
    void othersPicturesOfTrainingAndTestsDiffer();
    void layoutsOfTrainingAndTestsDiffer();
    void groundedPhrasesStandInTheCaption();
    void writesLocationsAsThousandths();
    void tellsHowLongAPictureTakes();
};

void WorldTest::paintsTheSameBytesForTheSameSeed_data() {
    QTest::addColumn<int>("family");
    for (const Family family : families) QTest::newRow(nameOf(family).data()) << static_cast<int>(family);
}

void WorldTest::paintsTheSameBytesForTheSameSeed() {
    QFETCH(int, family);
    const Painter painter(materials());
    // Other materials and painter, other order: nothing may depend on what was painted before.
    const Materials again = Materials::load(FUSIONSCOPE_SOURCE_DIR "/resources/world");
    const Painter second(again);
    std::vector<QImage> first;
    for (int i = 0; i < 6; ++i) first.push_back(painter.paint(sceneOf(Split::Train, i, static_cast<Family>(family))));
    for (int i = 5; i >= 0; --i) {
        const Scene scene = compose(again, Split::Train, layoutSeed(Split::Train, 42, static_cast<uint64_t>(i)), static_cast<Family>(family));
        QCOMPARE(second.paint(scene), first[static_cast<std::size_t>(i)]);
    }
}

void WorldTest::paintsOtherPicturesForOtherSeeds() {
    const Painter painter(materials());
    QVERIFY(painter.paint(sceneOf(Split::Train, 1)) != painter.paint(sceneOf(Split::Train, 2)));
    QVERIFY(painter.paint(sceneOf(Split::Train, 1)) != painter.paint(sceneOf(Split::Test, 1)));
}

void WorldTest::drawsTheSameNumbersEverywhere() {
    // The first numbers of xoshiro256++ from SplitMix64(1), computed by hand-written reference code.
    Random random(1);
    const uint64_t first = random.next();
    QCOMPARE(first, uint64_t{0xcfc5d07f6f03c29b});
    QCOMPARE(hashOf("dog"), hashOf("dog"));
    QVERIFY(hashOf("dog") != hashOf("god"));
}

void WorldTest::boxesAreWhatIsPainted_data() {
    QTest::addColumn<int>("split");
    QTest::newRow("training") << static_cast<int>(Split::Train);
    QTest::newRow("held-out style") << static_cast<int>(Split::Style);
}

void WorldTest::boxesAreWhatIsPainted() {
    QFETCH(int, split);
    const Painter painter(materials());
    int objects = 0;
    double worst = 0;
    for (int i = 0; i < 120; ++i)
        for (const Object& object : sceneOf(static_cast<Split>(split), i).objects) {
            const QRectF painted = paintedExtent(painter.paintAlone(object));
            const double off = std::max({std::abs(painted.left() - object.box.left()), std::abs(painted.right() - object.box.right()),
                                         std::abs(painted.top() - object.box.top()), std::abs(painted.bottom() - object.box.bottom())});
            worst = std::max(worst, off);
            QVERIFY2(off <= 2.6, qPrintable(QString("%1 of size %2: %3 pixels off").arg(object.name.c_str()).arg(object.size).arg(off)));
            ++objects;
        }
    QVERIFY(objects > 200);
    qInfo("%d objects, at most %.2f pixels off", objects, worst);
}

void WorldTest::textQuadsHoldTheInk() {
    const Painter painter(materials());
    for (int i = 0; i < 40; ++i) {
        Scene scene = sceneOf(Split::Train, i, Family::Text);
        scene.effects = {};
        Scene blank = scene;
        blank.lines.clear();
        const QImage with = painter.paint(scene), without = painter.paint(blank);
        for (int y = 0; y < pictureSize; ++y)
            for (int x = 0; x < pictureSize; ++x) {
                if (with.pixel(x, y) == without.pixel(x, y)) continue;
                const QPointF pixel(x + 0.5, y + 0.5);
                const bool inside = std::any_of(scene.lines.begin(), scene.lines.end(), [&](const TextLine& line) {
                    return line.box.adjusted(-1.5, -1.5, 1.5, 1.5).contains(pixel);
                });
                QVERIFY2(inside, qPrintable(QString("picture %1 at %2, %3").arg(i).arg(x).arg(y)));
            }
    }
}

void WorldTest::everythingLiesInsideThePicture() {
    const QRectF picture(-0.5, -0.5, pictureSize + 1, pictureSize + 1);
    for (int i = 0; i < 2000; ++i) {
        const Scene scene = sceneOf(Split::Train, i);
        QVERIFY(!scene.objects.empty() || !scene.lines.empty());
        for (const Object& object : scene.objects) QVERIFY2(picture.contains(object.box), object.name.c_str());
        for (const TextLine& line : scene.lines) {
            QVERIFY2(picture.contains(line.box), line.text.c_str());
            QCOMPARE(line.letters.size(), line.text.size());
        }
    }
}

void WorldTest::trainingNeverDrawsWhatIsHeldOut() {
    int words = 0, pairs = 0, photographs = 0, backdrops = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Scene scene = sceneOf(Split::Train, i);
        for (const Object& object : scene.objects) {
            QVERIFY(object.kind != Object::Kind::Sprite || object.style != Style::Twemoji);
            if (object.kind == Object::Kind::Sprite && object.style == Style::Photograph) {
                const auto allowed = materials().sprites.photographs(object.noun, Split::Train);
                const auto heldOut = materials().sprites.photographs(object.noun, Split::Photos);
                QVERIFY(std::find(allowed.begin(), allowed.end(), object.photograph) != allowed.end());
                QVERIFY(std::find(heldOut.begin(), heldOut.end(), object.photograph) == heldOut.end());
                ++photographs;
            }
            const bool pair = object.kind == Object::Kind::Sprite || object.kind == Object::Kind::Shape;
            if (pair && object.colour != Colour::None) {
                QVERIFY(!isHeldOutPair(object.name, object.colour));
                ++pairs;
            }
            QVERIFY(!materials().typefaces.isHeldOut(object.font));
        }
        if (scene.background.photograph >= 0) {
            const auto allowed = materials().backdrops.allowed(Split::Train);
            QVERIFY(std::find(allowed.begin(), allowed.end(), scene.background.photograph) != allowed.end());
            ++backdrops;
        }
        for (const TextLine& line : scene.lines) {
            QVERIFY(!materials().typefaces.isHeldOut(line.font));
            for (const std::string& word : wordsOf(line.text)) {
                QVERIFY2(!isHeldOutWord(word), word.c_str());
                ++words;
            }
        }
    }
    QVERIFY(words > 20'000 && pairs > 5'000 && photographs > 5'000 && backdrops > 1'000);
    int heldOutFonts = 0;
    std::set<std::string> families_;
    for (int font = 0; font < materials().typefaces.count(); ++font) {
        families_.insert(materials().typefaces.family(font));
        heldOutFonts += materials().typefaces.isHeldOut(font);
    }
    QCOMPARE(heldOutFonts, 4);
    QVERIFY(families_.size() >= 18);
}

void WorldTest::otherSplitsDrawOnlyWhatTheyHoldOut_data() {
    QTest::addColumn<int>("split");
    for (const Split split : {Split::Style, Split::Fonts, Split::Words, Split::Pairs, Split::Photos}) QTest::newRow(nameOf(split).data()) << static_cast<int>(split);
}

void WorldTest::otherSplitsDrawOnlyWhatTheyHoldOut() {
    QFETCH(int, split);
    const auto chosen = static_cast<Split>(split);
    int seen = 0;
    for (int i = 0; i < 1000; ++i) {
        const Scene scene = sceneOf(chosen, i);
        for (const Object& object : scene.objects) {
            if (chosen == Split::Style && object.kind == Object::Kind::Sprite) {
                QCOMPARE(object.style, Style::Twemoji);
                ++seen;
            }
            if (chosen == Split::Photos && object.style == Style::Photograph) {
                const auto heldOut = materials().sprites.photographs(object.noun, Split::Photos);
                QVERIFY(std::find(heldOut.begin(), heldOut.end(), object.photograph) != heldOut.end());
                ++seen;
            }
            const bool pair = object.kind == Object::Kind::Sprite || object.kind == Object::Kind::Shape;
            if (chosen == Split::Pairs && pair && object.colour != Colour::None) {
                QVERIFY(isHeldOutPair(object.name, object.colour));
                ++seen;
            }
        }
        for (const TextLine& line : scene.lines) {
            if (chosen == Split::Fonts) {
                QVERIFY(materials().typefaces.isHeldOut(line.font));
                ++seen;
            }
            if (chosen == Split::Words && scene.family == Family::Text)
                for (const std::string& word : wordsOf(line.text)) {
                    seen += isHeldOutWord(word);
                    QVERIFY2(isHeldOutWord(word) || word == "Total" || word[0] == '$', word.c_str());
                }
        }
    }
    QVERIFY(seen > 200);
}

void WorldTest::othersPicturesOfTrainingAndTestsDiffer() {
    // Every picture that training can draw, by its pixels, and every one that is held out.
    const auto pixels = [](const QImage& image) { return QByteArray(reinterpret_cast<const char*>(image.constBits()), image.sizeInBytes()); };
    const Sheets& sheets = materials().sheets;
    QCOMPARE(sheets.products(Split::Fashion), 1000);
    QCOMPARE(sheets.products(Split::Train), 600);
    QCOMPARE(sheets.digits(Split::Digits) + sheets.digits(Split::Train), 500);
    std::set<QByteArray> training;
    int shared = 0;
    for (const Split split : {Split::Train, Split::Digits}) {
        for (int digit = 0; digit < 10; ++digit)
            for (int sample = 0; sample < sheets.digits(split); ++sample) {
                Object object;
                object.kind = Object::Kind::Digit;
                object.reading = std::to_string(digit);
                object.sample = sample;
                const QByteArray bytes = pixels(sheets.picture(object, split));
                if (split == Split::Train) training.insert(bytes); else shared += training.contains(bytes);
            }
    }
    QCOMPARE(training.size(), std::size_t{4000});
    QCOMPARE(shared, 0);
    for (int i = 0; i < 200; ++i) {
        const Scene scene = sceneOf(Split::Fashion, i);
        QCOMPARE(scene.objects.size(), std::size_t{1});
        QVERIFY(scene.objects[0].kind == Object::Kind::Product && scene.objects[0].sample < 1000);
        const Scene digit = sceneOf(Split::Digits, i);
        QVERIFY(digit.objects.size() == 1 && digit.objects[0].sample >= 0 && digit.objects[0].sample < 100);
    }
}

void WorldTest::layoutsOfTrainingAndTestsDiffer() {
    std::set<uint64_t> training;
    for (uint64_t i = 0; i < 20'000; ++i) training.insert(layoutSeed(Split::Train, 1, i));
    QCOMPARE(training.size(), std::size_t{20'000});
    for (uint64_t i = 0; i < 2'000; ++i)
        for (const Split split : splits)
            if (split != Split::Train) QVERIFY(!training.contains(layoutSeed(split, 1, i)));
}

void WorldTest::groundedPhrasesStandInTheCaption() {
    int phrases = 0;
    for (int i = 0; i < 1000; ++i) {
        const Scene scene = sceneOf(Split::Train, i);
        const std::string caption = briefCaption(scene, materials().nouns);
        const auto things = thingsIn(scene, materials().nouns);
        const auto found = groundings(scene, materials().nouns);
        QCOMPARE(found.size(), scene.chart ? std::size_t{0} : things.size());
        for (std::size_t k = 0; k < found.size(); ++k) {
            QVERIFY(found[k].end <= caption.size());
            const std::string phrase = caption.substr(found[k].begin, found[k].end - found[k].begin);
            const auto& thing = things[k];
            const bool symbol = thing.members.front()->kind >= Object::Kind::Die;
            QVERIFY2(symbol || phrase.ends_with(thing.count() == 1 ? thing.name : thing.plural), (phrase + " / " + caption).c_str());
            QCOMPARE(found[k].boxes.size(), thing.members.size());
            ++phrases;
        }
    }
    QVERIFY(phrases > 1000);
}

void WorldTest::writesLocationsAsThousandths() {
    QCOMPARE(inLocations(std::vector<Region>{{"a dog", QRectF(QPointF(0, 64), QPointF(128, 256))}}),
             std::string("a dog<loc_0><loc_250><loc_500><loc_999>"));
}

void WorldTest::tellsHowLongAPictureTakes() {
    const Painter painter(materials());
    // Processor time, because other programs may be running.
    const auto millisecondsEach = [&](int count, std::optional<Family> family) {
        const std::clock_t begin = std::clock();
        for (int i = 0; i < count; ++i) painter.paint(sceneOf(Split::Train, i, family));
        return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / count;
    };
    millisecondsEach(600, {});  // makes the sprites
    qInfo("%.2f ms a picture", millisecondsEach(600, {}));
    for (const Family family : families) {
        millisecondsEach(100, family);
        qInfo("%s: %.2f ms", nameOf(family).data(), millisecondsEach(100, family));
    }
}

void WorldTest::chartsOfPublicFiguresSayWhatTheTableSays() {
    std::set<std::string> titles;
    for (const Split split : {Split::Train, Split::Test, Split::Words})
        for (int i = 0; i < 400; ++i) {
            const Scene scene = sceneOf(split, i, Family::Chart);
            const Chart& chart = *scene.chart;
            const std::string& title = chart.title.empty() ? chart.series[0] : chart.title;
            for (const Table& table : materials().tables.all()) {
                if (table.title != title || chart.top != table.top || chart.values.size() != 1) continue;
                std::vector<std::pair<std::string, int>> rows;
                for (std::size_t k = 0; k < chart.categories.size(); ++k) rows.emplace_back(chart.categories[k], chart.values[0][k]);
                const bool real = std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
                    return std::find(table.rows.begin(), table.rows.end(), row) != table.rows.end();
                });
                if (!real) continue;
                titles.insert(title);
                QVERIFY(rows.size() >= 3);
                QVERIFY(chart.kind != Chart::Kind::Line || table.ordered);
                for (const auto& [name, value] : rows) QVERIFY2(wordAllowed(split, name), name.c_str());
            }
        }
    QVERIFY2(titles.size() >= 12, std::to_string(titles.size()).c_str());
}

void WorldTest::refusesWhatIsNoTable_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("comments only") << QByteArray("# Rivers\n");
    QTest::newRow("no fields") << QByteArray("Rivers Nile=66\n");
    QTest::newRow("axis that ends nowhere") << QByteArray("Rivers\tlong\tNile=66, Rhine=12\n");
    QTest::newRow("axis that has no fifths") << QByteArray("Rivers\t67\tNile=66, Rhine=12\n");
    QTest::newRow("beyond the axis") << QByteArray("Rivers\t50\tNile=66, Rhine=12\n");
    QTest::newRow("no value") << QByteArray("Rivers\t100\tNile, Rhine=12\n");
    QTest::newRow("long name") << QByteArray("Rivers\t100\tMississippi=60, Rhine=12\n");
}

void WorldTest::refusesWhatIsNoTable() {
    QFETCH(QByteArray, text);
    QTemporaryFile file;
    QVERIFY(file.open());
    file.write(text);
    file.close();
    QVERIFY_THROWS_EXCEPTION(fusionscope::Error, Tables::read(file.fileName().toStdString()));
}

QTEST_MAIN(WorldTest)
#include "world_test.moc"
