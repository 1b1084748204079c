#include <algorithm>
#include <array>
#include <cmath>

#include "core/world/chart_geometry.h"
#include "core/world/composition.h"
#include "core/world/grammar.h"

/// Charts and small tables.
namespace fusionscope::world {

namespace {

constexpr uint32_t ink = 0x17181f;

/// Names of categories: days, months, years, letters, or words.
std::vector<std::string> categoryNames(Composition& composition, std::size_t count) {
    static constexpr std::array<const char*, 7> days = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    Random& random = composition.random;
    std::vector<std::string> names;
    const auto kind = composition.split() == Split::Words ? 4 : random.weighted({0.15, 0.12, 0.13, 0.1, 0.5});
    const int start = random.below(6);
    for (int i = 0; names.size() < count; ++i) {
        std::string name;
        switch (kind) {
            case 0: name = days[static_cast<std::size_t>((start + i) % 7)]; break;
            case 1: name = months[static_cast<std::size_t>((start + i) % 12)]; break;
            case 2: name = std::to_string(2012 + start + i); break;
            case 3: name = std::string(1, static_cast<char>('A' + i)); break;
            default: name = capitalised(composition.materials.words.word(random, composition.split()));
        }
        if (name.size() <= 6 && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

/// Writes a text with its middle at a point.
void writeAt(Composition& composition, const std::string& text, int font, double em, QPointF middle, uint32_t colour = ink) {
    const double capital = composition.materials.typefaces.capitalHeight(font);
    composition.write(text, font, em, colour, middle + QPointF(-composition.widthOf(text, font, em) / 2, capital * em / 2));
}

/// An em that makes the widest of the texts fit.
double emFor(Composition& composition, const std::vector<std::string>& texts, int font, double wanted, double room) {
    for (const auto& text : texts) wanted = std::min(wanted, wanted * room / composition.widthOf(text, font, wanted));
    return std::max(8.5, wanted);
}

void fillValues(Composition& composition, Chart& chart, bool small) {
    static constexpr std::array<int, 5> tops = {10, 10, 20, 50, 100};
    chart.top = small ? 10 : composition.random.pick(tops);
    chart.step = chart.top / 5;
    for (std::size_t series = 0; series < chart.series.size(); ++series) {
        std::vector<int> values;
        // Equal values would leave "the highest" without an answer.
        while (values.size() < chart.categories.size()) {
            const int value = composition.random.between(1, chart.top);
            if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
        }
        chart.values.push_back(std::move(values));
    }
}

/// One series of real figures. @return false where no table fits
bool fillFromTable(Composition& composition, Chart& chart) {
    const Table part = composition.materials.tables.part(composition.random, composition.split(), 3, 6, chart.kind == Chart::Kind::Line);
    if (part.rows.empty()) return false;
    const bool table = chart.kind == Chart::Kind::Table;  // which names its column instead
    chart.title = table ? "" : part.title;
    chart.series = {table ? part.title : ""};
    chart.top = part.top;
    chart.step = part.top / 5;
    chart.values.emplace_back();
    for (const auto& [name, value] : part.rows) {
        chart.categories.push_back(name);
        chart.values[0].push_back(value);
    }
    return true;
}

/// Invented names and values.
void invent(Composition& composition, Chart& chart) {
    Random& random = composition.random;
    const bool table = chart.kind == Chart::Kind::Table, pie = chart.kind == Chart::Kind::Pie;
    chart.categories = categoryNames(composition, static_cast<std::size_t>(random.between(3, chart.kind == Chart::Kind::GroupedBar ? 4 : 6)));
    if (random.chance(0.65)) chart.title = capitalised(composition.materials.words.word(random, composition.split()));
    const std::size_t series = chart.kind == Chart::Kind::GroupedBar ? 2
                               : chart.kind == Chart::Kind::Line && random.chance(0.35) ? 2
                               : table ? static_cast<std::size_t>(random.between(1, 3)) : 1;
    while (chart.series.size() < series) {
        const std::string name = capitalised(composition.materials.words.word(random, composition.split()));
        const bool used = std::find(chart.series.begin(), chart.series.end(), name) != chart.series.end() ||
                          std::find(chart.categories.begin(), chart.categories.end(), name) != chart.categories.end();
        if (name.size() <= 7 && !used) chart.series.push_back(name);
    }
    if (series == 1 && !table) chart.series = {""};
    fillValues(composition, chart, pie || random.chance(0.5));
}

void pickColours(Composition& composition, Chart& chart) {
    std::vector<Colour> fit;
    for (const Colour colour : colours)
        if (distance(rgbOf(colour), composition.scene.background.rgb) > 160) fit.push_back(colour);
    composition.random.shuffle(fit);
    const std::size_t count = chart.series.size() > 1 ? chart.series.size() : chart.categories.size();
    const bool same = chart.kind == Chart::Kind::Line || (chart.kind == Chart::Kind::Bar && composition.random.chance(0.4));
    for (std::size_t i = 0; i < count; ++i) chart.colours.push_back(fit[chart.series.size() == 1 && same ? 0 : i % fit.size()]);
}

void writeLegend(Composition& composition, const Chart& chart, int font) {
    const double width = chart.plot.width() / static_cast<double>(chart.series.size());
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        const double em = emFor(composition, {chart.series[i]}, font, 12, width - 18);
        const double x = chart.plot.left() + width * static_cast<double>(i);
        composition.write(chart.series[i], font, em, ink, {x + 14, 247});
    }
}

void writeAxes(Composition& composition, const Chart& chart, int font) {
    const bool sideways = chart.horizontal;
    const double band = (sideways ? chart.plot.height() : chart.plot.width()) / static_cast<double>(chart.categories.size());
    const double em = emFor(composition, chart.categories, font, 14, sideways ? 44 : band - 4);
    for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i) {
        const double middle = middleOf(chart, i);
        const auto& name = chart.categories[static_cast<std::size_t>(i)];
        writeAt(composition, name, font, em,
                sideways ? QPointF(chart.plot.left() - 5 - composition.widthOf(name, font, em) / 2, middle)
                         : QPointF(middle, chart.plot.bottom() + 9));
    }
    for (int value = 0; value <= chart.top; value += chart.step) {
        const std::string text = std::to_string(value);
        const double at = positionOf(chart, value);
        writeAt(composition, text, font, 11,
                sideways ? QPointF(at, chart.plot.bottom() + 9)
                         : QPointF(chart.plot.left() - 6 - composition.widthOf(text, font, 11) / 2, at));
    }
}

void writeValues(Composition& composition, const Chart& chart, int font) {
    for (int series = 0; series < static_cast<int>(chart.values.size()); ++series)
        for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i) {
            const std::string text = std::to_string(chart.values[static_cast<std::size_t>(series)][static_cast<std::size_t>(i)]);
            QPointF at;
            if (chart.kind == Chart::Kind::Line) {
                at = pointOf(chart, series, i) - QPointF(0, 10);
            } else {
                const QRectF bar = barOf(chart, series, i);
                at = chart.horizontal ? QPointF(bar.right() + 9, bar.center().y()) : QPointF(bar.center().x(), bar.top() - 7);
            }
            writeAt(composition, text, font, chart.series.size() > 1 ? 10 : 12, at);
        }
}

void composePie(Composition& composition, Chart& chart, int font) {
    const double top = chart.title.empty() ? 20 : 40;
    chart.plot = QRectF(16, top + 16, 132, 132);
    const double em = emFor(composition, chart.categories, font, 14, 62);
    for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i) {
        const double y = top + 26 + 24 * i;
        const auto& name = chart.categories[static_cast<std::size_t>(i)];
        composition.write(name, font, em, ink, {182, y + 5});
        if (!chart.showsValues) continue;
        const auto [start, span] = sliceOf(chart, i);
        const double angle = (start + span / 2 - 90) * M_PI / 180;
        writeAt(composition, std::to_string(chart.values[0][static_cast<std::size_t>(i)]), font, 12,
                chart.plot.center() + 44 * QPointF(std::cos(angle), std::sin(angle)), inkOn(rgbOf(colourOf(chart, 0, i))));
    }
}

void composeTable(Composition& composition, Chart& chart, int font) {
    chart.plot = QRectF(12, chart.title.empty() ? 24 : 44, 232, 28.0 * static_cast<double>(chart.categories.size() + 1));
    std::vector<std::string> names = chart.categories;
    names.insert(names.end(), chart.series.begin(), chart.series.end());
    const double em = emFor(composition, names, font, 15, cellOf(chart, 0, 0).width() - 8);
    for (int row = 0; row <= static_cast<int>(chart.categories.size()); ++row)
        for (int column = 0; column <= static_cast<int>(chart.series.size()); ++column) {
            const auto category = static_cast<std::size_t>(row - 1), series = static_cast<std::size_t>(column - 1);
            if (row == 0 && column == 0) continue;
            writeAt(composition,
                    row == 0      ? chart.series[series]
                    : column == 0 ? chart.categories[category]
                                  : std::to_string(chart.values[series][category]),
                    font, em, cellOf(chart, row, column).center());
        }
}

}  // namespace

void composeChart(Composition& composition) {
    Random& random = composition.random;
    auto& background = composition.scene.background;
    background.place = Place::Plain;
    background.colour = random.pick(std::array{Colour::White, Colour::White, Colour::Yellow, Colour::Blue});
    background.rgb = background.colour == Colour::White ? 0xfdfdfd : background.colour == Colour::Yellow ? 0xfbf6e4 : 0xe8f1fb;

    Chart chart;
    chart.kind = static_cast<Chart::Kind>(random.weighted({0.42, 0.14, 0.17, 0.14, 0.13}));
    const bool table = chart.kind == Chart::Kind::Table, pie = chart.kind == Chart::Kind::Pie;
    chart.horizontal = chart.kind == Chart::Kind::Bar && random.chance(0.3);
    chart.showsValues = table || random.chance(pie ? 0.75 : 0.55);
    const bool shows = chart.kind == Chart::Kind::Bar || chart.kind == Chart::Kind::Line || table;
    if (!shows || !random.chance(0.3) || !fillFromTable(composition, chart)) invent(composition, chart);
    const std::size_t series = chart.series.size();
    pickColours(composition, chart);

    const int font = composition.font();
    if (!chart.title.empty()) writeAt(composition, chart.title, font, random.between(17.0, 21.0), {128, 16});
    if (pie) {
        composePie(composition, chart, font);
    } else if (table) {
        composeTable(composition, chart, font);
    } else {
        const double left = chart.horizontal ? 54 : 32;
        chart.plot = QRectF(QPointF(left, chart.title.empty() ? 24 : 44), QPointF(chart.horizontal ? 228 : 248, series > 1 ? 216 : 226));
        writeAxes(composition, chart, font);
        if (series > 1) writeLegend(composition, chart, font);
        if (chart.showsValues) writeValues(composition, chart, font);
        if (chart.kind != Chart::Kind::Line)
            for (int s = 0; s < static_cast<int>(series); ++s)
                for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i) {
                    Object bar;
                    bar.kind = Object::Kind::Bar;
                    bar.name = "bar";
                    bar.colour = colourOf(chart, s, i);
                    bar.box = barOf(chart, s, i);
                    bar.centre = bar.box.center();
                    composition.scene.objects.push_back(std::move(bar));
                }
    }
    composition.scene.chart = std::move(chart);
}

}  // namespace fusionscope::world
