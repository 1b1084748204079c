#include "core/world/captions.h"

#include <algorithm>

#include "core/world/grammar.h"
#include "core/world/things.h"

namespace fusionscope::world {

namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string textOnOneLine(const Scene& scene) {
    std::string text;
    for (const TextLine& line : scene.lines) text += (text.empty() ? "" : " ") + line.text;
    return text;
}

/// What things there are; single symbols with what they show.
std::vector<std::string> phrasesOf(const std::vector<Thing>& things) {
    std::vector<std::string> phrases;
    for (const Thing& thing : things)
        phrases.push_back(thing.count() == 1 ? description(*thing.members.front()) : phraseFor(thing));
    return phrases;
}

std::vector<std::string> panelPhrases(const Scene& scene) {
    std::vector<std::string> phrases;
    for (const Panel& panel : scene.panels)
        if (panel.kind != Panel::Kind::None) phrases.push_back(withArticle(panel.name));
    return phrases;
}

bool textIsOnPanels(const Scene& scene) { return !scene.panels.empty(); }

std::string valuesSentence(const Chart& chart) {
    std::vector<std::string> parts;
    for (int series = 0; series < static_cast<int>(chart.series.size()); ++series)
        for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i)
            parts.push_back(valueName(chart, series, i) + " is " +
                            std::to_string(chart.values[static_cast<std::size_t>(series)][static_cast<std::size_t>(i)]));
    return joined(parts) + ".";
}

std::string detailedChart(const Chart& chart) {
    std::string text = capitalised(chartPhrase(chart)) + ". ";
    // A slice without its number has no exact value that could be read.
    if (chart.kind == Chart::Kind::Pie && !chart.showsValues) {
        std::vector<std::string> names;
        for (const auto& name : chart.categories) names.push_back(quoted(name));
        text += "The slices are " + joined(names) + ".";
    } else {
        text += capitalised(valuesSentence(chart));
    }
    if (chart.series.size() > 1) return text;
    const auto& values = chart.values.front();
    const auto most = std::max_element(values.begin(), values.end()) - values.begin();
    return text + " The highest is " + quoted(chart.categories[static_cast<std::size_t>(most)]) + ".";
}

}  // namespace

std::string_view nameOf(Chart::Kind kind) {
    static constexpr std::array<std::string_view, 5> names = {"bar chart", "grouped bar chart", "line chart", "pie chart", "table"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string valueName(const Chart& chart, int series, int category) {
    const std::string name = quoted(chart.categories[static_cast<std::size_t>(category)]);
    return chart.series.size() > 1 ? quoted(chart.series[static_cast<std::size_t>(series)]) + " in " + name : name;
}

std::string chartPhrase(const Chart& chart) {
    static constexpr std::array<std::string_view, 5> parts = {"bar", "group", "point", "slice", "row"};
    const int count = static_cast<int>(chart.categories.size());
    std::string text = (chart.horizontal ? "a horizontal " : "a ") + std::string(nameOf(chart.kind));
    if (!chart.title.empty()) text += " titled " + quoted(chart.title);
    return text + " with " + numberWord(count) + " " + pluralOf(parts[static_cast<std::size_t>(chart.kind)]);
}

std::string writtenText(const Scene& scene) {
    if (scene.lines.empty()) return "no text";
    std::string text;
    for (const TextLine& line : scene.lines) text += (text.empty() ? "" : "\n") + line.text;
    return text;
}

std::string briefCaption(const Scene& scene, const Nouns& nouns) {
    if (scene.chart) return capitalised(chartPhrase(*scene.chart)) + ".";
    std::vector<std::string> phrases = phrasesOf(thingsIn(scene, nouns));
    const std::vector<std::string> panels = panelPhrases(scene);
    phrases.insert(phrases.end(), panels.begin(), panels.end());
    if (phrases.empty()) {
        const std::string place = scene.lines.empty() ? placePhrase(scene.background)
                                                      : "the text " + quoted(textOnOneLine(scene)) + " " + whereItIs(scene.background);
        return capitalised(place) + ".";
    }
    return capitalised(joined(phrases)) + " " + whereItIs(scene.background) + ".";
}

std::string detailedCaption(const Scene& scene, const Nouns& nouns) {
    if (scene.chart) return detailedChart(*scene.chart);
    std::string text = briefCaption(scene, nouns);
    const std::vector<Thing> things = thingsIn(scene, nouns);
    std::vector<const Thing*> single;
    for (const Thing& thing : things)
        if (thing.count() == 1) single.push_back(&thing);
    for (std::size_t i = 0; i < std::min<std::size_t>(single.size(), 4); ++i)
        text += " The " + single[i]->name + " is at the " + std::string(zoneOf(single[i]->members.front()->box)) + ".";
    for (std::size_t i = 1; i < std::min<std::size_t>(single.size(), 3); ++i)
        if (const auto how = relation(scene, *single[i]->members.front(), *single[0]->members.front()))
            text += " The " + single[i]->name + " is " + std::string(*how) + " the " + single[0]->name + ".";
    if (scene.lines.empty()) return text;
    const bool said = things.empty() && panelPhrases(scene).empty();
    if (said) return text;
    if (textIsOnPanels(scene) && scene.panels.size() == 1 && scene.panels[0].kind != Panel::Kind::None)
        return text + " The " + scene.panels[0].name + " says " + quoted(textOnOneLine(scene)) + ".";
    return text + " The text says " + quoted(textOnOneLine(scene)) + ".";
}

}  // namespace fusionscope::world
