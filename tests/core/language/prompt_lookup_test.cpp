#include "core/language/prompt_lookup.h"

#include <QtTest>
#include <algorithm>

#include "core/files/error.h"

using namespace fusionscope;
using language::LookupOptions;
using language::PromptLookup;
using Ids = std::vector<int64_t>;

/// Which candidates a text gives, and how many of them.
class PromptLookupTest : public QObject {
    Q_OBJECT

  private slots:
    void proposesWhatFollowedTheLastIds_data() {
        QTest::addColumn<Ids>("text");
        QTest::addColumn<Ids>("candidates");
        QTest::newRow("three alike") << Ids{1, 2, 3, 4, 5, 6, 9, 1, 2, 3} << Ids{4, 5, 6, 9, 1, 2, 3};
        QTest::newRow("two alike") << Ids{7, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3} << Ids{4, 5, 6, 7, 8, 1, 2};
        QTest::newRow("one alike is too few") << Ids{3, 4, 5, 1, 2, 3} << Ids{};
        QTest::newRow("the longest match first") << Ids{1, 2, 3, 40, 41, 42, 43, 44, 45, 46, 9, 2, 3, 50, 1, 2, 3} << Ids{40, 41, 42, 43, 44, 45, 46};
        QTest::newRow("of equal ones the latest") << Ids{1, 2, 3, 40, 1, 2, 3, 50, 51, 52, 53, 1, 2, 3} << Ids{50, 51, 52, 53, 1, 2, 3};
        QTest::newRow("a match at the end goes round") << Ids{9, 1, 2, 1, 2, 1, 2} << Ids{1, 2, 1, 2, 1, 2, 1};
        QTest::newRow("one id again and again") << Ids{5, 5, 5} << Ids{5, 5, 5, 5, 5, 5, 5};
        QTest::newRow("nothing is alike") << Ids{1, 2, 3, 4, 5, 6} << Ids{};
        QTest::newRow("pictures match nothing") << Ids{-5, -5, 1, -5, -5} << Ids{};
        QTest::newRow("a match does not reach over a picture") << Ids{1, -5, 3, 4, 1, -5, 3} << Ids{};
        QTest::newRow("candidates end before a picture") << Ids{1, 2, 3, 4, -5, 6, 1, 2, 3} << Ids{4};
        QTest::newRow("a picture follows") << Ids{1, 2, 3, -5, 6, 1, 2, 3} << Ids{};
        QTest::newRow("empty") << Ids{} << Ids{};
        QTest::newRow("one id") << Ids{1} << Ids{};
    }
    void proposesWhatFollowedTheLastIds() {
        QFETCH(Ids, text);
        QFETCH(Ids, candidates);
        QCOMPARE(PromptLookup(text, {.weighs = false}).candidates(100), candidates);
        for (int64_t most : {-1, 0, 1, 3}) {
            const auto fewer = static_cast<ptrdiff_t>(std::clamp<int64_t>(most, 0, std::ssize(candidates)));
            QCOMPARE(PromptLookup(text, {.weighs = false}).candidates(most), Ids(candidates.begin(), candidates.begin() + fewer));
        }
    }

    void theAnswerSoFarIsSearchedToo() {
        PromptLookup lookup({1, 2}, {.weighs = false});
        QCOMPARE(lookup.candidates(7), Ids());
        for (int64_t id : {3, 4, 1, 2}) lookup.append(id);
        QCOMPARE(lookup.candidates(7), (Ids{3, 4, 1, 2, 3, 4, 1}));
    }

    void countsWhatCameTrue() {
        PromptLookup lookup({1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2}, {.weighs = false});
        QCOMPARE(lookup.candidates(4), (Ids{3, 4, 5, 6}));
        for (int64_t id : {3, 4, 50}) lookup.append(id);
        QCOMPARE(lookup.proposed(), 4);
        QCOMPARE(lookup.accepted(), 2);
        QCOMPARE(lookup.candidates(4), Ids());
        for (int64_t id : {1, 2}) lookup.append(id);
        QCOMPARE(lookup.candidates(2), (Ids{3, 4}));
        for (int64_t id : {3, 4, 5}) lookup.append(id);  // all of them and the one that the pass gives beside
        QCOMPARE(lookup.proposed(), 6);
        QCOMPARE(lookup.accepted(), 4);
    }

    void firstTwoPassesGoByWithoutCandidates() {
        PromptLookup lookup({1, 2, 3, 4, 5, 6, 1, 2});
        for (int64_t pass = 0; pass < 2; ++pass) {
            QCOMPARE(lookup.candidates(7), Ids());
            lookup.took(1);
            lookup.append(3 + pass);
        }
        QVERIFY(!lookup.candidates(7).empty());
    }

    /// A text that is said again, with passes that a candidate makes longer by so much.
    void proposesAsManyAsPay_data() {
        QTest::addColumn<double>("cost");
        QTest::addColumn<int>("least");  // in the end
        QTest::addColumn<int>("most");
        QTest::newRow("for nothing") << 0.0 << 7 << 7;
        QTest::newRow("an eighth of a pass") << 0.125 << 7 << 7;
        QTest::newRow("half a pass") << 0.5 << 7 << 7;
        QTest::newRow("nine tenths of a pass") << 0.9 << 1 << 7;
        QTest::newRow("more than a pass") << 1.5 << 0 << 1;
    }
    void proposesAsManyAsPay() {
        QFETCH(double, cost);
        QFETCH(int, least);
        QFETCH(int, most);
        Ids text;
        for (int64_t id = 0; id < 400; ++id) text.push_back(id);
        text.insert(text.end(), {0, 1, 2});
        PromptLookup lookup(text);
        size_t last = 0, greatest = 0;
        for (int64_t next = 3; next < 300;) {
            const auto candidates = lookup.candidates(100);
            lookup.took(1 + cost * static_cast<double>(candidates.size()));
            for (size_t row = 0; row <= candidates.size(); ++row) lookup.append(next++);
            last = candidates.size();
            greatest = std::max(greatest, last);
        }
        QVERIFY2(greatest >= size_t(least) && greatest <= size_t(most), qPrintable(QString::number(greatest)));
        if (least == 7) QCOMPARE(last, size_t{7});
        QCOMPARE(lookup.accepted(), lookup.proposed());
    }

    /// Of three ids every pair was there before, and what comes is always another one than is proposed.
    void wrongCandidatesCostAFewPerCent_data() {
        QTest::addColumn<double>("cost");
        for (const double cost : {0.1, 0.5, 1.0}) QTest::addRow("%g of a pass each", cost) << cost;
    }
    void wrongCandidatesCostAFewPerCent() {
        QFETCH(double, cost);
        constexpr int64_t tokens = 400;
        for (const bool weighs : {true, false}) {
            PromptLookup lookup({0, 1, 2, 0, 2, 1, 0, 0, 1, 1, 2, 2}, {.weighs = weighs});
            double time = 0;
            for (int64_t i = 0; i < tokens; ++i) {
                const auto candidates = lookup.candidates(100);
                const double seconds = 1 + cost * static_cast<double>(candidates.size());
                lookup.took(seconds);
                time += seconds;
                lookup.append(candidates.empty() ? i * i % 3 : (candidates[0] + 1) % 3);
            }
            QCOMPARE(lookup.accepted(), 0);
            if (weighs)
                QVERIFY2(time < 1.03 * tokens, qPrintable(QString::number(time)));
            else
                QVERIFY2(lookup.proposed() > tokens * 6, qPrintable(QString::number(lookup.proposed())));
        }
    }

    void goesOnAfterARestWhereTheTextRepeatsAgain() {
        Ids text;
        for (int64_t id = 0; id < 300; ++id) text.push_back(id);
        text.insert(text.end(), {0, 1, 2});
        PromptLookup lookup(text);
        for (int64_t pass = 0; pass < 3; ++pass) {
            lookup.took(1 + 0.5 * static_cast<double>(lookup.candidates(7).size()));
            lookup.append(pass < 2 ? 3 + pass : 3000);
        }
        QVERIFY(lookup.proposed() > 0);
        QCOMPARE(lookup.accepted(), 0);
        int64_t passes = 0;
        for (int64_t id = 0; lookup.accepted() == 0 && passes < 100; ++id, ++passes) {
            lookup.took(1 + 0.5 * static_cast<double>(lookup.candidates(7).size()));
            lookup.append(id);
        }
        QVERIFY2(passes > 3 && passes < 16, qPrintable(QString::number(passes)));
    }

    void oneSlowPassDoesNotMislead() {
        Ids text;
        for (int64_t id = 0; id < 400; ++id) text.push_back(id);
        text.insert(text.end(), {0, 1, 2});
        PromptLookup lookup(text);
        size_t last = 0;
        for (int64_t next = 3, pass = 0; next < 300; ++pass) {
            const auto candidates = lookup.candidates(100);
            lookup.took((1 + 0.2 * static_cast<double>(candidates.size())) * (pass % 9 == 0 ? 20 : 1));
            for (size_t row = 0; row <= candidates.size(); ++row) lookup.append(next++);
            last = std::max(last, candidates.size());
        }
        QCOMPARE(last, size_t{7});
    }

    void namesAreReadAndOthersRefused() {
        QVERIFY(language::lookupNamed("off") == language::Lookup::Off);
        QVERIFY(language::lookupNamed("auto") == language::Lookup::Auto);
        QVERIFY(language::lookupNamed("on") == language::Lookup::On);
        for (const char* name : {"", "ON", "yes", "on "}) QVERIFY_THROWS_EXCEPTION(Error, language::lookupNamed(name));
    }

    void refusesOptionsThatCannotBe() {
        QVERIFY_THROWS_EXCEPTION(Error, PromptLookup({}, {.shortestMatch = 0}));
        QVERIFY_THROWS_EXCEPTION(Error, PromptLookup({}, {.longestMatch = 2, .shortestMatch = 3}));
        QVERIFY_THROWS_EXCEPTION(Error, PromptLookup({}, {.candidates = 0}));
        QVERIFY_THROWS_EXCEPTION(Error, PromptLookup({}, {.candidates = 8}));
    }
};

QTEST_GUILESS_MAIN(PromptLookupTest)
#include "prompt_lookup_test.moc"
