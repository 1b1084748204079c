#include "ui/chat/prompt.h"

#include <optional>

#include "core/files/error.h"
#include "core/session/store.h"
#include "ui/chat/answer_record.h"
#include "ui/chat/picture_bytes.h"

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
            for (std::size_t i = 0; i < turn.pictures.size(); ++i)
                message.content.push_back(text::ContentItem::image());
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

std::vector<engine::PictureHandle> picturesOf(const Prompt& prompt) {
    std::vector<engine::PictureHandle> pictures;
    for (const auto& turn : prompt.turns) {
        if (turn.role != Role::User) continue;
        for (const auto& picture : turn.pictures) {
            const auto known = prompt.handles.constFind(picture.hash);
            pictures.push_back(
                known != prompt.handles.constEnd() ? *known : storedPicture(prompt.history / "media", picture.hash));
        }
    }
    return pictures;
}

std::vector<image::Size> pictureSizesOf(const Prompt& prompt) {
    std::vector<image::Size> sizes;
    for (const auto& turn : prompt.turns)
        if (turn.role == Role::User)
            for (const auto& picture : turn.pictures) sizes.push_back({picture.width, picture.height});
    return sizes;
}

}  // namespace fusionscope::ui
