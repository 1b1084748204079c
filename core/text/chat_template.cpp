#include "core/text/chat_template.h"

#include <algorithm>
#include <utility>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/chat_templates.h"
#include "core/text/unicode.h"

namespace fusionscope::text {

namespace {

constexpr std::int64_t imagePlaceholder = -200;
constexpr std::string_view imageMark = "<image>", videoMark = "<video>";

/// Appends runs to a prompt.
class Renderer {
  public:
    explicit Renderer(const ChatTemplate::Format& format) : m_format(format) {}

    void fixed(std::string_view text) {
        if (text.empty()) return;
        if (!prompt.segments.empty() && prompt.segments.back().kind == Segment::Kind::Template) {
            prompt.segments.back().text += text;
        } else {
            prompt.segments.push_back({Segment::Kind::Template, std::string(text), {}});
        }
    }

    void message(const Message& message) {
        const bool blank = std::all_of(message.content.begin(), message.content.end(), [this](const ContentItem& item) {
            return item.kind == ContentItem::Kind::Text ? item.text.empty() && item.ids.empty()
                                                        : m_format.layout == MessageLayout::TextOnly;
        });
        if (message.role == Role::System && blank && m_format.skipsEmptySystem) return;
        fixed(message.role == Role::System ? m_format.system
              : message.role == Role::User ? m_format.user
                                           : m_format.assistant);
        if (blank && m_format.emptyStaysOpen && message.role != Role::System) return;
        items(message.content);
        fixed(m_format.close);
    }

    Prompt prompt;

  private:
    using Kind = ContentItem::Kind;

    void items(const std::vector<ContentItem>& content) {
        switch (m_format.layout) {
            case MessageLayout::Inline: {
                bool opening = true;
                for (const ContentItem& item : content) {
                    add(item);
                    if (item.kind == Kind::Text) {
                        opening = false;
                    } else if (opening) {
                        fixed("\n");
                    }
                }
                break;
            }
            case MessageLayout::ImagesFirst:
                for (const Kind kind : {Kind::Image, Kind::Video}) {
                    for (const ContentItem& item : content) {
                        if (item.kind != kind) continue;
                        add(item);
                        fixed("\n");
                    }
                }
                texts(content);
                break;
            case MessageLayout::Tight: {
                // Generated ids bring the space with them.
                const bool spaced = content.empty() || (content[0].kind == Kind::Text && content[0].ids.empty());
                if (spaced) fixed(" ");
                for (const ContentItem& item : content) add(item);
                break;
            }
            case MessageLayout::TextOnly:
                texts(content);
                break;
        }
    }

    void texts(const std::vector<ContentItem>& content) {
        for (std::size_t i = 0; i < content.size(); ++i) {
            ContentItem item = content[i];
            if (item.kind != Kind::Text) continue;
            if (m_format.trims && i == 0) item.text = stripLeft(item.text, isPythonSpace);
            if (m_format.trims && i + 1 == content.size()) item.text = stripRight(item.text, isPythonSpace);
            add(item);
        }
    }

    void add(const ContentItem& item) {
        switch (item.kind) {
            case Kind::Text:
                if (!item.text.empty() || !item.ids.empty())
                    prompt.segments.push_back({Segment::Kind::User, item.text, item.ids});
                break;
            case Kind::Image:
                prompt.segments.push_back({Segment::Kind::Image, std::string(imageMark), {}});
                break;
            case Kind::Video:
                prompt.segments.push_back({Segment::Kind::Video, std::string(videoMark), {}});
                break;
        }
    }

    const ChatTemplate::Format& m_format;
};

/// Collects text between two pictures and encodes it as one whole, with given ids in their places.
class Chunk {
  public:
    Chunk(const Tokenizer& tokenizer, bool parseSpecial) : m_tokenizer(tokenizer), m_parseSpecial(parseSpecial) {}

    void add(std::string_view text, bool trusted) {
        if (trusted && !text.empty()) m_trusted.push_back({m_text.size(), m_text.size() + text.size()});
        m_text += text;
        m_marker = trusted ? std::string(text) : std::string();
    }

    /// A run of text of the template or of a message.
    void add(const Segment& segment) {
        segment.ids.empty() ? add(segment.text, segment.kind == Segment::Kind::Template) : add(segment.ids);
    }

    void add(const std::vector<std::int64_t>& ids) {
        flush();
        m_given.push_back({m_ids.size(), m_ids.size() + ids.size()});
        m_ids.insert(m_ids.end(), ids.begin(), ids.end());
        // The text that goes on behind them begins with an end marker. With the marker before them in front again it
        // is encoded as in the middle of a text and not as the beginning of one.
        m_context = m_marker;
    }

    std::vector<std::int64_t> take(bool addSpecial) {
        flush();
        std::vector<std::int64_t> ids = std::exchange(m_ids, {});
        m_marker.clear();
        m_context.clear();
        return addSpecial ? m_tokenizer.withSpecial(std::move(ids)) : ids;
    }

    /// Where given ids stand among those that take(false) gives.
    const std::vector<Span>& given() const { return m_given; }

  private:
    std::vector<std::int64_t> encode(const std::string& text, std::span<const Span> trusted) const {
        if (m_parseSpecial) return m_tokenizer.encode(text);
        return m_tokenizer.encodeTrusted(text, trusted);
    }

    void flush() {
        if (m_text.empty()) return;
        std::vector<Span> trusted;
        if (!m_context.empty()) trusted.push_back({0, m_context.size()});
        for (const Span& span : m_trusted)
            trusted.push_back({span.begin + m_context.size(), span.end + m_context.size()});
        const auto ids = encode(m_context + m_text, trusted);
        const std::size_t known = m_context.empty() ? 0 : encode(m_context, std::span(trusted).first(1)).size();
        m_ids.insert(m_ids.end(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(known, ids.size())), ids.end());
        m_text.clear();
        m_trusted.clear();
        m_context.clear();
    }

    const Tokenizer& m_tokenizer;
    bool m_parseSpecial;
    std::string m_text, m_marker, m_context;
    std::vector<Span> m_trusted, m_given;
    std::vector<std::int64_t> m_ids;
};

std::string repeated(std::string_view mark, std::int64_t count) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) text += mark;
    return text;
}

std::size_t occurrences(std::string_view text, std::string_view wanted) {
    std::size_t count = 0;
    for (std::size_t at = text.find(wanted); at != text.npos; at = text.find(wanted, at + wanted.size())) ++count;
    return count;
}

/// Where each picture's first token stands, its text having `counts[i]` of them.
/// @param given where answers stand as they were generated: such a token in them is no picture
std::vector<std::size_t> firstPlaces(const std::vector<std::int64_t>& ids, std::string_view token,
                                     const std::vector<std::size_t>& counts, const std::vector<Span>& given,
                                     const Tokenizer& tokenizer) {
    std::vector<std::size_t> places;
    if (counts.empty()) return places;
    const auto wanted = tokenizer.id(token);
    if (!wanted) {
        throw Error(concat("the tokenizer has no token ", token, ", which this conversation template writes"),
                    "conversation", "Choose the template of the model's family.");
    }
    std::size_t next = 0, skip = 0;  // which picture comes next, and how many tokens the one before still has
    for (std::size_t i = 0; i < ids.size() && next < counts.size(); ++i) {
        const auto holds = [i](const Span& span) { return i >= span.begin && i < span.end; };
        if (ids[i] != *wanted || std::any_of(given.begin(), given.end(), holds)) continue;
        if (skip > 0) {
            --skip;
        } else {
            places.push_back(i);
            skip = counts[next++] - 1;
        }
    }
    return places;
}

EncodedPrompt encodePieces(const Prompt& prompt, const Tokenizer& tokenizer, const PromptOptions& options) {
    EncodedPrompt encoded;
    Chunk chunk(tokenizer, options.parseSpecial);
    std::size_t dropped = 0;
    bool first = true;
    const auto append = [&] {
        const auto ids = chunk.take(true);
        if (first && !ids.empty() && tokenizer.bos() == ids[0]) {
            dropped = 1;
            encoded.ids.push_back(ids[0]);
        }
        first = false;
        const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(std::min(dropped, ids.size()));
        encoded.ids.insert(encoded.ids.end(), begin, ids.end());
    };
    for (const Segment& segment : prompt.segments) {
        switch (segment.kind) {
            case Segment::Kind::Template:
            case Segment::Kind::User:
                chunk.add(segment);
                break;
            case Segment::Kind::Image:
            case Segment::Kind::Video:
                append();
                (segment.kind == Segment::Kind::Image ? encoded.images : encoded.videos).push_back(encoded.ids.size());
                encoded.ids.push_back(imagePlaceholder);
                break;
        }
    }
    append();
    return encoded;
}

EncodedPrompt encodeWhole(const Prompt& prompt, const Tokenizer& tokenizer, const PromptOptions& options) {
    EncodedPrompt encoded;
    Chunk chunk(tokenizer, options.parseSpecial);
    std::vector<std::size_t> images, videos;
    const auto add = [&](const std::vector<std::string>& given, std::vector<std::size_t>& counts, std::string_view mark) {
        const std::string_view text = counts.size() < given.size() ? std::string_view(given[counts.size()]) : mark;
        chunk.add(text, true);
        counts.push_back(occurrences(text, mark));
        if (counts.back() == 0)
            throw Error(concat("the text that stands for a picture holds no ", mark), "conversation");
    };
    for (const Segment& segment : prompt.segments) {
        switch (segment.kind) {
            case Segment::Kind::Template:
            case Segment::Kind::User:
                chunk.add(segment);
                break;
            case Segment::Kind::Image:
                add(options.imageText, images, imageMark);
                break;
            case Segment::Kind::Video:
                add(options.videoText, videos, videoMark);
                break;
        }
    }
    encoded.ids = chunk.take(false);
    encoded.images = firstPlaces(encoded.ids, imageMark, images, chunk.given(), tokenizer);
    encoded.videos = firstPlaces(encoded.ids, videoMark, videos, chunk.given(), tokenizer);
    return encoded;
}

}  // namespace

std::string Prompt::text() const {
    std::string text;
    for (const Segment& segment : segments) text += segment.text;
    return text;
}

ChatTemplate ChatTemplate::named(std::string_view name) {
    for (const Format& format : chatFormats()) {
        if (format.name == name) return ChatTemplate(format);
    }
    std::string known;
    for (const std::string& each : names()) known += (known.empty() ? "" : ", ") + each;
    throw Error("there is no conversation template " + files::inQuotes(name), "", "Known are " + known + '.');
}

std::vector<std::string> ChatTemplate::names() {
    std::vector<std::string> names;
    for (const Format& format : chatFormats()) names.emplace_back(format.name);
    return names;
}

std::string_view ChatTemplate::name() const { return m_format->name; }

std::optional<std::int64_t> ChatTemplate::placeholder() const {
    if (!m_format->pieceByPiece) return std::nullopt;
    return imagePlaceholder;
}

bool ChatTemplate::takesImages() const { return m_format->layout != MessageLayout::TextOnly; }

std::string ChatTemplate::imageText(const PictureForm& picture) const {
    if (m_format->pieceByPiece || !takesImages()) return {};
    if (!m_format->marksTiles) return repeated(imageMark, picture.tokens);
    return idefics3ImageText(picture.tileRows, picture.tileColumns, static_cast<int>(picture.tokens / picture.views));
}

std::string ChatTemplate::videoText(std::int64_t tokens) const {
    return m_format->pieceByPiece || !takesImages() ? std::string() : repeated(videoMark, tokens);
}

bool ChatTemplate::writesFrames() const { return m_format->marksTiles; }

std::vector<Message> ChatTemplate::withFrames(const std::vector<Message>& messages,
                                              const std::vector<VideoTimes>& videos) const {
    std::vector<Message> result;
    std::size_t next = 0;
    for (const Message& message : messages) {
        Message written{message.role, {}};
        for (const ContentItem& item : message.content) {
            if (item.kind != ContentItem::Kind::Video) {
                written.content.push_back(item);
                continue;
            }
            if (next == videos.size())
                throw Error(concat("there are only ", videos.size(), " videos for the conversation's places"), "conversation");
            const VideoTimes& times = videos[next++];
            written.content.push_back(ContentItem::ofText(videoIntroduction(times)));
            for (const double seconds : times.seconds) {
                written.content.push_back(ContentItem::ofText(frameIntroduction(seconds)));
                written.content.push_back(ContentItem::image());
            }
            written.content.push_back(ContentItem::ofText(videoEnd));
        }
        result.push_back(std::move(written));
    }
    return result;
}

Prompt ChatTemplate::render(const std::vector<Message>& messages, bool openAnswer) const {
    Renderer renderer(*m_format);
    renderer.fixed(m_format->start);
    const bool hasSystem = !messages.empty() && messages[0].role == Role::System;
    if (!hasSystem && !m_format->defaultSystem.empty()) {
        renderer.fixed(m_format->system);
        renderer.fixed(m_format->defaultSystem);
        renderer.fixed(m_format->close);
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (messages[i].role == Role::System && i > 0) {
            throw Error(concat("message ", i + 1, " is a system message, which only the first can be"), "conversation",
                        "Put the instructions in front.");
        }
        renderer.message(messages[i]);
    }
    renderer.fixed(openAnswer ? m_format->openAnswer : m_format->finish);
    return std::move(renderer.prompt);
}

EncodedPrompt ChatTemplate::encode(const Prompt& prompt, const Tokenizer& tokenizer, const PromptOptions& options) const {
    return m_format->pieceByPiece ? encodePieces(prompt, tokenizer, options)
                                  : encodeWhole(prompt, tokenizer, options);
}

std::vector<std::int64_t> ChatTemplate::stopIds(const Tokenizer& tokenizer) const {
    std::vector<std::int64_t> ids;
    for (const std::string_view marker : m_format->endMarkers) {
        if (const auto id = tokenizer.id(marker)) ids.push_back(*id);
    }
    return ids;
}

std::vector<std::string> ChatTemplate::stopStrings(const Tokenizer& tokenizer) const {
    const std::string_view turnEnd = m_format->endMarkers.front();
    if (tokenizer.id(turnEnd)) return {};
    return {std::string(turnEnd)};
}

Message imageFirstMessage(std::string_view text) {
    std::string rest;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t mark = std::min(text.find(imageMark, at), text.size());
        rest += text.substr(at, mark - at);
        at = mark + imageMark.size();
    }
    const std::string_view stripped = stripRight(stripLeft(rest, isPythonSpace), isPythonSpace);
    return {Role::User, {ContentItem::image(), ContentItem::ofText(std::string(stripped))}};
}

std::string idefics3ImageText(int rows, int columns, int tokensPerTile) {
    static constexpr std::string_view around = "<fake_token_around_image>";
    const std::string tokens = repeated(imageMark, tokensPerTile);

    std::string text;
    for (int row = 1; row <= rows; ++row) {
        for (int column = 1; column <= columns; ++column)
            text += concat(around, "<row_", row, "_col_", column, '>', tokens);
        text += '\n';
    }
    if (rows > 0) text += '\n';
    return text += concat(around, "<global-img>", tokens, around);
}

}  // namespace fusionscope::text
