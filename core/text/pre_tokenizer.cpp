#include "core/text/pre_tokenizer.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/byte_level.h"
#include "core/text/component.h"

namespace fusionscope::text {

const std::string_view gpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const std::string_view llama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const std::string_view qwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

enum class Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// Puts the matches of a pattern and the text between them together to words.
class WordBuilder {
  public:
    WordBuilder(std::vector<Span>& words, Behaviour behaviour) : m_words(words), m_behaviour(behaviour) {}

    /// Cuts one word at the matches in it.
    void cut(const Span& word, std::string_view text, Regex::Search& search, bool invert) {
        m_first = m_words.size();
        m_afterMatch = false;
        std::size_t done = word.begin;
        const auto part = [&](std::size_t end, bool match) {
            if (end > done) add({done, end}, match != invert);
            done = end;
        };
        search.matches(text, [&](const Span& match) {
            part(word.begin + match.begin, false);
            part(word.begin + match.end, true);
        });
        part(word.end, false);
    }

  private:
    void add(const Span& span, bool match) {
        const bool follows = m_words.size() > m_first;
        const bool afterMatch = std::exchange(m_afterMatch, match);
        bool join = false;
        switch (m_behaviour) {
            case Behaviour::Removed:
                if (match) return;
                break;
            case Behaviour::Isolated:
                break;
            case Behaviour::MergedWithPrevious:
                join = match && !afterMatch && follows;
                break;
            case Behaviour::MergedWithNext:
                join = !match && afterMatch;
                break;
            case Behaviour::Contiguous:
                join = match == afterMatch && follows;
                break;
        }
        if (join) {
            m_words.back().end = span.end;
        } else {
            m_words.push_back(span);
        }
    }

    std::vector<Span>& m_words;
    Behaviour m_behaviour;
    std::size_t m_first = 0;  ///< of the words of this word
    bool m_afterMatch = false;
};

PreTokenizer split(Regex pattern, Behaviour behaviour, bool invert = false) {
    return [pattern = std::move(pattern), behaviour, invert](PreTokenized& text) {
        Regex::Search search(pattern, text.text.size());
        std::vector<Span> words;
        words.reserve(text.words.size());
        WordBuilder builder(words, behaviour);
        for (const Span& word : text.words) builder.cut(word, text.word(word), search, invert);
        text.words = std::move(words);
    };
}

/// Rewrites the text word by word.
void rewrite(PreTokenized& text, const std::function<void(std::string& out, std::string_view word, bool first)>& write) {
    std::string out;
    out.reserve(text.text.size() + text.text.size() / 2);
    bool first = text.startsInput;
    for (Span& word : text.words) {
        const std::size_t begin = out.size();
        write(out, text.word(word), first && word.begin == 0);
        first = false;
        word = {begin, out.size()};
    }
    text.text = std::move(out);
}

Behaviour readBehaviour(const files::Fields& fields) {
    static const std::map<std::string, Behaviour, std::less<>> names = {
        {"Removed", Behaviour::Removed},
        {"Isolated", Behaviour::Isolated},
        {"MergedWithPrevious", Behaviour::MergedWithPrevious},
        {"MergedWithNext", Behaviour::MergedWithNext},
        {"Contiguous", Behaviour::Contiguous},
    };
    const std::string name = fields.text("behavior");
    const auto found = names.find(name);
    if (found == names.end()) fields.refuse("behavior", "is " + files::inQuotes(name) + ", which is not known");
    return found->second;
}

/// SentencePiece's spelling of spaces (U+2581), as a pre-tokenizer.
void readMetaspace(std::vector<PreTokenizer>& steps, const files::Fields& fields) {
    const std::string replacement = fields.textOr("replacement", "\u2581");
    const std::string scheme =
        fields.textOr("prepend_scheme", fields.flagOr("add_prefix_space", true) ? "always" : "never");
    if (scheme != "always" && scheme != "first" && scheme != "never")
        fields.refuse("prepend_scheme", "is " + files::inQuotes(scheme) + ", expected always, first or never");

    const Regex space = Regex::literal(" ");
    steps.push_back([replacement, scheme, space](PreTokenized& text) {
        rewrite(text, [&](std::string& out, std::string_view word, bool first) {
            const std::string replaced = space.replaced(word, replacement);
            const bool wanted = scheme == "always" || (scheme == "first" && first);
            if (wanted && !replaced.starts_with(replacement)) out += replacement;
            out += replaced;
        });
    });
    if (fields.flagOr("split", true)) steps.push_back(split(Regex::literal(replacement), Behaviour::MergedWithNext));
}

}  // namespace

PreTokenizer byteLevel(bool addPrefixSpace, bool usePattern) {
    std::vector<PreTokenizer> steps;
    if (addPrefixSpace) {
        steps.push_back([](PreTokenized& text) {
            rewrite(text, [](std::string& out, std::string_view word, bool) {
                if (!word.starts_with(' ')) out += ' ';
                out += word;
            });
        });
    }
    if (usePattern) steps.push_back(splitIsolated(Regex(gpt2Pattern, "GPT-2 pattern")));
    steps.push_back([](PreTokenized& text) {
        rewrite(text, [](std::string& out, std::string_view word, bool) { appendSpelled(out, word); });
    });
    return [steps = std::move(steps)](PreTokenized& text) {
        for (const PreTokenizer& step : steps) step(text);
    };
}

PreTokenizer splitDigits(bool individual) {
    return splitIsolated(Regex(individual ? R"(\p{N})" : R"(\p{N}+)", "number characters"));
}

PreTokenizer splitIsolated(Regex pattern) { return split(std::move(pattern), Behaviour::Isolated); }

std::vector<PreTokenizer> readPreTokenizer(const nlohmann::json& json, const std::string& where) {
    std::vector<PreTokenizer> steps;
    readComponent(
        json, "pre-tokenizer", "pretokenizers", where, [&](const std::string& type, const files::Fields& fields) {
            if (type == "ByteLevel") {
                steps.push_back(byteLevel(fields.flagOr("add_prefix_space", true), fields.flagOr("use_regex", true)));
            } else if (type == "Digits") {
                steps.push_back(splitDigits(fields.flagOr("individual_digits", false)));
            } else if (type == "Split") {
                steps.push_back(split(readPattern(fields), readBehaviour(fields), fields.flagOr("invert", false)));
            } else if (type == "Metaspace") {
                readMetaspace(steps, fields);
            } else {
                return false;
            }
            return true;
        });
    return steps;
}

}  // namespace fusionscope::text
