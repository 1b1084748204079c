#include "core/text/token_decoder.h"

#include <algorithm>
#include <numeric>

#include "core/text/byte_level.h"
#include "core/text/component.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

std::string joined(const std::vector<std::string>& tokens) { return std::accumulate(tokens.begin(), tokens.end(), std::string()); }

std::string stripped(std::string_view text, const TokenDecoder::Strip& strip) {
    for (std::size_t i = 0; i < strip.start && text.starts_with(strip.content); ++i)
        text.remove_prefix(strip.content.size());
    for (std::size_t i = 0; i < strip.stop && text.ends_with(strip.content); ++i)
        text.remove_suffix(strip.content.size());
    return std::string(text);
}

std::string metaspaced(const std::string& token, const TokenDecoder::Metaspace& metaspace, bool first) {
    return Regex::literal(metaspace.replacement).replaced(token, first && metaspace.prefixed ? "" : " ");
}

/// A run of byte tokens becomes its characters if the whole of it is valid UTF-8, otherwise one U+FFFD for each byte.
void joinByteTokens(std::vector<std::string>& tokens) {
    std::size_t written = 0;  // never more tokens than were read
    std::string bytes;
    const auto flush = [&] {
        if (bytes.empty()) return;
        if (isValidUtf8(bytes)) {
            tokens[written++] = bytes;
        } else {
            for (std::size_t i = 0; i < bytes.size(); ++i) tokens[written++] = replacementCharacter;
        }
        bytes.clear();
    };
    for (std::string& token : tokens) {
        if (const auto byte = fallbackByte(token)) {
            bytes += static_cast<char>(*byte);
        } else {
            const std::string plain = std::move(token);
            flush();
            tokens[written++] = plain;
        }
    }
    flush();
    tokens.resize(written);
}

/// Applies one step to the tokens.
struct Apply {
    std::vector<std::string>& tokens;

    void operator()(const TokenDecoder::ByteLevel&) const {
        std::string bytes;
        for (const std::string& token : tokens) bytes += byteLevelText(token);
        tokens = {toValidUtf8(bytes)};
    }
    void operator()(const TokenDecoder::ByteFallback&) const { joinByteTokens(tokens); }
    void operator()(const TokenDecoder::Fuse&) const { tokens = {joined(tokens)}; }
    void operator()(const TokenDecoder::Replace& replace) const {
        for (std::string& token : tokens) token = replace.pattern.replaced(token, replace.content);
    }
    void operator()(const TokenDecoder::Strip& strip) const {
        for (std::string& token : tokens) token = stripped(token, strip);
    }
    void operator()(const TokenDecoder::Metaspace& metaspace) const {
        for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = metaspaced(tokens[i], metaspace, i == 0);
    }
};

}  // namespace

std::string byteLevelText(const std::string& token) { return spelledBytes(token).value_or(token); }

TokenDecoder::TokenDecoder(std::vector<Step> steps) : m_steps(std::move(steps)), m_dropsFirstSpace(m_steps.empty()) {
    for (const Step& step : m_steps) {
        m_byteLevel |= std::holds_alternative<ByteLevel>(step);
        m_byteFallback |= std::holds_alternative<ByteFallback>(step);
        if (const auto* strip = std::get_if<Strip>(&step)) m_dropsFirstSpace |= strip->content == " " && strip->start > 0;
        if (const auto* metaspace = std::get_if<Metaspace>(&step)) m_dropsFirstSpace |= metaspace->prefixed;
    }
}

TokenDecoder TokenDecoder::read(const nlohmann::json& json, const std::string& where) {
    std::vector<Step> steps;
    readComponent(json, "decoder", "decoders", where, [&](const std::string& type, const files::Fields& fields) {
        if (type == "ByteLevel") {
            steps.push_back(ByteLevel{});
        } else if (type == "ByteFallback") {
            steps.push_back(ByteFallback{});
        } else if (type == "Fuse") {
            steps.push_back(Fuse{});
        } else if (type == "Replace") {
            steps.push_back(Replace{readPattern(fields), fields.text("content")});
        } else if (type == "Strip") {
            const auto count = [&](const char* key) { return static_cast<std::size_t>(fields.integer(key, {0, 1024})); };
            steps.push_back(Strip{fields.text("content"), count("start"), count("stop")});
        } else if (type == "Metaspace") {
            const std::string scheme =
                fields.textOr("prepend_scheme", fields.flagOr("add_prefix_space", true) ? "always" : "never");
            steps.push_back(Metaspace{fields.textOr("replacement", "\u2581"), scheme != "never"});
        } else {
            return false;
        }
        return true;
    });
    return TokenDecoder(std::move(steps));
}

std::string TokenDecoder::decode(std::vector<std::string> tokens) const {
    if (m_steps.empty()) {
        for (std::size_t i = 1; i < tokens.size(); ++i) tokens[i].insert(0, 1, ' ');
        return joined(tokens);
    }
    for (const Step& step : m_steps) std::visit(Apply{tokens}, step);
    return joined(tokens);
}

TokenText TokenDecoder::piece(const std::string& token) const {
    using Kind = TokenText::Kind;
    if (m_byteLevel) return {Kind::Text, byteLevelText(token)};
    if (m_steps.empty()) return {Kind::Text, ' ' + token};
    if (m_byteFallback) {
        if (const auto byte = fallbackByte(token)) return {Kind::Byte, std::string(1, static_cast<char>(*byte))};
    }
    std::string text = token;
    for (const Step& step : m_steps) {
        if (std::holds_alternative<Fuse>(step)) break;
        if (const auto* replace = std::get_if<Replace>(&step)) text = replace->pattern.replaced(text, replace->content);
        if (const auto* metaspace = std::get_if<Metaspace>(&step)) text = metaspaced(text, *metaspace, false);
    }
    return {Kind::Text, std::move(text)};
}

}  // namespace fusionscope::text
