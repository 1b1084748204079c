#include "core/engine/words.h"

#include <string_view>

#include "core/text/stream_decoder.h"

namespace fusionscope::engine {

namespace {

constexpr std::string_view spaces = " \t\r\n\f\v";

bool isBlank(std::string_view text) { return text.find_first_not_of(spaces) == std::string_view::npos; }
bool beginsBlank(std::string_view text) { return !text.empty() && spaces.find(text.front()) != std::string_view::npos; }
bool endsBlank(std::string_view text) { return !text.empty() && spaces.find(text.back()) != std::string_view::npos; }

std::string trimmed(std::string_view text) {
    if (isBlank(text)) return {};
    const auto first = text.find_first_not_of(spaces);
    return std::string(text.substr(first, text.find_last_not_of(spaces) - first + 1));
}

}  // namespace

std::vector<WordSpan> wordsOf(const text::Tokenizer& tokenizer, const std::vector<int64_t>& ids) {
    std::vector<WordSpan> words;  // their text untrimmed until the end
    bool open = false;            // the last word may still grow
    text::StreamDecoder decoder(tokenizer);
    for (size_t i = 0; i < ids.size(); ++i) {
        auto piece = decoder.push(ids[i]);
        if (i + 1 == ids.size()) piece += decoder.finish();
        const bool textless =
            piece.empty() && (tokenizer.isSpecial(ids[i]) || tokenizer.tokenText(ids[i]).kind == text::TokenText::Kind::Nothing);
        // White space stands before the word it belongs to, so a word of nothing else goes on.
        const bool goesOn = open && !textless &&
                            (isBlank(words.back().text) || (!beginsBlank(piece) && !endsBlank(words.back().text)));
        if (!goesOn) words.push_back({{}, i, 0});
        words.back().text += piece;
        ++words.back().count;
        open = !textless;
    }
    for (auto& word : words) word.text = trimmed(word.text);
    return words;
}

}  // namespace fusionscope::engine
