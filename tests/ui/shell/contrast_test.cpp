#include <QApplication>
#include <QPalette>
#include <QRegularExpression>
#include <QTest>
#include <cmath>

#include "tests/ui/shell/window_driver.h"
#include "ui/common/tint.h"
#include "ui/shell/appearance.h"

using namespace fusionscope;

Q_DECLARE_METATYPE(ui::Appearance::Choice)

/// Text can be read: the contrast of WCAG 2 between a text and its ground is 4.5 at least, in both themes. Controls that
/// cannot be used are left out, as WCAG does.
class ContrastTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { QSettings().clear(); }
    void knowsContrast();
    void readsOnThePalettesGrounds_data() { listThemes(); }
    void readsOnThePalettesGrounds();
    void readsOnTheStyleSheetsGrounds_data() { listThemes(); }
    void readsOnTheStyleSheetsGrounds();
    void readsOnTintedRows_data() { listThemes(); }
    void readsOnTintedRows();

  private:
    void listThemes();
    tests::OwnSettings m_settings;
};

namespace {

constexpr double least = 4.5;

/// Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
double luminance(const QColor& colour) {
    const auto linear = [](double share) { return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const double one = luminance(a), other = luminance(b);
    return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

/// What is seen of a colour with transparency over a ground.
QColor over(const QColor& ground, const QColor& colour) {
    const auto blend = [share = colour.alphaF()](float from, float to) { return from + (to - from) * share; };
    return QColor::fromRgbF(blend(ground.redF(), colour.redF()), blend(ground.greenF(), colour.greenF()),
                            blend(ground.blueF(), colour.blueF()));
}

/// One rule of a style sheet.
struct Rule {
    QString selector;
    QHash<QString, QColor> colours;  // by property, those with a colour alone
};

QList<Rule> rulesOf(QString sheet) {
    static const QRegularExpression comment("/\\*.*?\\*/", QRegularExpression::DotMatchesEverythingOption),
        rule("([^{}]+)\\{([^{}]*)\\}"), property("([\\w-]+)\\s*:\\s*(#[0-9a-fA-F]{6})\\s*(?:;|$)");
    sheet.remove(comment);
    QList<Rule> rules;
    for (auto found = rule.globalMatch(sheet); found.hasNext();) {
        const auto match = found.next();
        Rule read{match.captured(1).simplified(), {}};
        for (auto properties = property.globalMatch(match.captured(2)); properties.hasNext();) {
            const auto one = properties.next();
            read.colours.insert(one.captured(1), QColor(one.captured(2)));
        }
        rules.append(read);
    }
    return rules;
}

/// Parts of controls that carry no text, and controls that cannot be used.
bool isWithoutText(const QString& selector) {
    static const QRegularExpression parts("::(separator|handle|groove|sub-page|chunk|add-\\w+|sub-\\w+|pane)|QProgressBar|:disabled");
    return selector.contains(parts);
}

QString sentence(const QString& what, const QColor& text, const QColor& ground) {
    return QString("%1: %2 on %3 is %4").arg(what, text.name(), ground.name()).arg(contrast(text, ground), 0, 'f', 2);
}

}  // namespace

void ContrastTest::listThemes() {
    QTest::addColumn<ui::Appearance::Choice>("theme");
    QTest::newRow("light") << ui::Appearance::Choice::Light;
    QTest::newRow("dark") << ui::Appearance::Choice::Dark;
}

void ContrastTest::knowsContrast() {
    QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
    QVERIFY(std::abs(contrast(QColor("#777777"), Qt::white) - 4.48) < 0.01);  // the well-known grey that just fails
}

void ContrastTest::readsOnThePalettesGrounds() {
    QFETCH(ui::Appearance::Choice, theme);
    ui::Appearance appearance;
    appearance.preview(theme);
    using enum QPalette::ColorRole;
    const auto palette = QApplication::palette();
    const std::pair<QPalette::ColorRole, QPalette::ColorRole> used[] = {
        {WindowText, Window}, {WindowText, Base}, {WindowText, AlternateBase}, {Text, Base}, {Text, Window}, {ButtonText, Button},
        {ToolTipText, ToolTipBase}, {PlaceholderText, Window}, {PlaceholderText, Base}, {PlaceholderText, AlternateBase},
        {Highlight, Window}, {Highlight, Base}, {HighlightedText, Highlight}, {Link, Base}, {Link, Window}, {LinkVisited, Base},
        {BrightText, Window}};
    QStringList faint;
    for (const auto& [text, ground] : used)
        if (contrast(palette.color(text), palette.color(ground)) < least)
            faint.append(sentence(QMetaEnum::fromType<QPalette::ColorRole>().valueToKey(text), palette.color(text), palette.color(ground)));
    QVERIFY2(faint.isEmpty(), qPrintable(faint.join('\n')));
}

void ContrastTest::readsOnTheStyleSheetsGrounds() {
    QFETCH(ui::Appearance::Choice, theme);
    ui::Appearance appearance;
    appearance.preview(theme);
    const auto palette = QApplication::palette();
    const QColor grounds[] = {palette.color(QPalette::Window), palette.color(QPalette::Base)};
    QStringList faint;
    int pairs = 0;
    const auto look = [&](const QString& selector, const QColor& text, const QColor& ground) {
        ++pairs;
        if (contrast(text, ground) < least) faint.append(sentence(selector, text, ground));
    };
    for (const auto& [selector, colours] : rulesOf(qApp->styleSheet())) {
        if (isWithoutText(selector)) continue;
        const auto text = colours.value("color"), ground = colours.value("background");
        if (text.isValid() && ground.isValid()) look(selector, text, ground);
        else if (ground.isValid()) look(selector, palette.color(QPalette::WindowText), ground);
        else if (text.isValid())
            for (const auto& any : grounds) look(selector, text, any);
        const auto selected = colours.value("selection-color"), selection = colours.value("selection-background-color");
        if (selection.isValid()) look(selector + " (selection)", selected, selection);
    }
    QVERIFY(pairs > 30);
    QVERIFY2(faint.isEmpty(), qPrintable(faint.join('\n')));
}

void ContrastTest::readsOnTintedRows() {
    QFETCH(ui::Appearance::Choice, theme);
    ui::Appearance appearance;
    appearance.preview(theme);
    using enum QPalette::ColorRole;
    const auto palette = QApplication::palette();
    QStringList faint;
    for (const auto share : {ui::chosenTint, ui::hoveredTint}) {
        const auto ground = over(palette.color(Window), ui::tinted(palette, share));
        for (const auto role : {Highlight, Text, PlaceholderText, BrightText})
            if (contrast(palette.color(role), ground) < least)
                faint.append(sentence(QMetaEnum::fromType<QPalette::ColorRole>().valueToKey(role), palette.color(role), ground));
    }
    QVERIFY2(faint.isEmpty(), qPrintable(faint.join('\n')));
}

QTEST_MAIN(ContrastTest)
#include "contrast_test.moc"
