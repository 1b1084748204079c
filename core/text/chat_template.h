#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"
#include "core/text/video_text.h"

namespace fusionscope::text {

/// One piece of a message.
struct ContentItem {
    enum class Kind { Text, Image, Video };
    Kind kind = Kind::Text;
    std::string text;                ///< Kind::Text only
    std::vector<std::int64_t> ids;   ///< Kind::Text only: if given, taken in place of encoding `text` (an earlier
                                     ///< answer as it was generated, so that its cached keys stay usable)

    static ContentItem ofText(std::string text) { return {Kind::Text, std::move(text), {}}; }
    static ContentItem ofAnswer(std::string text, std::vector<std::int64_t> ids) {
        return {Kind::Text, std::move(text), std::move(ids)};
    }
    static ContentItem image() { return {Kind::Image, {}, {}}; }
    static ContentItem video() { return {Kind::Video, {}, {}}; }
};

enum class Role { System, User, Assistant };

struct Message {
    Role role = Role::User;
    std::vector<ContentItem> content;
};

/// A run of a rendered prompt.
struct Segment {
    enum class Kind {
        Template,  ///< the template's own text; may hold special tokens
        User,      ///< text of a message (of any role); never holds special tokens
        Image,     ///< the place of a picture; `text` is how the template writes it, "<image>"
        Video,
    };
    Kind kind = Kind::Template;
    std::string text;
    std::vector<std::int64_t> ids;  ///< Kind::User only: given ids (see ContentItem)
};

/// A rendered conversation, not yet encoded.
struct Prompt {
    std::vector<Segment> segments;
    /// The whole as one string, images written as "<image>"; equal to the original implementation's prompt.
    std::string text() const;
};

/// A conversation as ids.
struct EncodedPrompt {
    std::vector<std::int64_t> ids;
    std::vector<std::size_t> images;  ///< index in `ids` of each picture's first placeholder, in order
    std::vector<std::size_t> videos;
};

/// What a template must know of an encoded picture (or video) to write its place.
struct PictureForm {
    std::int64_t tokens = 1;             ///< visual tokens altogether
    int views = 1;                       ///< they belong to, equally many to each
    int tileRows = 0, tileColumns = 0;   ///< grid of the views that are tiles; 0: not cut into tiles
};

struct PromptOptions {
    /// Let special tokens typed in messages act as such, as the original programs do. For comparisons only.
    bool parseSpecial = false;
    /// For templates that write a picture as tokens in the text (`ChatTemplate::placeholder()` is none): what stands
    /// for each picture, in order; a missing entry is "<image>". Trusted text.
    std::vector<std::string> imageText = {};
    std::vector<std::string> videoText = {};
};

/// How one family of checkpoints writes a conversation.
///
/// Names: florence-vl-phi3, florence-vl-llama3, chatml-nosystem (the bundled model), llava-onevision-qwen_1_5,
/// llava-onevision-hf, idefics3, smolvlm, smollm2, phi3, llama3, qwen2.
class ChatTemplate {
  public:
    /// Throws Error for an unknown name, listing the known ones.
    static ChatTemplate named(std::string_view name);
    static std::vector<std::string> names();

    std::string_view name() const;

    /// The id that stands for a picture until its features are spliced in (−200), or none where the tokenizer's own
    /// image token stands in the text.
    std::optional<std::int64_t> placeholder() const;
    /// Whether pictures can be part of the conversation at all; text-only templates leave them out.
    bool takesImages() const;
    /// What stands for a picture in the text (PromptOptions::imageText): as many "<image>" as it has tokens, for Idefics3
    /// with the tiles' markers between them. Nothing for templates with a placeholder() and those without pictures.
    std::string imageText(const PictureForm& picture) const;
    /// The same for a video (PromptOptions::videoText).
    std::string videoText(std::int64_t tokens) const;

    /// Whether a video is written as its frames, each a picture behind the time at which it is shown.
    bool writesFrames() const;
    /// Such messages with each video in that way. @param videos of the video items, in order. @throws Error when there
    /// are fewer
    std::vector<Message> withFrames(const std::vector<Message>& messages, const std::vector<VideoTimes>& videos) const;

    /// @param openAnswer end with the opening of the assistant's turn
    /// Throws Error when a system message is not the first.
    Prompt render(const std::vector<Message>& messages, bool openAnswer = true) const;

    /// Ids of a rendered prompt. LLaVA-style templates encode the text between pictures piece by piece, each with the
    /// tokenizer's own special tokens, and drop the first id of every piece when the first one starts with the BOS
    /// (Florence-VL `mm_utils.py`, `tokenizer_image_token`).
    EncodedPrompt encode(const Prompt& prompt, const Tokenizer& tokenizer, const PromptOptions& options = {}) const;

    /// render() and encode() in one.
    EncodedPrompt encode(const std::vector<Message>& messages, const Tokenizer& tokenizer,
                         const PromptOptions& options = {}, bool openAnswer = true) const {
        return encode(render(messages, openAnswer), tokenizer, options);
    }

    /// Ids that end an answer: those of the template's end markers that the tokenizer has. Add the checkpoint's eos.
    std::vector<std::int64_t> stopIds(const Tokenizer& tokenizer) const;
    /// Strings that end an answer: the marker of a turn's end where the tokenizer has no such token, else none.
    std::vector<std::string> stopStrings(const Tokenizer& tokenizer) const;

    /// The row of the table of templates; defined in chat_templates.h.
    struct Format;

  private:
    explicit ChatTemplate(const Format& format) : m_format(&format) {}
    const Format* m_format;
};

/// A first message as the Florence-VL web demo makes it: "<image>" removed from the text, white space stripped at both
/// ends, the picture in front.
Message imageFirstMessage(std::string_view text);

/// How Idefics3 and SmolVLM write one picture: `rows` × `columns` tiles (0 × 0: unsplit) of `tokensPerTile` image
/// tokens each, then the whole picture.
std::string idefics3ImageText(int rows, int columns, int tokensPerTile);

}  // namespace fusionscope::text
