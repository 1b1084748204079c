#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/world/captions.h"
#include "core/world/grammar.h"
#include "core/world/questions.h"

/// Questions about charts, small talk, and how questions make a conversation.
namespace fusionscope::world {

namespace {

std::string uncapitalised(std::string text) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

}  // namespace

std::optional<Turn> Questioner::chart(Kind kind) {
    if (!m_scene.chart) return std::nullopt;
    const Chart& chart = *m_scene.chart;
    if (kind == Kind::ChartTitle) {
        const bool titled = !chart.title.empty();
        return turn(kind, wordingFor(kind), {{"title", chart.title}}, titled ? Answer::Title : Answer::NoTitle, titled ? chart.title : "no title");
    }
    const auto& first = chart.values.front();
    if (kind == Kind::ChartMost || kind == Kind::ChartLeast) {
        if (chart.series.size() > 1) return std::nullopt;
        const auto extreme = kind == Kind::ChartMost ? std::max_element(first.begin(), first.end()) : std::min_element(first.begin(), first.end());
        const auto& name = chart.categories[static_cast<std::size_t>(extreme - first.begin())];
        return turn(kind, wordingFor(kind), {{"name", name}, {"highest", kind == Kind::ChartMost ? "highest" : "lowest"}}, Answer::Extreme, name);
    }
    // Without its number a value can be read off only where the axis is fine enough.
    if (!chart.showsValues && (chart.kind == Chart::Kind::Pie || chart.top > 20)) return std::nullopt;
    const int series = m_random.below(static_cast<int>(chart.values.size()));
    const int category = m_random.below(static_cast<int>(first.size()));
    const Wording& wording = wordingFor(kind);
    const std::string number = std::to_string(chart.values[static_cast<std::size_t>(series)][static_cast<std::size_t>(category)]);
    const std::string name = valueName(chart, series, category);
    const Slots values = {{"value", name}, {"Value", name}, {"x", name}, {"number", number}};
    return turn(kind, wording, values, Answer::Value, number);
}

Turn Questioner::captioned(Kind kind, Answer answer, const std::string& caption) {
    return turn(kind, wordingFor(kind), {{"Caption", caption}, {"caption", uncapitalised(caption)}}, answer, caption);
}

std::optional<Turn> Questioner::ask(Kind kind) {
    switch (kind) {
        case Kind::Describe: return captioned(kind, Answer::Caption, briefCaption(m_scene, m_nouns));
        case Kind::DescribeInDetail: return captioned(kind, Answer::Detail, detailedCaption(m_scene, m_nouns));
        case Kind::Existence: return existence();
        case Kind::Count: return count();
        case Kind::Colour: return colour();
        case Kind::Where: return where();
        case Kind::Relation: return relationOfTwo();
        case Kind::Compare: return compare();
        case Kind::Category: return category();
        case Kind::Scene: {
            if (m_scene.chart) return std::nullopt;
            const std::string place = placePhrase(m_scene.background);
            return turn(kind, wordingFor(kind), {{"place", place}, {"Place", capitalised(place)}}, Answer::Scene, place);
        }
        case Kind::List: return list();
        case Kind::Read: return read();
        case Kind::ChartValue:
        case Kind::ChartMost:
        case Kind::ChartLeast:
        case Kind::ChartTitle: return chart(kind);
        case Kind::Boxes: return boxes();
        case Kind::Symbol: return symbol();
        case Kind::Unanswerable: return unanswerable();
        case Kind::OffTopic: return turn(kind, wordingFor(kind), {}, Answer::OnlyPictures, "only");
        case Kind::Greeting: {
            const Wording& wording = wordingFor(kind);
            return turn(kind, wording, {}, Answer::Polite, std::string(answerForm(Answer::Polite, wording)));
        }
        case Kind::Between: return between();
        case Kind::Doubt: return std::nullopt;  // only after another question
    }
    return std::nullopt;
}

Turn Questioner::askAnything() {
    // Shares of the kinds, in their order, in percent.
    static constexpr std::array<double, kindCount> shares = {7, 9, 15, 13, 7, 9, 8, 4, 4, 3, 6, 14, 9, 6, 5, 3, 6, 6, 0, 5, 1, 1, 20};
    while (true) {
        double left = m_random.unit() * std::accumulate(shares.begin(), shares.end(), 0.0);
        for (int kind = 0; kind < kindCount; ++kind) {
            left -= shares[static_cast<std::size_t>(kind)];
            if (left >= 0) continue;
            if (auto asked = ask(static_cast<Kind>(kind))) return *asked;
            break;
        }
    }
}

std::optional<Turn> Questioner::followUp(const Turn& before) {
    const auto is = [&](std::initializer_list<Kind> kinds) { return std::find(kinds.begin(), kinds.end(), before.kind) != kinds.end(); };
    if (is({Kind::Existence, Kind::Count, Kind::Colour, Kind::Where, Kind::Relation}) && m_random.chance(0.25))
        return turn(Kind::Doubt, wordingFor(Kind::Doubt), {}, Answer::Sure, "yes");
    const auto all = singles();
    const auto same = std::find_if(all.begin(), all.end(), [&](const Reference& reference) { return reference.name == before.subject; });
    const bool there = same != all.end() && before.kind != Kind::Unanswerable && before.key != "no";
    if (there && is({Kind::Existence, Kind::Count, Kind::Where, Kind::Boxes})) {
        static constexpr std::array<std::string_view, 4> asksColour = {"What color is it?", "And what color is it?", "Which color?", "What colour does it have?"};
        static constexpr std::array<std::string_view, 4> asksPlace = {"Where is it?", "And where is it?", "Where exactly?", "In which part of the picture?"};
        const std::string colour(nameOf(same->colour));
        if (!colour.empty() && before.subject.find(colour) == std::string::npos && m_random.chance(0.5))
            return Turn{Kind::Colour, std::string(m_random.pick(asksColour)), "It is " + colour + ".", colour, before.subject, ""};
        if (before.kind != Kind::Where && zoneIsClear(same->only->box)) {
            const std::string zone(zoneOf(same->only->box));
            return Turn{Kind::Where, std::string(m_random.pick(asksPlace)), "It is at the " + zone + ".", zone, before.subject, ""};
        }
    }
    if (before.kind == Kind::Count) {
        const auto others = references();
        if (others.empty()) return std::nullopt;
        const Reference& other = m_random.pick(others);
        if (other.name == before.subject) return std::nullopt;
        Turn next = number({"And {xs}?", 1}, other);
        return next;
    }
    if (before.kind == Kind::List || before.kind == Kind::Describe) {
        const bool left = m_random.chance(0.5);
        std::vector<std::string> phrases;
        for (const Thing& thing : m_things) {
            int count = 0;
            for (const Object* member : thing.members) {
                const double x = member->box.center().x();
                if (std::abs(x - pictureSize / 2.0) < 14) return std::nullopt;  // neither left nor right
                count += (x < pictureSize / 2.0) == left;
            }
            if (count > 0) phrases.push_back(phraseFor(thing, count));
        }
        const std::string side = left ? "left" : "right";
        if (m_things.empty()) return std::nullopt;
        return Turn{Kind::List, (m_random.chance(0.5) ? "And on the " : "What is on the ") + side + "?",
                    phrases.empty() ? "There is nothing on the " + side + "." : capitalised(joined(phrases)) + ".",
                    phrases.empty() ? "nothing" : joined(phrases), side, ""};
    }
    return std::nullopt;
}

Dialogue Questioner::converse(int turns) {
    Dialogue dialogue;
    while (static_cast<int>(dialogue.size()) < turns) {
        if (!dialogue.empty() && m_random.chance(0.5))
            if (auto next = followUp(dialogue.back())) {
                dialogue.push_back(std::move(*next));
                continue;
            }
        Turn next = askAnything();
        const bool asked = std::any_of(dialogue.begin(), dialogue.end(), [&](const Turn& turn_) { return turn_.question == next.question; });
        if (!asked) dialogue.push_back(std::move(next));
    }
    return dialogue;
}

}  // namespace fusionscope::world
