#include "ui/chat/prompt.h"

#include <functional>
#include <optional>
#include <span>

#include "core/files/error.h"
#include "core/session/store.h"
#include "ui/chat/answer_record.h"
#include "ui/chat/picture_bytes.h"
#include "ui/common/video_frames.h"

namespace fusionscope::ui {

using session::Role;

namespace {

/// Reads ids from the history, which is opened only if any are missing.
class IdReader {
  public:
    explicit IdReader(const std::filesystem::path& history) : m_history(history) {}

    std::vector<int64_t> read(const session::Turn& turn) {
        try {
            if (!m_store) m_store.emplace(m_history, session::StoreOptions{session::Access::ReadOnly, false});
            return idsOf(turn, m_store->tokens(turn.id));
        } catch (const Error&) {
            return {};
        }
    }

  private:
    const std::filesystem::path& m_history;
    std::optional<session::Store> m_store;
};

using Pictures = std::vector<session::AttachedPicture>;

/// Pictures that are one thing in a prompt: a picture, or frames of a video.
struct Item {
    std::span<const session::AttachedPicture> pictures;
    text::VideoTimes times;

    bool isVideo() const { return pictures.size() > 1; }
};

std::vector<Item> itemsOf(const Pictures& pictures) {
    std::vector<Item> items;
    QString video;  // that the latest item is taken from
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const auto frame = frameFrom(pictures[i].origin, pictures[i].hash);
        auto* last = items.empty() ? nullptr : &items.back();
        if (!frame || frame->video != video || !last || frame->seconds <= last->times.seconds.back()) {
            items.push_back({std::span(pictures).subspan(i, 1), {}});
            last = &items.back();
        } else {
            last->pictures = {last->pictures.data(), last->pictures.size() + 1};
        }
        video = frame ? frame->video : QString();
        if (!frame) continue;
        last->times.seconds.push_back(frame->seconds);
        last->times.duration = frame->duration;
    }
    return items;
}

/// Calls `use` with each item of the questions, in order.
void eachItem(const Prompt& prompt, const std::function<void(const Item&)>& use) {
    for (const auto& turn : prompt.turns)
        if (turn.role == Role::User)
            for (const auto& item : itemsOf(turn.pictures)) use(item);
}

image::Size sizeOf(const session::AttachedPicture& picture) { return {picture.width, picture.height}; }

}  // namespace

std::vector<text::Message> messagesOf(Prompt& prompt) {
    IdReader reader(prompt.history);
    std::vector<text::Message> messages;
    QString system;
    for (const auto& turn : prompt.turns) {
        const auto words = turn.text.toStdString();
        if (turn.role == Role::System) system = turn.text;
        if (turn.role == Role::User) {
            text::Message message{text::Role::User, {}};
            for (const auto& item : itemsOf(turn.pictures))
                message.content.push_back(item.isVideo() ? text::ContentItem::video() : text::ContentItem::image());
            message.content.push_back(text::ContentItem::ofText(words));
            messages.push_back(std::move(message));
        }
        if (turn.role == Role::Assistant) {
            if (!prompt.ids.contains(turn.id)) prompt.ids.insert(turn.id, reader.read(turn));
            messages.push_back(
                {text::Role::Assistant, {text::ContentItem::ofAnswer(words, prompt.ids.value(turn.id))}});
        }
    }
    if (!system.trimmed().isEmpty())
        messages.insert(messages.begin(),
                        {text::Role::System, {text::ContentItem::ofText(system.trimmed().toStdString())}});
    return messages;
}

Shown shownIn(const Prompt& prompt) {
    const auto handleOf = [&](const session::AttachedPicture& picture) {
        const auto known = prompt.handles.constFind(picture.hash);
        return known != prompt.handles.constEnd() ? *known : storedPicture(prompt.history / "media", picture.hash);
    };
    Shown shown;
    eachItem(prompt, [&](const Item& item) {
        if (!item.isVideo()) return shown.pictures.push_back(handleOf(item.pictures[0]));
        engine::VideoFrames video;
        video.times = item.times;
        for (const auto& frame : item.pictures) video.frames.push_back(handleOf(frame));
        shown.videos.push_back(std::move(video));
    });
    return shown;
}

ShownSizes sizesIn(const Prompt& prompt) {
    ShownSizes sizes;
    eachItem(prompt, [&](const Item& item) {
        if (!item.isVideo()) return sizes.pictures.push_back(sizeOf(item.pictures[0]));
        engine::VideoShape video;
        video.times = item.times;
        for (const auto& frame : item.pictures) video.frames.push_back(sizeOf(frame));
        sizes.videos.push_back(std::move(video));
    });
    return sizes;
}

std::vector<ShownPicture> picturesIn(const Prompt& prompt) {
    using image::PictureUse;
    const auto alone = sizesIn(prompt).pictures.size() > 1 ? PictureUse::OneOfSeveral : PictureUse::Alone;
    std::vector<ShownPicture> shown;
    eachItem(prompt, [&](const Item& item) {
        for (const auto& picture : item.pictures)
            shown.push_back({picture.hash, sizeOf(picture), item.isVideo() ? PictureUse::Frame : alone});
    });
    return shown;
}

}  // namespace fusionscope::ui
