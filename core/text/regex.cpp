#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/text/regex.h"

#include <pcre2.h>

#include <algorithm>
#include <new>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

constexpr std::size_t maxPatternBytes = 16 * 1024;
constexpr std::uint32_t matchLimit = 10'000'000;    // backtracking steps of one match
constexpr std::uint32_t heapLimit = 64 * 1024;      // KiB
constexpr std::size_t jitStackBytes = 8 * 1024 * 1024;

template <class T, void (*release)(T*)>
using Owned = std::unique_ptr<T, decltype([](T* object) { release(object); })>;

/// PCRE2's \s is Unicode's White_Space and U+180E; the reference's is White_Space alone.
std::string withExactSpaces(std::string_view pattern) {
    static constexpr std::string_view spaces = R"(\t-\r\x{85}\p{Z})";
    std::string out;
    bool inClass = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            const char next = pattern[++i];
            if (next == 's' && inClass) {
                out += spaces;
            } else if ((next == 's' || next == 'S') && !inClass) {
                out.append(next == 's' ? "[" : "[^").append(spaces) += ']';
            } else {
                (out += c) += next;
            }
            continue;
        }
        if (c == '[' && !inClass) {
            inClass = true;
        } else if (c == ']') {
            inClass = false;
        }
        out += c;
    }
    return out;
}

std::string pcreMessage(int code) {
    PCRE2_UCHAR buffer[256];
    if (pcre2_get_error_message(code, buffer, sizeof buffer) < 0) return concat("error ", code);
    return reinterpret_cast<const char*>(buffer);
}

void literalMatches(std::string_view text, std::string_view wanted, const std::function<void(Span)>& found) {
    if (wanted.empty()) return;
    for (std::size_t at = text.find(wanted); at != text.npos; at = text.find(wanted, at + wanted.size()))
        found({at, at + wanted.size()});
}

}  // namespace

Regex Regex::literal(std::string_view text) {
    Regex regex;
    regex.m_pattern = text;
    return regex;
}

Regex::Regex(std::string_view pattern, std::string where) : m_pattern(pattern), m_where(std::move(where)) {
    if (pattern.size() > maxPatternBytes) {
        throw Error(concat("a pattern has ", pattern.size(), " bytes, more than the ", maxPatternBytes,
                           " that a tokenizer may use"),
                    m_where);
    }
    const std::string source = withExactSpaces(pattern);
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.data()), source.size(),
                                     PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (!code) {
        throw Error(concat("the pattern ", files::inQuotes(pattern), " is not a valid regular expression: ",
                           pcreMessage(error)),
                    m_where);
    }
    m_code = {code, [](const pcre2_code* owned) { pcre2_code_free(const_cast<pcre2_code*>(owned)); }};
    // Without a compiler for this machine the interpreter does the same work.
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
}

namespace {

/// What a match needs besides the pattern. Making it takes longer than most matches, so each thread has one.
struct Workspace {
    Owned<pcre2_match_data, pcre2_match_data_free> data{pcre2_match_data_create(1, nullptr)};
    Owned<pcre2_match_context, pcre2_match_context_free> context{pcre2_match_context_create(nullptr)};
    Owned<pcre2_jit_stack, pcre2_jit_stack_free> stack{pcre2_jit_stack_create(32 * 1024, jitStackBytes, nullptr)};

    Workspace() {
        if (!data || !context || !stack) throw std::bad_alloc();
        pcre2_set_match_limit(context.get(), matchLimit);
        pcre2_set_heap_limit(context.get(), heapLimit);
        pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
    }
};

Workspace& workspace() {
    thread_local Workspace ours;
    return ours;
}

}  // namespace

// One second and ten microseconds a byte are a hundred times what real patterns take.
Regex::Search::Search(const Regex& regex, std::size_t bytes)
    : m_regex(regex),
      m_deadline(std::chrono::steady_clock::now() + std::chrono::seconds(1) + std::chrono::microseconds(10 * bytes)) {}

void Regex::Search::matches(std::string_view text, const std::function<void(Span)>& found) {
    if (!m_regex.m_code) return literalMatches(text, m_regex.m_pattern, found);
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    for (std::size_t at = 0; at < text.size();) {
        const int count = pcre2_match(m_regex.m_code.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK,
                                      workspace().data.get(), workspace().context.get());
        if (count == PCRE2_ERROR_NOMATCH) break;
        if (count < 0 || std::chrono::steady_clock::now() > m_deadline) {
            throw Error(concat("the pattern ", files::inQuotes(m_regex.m_pattern), " takes too long on a text of ",
                               text.size(), " bytes", count < 0 ? " (" + pcreMessage(count) + ')' : ""),
                        m_regex.m_where, "Use the tokenizer of the original model.");
        }
        const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(workspace().data.get());
        const Span match{ends[0], ends[1]};  // `found` may search as well
        // \K can put the start of a match behind its end or before the place where the search began.
        if (match.end > match.begin && match.begin >= at) {
            found(match);
            at = match.end;
        } else {
            at = std::max(match.end, at);
            at += readCodePoint(text, at).size;
        }
    }
}

std::string Regex::replaced(std::string_view text, std::string_view content) const {
    std::string out;
    std::size_t end = 0;
    Search(*this, text.size()).matches(text, [&](const Span& match) {
        out.append(text.substr(end, match.begin - end)).append(content);
        end = match.end;
    });
    return out.append(text.substr(end));
}

}  // namespace fusionscope::text
