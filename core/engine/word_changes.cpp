#include <algorithm>
#include <sstream>

#include "core/engine/ablation.h"

namespace fusionscope::engine {

namespace {

using Kind = WordChange::Kind;

/// Cells of the table below at most; longer texts are called different as a whole between their common ends.
constexpr size_t mostCells = 16'000'000;

std::vector<std::string> split(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// Words [begin, end) of both texts, by the longest common subsequence.
void compareMiddle(const std::vector<std::string>& before, const std::vector<std::string>& after, size_t begin,
                   size_t beforeEnd, size_t afterEnd, std::vector<WordChange>& changes) {
    const size_t rows = beforeEnd - begin + 1, columns = afterEnd - begin + 1;
    size_t i = begin, j = begin;
    if (rows * columns <= mostCells) {
        std::vector<uint32_t> common(rows * columns, 0);  // of what follows word i of one and word j of the other
        const auto cell = [&](size_t x, size_t y) -> uint32_t& { return common[(x - begin) * columns + (y - begin)]; };
        for (size_t x = beforeEnd; x-- > begin;)
            for (size_t y = afterEnd; y-- > begin;)
                cell(x, y) = before[x] == after[y] ? cell(x + 1, y + 1) + 1 : std::max(cell(x + 1, y), cell(x, y + 1));
        while (i < beforeEnd && j < afterEnd) {
            if (before[i] == after[j]) {
                changes.push_back({before[i], Kind::Same});
                ++i, ++j;
            } else if (cell(i + 1, j) >= cell(i, j + 1)) {
                changes.push_back({before[i++], Kind::Removed});
            } else {
                changes.push_back({after[j++], Kind::Added});
            }
        }
    }
    for (; i < beforeEnd; ++i) changes.push_back({before[i], Kind::Removed});
    for (; j < afterEnd; ++j) changes.push_back({after[j], Kind::Added});
}

}  // namespace

std::vector<WordChange> compareWords(const std::string& original, const std::string& changed) {
    const auto before = split(original), after = split(changed);
    size_t begin = 0, beforeEnd = before.size(), afterEnd = after.size();
    while (begin < beforeEnd && begin < afterEnd && before[begin] == after[begin]) ++begin;
    while (beforeEnd > begin && afterEnd > begin && before[beforeEnd - 1] == after[afterEnd - 1]) --beforeEnd, --afterEnd;
    std::vector<WordChange> changes;
    for (size_t i = 0; i < begin; ++i) changes.push_back({before[i], Kind::Same});
    compareMiddle(before, after, begin, beforeEnd, afterEnd, changes);
    for (size_t i = beforeEnd; i < before.size(); ++i) changes.push_back({before[i], Kind::Same});
    return changes;
}

}  // namespace fusionscope::engine
