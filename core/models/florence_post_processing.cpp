#include "core/models/florence_post_processing.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/models/florence_scanner.h"

namespace fusionscope::models {

namespace {

using Regions = std::vector<FlorenceRegion>;

/// What the readers of all kinds share.
struct Reader {
    std::string text;  ///< as generated, cleaned of the marks that do not count
    LocationBins bins;
    FlorenceDialect dialect = FlorenceDialect::Original;

    double pixel(float value) const {
        return dialect == FlorenceDialect::Native ? std::trunc(static_cast<double>(value)) : static_cast<double>(value);
    }
    /// x y x y … of an even number of tokens
    template <class Values>
    void coordinates(const std::vector<LocationToken>& tokens, size_t first, Values& values) const {
        for (size_t i = 0; i < values.size(); ++i) {
            const int64_t bin = tokens[first + i].bin;
            values[i] = pixel(i % 2 == 0 ? bins.x(bin) : bins.y(bin));
        }
    }
};

std::string withoutSpecial(std::string_view text) {
    return without(text, {"<s>", "</s>", "<pad>"});
}

/// Phrases that stand for nothing in particular; the published processor drops them from phrase grounding.
bool isBanned(std::string_view phrase) {
    static const std::set<std::string, std::less<>> banned = {
        "it",        "I",        "me",         "mine",      "you",        "your",          "yours",      "he",
        "him",       "his",      "she",        "her",       "hers",       "they",          "them",       "their",
        "theirs",    "one",      "oneself",    "we",        "us",         "our",           "ours",       "its",
        "myself",    "yourself", "himself",    "herself",   "itself",     "ourselves",     "yourselves", "themselves",
        "this",      "that",     "these",      "those",     "who",        "whom",          "whose",      "which",
        "what",      "all",      "another",    "any",       "anybody",    "anyone",        "anything",   "each",
        "everybody", "everyone", "everything", "few",       "many",       "nobody",        "none",       "several",
        "some",      "somebody", "someone",    "something", "each other", "one another",   "the image",  "image",
        "images",    "the",      "a",          "an",        "a group",    "other objects", "lots",       "a set"};
    return banned.contains(phrase);
}

/// Four tokens a box; what is left over is dropped. Each box remembers its tokens' places in `offsets`.
Regions readBoxes(const Reader& reader, FlorenceAnswerKind kind,
                  std::vector<std::array<size_t, 4>>* offsets = nullptr) {
    const bool labelled = kind != FlorenceAnswerKind::BoxesWithoutLabel;
    Regions regions;
    for (const auto& part : locatedTexts(reader.text, TailTokens::Locations, 4, labelled)) {
        std::string_view label;
        if (labelled) {
            const std::string_view whole(part.lead.data(), part.lead.size() + part.tail.size());
            if (!readLabel(whole, label)) continue;
        }
        if (kind == FlorenceAnswerKind::PhraseBoxes && isBanned(label)) continue;
        const auto tokens = locations(part.tail, part.offset);
        for (size_t i = 0; i + 4 <= tokens.size(); i += 4) {
            FlorenceRegion region;
            region.label = asciiOnly(label);
            reader.coordinates(tokens, i, region.box.emplace());
            regions.push_back(std::move(region));
            if (offsets)
                offsets->push_back(
                    {tokens[i].offset, tokens[i + 1].offset, tokens[i + 2].offset, tokens[i + 3].offset});
        }
    }
    return regions;
}

/// Text of one line, then exactly eight tokens.
Regions readQuads(const Reader& reader) {
    const std::string_view text = reader.text;
    Regions regions;
    size_t label = 0;
    for (size_t place = 0; place < text.size();) {
        size_t end = place;
        std::vector<LocationToken> tokens;
        int64_t bin = 0;
        while (tokens.size() < 8) {
            const size_t length = locationAt(text, end, bin);
            if (!length) break;
            tokens.push_back({bin, end});
            end += length;
        }
        if (tokens.size() == 8 && place > label) {
            FlorenceRegion region;
            const auto line = text.substr(label, place - label);
            region.label = reader.dialect == FlorenceDialect::Native ? trimmed(line) : line;
            reader.coordinates(tokens, 0, region.quad.emplace());
            regions.push_back(std::move(region));
            label = place = end;
        } else {
            if (text[place] == '\n') label = place + 1;
            ++place;
        }
    }
    return regions;
}

/// The parts of a tail between polygon marks: the whole of it, or, when both marks occur, what each pair encloses.
std::vector<std::string_view> instances(std::string_view part) {
    constexpr std::string_view start = "<poly>", end = "</poly>";
    if (part.find(start) == std::string_view::npos || part.find(end) == std::string_view::npos) return {part};
    std::vector<std::string_view> found;
    for (size_t from = part.find(start); from != std::string_view::npos; from = part.find(start, from)) {
        from += start.size();
        const size_t to = part.find(end, from);
        if (to == std::string_view::npos) break;
        found.push_back(part.substr(from, to - from));
        from = to + end.size();
    }
    return found;
}

/// Runs of location tokens that end at a separator or with the text.
std::vector<std::vector<LocationToken>> outlines(std::string_view instance) {
    std::vector<std::vector<LocationToken>> found;
    for (const auto& run : locatedTexts(instance, TailTokens::Locations, 1, false)) {
        const auto rest = instance.substr(run.offset + run.tail.size());
        if (rest.empty() || rest.starts_with("<sep>")) found.push_back(locations(run.tail, 0));
    }
    return found;
}

Regions readPolygons(const Reader& reader, bool labelled) {
    Regions regions;
    for (const auto& part : locatedTexts(reader.text, TailTokens::LocationsAndPolygonMarks, 4, labelled)) {
        const std::string_view whole =
            labelled ? std::string_view(part.lead.data(), part.lead.size() + part.tail.size()) : part.tail;
        int64_t bin = 0;
        const size_t cut = reader.dialect == FlorenceDialect::Native ? locationAt(whole, 0, bin) : 0;
        std::string_view label;
        if (!readLabel(whole.substr(cut), label)) continue;
        for (const auto instance : instances(whole)) {
            FlorenceRegion region;
            region.label = label;
            region.isPolygons = true;
            for (const auto& tokens : outlines(instance)) {
                std::vector<double> outline(tokens.size() / 2 * 2);
                reader.coordinates(tokens, 0, outline);
                region.polygons.push_back(std::move(outline));
            }
            if (!region.polygons.empty()) regions.push_back(std::move(region));
        }
    }
    return regions;
}

Regions readRegions(const Reader& reader, FlorenceAnswerKind kind) {
    switch (kind) {
        case FlorenceAnswerKind::Quads:
            return readQuads(reader);
        case FlorenceAnswerKind::Polygons:
            return readPolygons(reader, false);
        case FlorenceAnswerKind::BoxesOrPolygons:
            return reader.text.find("<poly>") != std::string::npos ? readPolygons(reader, true)
                                                                   : readBoxes(reader, FlorenceAnswerKind::Boxes);
        default:
            return readBoxes(reader, kind);
    }
}

int64_t binOf(double coordinate, int64_t side) {
    const float place =
        static_cast<float>(coordinate) / static_cast<float>(static_cast<double>(side) / LocationBins::count);
    if (!(place > 0)) return 0;
    return static_cast<int64_t>(std::min(std::floor(place), static_cast<float>(LocationBins::count - 1)));
}

/// Numbers as the dialect writes them: integers, or floating point.
template <class Values>
nlohmann::json numbers(const Values& values, FlorenceDialect dialect) {
    auto list = nlohmann::json::array();
    for (const double value : values) {
        if (dialect == FlorenceDialect::Native)
            list.push_back(static_cast<int64_t>(value));
        else
            list.push_back(value);
    }
    return list;
}

}  // namespace

float LocationBins::x(int64_t bin) const {
    return (static_cast<float>(bin) + 0.5F) * static_cast<float>(static_cast<double>(size.width) / count);
}

float LocationBins::y(int64_t bin) const {
    return (static_cast<float>(bin) + 0.5F) * static_cast<float>(static_cast<double>(size.height) / count);
}

int64_t LocationBins::binX(double x) const {
    return binOf(x, size.width);
}
int64_t LocationBins::binY(double y) const {
    return binOf(y, size.height);
}

FlorenceAnswer readFlorenceAnswer(const FlorenceTask& task, std::string_view text, PictureSize size,
                                  FlorenceDialect dialect) {
    const bool native = dialect == FlorenceDialect::Native;
    FlorenceAnswer answer;
    answer.task = &task;
    answer.dialect = dialect;
    if (task.answer == FlorenceAnswerKind::Text) {
        const std::string plain = without(text, {"<s>", "</s>"});
        answer.text = native ? std::string(trimmed(plain)) : plain;
        return answer;
    }
    // The original reader of quads leaves all special tokens but one in the labels.
    const bool keepsSpecial = task.answer == FlorenceAnswerKind::Quads && !native;
    const Reader reader{keepsSpecial ? without(text, {"<s>"}) : withoutSpecial(text), {size}, dialect};
    answer.regions = readRegions(reader, task.answer);
    return answer;
}

FlorenceAnswer readFlorenceAnswerWithScores(const FlorenceTask& task, const std::vector<std::string>& pieces,
                                            const std::vector<double>& logProbabilities, PictureSize size) {
    std::string text;
    std::vector<std::pair<size_t, double>> starts;  // of each piece in the text, with its log-probability
    for (size_t i = 0; i < pieces.size() && i < logProbabilities.size(); ++i) {
        if (withoutSpecial(pieces[i]).empty()) continue;
        starts.emplace_back(text.size(), logProbabilities[i]);
        text += pieces[i];
    }
    const auto logProbabilityAt = [&](size_t offset) {
        const auto after = std::upper_bound(starts.begin(), starts.end(), offset,
                                            [](size_t place, const auto& start) { return place < start.first; });
        return std::prev(after)->second;
    };

    FlorenceAnswer answer;
    answer.task = &task;
    const Reader reader{text, {size}};
    const bool boxes = task.answer == FlorenceAnswerKind::Boxes ||
                       task.answer == FlorenceAnswerKind::BoxesWithoutLabel ||
                       task.answer == FlorenceAnswerKind::PhraseBoxes;
    if (!boxes) return readFlorenceAnswer(task, text, size);
    std::vector<std::array<size_t, 4>> offsets;
    answer.regions = readBoxes(reader, task.answer, &offsets);
    for (size_t i = 0; i < offsets.size(); ++i) {
        double sum = 0;
        for (const size_t offset : offsets[i]) sum += logProbabilityAt(offset);
        answer.regions[i].score = std::exp(sum / 4);
    }
    return answer;
}

nlohmann::json FlorenceAnswer::json() const {
    const std::string marker(task->marker);
    if (task->answer == FlorenceAnswerKind::Text) return {{marker, text}};

    auto boxes = nlohmann::json::array(), boxLabels = boxes, quads = boxes, polygons = boxes, polygonLabels = boxes,
         scores = boxes;
    for (const auto& region : regions) {
        if (region.isPolygons) {
            auto outlines = nlohmann::json::array();
            for (const auto& outline : region.polygons) outlines.push_back(numbers(outline, dialect));
            polygons.push_back(std::move(outlines));
            polygonLabels.push_back(region.label);
        } else {
            if (region.box) boxes.push_back(numbers(*region.box, dialect));
            if (region.quad) quads.push_back(numbers(*region.quad, dialect));
            boxLabels.push_back(region.label);
        }
        if (region.score) scores.push_back(*region.score);
    }
    nlohmann::json answer;
    switch (task->answer) {
        case FlorenceAnswerKind::Quads:
            answer = {{"quad_boxes", quads}, {"labels", boxLabels}};
            break;
        case FlorenceAnswerKind::Polygons:
            answer = {{"polygons", polygons}, {"labels", polygonLabels}};
            break;
        case FlorenceAnswerKind::BoxesOrPolygons:
            answer = {{"bboxes", boxes},
                      {"bboxes_labels", boxLabels},
                      {"polygons", polygons},
                      {"polygons_labels", polygonLabels}};
            break;
        default:
            answer = {{"bboxes", boxes}, {"labels", boxLabels}};
    }
    if (!scores.empty()) answer["scores"] = scores;
    return {{marker, answer}};
}

}  // namespace fusionscope::models
