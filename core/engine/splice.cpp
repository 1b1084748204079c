#include <ATen/ATen.h>

#include <algorithm>

#include "core/engine/model_parts.h"

namespace fusionscope::engine {

namespace {

constexpr PromptKey visualBit = PromptKey{1} << 63;
constexpr int rowBits = 24;

/// A picture, or a frame that stands in the prompt as one.
struct ShownPicture {
    PictureHandle picture;
    image::PictureUse use;
};

/// The pictures of a conversation in the order of their places. @param withFrames videos' frames among them
std::vector<ShownPicture> shownIn(const ChatRequest& request, bool withFrames) {
    using Kind = text::ContentItem::Kind;
    const auto use = placed(std::vector<image::Size>(request.pictures.size()));
    std::vector<ShownPicture> shown;
    size_t picture = 0, video = 0;
    const auto showNext = [&] { shown.push_back({request.pictures[picture], use[picture].use}); ++picture; };
    for (const auto& message : request.messages)
        for (const auto& item : message.content) {
            if (item.kind == Kind::Image && picture < request.pictures.size()) showNext();
            if (item.kind != Kind::Video || !withFrames || video == request.videos.size()) continue;
            for (const auto& frame : request.videos[video].frames) shown.push_back({frame, image::PictureUse::Frame});
            ++video;
        }
    while (picture < request.pictures.size()) showNext();  // that there are too many is told where they are put in
    return shown;
}

std::vector<text::VideoTimes> timesOf(const ChatRequest& request) {
    std::vector<text::VideoTimes> times;
    for (const auto& video : request.videos) {
        if (video.times.seconds.size() != video.frames.size())
            throw Error(concat("a video has ", video.frames.size(), " frames and ", video.times.seconds.size(), " times"),
                        "request");
        times.push_back(video.times);
    }
    return times;
}

int64_t rowsOf(const VisualStates& states) {
    int64_t rows = 0;
    for (const auto& state : states) rows += state->rows.size(0);
    return rows;
}

/// The rows of one place of a prompt, taken from its beginning on.
class Rows {
  public:
    explicit Rows(const VisualStates& states) : m_states(&states), m_left(rowsOf(states)) {}

    int64_t left() const { return m_left; }
    /// Calls `use` with state, first row and count until `count` rows are taken.
    template <class Use>
    void take(int64_t count, const Use& use) {
        m_left -= count;
        while (count > 0) {
            const auto& state = (*m_states)[m_state];
            const int64_t rows = std::min(count, state->rows.size(0) - m_row);
            if (rows > 0) use(state, m_row, rows);
            count -= rows;
            m_row += rows;
            if (m_row < state->rows.size(0)) continue;
            ++m_state;
            m_row = 0;
        }
    }

  private:
    const VisualStates* m_states;
    int64_t m_left, m_row = 0;
    size_t m_state = 0;
};

/// Where in a prompt something that is seen begins.
struct Place {
    size_t first;
    Rows rows;
};

}  // namespace

std::vector<PlacedPicture> placed(const std::vector<image::Size>& pictures) {
    const auto use = pictures.size() > 1 ? image::PictureUse::OneOfSeveral : image::PictureUse::Alone;
    std::vector<PlacedPicture> result;
    for (const auto& size : pictures) result.push_back({size, use});
    return result;
}

int64_t Model::Parts::visualTokens(const PlacedPicture& picture, const models::EncodeOptions& encodeOptions) const {
    return visionLanguage().visualTokens(layout(picture.size, processing(encodeOptions, picture.use)), encodeOptions);
}

int64_t Model::Parts::visualTokens(const VideoShape& video, const models::EncodeOptions& encodeOptions) const {
    const at::Tensor end = visionLanguage().videoEnd();
    int64_t tokens = end.defined() ? end.size(0) : 0;
    for (const auto& frame : video.frames)
        tokens += visualTokens(PlacedPicture{frame, image::PictureUse::Frame}, encodeOptions);
    return tokens;
}

text::EncodedPrompt Model::Parts::encodePrompt(const std::vector<text::Message>& messages,
                                               const std::vector<PlacedPicture>& pictures,
                                               const std::vector<int64_t>& videoTokens,
                                               const models::EncodeOptions& encodeOptions) const {
    text::PromptOptions texts;
    if (!chatTemplate->placeholder()) {
        for (const auto& picture : pictures) {
            const auto cut = layout(picture.size, processing(encodeOptions, picture.use));
            texts.imageText.push_back(chatTemplate->imageText({visualTokens(picture, encodeOptions),
                                                               static_cast<int>(cut.views),
                                                               static_cast<int>(cut.tileRows),
                                                               static_cast<int>(cut.tileColumns)}));
        }
        for (const auto tokens : videoTokens) texts.videoText.push_back(chatTemplate->videoText(tokens));
    }
    return chatTemplate->encode(messages, *tokenizer, texts);
}

SplicedPrompt Model::Parts::splice(text::EncodedPrompt prompt, const VisualStates& pictures,
                                   const std::vector<VisualStates>& videos) const {
    const auto require = [](size_t places, size_t given, const char* what) {
        if (places == given) return;
        throw Error(concat("the conversation has ", places, " places for ", what, " and ", given, " ", what), "request");
    };
    require(prompt.images.size(), pictures.size(), "pictures");
    require(prompt.videos.size(), videos.size(), "videos");
    std::vector<VisualStates> singles;
    for (const auto& picture : pictures) singles.push_back({picture});
    std::vector<Place> places;
    for (size_t i = 0; i < singles.size(); ++i) places.push_back({prompt.images[i], Rows(singles[i])});
    for (size_t i = 0; i < videos.size(); ++i) places.push_back({prompt.videos[i], Rows(videos[i])});
    std::ranges::sort(places, {}, &Place::first);

    SplicedPrompt result;
    result.ids = std::move(prompt.ids);
    const auto append = [&](const std::shared_ptr<const VisualState>& state, int64_t firstRow, int64_t rows) {
        result.runs.push_back({state, firstRow, rows, result.length()});
        for (int64_t row = firstRow; row < firstRow + rows; ++row)
            result.keys.push_back(visualBit | state->serial << rowBits | static_cast<PromptKey>(row));
        result.visualTokens += rows;
    };
    auto next = places.begin();
    Rows* current = nullptr;  // what is being put in, and the id that stands for its rows
    int64_t mark = 0;
    for (size_t i = 0; i < result.ids.size(); ++i) {
        const int64_t id = result.ids[i];
        if (next != places.end() && i == next->first) {
            if (current && current->left() > 0) break;
            mark = id;
            current = &(next++)->rows;
        }
        if (!current || current->left() == 0 || id != mark) {
            result.keys.push_back(static_cast<PromptKey>(id));
            continue;
        }
        int64_t rows = current->left();
        if (id != chatTemplate->placeholder()) {  // as many as there are marks in a row
            const auto begin = result.ids.begin() + static_cast<std::ptrdiff_t>(i);
            const auto end = std::find_if(begin, result.ids.end(), [mark](int64_t other) { return other != mark; });
            rows = std::min<int64_t>(rows, end - begin);
            i += static_cast<size_t>(rows) - 1;
        }
        current->take(rows, append);
    }
    if (next != places.end() || (current && current->left() > 0))
        throw Error("the prompt has fewer image tokens than its pictures need", "request",
                    "Choose the template of the model's family.");
    return result;
}

SplicedPrompt Model::Parts::splice(const ChatRequest& request, const Control& control, AnswerStatistics& statistics) {
    const bool framesAsPictures = chatTemplate->writesFrames();
    if (request.pictures.size() > mostPictures)
        throw Error(concat("the conversation has ", request.pictures.size(), " pictures; a chat holds ", mostPictures), "request",
                    "Start a new chat, or leave pictures out.");
    const auto times = timesOf(request);
    const auto shown = shownIn(request, framesAsPictures);
    size_t done = 0, all = request.pictures.size();
    for (const auto& video : request.videos) all += video.frames.size();
    const auto encodeNext = [&](const PictureHandle& picture, image::PictureUse use) {
        const auto task = concat("Encoding picture ", ++done, " of ", all);
        return encode(picture, request.encoding, pass(control, task), statistics, use);
    };

    VisualStates pictures;
    std::vector<PlacedPicture> sizes;
    for (const auto& [picture, use] : shown) {
        pictures.push_back(encodeNext(picture, use));
        sizes.push_back({picture.size(), use});
    }
    std::vector<VisualStates> videos;
    std::vector<int64_t> videoTokens;
    for (const auto& video : request.videos) {
        if (framesAsPictures) break;
        VisualStates states;
        for (const auto& frame : video.frames) states.push_back(encodeNext(frame, image::PictureUse::Frame));
        if (auto end = videoEnd()) states.push_back(std::move(end));
        videoTokens.push_back(rowsOf(states));
        videos.push_back(std::move(states));
    }
    const auto messages = framesAsPictures ? chatTemplate->withFrames(request.messages, times) : request.messages;
    auto result = splice(encodePrompt(messages, sizes, videoTokens, request.encoding), pictures, videos);
    if (result.length() >= summary.contextTokens)
        throw Error(concat("the conversation has ", result.length(), " tokens, ", result.visualTokens,
                           " of them for pictures; this model reads ", summary.contextTokens - 1, " and then answers"),
                    summary.folder, "Start a new chat, shorten the question or remove a picture.");
    statistics.promptTokens = result.length();
    statistics.visualTokens = result.visualTokens;
    return result;
}

std::shared_ptr<const VisualState> Model::Parts::videoEnd() {
    constexpr const char* key = "end of a video";
    if (auto known = visuals.find(key)) return known;
    at::Tensor row = visionLanguage().videoEnd();
    return row.defined() ? visuals.put(key, std::move(row), {}) : nullptr;
}

at::Tensor Model::Parts::embeddings(const SplicedPrompt& prompt, int64_t first) const {
    const auto& model = decoder();
    const auto length = prompt.length();
    std::vector<at::Tensor> parts;
    const auto addText = [&](int64_t from, int64_t to) {
        from = std::max(from, first);
        if (from >= to) return;
        std::vector<int64_t> ids(prompt.keys.begin() + from, prompt.keys.begin() + to);
        parts.push_back(model.embed(ids));
    };
    int64_t at = 0;
    for (const auto& run : prompt.runs) {
        addText(at, run.start);
        const int64_t skipped = std::clamp<int64_t>(first - run.start, 0, run.rows);
        if (skipped < run.rows)
            parts.push_back(run.state->rows.narrow(0, run.firstRow + skipped, run.rows - skipped)
                                .to(model.device(), model.type())
                                .unsqueeze(0));
        at = run.start + run.rows;
    }
    addText(at, length);
    return at::cat(parts, 1);
}

int64_t Model::Parts::reusePrefix(const SplicedPrompt& prompt) {
    const auto known = std::min({cachedKeys.size(), prompt.keys.size() - 1, static_cast<size_t>(cache->length())});
    const auto limit = cachedKeys.begin() + static_cast<int64_t>(known);
    const auto shared = std::mismatch(cachedKeys.begin(), limit, prompt.keys.begin()).first - cachedKeys.begin();
    cache->truncate(shared);
    cachedKeys.resize(static_cast<size_t>(shared));
    return shared;
}

}  // namespace fusionscope::engine
