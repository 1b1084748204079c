#include "core/text/tokenizer.h"

#include "core/text/utf8.h"

namespace fusionscope::text {

std::vector<std::int64_t> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
    const Matching matching{options.parseSpecial, std::nullopt};
    auto ids = isValidUtf8(text) ? encodeText(text, matching) : encodeText(toValidUtf8(text), matching);
    return options.addSpecial ? withSpecial(std::move(ids)) : ids;
}

std::vector<std::int64_t> Tokenizer::encodeTrusted(std::string_view text, std::span<const Span> trusted,
                                                   bool addSpecial) const {
    // Replacing invalid bytes moves what follows, so the text is rebuilt part by part.
    std::string valid;
    valid.reserve(text.size());
    std::vector<Span> ranges;
    std::size_t done = 0;
    for (const Span& range : trusted) {
        valid += toValidUtf8(text.substr(done, range.begin - done));
        const std::size_t begin = valid.size();
        valid += toValidUtf8(text.substr(range.begin, range.end - range.begin));
        ranges.push_back({begin, valid.size()});
        done = range.end;
    }
    valid += toValidUtf8(text.substr(done));

    auto ids = encodeText(valid, Matching{true, ranges});
    return addSpecial ? withSpecial(std::move(ids)) : ids;
}

}  // namespace fusionscope::text
