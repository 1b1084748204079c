#include "core/evaluate/reading.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

namespace fusionscope::evaluate {

namespace {

std::size_t groupOf(double height) {
    std::size_t group = 0;
    while (height >= letterHeights[group].most) ++group;
    return group;
}

/// The cheapest way from one sequence to the other.
struct Alignment {
    std::vector<bool> matched;  ///< which items of the first have their equal in the second
    int64_t edits = 0;
};

/// Least edits with insertions, deletions and changes at one each; among those, the most equal items (Wagner and Fischer).
template <class Sequence>
Alignment align(const Sequence& written, const Sequence& read) {
    const std::size_t rows = written.size() + 1, columns = read.size() + 1;
    // An edit outweighs any number of equal items.
    constexpr int64_t edit = int64_t{1} << 32;
    std::vector<int64_t> cost(rows * columns);
    const auto at = [&](std::size_t row, std::size_t column) -> int64_t& { return cost[row * columns + column]; };
    const auto step = [&](std::size_t row, std::size_t column) { return written[row - 1] == read[column - 1] ? -1 : edit; };
    for (std::size_t row = 0; row < rows; ++row) at(row, 0) = edit * static_cast<int64_t>(row);
    for (std::size_t column = 0; column < columns; ++column) at(0, column) = edit * static_cast<int64_t>(column);
    for (std::size_t row = 1; row < rows; ++row)
        for (std::size_t column = 1; column < columns; ++column)
            at(row, column) = std::min({at(row - 1, column) + edit, at(row, column - 1) + edit, at(row - 1, column - 1) + step(row, column)});
    Alignment alignment{std::vector<bool>(written.size()), 0};
    int64_t matches = 0;
    for (std::size_t row = rows - 1, column = columns - 1; row > 0 && column > 0;) {
        if (at(row, column) == at(row - 1, column - 1) + step(row, column)) {
            alignment.matched[row - 1] = step(row, column) < 0;
            matches += alignment.matched[row - 1];
            --row, --column;
        } else if (at(row, column) == at(row - 1, column) + edit) {
            --row;
        } else {
            --column;
        }
    }
    alignment.edits = (at(rows - 1, columns - 1) + matches) / edit;
    return alignment;
}

std::vector<std::string> parted(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

}  // namespace

void Reading::add(const std::vector<world::TextLine>& lines, std::string_view read) {
    std::vector<std::string> written;
    std::vector<std::size_t> groupOfWord, groupOfCharacter;
    for (const auto& line : lines)
        for (auto& word : parted(line.text)) {
            groupOfWord.push_back(groupOf(line.letterHeight));
            groupOfCharacter.insert(groupOfCharacter.end(), word.size(), groupOf(line.letterHeight));
            written.push_back(std::move(word));
        }
    const auto readWords = parted(read);
    const auto byWord = align(written, readWords);
    for (std::size_t i = 0; i < written.size(); ++i) words[groupOfWord[i]].count(byWord.matched[i]);
    answered += {std::count(byWord.matched.begin(), byWord.matched.end(), true), static_cast<int64_t>(readWords.size())};
    const auto byCharacter = align(std::accumulate(written.begin(), written.end(), std::string()),
                                   std::accumulate(readWords.begin(), readWords.end(), std::string()));
    for (std::size_t i = 0; i < byCharacter.matched.size(); ++i) characters[groupOfCharacter[i]].count(byCharacter.matched[i]);
    edits += byCharacter.edits;
}

Share Reading::wordsFrom(double height) const {
    Share sum;
    for (std::size_t i = 0; i < letterHeights.size(); ++i)
        if (letterHeights[i].least >= height) sum += words[i];
    return sum;
}

nlohmann::json toJson(const Reading& reading) {
    auto heights = nlohmann::json::array();
    int64_t characters = 0;
    for (std::size_t i = 0; i < letterHeights.size(); ++i) {
        heights.push_back({{"letters", letterHeights[i].name}, {"words", toJson(reading.words[i])}, {"characters", toJson(reading.characters[i])}});
        characters += reading.characters[i].asked;
    }
    nlohmann::json rate;
    if (characters > 0) rate = rounded(static_cast<double>(reading.edits) / static_cast<double>(characters));
    return {{"by_height", std::move(heights)},
            {"words", toJson(reading.wordsFrom(0))},
            {"words_14_px_and_more", toJson(reading.wordsFrom(14))},
            {"words_read_that_are_there", toJson(reading.answered)},
            {"character_error_rate", std::move(rate)}};
}

}  // namespace fusionscope::evaluate
