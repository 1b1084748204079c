#include "ui/shell/fuzzy_match.h"

#include <QTest>

using fusionscope::ui::fuzzyScore;

class FuzzyMatchTest : public QObject {
    Q_OBJECT

  private slots:
    void refusesWhatHasOtherLettersOrAnotherOrder_data();
    void refusesWhatHasOtherLettersOrAnotherOrder();
    void findsLettersInTheirOrderWhateverTheirCase();
    void prefersBeginningsOfWordsAndNeighbours();
    void staysQuickOnLongText();
};

void FuzzyMatchTest::refusesWhatHasOtherLettersOrAnotherOrder_data() {
    QTest::addColumn<QString>("typed");
    QTest::newRow("other letter") << "fitz";
    QTest::newRow("other order") << "tif";
    QTest::newRow("too many") << "fitfitfit";
}

void FuzzyMatchTest::refusesWhatHasOtherLettersOrAnotherOrder() {
    QFETCH(QString, typed);
    QVERIFY(fuzzyScore(typed, "Fit") < 0);
}

void FuzzyMatchTest::findsLettersInTheirOrderWhateverTheirCase() {
    QVERIFY(fuzzyScore("FIT", "View: Fit Picture") > 0);
    QVERIFY(fuzzyScore("vfp", "View: Fit Picture") > 0);
    QVERIFY(fuzzyScore("view fit", "View: Fit Picture") > 0);
    QCOMPARE(fuzzyScore("", "anything"), 0);
}

void FuzzyMatchTest::prefersBeginningsOfWordsAndNeighbours() {
    QVERIFY(fuzzyScore("fp", "Fit Picture") > fuzzyScore("fp", "Soft copy"));
    QVERIFY(fuzzyScore("pict", "Open Picture") > fuzzyScore("pict", "Split coat"));
}

void FuzzyMatchTest::staysQuickOnLongText() {
    const QString name(10'000, 'a');
    QVERIFY(fuzzyScore(QString(1'000, 'a'), name) > 0);
}

QTEST_GUILESS_MAIN(FuzzyMatchTest)
#include "fuzzy_match_test.moc"
