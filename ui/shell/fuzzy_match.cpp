#include "ui/shell/fuzzy_match.h"

#include <vector>

namespace fusionscope::ui {

int fuzzyScore(const QString& typed, const QString& name) {
    constexpr int hit = 1, wordStart = 8, neighbour = 6, none = -1;
    const auto letters = typed.toCaseFolded().remove(' ');
    const auto text = name.toCaseFolded();
    if (letters.isEmpty()) return 0;
    // best[i]: the best score of the letters so far when the last of them is text[i]
    std::vector<int> best(static_cast<size_t>(text.size()), none);
    for (qsizetype letter = 0; letter < letters.size(); ++letter) {
        std::vector<int> next(best.size(), none);
        int before = letter == 0 ? 0 : none;  // best of all places left of the neighbour
        for (qsizetype i = 0; i < text.size(); ++i) {
            const int left = i > 0 && letter > 0 ? best[static_cast<size_t>(i - 1)] : none;
            if (text[i] == letters[letter]) {
                const bool starts = i == 0 || !text[i - 1].isLetterOrNumber();
                const int value = hit + (starts ? wordStart : 0);
                if (before >= 0) next[static_cast<size_t>(i)] = before + value;
                if (left >= 0) next[static_cast<size_t>(i)] = std::max(next[static_cast<size_t>(i)], left + value + neighbour);
            }
            before = std::max(before, left);
        }
        best = std::move(next);
    }
    int result = none;
    for (const int score : best) result = std::max(result, score);
    return result;
}

}  // namespace fusionscope::ui
