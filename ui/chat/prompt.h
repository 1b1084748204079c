#pragma once

#include <QHash>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/engine/request.h"
#include "core/image/processor.h"
#include "core/session/conversation.h"
#include "ui/common/pictures.h"

/// From the turns of a conversation to what the engine reads.
namespace fusionscope::ui {

/// The ids of each answer as it was generated, by turn; empty for one whose text is encoded anew.
using AnswerIds = QHash<session::TurnId, std::vector<int64_t>>;
using Handles = QHash<QString, engine::PictureHandle>;

/// A part of a conversation as plain values, so that a job can make a request of it in the worker's thread.
struct Prompt {
    std::vector<session::Turn> turns;    ///< from the first to the last that is sent
    std::filesystem::path history;       ///< the store's folder
    Handles handles;                     ///< pictures that are decoded already
    AnswerIds ids;                       ///< answers whose ids are known already
};

/// The messages: the newest system prompt first, then questions with their pictures and answers with their own ids, so
/// that what the engine has read stays read. Results of tasks are for people only. Ids that `prompt` lacks are read
/// from the history and added to it; where that fails the answer's text stands for them.
std::vector<text::Message> messagesOf(Prompt& prompt);

/// What those messages show, in order. Frames of one video that follow one another in a question are a video, a single
/// one is a picture.
struct Shown {
    std::vector<engine::PictureHandle> pictures;
    std::vector<engine::VideoFrames> videos;
};
/// What is not decoded yet is read from the history. @throws Error when one is missing or damaged
Shown shownIn(const Prompt& prompt);

/// Its sizes, without reading it.
struct ShownSizes {
    std::vector<image::Size> pictures;
    std::vector<engine::VideoShape> videos;
};
ShownSizes sizesIn(const Prompt& prompt);

/// How each picture of it is cut into views, frames of videos among them.
struct ShownPicture {
    QString hash;
    image::Size size;
    image::PictureUse use = image::PictureUse::Alone;
};
std::vector<ShownPicture> picturesIn(const Prompt& prompt);

}  // namespace fusionscope::ui
