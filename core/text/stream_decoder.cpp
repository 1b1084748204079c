#include "core/text/stream_decoder.h"

#include <algorithm>

#include "core/text/utf8.h"

namespace fusionscope::text {

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, std::vector<std::string> stops)
    : m_tokenizer(tokenizer), m_stops(std::move(stops)) {
    std::erase(m_stops, std::string());
    for (const std::string& stop : m_stops) m_longestStop = std::max(m_longestStop, stop.size());
}

std::string StreamDecoder::push(std::int64_t id) {
    if (stopped() || m_tokenizer.isSpecial(id)) return {};
    append(m_tokenizer.tokenText(id));
    return release(false);
}

std::string StreamDecoder::finish() {
    if (stopped()) return {};
    flushBytes(true);
    return release(true);
}

void StreamDecoder::append(const TokenText& token) {
    if (token.kind == TokenText::Kind::Nothing) return;
    // Between the pieces of a SentencePiece vocabulary no character can be under way.
    if (token.kind == TokenText::Kind::Text && !m_tokenizer.isByteLevel()) flushBytes(true);
    m_bytes += token.bytes;
    flushBytes(false);
}

/// Moves whole characters, or everything, from m_bytes to m_held.
void StreamDecoder::flushBytes(bool all) {
    const std::size_t size = all ? m_bytes.size() : completePrefix(m_bytes);
    if (size == 0) return;
    const std::string_view bytes = std::string_view(m_bytes).substr(0, size);
    m_held += m_tokenizer.isByteLevel() ? toValidUtf8(bytes) : toValidUtf8PerByte(bytes);
    m_bytes.erase(0, size);
    if (m_atStart && m_tokenizer.dropsFirstSpace() && m_held.starts_with(' ')) m_held.erase(0, 1);
    m_atStart = false;
}

/// Shows what can be shown of m_held: all before a stop string, or before what could become one.
std::string StreamDecoder::release(bool all) {
    std::size_t shown = m_held.size();
    for (const std::string& stop : m_stops) {
        const std::size_t found = m_held.find(stop);
        if (found < shown || (found == shown && stop.size() > m_stop.size() && stopped())) {
            shown = found;
            m_stop = stop;
        }
    }
    if (!stopped() && !all) {
        const std::size_t longest = std::min(m_held.size(), m_longestStop == 0 ? 0 : m_longestStop - 1);
        for (std::size_t size = longest; size > 0; --size) {
            const std::string_view end = std::string_view(m_held).substr(m_held.size() - size);
            if (std::none_of(m_stops.begin(), m_stops.end(), [&](auto& stop) { return stop.starts_with(end); })) continue;
            shown = m_held.size() - size;
            break;
        }
    }
    std::string text = m_held.substr(0, shown);
    m_held.erase(0, stopped() ? m_held.size() : shown);
    m_text += text;
    return text;
}

}  // namespace fusionscope::text
